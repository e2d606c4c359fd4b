"""A peak of memory is dropped: how soon the process is small again.

usage: falling.py LIVE PEAK SECONDS

Keeps LIVE megabytes, adds objects up to PEAK megabytes, drops those and goes on with little work for SECONDS.
Prints the resident size before, at the peak and after, and when it fell under one and a half times that of before.
"""

import sys
import time

from process import resident


class Item:
    def __init__(self, number):
        self.number = number
        self.items = [self, number]


def fill(megabytes):
    items = []
    while resident() < megabytes << 20:
        items.extend([Item(number) for number in range(1000)])
    return items


def main(live, peak, seconds):
    kept = fill(live)
    before = resident()
    more = fill(peak)
    top = resident()
    del more
    start = time.monotonic()
    fell = None
    while (elapsed := time.monotonic() - start) < seconds:
        work = [Item(number) for number in range(1000)]
        time.sleep(0.01)
        if fell is None and resident() < before * 1.5:
            fell = elapsed
    print("before", before)
    print("peak", top)
    print("after", resident())
    if fell is not None:
        print("fell_after", fell)
    print("kept", len(kept) + len(work))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
