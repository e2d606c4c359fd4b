"""Two interpreters in one process: whether one that collects without rest holds up the other.

usage: isolation.py MEGABYTES SECONDS

The second interpreter first computes only, then fills MEGABYTES and collects again and again; the first does the same steps and
takes their times throughout.
"""

import gc
import os
import sys
import threading
import time

from concurrent import interpreters

COMPUTE = """
import time
end = time.monotonic() + seconds
total = 0
while time.monotonic() < end:
    for number in range(1000):
        total += number
"""

COLLECT = """
import gc, os, time

class Item:
    def __init__(self, number):
        self.number = number
        self.items = [self, number]

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096

start = resident()
kept = []
while resident() - start < megabytes << 20:
    kept.extend([Item(number) for number in range(1000)])
os.write(ready, b"x")
end = time.monotonic() + seconds
collections = 0
while time.monotonic() < end:
    gc.collect()
    collections += 1
os.write(counted, str(collections).encode())
"""


def step(values):
    # Makes no garbage: what stops there are, the other interpreter would have caused.
    for index in range(len(values)):
        values[index] ^= index


def measure(seconds):
    clock = time.perf_counter
    values = [0] * 1000
    # Room for all times beforehand, so that the list need not grow.
    times = [0.0] * int(seconds * 200_000)
    count = 0
    end = clock() + seconds
    last = clock()
    while last < end and count < len(times):
        step(values)
        now = clock()
        times[count] = now - last
        count += 1
        last = now
    del times[count:]
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.999)], times[-1]


def beside(source, seconds, **given):
    interpreter = interpreters.create()
    interpreter.prepare_main(seconds=seconds, **given)
    thread = threading.Thread(target=interpreter.exec, args=(source,))
    thread.start()
    return thread


def stops():
    return sum(count for _, count in gc.pauses()["stops"]["histogram"]) if hasattr(gc, "pauses") else None


def report(name, figures):
    for what, figure in zip(("median", "999", "longest"), figures):
        print(f"{name}_{what}", figure)


def main(megabytes, seconds):
    thread = beside(COMPUTE, seconds + 1)
    report("alone", measure(seconds))
    thread.join()
    ready_reader, ready = os.pipe()
    counted_reader, counted = os.pipe()
    thread = beside(COLLECT, seconds + 1, megabytes=megabytes, ready=ready, counted=counted)
    os.read(ready_reader, 1)
    before = stops()
    report("beside", measure(seconds))
    if before is not None:
        print("own_stops", stops() - before)
    thread.join()
    print("collections", int(os.read(counted_reader, 20)))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
