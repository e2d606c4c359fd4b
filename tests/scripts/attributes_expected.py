"""Instances of one class that get their attributes in different orders, or not all of them."""

import threading


class Point:
    z = "of the class"

    def __init__(self, x, y, order="xyz"):
        for name in order:
            if name == "x":
                self.x = x
            elif name == "y":
                self.y = y
            else:
                self.z = (x, y)


class Straight:
    kind = "of the class"

    def __init__(self, a, b, fail=False):
        self.before = self.kind, hasattr(self, "a"), list(vars(self))
        self.a = a
        if fail:
            raise ValueError(self.__dict__)
        self.kind = "of the instance"
        self.b = b


for number in range(12):
    Point(number, number)
    Straight(number, number)

for order in ["xyz", "zyx", "yx", "xz", "z", "", "zxyx", "yzx", "xx"]:
    point = Point(1, 2, order)
    print(order, vars(point), list(point.__dict__), getattr(point, "x", None), getattr(point, "y", None), point.z)
    point.w = 4
    point.y = 5
    point.x = 6
    print("     ", vars(point))
    del point.x
    print("     ", vars(point), hasattr(point, "x"))
    point.x = 7
    print("     ", vars(point), len(vars(point)), point.__dict__ == dict(reversed(vars(point).items())))
    del point.x
    point.x = 8
    point.__dict__["y"] = 9
    print("     ", vars(point))

for straight in [Straight(1, 2), Straight(3, 4)]:
    print(vars(straight), straight.kind)
    del straight.kind
    print(straight.kind, list(vars(straight)))
    straight.kind = "again"
    print(straight.kind, list(vars(straight)))
    straight.__dict__.clear()
    straight.b = 1
    straight.a = 2
    print(vars(straight))

try:
    Straight(1, 2, True)
except ValueError as error:
    half = error.args[0]
    print(half)
    half["late"] = half.pop("a")
    print(half)


class Base:
    def __init__(self):
        self.base = 1
        self.hook()

    def hook(self):
        self.hooked = 2


class Derived(Base):
    def __init__(self, wide):
        self.first = 0
        super().__init__()
        if wide:
            for number in range(20):
                setattr(self, f"wide{number}", number)
        self.last = 3


for _ in range(10):
    Base()
    Derived(False)
print(vars(Base()), vars(Derived(False)))
print(vars(Derived(True)))


class Other(Base):
    pass


moved = Base()
moved.__class__ = Other
moved.more = 1
print(type(moved).__name__, vars(moved))
del moved.base
moved.base = 2
print(vars(moved))
swapped = Base()
swapped.__dict__ = {"hooked": 5}
swapped.base = 6
print(vars(swapped), swapped.hooked)


class Shared:
    def __init__(self):
        self.a = self.b = self.c = None


for _ in range(10):
    Shared()


class Bare(Shared):
    def __init__(self):
        if not full:
            return
        super().__init__()


full = True
for _ in range(10):
    Bare()
full = False


def fill(shared, name, barrier):
    for each in shared:
        barrier.wait()
        setattr(each, name, name)
        each.more = each


shared = [Bare() for _ in range(300)]
barrier = threading.Barrier(3)
threads = [threading.Thread(target=fill, args=(shared, name, barrier)) for name in "abc"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print({tuple(sorted(vars(each))) for each in shared}, all(each.more is each and each.a == "a" for each in shared))
