"""concurrent.interpreters: create, exec, call, prepare_main, queues, isolation, failures, closing."""

import threading
import time
from concurrent import interpreters

interp = interpreters.create()
print(interp.is_running(), interpreters.get_main() == interpreters.get_current(), interp in interpreters.list_all(), len(interpreters.list_all()))
interp.exec("import sys; x = 5; print('inside', __name__, 'threading' in sys.modules, flush=True)")
interp.exec("x += 1; print(x, flush=True)")
interp.prepare_main(a=1, b="text", c=(1, (2.5, None)), d=b"bytes")
interp.prepare_main({"e": True})
interp.exec("print(a, b, c, d, e, flush=True)")


def work(n):
    import math
    return math.factorial(n)


print(interp.call(work, 20), interp.call(len, "abc"), interp.call(lambda v: v[::-1], "gnirts"))
try:
    interp.exec("def f():\n    1 / 0\nf()")
except interpreters.ExecutionFailed as error:
    print(type(error).__name__, error.excinfo.type.__name__, error.excinfo.msg)
try:
    interp.call(work, -1)
except interpreters.ExecutionFailed as error:
    print(error.excinfo.formatted)
interp.exec("print('still alive', x, flush=True)")
queue = interpreters.create_queue()
for value in [1, 2.5, "s", b"b", None, True, (1, "t", (2,)), 10**30 % (1 << 60)]:
    queue.put(value)
print(queue.qsize(), [queue.get() for _ in range(8)], queue.empty())
try:
    queue.get_nowait()
except interpreters.QueueEmpty:
    print("empty")
bounded = interpreters.create_queue(1)
bounded.put(1)
try:
    bounded.put(2, timeout=0.05)
except interpreters.QueueFull:
    print("full", bounded.full(), bounded.maxsize)
back = interpreters.create_queue()
interp.prepare_main(source=queue, target=back)
thread = interp.call_in_thread(lambda: None)
thread.join()
worker = threading.Thread(target=interp.exec, args=("""
while (item := source.get()) is not None:
    target.put(item * 2)
target.put("done")
""",))
worker.start()
for n in range(5):
    queue.put(n)
queue.put(None)
worker.join()
print([back.get() for _ in range(6)])
other = interpreters.create()
interp.exec("shared = 'mine'")
try:
    other.exec("shared")
except interpreters.ExecutionFailed as error:
    print(error.excinfo.msg)
other.close()
try:
    other.exec("1")
except interpreters.InterpreterNotFoundError as error:
    print("closed")
busy = threading.Thread(target=interp.exec, args=("import time; time.sleep(0.3)",))
busy.start()
while not interp.is_running():
    time.sleep(0.01)
try:
    interp.close()
except interpreters.InterpreterError as error:
    print("InterpreterError while running")
busy.join()
interp.close()
print(len(interpreters.list_all()))
many = [interpreters.create() for _ in range(5)]
threads = [threading.Thread(target=i.exec, args=("sum(range(1000))",)) for i in many]
for t in threads:
    t.start()
for t in threads:
    t.join()
for i in many:
    i.close()
print(len(interpreters.list_all()))
from concurrent.futures import InterpreterPoolExecutor
with InterpreterPoolExecutor(2) as pool:
    print(list(pool.map(abs, [-1, 2, -3])))
