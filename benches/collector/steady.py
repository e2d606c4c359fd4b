"""Cyclic garbage at a steady rate: whether the process stays as large as it was.

usage: steady.py SECONDS

Prints the largest resident size of the second quarter of the time and that of the last.
"""

import sys
import time

from process import resident


class Item:
    def __init__(self, link):
        self.link = link
        self.names = {"self": self, "other": link}


def churn(count):
    for _ in range(count):
        item = Item(None)
        item.link = Item([item])


def main(seconds):
    start = time.monotonic()
    early = late = 0
    while (elapsed := time.monotonic() - start) < seconds:
        churn(2000)
        if elapsed > seconds * 3 / 4:
            late = max(late, resident())
        elif seconds / 4 < elapsed < seconds / 2:
            early = max(early, resident())
    print("early", early)
    print("late", late)


if __name__ == "__main__":
    main(float(sys.argv[1]))
