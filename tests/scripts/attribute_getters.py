"""Sites that read what native descriptors, properties and `__getattr__` give, with receivers that come and go."""

import collections


class WriteOnly:
    def __set__(self, instance, value):
        instance.__dict__["d"] = value


class Holder:
    d = WriteOnly()


def read_d(holder):
    return holder.d


holder = Holder()
for _ in range(4):
    print(isinstance(read_d(holder), WriteOnly) or read_d(holder))
    holder.d = 5


class Hooked:
    __slots__ = ("slot", "__dict__")

    @property
    def failing(self):
        raise AttributeError("no")

    @property
    def other(self):
        raise ValueError("other")

    def __getattr__(self, name):
        return "hook " + name


def read_hooked(instance):
    return instance.failing, instance.slot


def call_failing(instance):
    return instance.failing.upper()


hooked = Hooked()
for _ in range(4):
    print(read_hooked(hooked), call_failing(hooked))
    try:
        hooked.other
    except ValueError as error:
        print(error)
hooked.slot = 1
print(read_hooked(hooked))


class Later:
    pass


class Owner:
    later = Later()


def read_later(owner):
    return owner.later


owner = Owner()
for _ in range(3):
    print(read_later(owner) is Owner.__dict__["later"])
Later.__get__ = lambda self, instance, owner: 7
print(read_later(owner), read_later(owner))


class Callbacks:
    @property
    def callback(self):
        return lambda value: (self.__class__.__name__, value)


class OtherCallbacks(Callbacks):
    pass


def call_property(instance):
    return instance.callback(1)


for instance in (Callbacks(), Callbacks(), OtherCallbacks(), Callbacks(), OtherCallbacks()):
    print(call_property(instance))

Point = collections.namedtuple("Point", "x y z")


class HookedPoint(Point):
    def __getattr__(self, name):
        return "hook " + name


def coordinates(point):
    return point.x, point.z, point.y


for point in (Point(1, 2, 3), HookedPoint(4, 5, 6), Point(7, 8, 9), HookedPoint(10, 11, 12)):
    print(coordinates(point), coordinates(point))
for short in (tuple.__new__(Point, (1,)), tuple.__new__(Point, (1, 2))):
    for _ in range(3):
        try:
            print(coordinates(short))
        except IndexError as error:
            print(repr(error))


class Foreign:
    x = Point.x
    name = type.__dict__["__name__"]


for read in (lambda o: o.x, lambda o: o.name):
    for _ in range(3):
        try:
            print(read(Foreign()))
        except TypeError as error:
            print(error)


class HookedError(Exception):
    def __getattr__(self, name):
        return "hook " + name


def parts(error):
    return error.args, error.__cause__, error.__suppress_context__


for error in (HookedError(1), ValueError(2), HookedError(3), KeyError(4), OSError(5), LookupError(6)):
    print(parts(error))


class Meta(type):
    @property
    def __name__(self):
        return "named by its metaclass"


class Named(metaclass=Meta):
    pass


def describe(cls):
    return cls.__name__, cls.__mro__[-1].__name__, cls.__module__, cls.mro is None


for cls in (Hooked, int, Named, Point, Hooked, Named):
    print(describe(cls))


def name_of(function):
    return function.__name__


def renamed():
    pass


for function in (name_of, len, renamed, str.join):
    print(name_of(function))
renamed.__name__ = "another"
print(name_of(renamed))
