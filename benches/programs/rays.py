"""A small ray tracer: vectors with operators, spheres and a chequered floor, shadows and mirrors."""

from math import inf, sqrt


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.x, -self.y, -self.z)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self):
        return self * (1.0 / sqrt(self @ self))

    def mirrored(self, normal):
        return self - 2.0 * (self @ normal) * normal


class Ray:
    __slots__ = ("origin", "direction")

    def __init__(self, origin, direction):
        self.origin, self.direction = origin, direction.unit()

    def at(self, distance):
        return self.origin + self.direction * distance


class Sphere:
    def __init__(self, centre, radius, colour, shine):
        self.centre, self.radius, self.colour, self.shine = centre, radius, colour, shine

    def distance(self, ray):
        towards = self.centre - ray.origin
        along = towards @ ray.direction
        square = self.radius * self.radius - towards @ towards + along * along
        return along - sqrt(square) if square > 0.0 else inf

    def normal(self, point):
        return (point - self.centre).unit()

    def colour_at(self, point):
        return self.colour


class Floor:
    shine = 0.2

    def __init__(self, height, even, odd):
        self.height, self.even, self.odd = height, even, odd

    def distance(self, ray):
        slope = ray.direction.y
        return (self.height - ray.origin.y) / slope if slope < -1e-9 else inf

    def normal(self, point):
        return Vector(0.0, 1.0, 0.0)

    def colour_at(self, point):
        return self.even if (int(point.x // 1) + int(point.z // 1)) % 2 == 0 else self.odd


class Scene:
    def __init__(self, things, lights, sky):
        self.things, self.lights, self.sky = things, lights, sky

    def nearest(self, ray):
        best, hit = inf, None
        for thing in self.things:
            distance = thing.distance(ray)
            if 1e-6 < distance < best:
                best, hit = distance, thing
        return best, hit

    def lit(self, point, normal):
        brightness = 0.1
        for light in self.lights:
            ray = Ray(point, light - point)
            slope = ray.direction @ normal
            if slope > 0.0 and self.nearest(ray)[1] is None:
                brightness += slope
        return brightness

    def colour(self, ray, depth=3):
        distance, thing = self.nearest(ray)
        if thing is None:
            return self.sky * (0.5 + 0.5 * ray.direction.y)
        point = ray.at(distance)
        normal = thing.normal(point)
        colour = thing.colour_at(point) * self.lit(point, normal)
        if depth and thing.shine:
            mirrored = Ray(point, ray.direction.mirrored(normal))
            colour = colour * (1.0 - thing.shine) + self.colour(mirrored, depth - 1) * thing.shine
        return colour


def render(scene, width, height):
    eye, totals = Vector(0.0, 1.2, -6.0), Vector(0.0, 0.0, 0.0)
    for row in range(height):
        for column in range(width):
            ray = Ray(eye, Vector(column / width - 0.5, 0.3 - row / height * 0.75, 1.0))
            totals += scene.colour(ray)
    return totals


balls = [Sphere(Vector(n * 1.3 - 2.6, 0.4 + 0.2 * n, n * 0.7), 0.7, Vector(0.2 * n, 1.0 - 0.2 * n, 0.5), 0.1 * n) for n in range(5)]
floor = Floor(-0.4, Vector(0.9, 0.9, 0.9), Vector(0.1, 0.1, 0.1))
lights = [Vector(-4.0, 6.0, -5.0), Vector(5.0, 7.0, -2.0)]
image = render(Scene([*balls, floor], lights, Vector(0.3, 0.5, 1.0)), 240, 180)
print(f"{image.x:.6f} {image.y:.6f} {image.z:.6f}")
