"""What sys tells of other threads, and tracing them all."""

import sys
import threading
import traceback

inside, leave = threading.Event(), threading.Event()


def waits(number):
    local = [number] * 3
    try:
        raise KeyError(number)
    except KeyError:
        inner(local)


def inner(local):
    inside.set()
    leave.wait()


thread = threading.Thread(target=waits, args=(7,))
thread.start()
inside.wait()
frame = sys._current_frames()[thread.ident]
outward = [found for found, _ in traceback.walk_stack(frame)]
names = [found.f_code.co_name for found in outward]
own = sys._current_frames()[threading.get_ident()]
print(own is sys._getframe(), sorted(sys._current_frames()) == sorted([thread.ident, threading.get_ident()]))
print(names[names.index("inner"):])
caller = outward[names.index("waits")]
print(caller.f_locals["number"], caller.f_locals["local"], caller.f_lineno - caller.f_code.co_firstlineno)
print(sorted((ident == thread.ident, repr(error)) for ident, error in sys._current_exceptions().items()))
try:
    1 / 0
except ZeroDivisionError as error:
    print(sys._current_exceptions()[threading.get_ident()] is error)
leave.set()
thread.join()
print(thread.ident in sys._current_frames())

stop, seen, ready = threading.Event(), set(), threading.Event()


def work():
    while not stop.is_set():
        step()
        ready.set()


def step():
    pass


def trace(frame, event, arg):
    if frame.f_code is step.__code__:
        seen.add((threading.current_thread() is worker, event))
    return trace


def watch(setter, getter, events):
    seen.clear()
    setter(trace)
    while not events <= seen:
        pass
    step()
    print(sorted(seen), getter() is trace)
    setter(None)
    print(getter())


worker = threading.Thread(target=work)
worker.start()
ready.wait()
watch(threading.settrace_all_threads, sys.gettrace, {(True, "call"), (True, "line"), (True, "return")})
watch(threading.setprofile_all_threads, sys.getprofile, {(True, "call"), (True, "return")})
stop.set()
worker.join()
