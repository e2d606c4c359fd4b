"""Records: data classes made, compared, replaced, sorted and turned into dicts; enums and flags; named tuples."""

from dataclasses import asdict, astuple, dataclass, field, replace
from enum import Enum, Flag, IntEnum, auto
from typing import NamedTuple


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3

    @property
    def next(self):
        return Colour(self.value % 3 + 1)


class Level(IntEnum):
    LOW = 1
    MIDDLE = 5
    HIGH = 9


class Right(Flag):
    READ = auto()
    WRITE = auto()
    RUN = auto()


@dataclass(order=True)
class Version:
    major: int
    minor: int = 0
    patch: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float

    def moved(self, dx, dy):
        return replace(self, x=self.x + dx, y=self.y + dy)


@dataclass
class Order:
    number: int
    customer: str
    where: Point
    lines: list = field(default_factory=list)
    level: Level = Level.LOW
    total: float = field(init=False, default=0.0)

    def __post_init__(self):
        self.total = sum(count * price for count, price in self.lines)


class Reading(NamedTuple):
    sensor: str
    value: float
    colour: Colour = Colour.RED

    def scaled(self, factor):
        return self._replace(value=self.value * factor)


def versions(count):
    made = [Version(n * 7 % 10, n * 3 % 11, n % 13) for n in range(count)]
    ordered = sorted(made)
    return ordered[0], ordered[-1], sum(a == b for a, b in zip(ordered, ordered[1:])), max(made) > Version(9, 9)


def points(count):
    point, seen = Point(0.0, 1.0), set()
    for n in range(count):
        point = point.moved(n & 3, -1)
        seen.add(Point(n % 100, n % 7))
    return point, len(seen)


def orders(count):
    total, names = 0.0, 0
    for n in range(count):
        order = Order(n, f"customer {n % 50}", Point(n, -n), [(n % 4, 2.5), (1, 9.0)], Level.HIGH if n % 3 else Level.LOW)
        fields = asdict(order)
        total += fields["total"] + fields["where"]["y"] + astuple(order)[5]
        names += len(repr(order)) + (order == Order(n, "nobody", order.where))
    return total, names


def readings(count):
    total, colour = 0.0, Colour.RED
    for n in range(count):
        reading = Reading(f"s{n % 10}", n * 0.5, colour)
        sensor, value, colour = reading.scaled(2)
        total += value + reading.value + len(sensor) + (reading == (sensor, value, colour))
        colour = colour.next
    return total, colour


def enums(count):
    counts, rights = dict.fromkeys(Colour, 0), 0
    for n in range(count):
        counts[Colour(n % 3 + 1)] += 1
        if Colour["BLUE"] is Colour.BLUE and Level.MIDDLE > n % 7:
            right = Right.READ | Right.WRITE if n & 1 else Right.RUN
            rights += (Right.WRITE in right) + bool(right & ~Right.READ)
    return [count for count in counts.values()], rights


print(*versions(30_000), *points(60_000), *orders(16_000), *readings(60_000), *enums(60_000))
