"""Iterators that the code which they call moves on."""

import builtins


def spam():
    if spam.again:
        return "end"
    spam.again = True
    list(spam.iterator)
    return "more"


spam.again = False
spam.iterator = iter(spam, "end")
print(next(spam.iterator, "exhausted"))


class Name:
    def __init__(self, name, iterator):
        self.name, self.iterator = name, iterator

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        list(self.iterator)
        return other == self.name


def reduce_while_moved(name, iterator):
    original = builtins.__dict__.pop(name)
    key = Name(name, iterator)
    builtins.__dict__[key] = original
    try:
        return iterator.__reduce__()
    finally:
        del builtins.__dict__[key]
        builtins.__dict__[name] = original


for value in "xyz", [1, 2], (1, 2), b"ab", bytearray(b"ab"), range(3), tuple[int]:
    print(reduce_while_moved("iter", iter(value)))
print(reduce_while_moved("reversed", reversed([1, 2])))
print(reduce_while_moved("iter", iter(lambda: 0, 0)))
