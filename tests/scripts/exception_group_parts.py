"""How groups show themselves, and classes of groups that split in their own way."""

from collections import deque
from collections.abc import Sequence


class Loud(list):
    def __repr__(self):
        return "loud!"


class Mute(Sequence):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        if index:
            raise IndexError
        return ValueError(1)

    def __repr__(self):
        return None


for members in ([ValueError(1)], (ValueError(1),), Loud([ValueError(1)]), deque([ValueError(1), TypeError(2)])):
    group = ExceptionGroup("m", members)
    first = repr(group)
    if not isinstance(members, tuple):
        members.clear()
    second = repr(group)
    group.args = ()
    third = repr(group)
    group.args = (1, [2])
    print(first, second, third, repr(group))

try:
    ExceptionGroup("m", Mute())
except TypeError as error:
    print(error)


class Own(ExceptionGroup):
    parts = None

    def split(self, *matcher):
        print("split", *matcher)
        return super().split(*matcher) + ("more",) if self.parts is None else self.parts


for parts in (None, "x", (), (1,), [1, 2], (None, None), (ValueError(3), None), (None, ValueError(4))):
    group = Own("g", [ValueError(1), OSError(2)])
    group.parts = parts
    try:
        try:
            raise group
        except* OSError as caught:
            print("caught", repr(caught))
        else:
            print("else")
    except BaseException as error:
        print(type(error).__name__, error, repr(error.__context__))
