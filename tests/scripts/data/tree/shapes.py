"""Shapes, for the index to read."""
from math import pi


class Circle:
    def __init__(self, radius: float):
        self.radius = radius

    @property
    def area(self):
        return pi * self.radius**2  # the usual formula


def total(shapes):
    return sum(shape.area for shape in shapes)
