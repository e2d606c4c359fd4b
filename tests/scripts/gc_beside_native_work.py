"""A collection need not wait for the end of a long sort: that stands still in between."""

import gc
import sys
import threading

FREE = hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled()
values = [float(number * 7919 % 100_003) for number in range(100_000)]


def collects_meanwhile(work):
    """Whether a collection ends while another thread is at work, in one of a number of attempts."""
    for _ in range(200):
        begun, ended = threading.Event(), []

        def run():
            begun.set()
            work()
            ended.append(True)

        thread = threading.Thread(target=run)
        thread.start()
        begun.wait()
        gc.collect(0)
        meanwhile = not ended
        thread.join()
        if meanwhile:
            return True
    return False


for name, kind in [("floats", float), ("strings", str), ("integers", int)]:
    kinds = [kind(value) for value in values]
    print(name, collects_meanwhile(lambda: sorted(kinds)) or not FREE)
