"""What an object takes in memory: a million of them are made.

usage: sizes.py instance | dict | list | str
"""

import sys

from process import resident

COUNT = 1_000_000


class Point:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z


def instance(index):
    return Point(1, 2, 3)


def dict_of_ten(index):
    return {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1, "h": 1, "i": 1, "j": 1}


def list_of_ten(index):
    return [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


def str_of_ten(index):
    return str(1_000_000_000 + index)


MAKERS = {"instance": instance, "dict": dict_of_ten, "list": list_of_ten, "str": str_of_ten}


def main(kind):
    make = MAKERS[kind]
    kept = [None] * COUNT
    make(0)
    before = resident()
    for index in range(COUNT):
        kept[index] = make(index)
    print("bytes", (resident() - before) / COUNT)
    print("said", sys.getsizeof(kept[0]))


if __name__ == "__main__":
    main(sys.argv[1])
