"""Methods and attributes: inheritance, properties, slots, class attributes, bound methods, special methods."""


class Shape:
    count = 0
    scale = 2

    def __init__(self, side):
        self.side = side
        self.hits = 0

    def area(self):
        return self.side * self.side

    def touch(self, by):
        self.hits += by
        return self.hits

    @property
    def doubled(self):
        return self.side * self.scale

    @staticmethod
    def fixed(n):
        return n & 3

    @classmethod
    def bump(cls):
        cls.count += 1


class Rectangle(Shape):
    def __init__(self, side, other):
        super().__init__(side)
        self.other = other

    def area(self):
        return self.side * self.other


class Cube(Rectangle):
    def area(self):
        return super().area() * self.side


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.x if index == 0 else self.y


def shapes(rounds):
    each = [Shape(3), Rectangle(3, 4), Cube(2, 5), Shape(1)]
    total = 0
    for n in range(rounds):
        for shape in each:
            total += shape.area() + shape.touch(n & 1) + shape.doubled
    return total


def vectors(rounds):
    position, step = Vector(0, 0), Vector(1, 2)
    same = 0
    for n in range(rounds):
        position = position + step
        if position == step or len(position) != 2:
            same += 1
        same += position[n & 1] & 1
    return position.x, position.y, same


def bound(rounds):
    shape = Shape(5)
    touch, fixed = shape.touch, Shape.fixed
    for n in range(rounds):
        touch(fixed(n))
        shape.colour = n
        if n % 16 == 0:
            Shape.bump()
    return shape.hits, shape.colour, Shape.count


print(shapes(350_000), vectors(500_000), bound(900_000))
