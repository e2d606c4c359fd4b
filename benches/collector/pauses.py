"""Threads that make cyclic garbage beside a large live heap, and how long they are held up.

usage: pauses.py MEGABYTES THREADS SECONDS [--quiet]

Fills the heap with clusters of an instance, a dict, a list and a tuple in a cycle until the process has grown by MEGABYTES. Then
each thread puts new pairs of objects that refer to one another in place of old ones for SECONDS, and takes the time after each.
--quiet makes no garbage but does the same stores: what gaps are left then, the machine makes.
"""

import gc
import sys
import threading
import time

from process import resident


class Item:
    def __init__(self, number, link):
        self.number = number
        self.link = link
        self.note = None


def cluster(number):
    item = Item(number, None)
    table = {"item": item, "number": number, "next": None}
    item.link = (item, table, [item, table, number])
    item.note = Item(number, None)
    item.note.link = item.note
    return item


def fill(megabytes):
    start = resident()
    clusters = []
    while resident() - start < megabytes << 20:
        clusters.extend([cluster(number) for number in range(1000)])
    return clusters


class Watch:
    """How long collections stop the program, as CPython's own callbacks tell."""

    def __init__(self):
        self.pauses = []
        gc.callbacks.append(self)

    def __call__(self, phase, info):
        if phase == "start":
            self.started = time.perf_counter()
        else:
            self.pauses.append(time.perf_counter() - self.started)

    def figures(self):
        pauses = sorted(self.pauses)
        if not pauses:
            pauses = [0.0]
        most = pauses[min(len(pauses) - 1, int(len(pauses) * 0.999))]
        return {"pauses": len(self.pauses), "longest_pause": pauses[-1], "pause_999": most}


class Counted:
    """The same, as the runtime has counted it."""

    def __init__(self):
        gc.pauses(reset=True)

    def figures(self):
        pauses = gc.pauses()
        stops = pauses["stops"]
        longest = most = stops["longest"]
        total = sum(count for _, count in stops["histogram"])
        wanted, seen = total * 0.999, 0
        for below, count in stops["histogram"]:
            seen += count
            if seen >= wanted:
                # The longest is known exactly, the rest by the powers of two that they lie under.
                most = min(below, longest)
                break
        wait = pauses["times_to_stop"]["longest"]
        return {"pauses": total, "longest_pause": longest, "pause_999": most, "longest_wait": wait}


def work(clusters, offset, seconds, quiet, found):
    clock = time.perf_counter
    count = len(clusters)
    position = offset
    rounds = 0
    longest = 0.0
    last = clock()
    end = last + seconds
    while last < end:
        position = (position * 1664525 + 1013904223) & 0xFFFFFFFF
        item = clusters[position % count]
        if quiet:
            item.number = position
        else:
            fresh = Item(position, None)
            fresh.link = Item(position, fresh)
            item.note = fresh
        rounds += 1
        now = clock()
        if now - last > longest:
            longest = now - last
        last = now
    found.append((rounds, longest))


def main(megabytes, threads, seconds, quiet):
    clusters = fill(megabytes)
    gc.collect()
    if quiet:
        gc.disable()
    watch = Counted() if hasattr(gc, "pauses") else Watch()
    found = []
    arguments = [(clusters, 7919 * index, seconds, quiet, found) for index in range(threads)]
    workers = [threading.Thread(target=work, args=given) for given in arguments[1:]]
    for worker in workers:
        worker.start()
    work(*arguments[0])
    for worker in workers:
        worker.join()
    figures = watch.figures()
    print("rounds", sum(rounds for rounds, _ in found))
    print("longest_gap", max(gap for _, gap in found))
    for name, figure in figures.items():
        print(name, figure)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), "--quiet" in sys.argv)
