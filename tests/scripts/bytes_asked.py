"""What bytes, bytearray and their methods ask of objects, and objects that change what is being worked on meanwhile."""


class Sub(bytes):
    pass


class Gives:
    def __init__(self, value):
        self.value = value

    def __bytes__(self):
        return self.value

    def __iter__(self):
        return iter([1, 2])


class Blocked(list):
    __bytes__ = None


class BlockedBytes(bytes):
    __bytes__ = None


class Odd(bytes):
    pass


for kind in (bytes, bytearray, Odd):
    for source in (Gives(b"x"), Gives(Sub(b"sub")), Gives("text"), Blocked([1]), BlockedBytes(b"b")):
        try:
            made = kind(source)
            print(kind.__name__, type(made).__name__, made)
        except TypeError as error:
            print(kind.__name__, error)


class Changes:
    """A buffer that changes something when it is asked for."""

    def __init__(self, change):
        self.change = change

    def __buffer__(self, flags):
        self.change()
        return memoryview(b"ABC")


parts = []
parts[:] = [b"a", Changes(parts.clear), b"c"]
try:
    b",".join(parts)
except RuntimeError as error:
    print(error)
parts[:] = [b"a", Changes(lambda: parts.__setitem__(1, b"z")), b"c"]
print(b",".join(parts))

for change in (
    lambda: target.clear(),
    lambda: target.__delitem__(slice(3, None)),
    lambda: target.extend(b"yyy"),
):
    target = bytearray(b"xxxxx")
    target.extend(Changes(change))
    print(target)


class OnlyItems:
    """A sequence by its items alone."""

    def __getitem__(self, index):
        return (ValueError(1), TypeError(2))[index]


print(ExceptionGroup("group", OnlyItems()).exceptions)
