"""Run a program and print how much of the processor's time went into collecting.

usage: share.py PROGRAM

Counts what the program's threads stood still for collections, and what threads ran that are not Python's. On an interpreter whose
collector has no threads and tells by callbacks, the time between those.
"""

import contextlib
import gc
import io
import os
import runpy
import sys
import threading
import time


class Watch:
    total = 0.0

    def __call__(self, phase, info):
        if phase == "start":
            self.started = time.process_time()
        else:
            self.total += time.process_time() - self.started


def others():
    """The processor time of threads that Python does not know."""
    known = {thread.native_id for thread in threading.enumerate()}
    ticks = 0
    for task in os.listdir("/proc/self/task"):
        if int(task) not in known:
            with open(f"/proc/self/task/{task}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main(program):
    watch = Watch()
    if not hasattr(gc, "pauses"):
        gc.callbacks.append(watch)
    with contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(program, run_name="__main__")
    whole = time.process_time()
    collecting = watch.total
    if hasattr(gc, "pauses"):
        collecting = gc.pauses()["stops"]["total"] + others()
    print("share", collecting / whole)


if __name__ == "__main__":
    main(sys.argv[1])
