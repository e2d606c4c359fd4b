"""The variables of comprehensions that run inline, as locals() and frames show them."""
import sys


def names(mapping):
    return sorted(name for name in mapping if not name.startswith("__"))


def inside():
    x = "outer"
    print([(locals()["x"], y) for x in "ab" for y in (1,)])
    print(x, names(locals()))


inside()


def raises():
    for turn in range(2):
        try:
            [1 // (number - number) for number in [3]]
        except ZeroDivisionError:
            print(names(locals()))
    return [number for number in [4]]


print(raises())


def cells():
    kept = [lambda: item for item in (1, 2)]
    shown = [(lambda: cell, names(locals())) for cell in "c"][0][1]
    return [function() for function in kept], shown


print(cells(), cells.__code__.co_cellvars)


def values_that_are_cells(a):
    def uses():
        return a
    return [locals()["cell"] is cell for cell in uses.__closure__]


print(values_that_are_cells(1))
print([names(locals()) for module_level in [0]])
print(["module_level" in sys._getframe().f_locals for module_level in [0]])
print("module_level" in globals(), [eval("module_level") for module_level in [7]])


class Body:
    attribute = 1
    shown = [names(locals()) for in_class in [0]]


print(Body.shown, hasattr(Body, "in_class"))


async def awaits(values):
    async def later(value):
        return value
    try:
        return [await later(value) // value for value in values]
    except ZeroDivisionError:
        return names(locals())


def finish(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value


print(finish(awaits([1, 2])), finish(awaits([0])))
