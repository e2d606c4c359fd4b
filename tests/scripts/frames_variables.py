"""Variables of frames: names that are no variables, cells before the code has begun."""

import sys


def added():
    x = 1
    sys._getframe().f_locals["x"] = 2
    sys._getframe().f_locals["y"] = 3
    print(x, locals(), dict(sys._getframe().f_locals))


added()


def outer():
    first, second = "first", "second"

    def generator(argument=None):
        inner = 1
        yield first, second

    async def coroutine(argument=None):
        return second

    return generator(), coroutine()


generator, coroutine = outer()
print(generator.gi_frame.f_locals, coroutine.cr_frame.f_locals)
generator.gi_frame.f_locals["first"] = "changed"
print(next(generator), generator.gi_frame.f_locals)
coroutine.close()
generator.close()
