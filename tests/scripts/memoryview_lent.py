"""Buffers that Python classes lend: `__buffer__`, `__release_buffer__`, and what may be done with a view meanwhile."""

import collections.abc
import inspect
import sys


class Lender:
    def __init__(self):
        self.bytes = bytearray(b"hello")

    def __buffer__(self, flags):
        print("asked for", inspect.BufferFlags(flags))
        self.lent = memoryview(self.bytes)
        return self.lent

    def __release_buffer__(self, view):
        print("given back", view is self.lent, bytes(view))


def attempt(action):
    try:
        result = action()
    except Exception as error:
        print(type(error).__name__, error)
    else:
        print(result if not isinstance(result, memoryview) else bytes(result))


# A view, and one derived from it: the buffer is given back with the last.
lender = Lender()
print(isinstance(lender, collections.abc.Buffer))
view = memoryview(lender)
part = view[1:3]
print(type(view.obj).__name__, bytes(part))
attempt(lender.lent.release)
view.release()
part.release()
attempt(lender.lent.release)

# For the length of a call.
attempt(lambda: bytes(lender))
attempt(lambda: b"".join([lender]))
attempt(lambda: bytearray(b"-").__iadd__(lender))


class Failing(Lender):
    def __release_buffer__(self, view):
        raise KeyError("nobody hears this")


sys.unraisablehook = lambda args: print(args.err_msg, repr(args.exc_value))
with memoryview(Failing()) as view:
    print(bytes(view))


class Own(bytearray):
    """Its own bytes, and a release method in Python: that one sees them in a view from which none can be derived."""

    def __release_buffer__(self, view):
        print("released", view.tobytes())
        attempt(lambda: bytes(view))
        attempt(lambda: view[:1])
        attempt(lambda: view.cast("b"))
        self.seen = view
        super().__release_buffer__(view)


own = Own(b"own")
with memoryview(own) as view:
    print(bytes(view), view.obj is own)
own.clear()
attempt(lambda: own.seen.tobytes())


class Both(bytearray):
    def __buffer__(self, flags):
        return super().__buffer__(flags)

    def __release_buffer__(self, view):
        print("released", view.tobytes())


with memoryview(Both(b"both")) as view:
    print(bytes(view))


class Other(bytes):
    def __buffer__(self, flags):
        return memoryview(b"other")


print(bytes(memoryview(Other(b"mine"))), b"-".join([Other(b"mine")]))

# What one asks for with flags.
flags = inspect.BufferFlags
attempt(lambda: memoryview._from_flags(b"abc", flags.SIMPLE))
attempt(lambda: memoryview._from_flags(b"abc", flags.WRITABLE))
attempt(lambda: memoryview(b"abcd")[::2].__buffer__(flags.SIMPLE))
attempt(lambda: memoryview(b"abcd").__buffer__(flags.WRITABLE))
attempt(lambda: memoryview(b"abcd").cast("I").__buffer__(flags.SIMPLE).format)
attempt(lambda: bytearray(b"abc").__buffer__(1 << 40))
attempt(lambda: bytearray(b"abc").__release_buffer__(3))
attempt(lambda: bytearray(b"abc").__release_buffer__(memoryview(b"")))

# A view is not released while it is in use.
array = bytearray(b"abc")
view = memoryview(array)
again = view.__buffer__(flags.SIMPLE)
print(again.obj is view)
attempt(view.release)
again.release()
attempt(view.release)


class Separator(bytes):
    def __len__(self):
        view.release()
        return 1


view = memoryview(array)
attempt(lambda: view.hex(Separator(b":")))


class Index:
    def __index__(self):
        view.release()
        return 1


attempt(lambda: view[Index()])
view = memoryview(array)
attempt(lambda: view[: Index()])
view = memoryview(array)
attempt(lambda: view.__setitem__(slice(Index()), b"x"))
print(array)


def clearing():
    array.clear()
    yield b"a"


attempt(lambda: array.join(clearing()))
