"""Doc strings of properties whose subclass has no room for one."""


class Slotted(property):
    __slots__ = ("other",)


class Roomy(property):
    pass


class WithSlot(property):
    __slots__ = ("__doc__",)


def plain(self):
    pass


def documented(self):
    """The getter's."""


for kind in (property, Slotted, Roomy, WithSlot):
    for getter in (None, plain, documented):
        for given in ({}, {"doc": None}, {"doc": "given"}):
            try:
                made = kind(getter, **given)
                print(kind.__name__, getter and getter.__name__, given, getattr(made, "__doc__", "none"))
            except AttributeError as error:
                print(kind.__name__, getter and getter.__name__, given, error)
