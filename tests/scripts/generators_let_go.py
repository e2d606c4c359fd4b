"""What a generator keeps alive: what its frame holds, and nothing that it has dropped."""

import gc
import weakref


class Thing:
    def name(self):
        return "thing"


def names(made):
    for _ in range(2):
        yield keep(made, Thing()).name()


def keep(made, thing):
    made.append(weakref.ref(thing))
    return thing


def alive(made):
    gc.collect()
    return [ref() is not None for ref in made]


made = []
generator = names(made)
print(next(generator), alive(made))
print(next(generator), alive(made))
print(list(generator), alive(made))


def drops(made):
    thing = keep(made, Thing())
    yield "held"
    del thing
    yield alive(made)
    thing = keep(made, Thing())
    yield "held again"
    thing = None
    yield alive(made)


made = []
generator = drops(made)
print(next(generator), alive(made))
print(next(generator))
print(next(generator), alive(made))
print(next(generator))
print(alive(made))


def sends(made):
    received = None
    while True:
        received = yield [received is not None, keep(made, Thing()).name(), "x" * 3]


made = []
generator = sends(made)
print(next(generator), generator.send(keep(made, Thing())), alive(made))
print(generator.send(None), alive(made))


async def awaits(made):
    thing = keep(made, Thing())
    await nothing(keep(made, Thing()))
    found = alive(made)
    thing = None
    await nothing(thing)
    return found, alive(made)


class nothing:
    def __init__(self, thing):
        self.thing = thing

    def __await__(self):
        yield self


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


print(run(awaits([])))


def outer(made):
    yield from names(made)
    yield alive(made)


print(*outer([]))


def kept(made):
    """Temporaries that are needed after a yield stay."""
    return [keep(made, Thing()).name(), (yield 1), keep(made, Thing()), (yield 2), {"a": Thing(), "b": (yield 3)}]


made = []
generator = kept(made)
print(next(generator), generator.send("one"), generator.send("two"), alive(made))
try:
    generator.send("three")
except StopIteration as stop:
    print(stop.value[0:2], type(stop.value[2]).__name__, stop.value[3], stop.value[4]["b"])
