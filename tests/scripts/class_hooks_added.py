"""Attribute hooks and data descriptors that a class gets later than its attributes were read: caches must not outlive them."""


def make_reader():
    def read(thing):
        return thing.field

    return read


def make_writer():
    def write(thing, value):
        thing.field = value

    return write


class Doubled:
    def __get__(self, thing, owner):
        return "from the descriptor"

    def __set__(self, thing, value):
        print("descriptor set to", value)


def fresh(*bases):
    class Thing(*bases):
        def __init__(self, field):
            self.field = field

    return Thing


print("hooks before the first instance")
Thing = fresh()
Thing.__setattr__ = lambda self, name, value: object.__setattr__(self, name, value + 1)
Thing.__getattribute__ = lambda self, name: object.__getattribute__(self, name) * 10
print([make_reader()(Thing(n)) for n in range(3)])

print("a hook after instances")
Thing = fresh()
read, write = make_reader(), make_writer()
thing = Thing("plain")
for _ in range(3):
    write(thing, read(thing))
Thing.__getattribute__ = lambda self, name: "hooked"
print(read(thing))
del Thing.__getattribute__
print(read(thing))
Thing.__setattr__ = lambda self, name, value: print("hook set to", value)
write(thing, "other")
del Thing.__setattr__
print(read(thing))

print("a hook on a base of which only a subclass has instances")
Base = fresh()
Derived = fresh(Base)
thing = Derived("plain")
read, write = make_reader(), make_writer()
for _ in range(3):
    write(thing, read(thing))
Base.__setattr__ = lambda self, name, value: print("base hook set to", value)
write(thing, "other")
Base.__getattribute__ = lambda self, name: "base hooked"
print(read(thing))

print("a data descriptor after instances")
Thing = fresh()
thing = Thing("plain")
read, write = make_reader(), make_writer()
for _ in range(3):
    write(thing, read(thing))
Thing.field = Doubled()
print(read(thing))
write(thing, "other")

print("what is found becomes a descriptor")


class Value:
    def __repr__(self):
        return "the value"


Holder = type("Holder", (), {"field": Value()})
holder = Holder()
read = make_reader()
print([read(holder) for _ in range(3)])
Value.__get__ = lambda self, thing, owner: "got"
print(read(holder))

print("a function that is made anew after the caches were emptied")
Thing = fresh()
thing = Thing("plain")


def outer():
    return (lambda thing: thing.field)(thing)


print([outer() for _ in range(3)])
Thing.__getattribute__ = lambda self, name: "hooked"
print(outer())

print("a metaclass gets a hook")


class Meta(type):
    pass


class Made(metaclass=Meta):
    field = "plain"


read = make_reader()
print([read(Made) for _ in range(3)])
Meta.__getattribute__ = lambda self, name: "meta hooked"
print(read(Made))
