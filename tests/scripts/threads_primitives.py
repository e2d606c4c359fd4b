"""threading's primitives, queue and concurrent.futures."""

import concurrent.futures
import queue
import threading
import time

lock = threading.Lock()
print(lock.acquire(), lock.locked(), lock.acquire(blocking=False), lock.acquire(timeout=0.01), lock.release(), lock.locked())
r = threading.RLock()
with r, r:
    print("twice")
for bad in [lock.release, r.release, lambda: lock.acquire(False, 1), lambda: lock.acquire(timeout=-2)]:
    try:
        bad()
    except (RuntimeError, ValueError) as error:
        print(type(error).__name__, error)

event = threading.Event()
print(event.wait(0.01), event.is_set())
log = []


def waiter():
    event.wait()
    log.append("woken")


threads = [threading.Thread(target=waiter, daemon=True) for _ in range(3)]
for t in threads:
    t.start()
event.set()
for t in threads:
    t.join()
print(log, threads[0].is_alive(), threads[0].daemon)

condition, items = threading.Condition(), []


def consume():
    with condition:
        while not items:
            condition.wait()
        log.append(items.pop())


consumers = [threading.Thread(target=consume) for _ in range(2)]
for t in consumers:
    t.start()
for n in (1, 2):
    with condition:
        items.append(n)
        condition.notify()
for t in consumers:
    t.join()
print(sorted(log[3:]), condition.acquire() and condition.wait_for(lambda: True) and condition.release())
s = threading.Semaphore(2)
print(s.acquire(), s.acquire(), s.acquire(blocking=False), s.release(), s.acquire(timeout=0.1))
b = threading.BoundedSemaphore(1)
try:
    b.release()
except ValueError as error:
    print(error)
barrier = threading.Barrier(3, action=lambda: log.append("action"))
order = []
threads = [threading.Thread(target=lambda: order.append(barrier.wait())) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(order), log[-1])
fired = threading.Event()
timer = threading.Timer(0.01, fired.set)
timer.start()
print(fired.wait(5))
timer.join()
t = threading.Timer(10, print)
t.start()
t.cancel()
t.join()
main = threading.current_thread()
print(main is threading.main_thread(), main.name, threading.active_count(), threading.get_ident() == main.ident, isinstance(threading.get_native_id(), int))
t = threading.Thread(target=lambda: None, name="named")
print(repr(t).split(",")[0], t.ident)
t.start()
t.join()
for bad in [t.start, threading.Thread().join, threading.current_thread().join, lambda: setattr(main, "daemon", True)]:
    try:
        bad()
    except RuntimeError as error:
        print(error)

q = queue.Queue(2)
q.put(1)
q.put(2)
print(q.full(), q.qsize(), q.get(), q.get(), q.empty())
try:
    q.get_nowait()
except queue.Empty:
    print("empty")
try:
    q.put(1); q.put(2); q.put(3, timeout=0.01)
except queue.Full:
    print("full")
p = queue.PriorityQueue()
for n in [3, 1, 2]:
    p.put(n)
l = queue.LifoQueue()
l.put(1); l.put(2)
sq = queue.SimpleQueue()
sq.put("s")
print([p.get() for _ in range(3)], l.get(), sq.get())
q = queue.Queue()
done = []


def work():
    while (item := q.get()) is not None:
        done.append(item * 2)
        q.task_done()


threads = [threading.Thread(target=work) for _ in range(3)]
for t in threads:
    t.start()
for i in range(100):
    q.put(i)
q.join()
for t in threads:
    q.put(None)
for t in threads:
    t.join()
print(sorted(done) == [i * 2 for i in range(100)])
q.shutdown()
try:
    q.put(1)
except queue.ShutDown:
    print("shut down")
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    print(list(pool.map(lambda x: x * x, range(5))))
    future = pool.submit(divmod, 7, 2)
    print(future.result(), future.done())
    failing = pool.submit(int, "x")
    print(repr(failing.exception()))
    futures = [pool.submit(pow, 2, n) for n in range(5)]
    print(sorted(f.result() for f in concurrent.futures.as_completed(futures)), len(concurrent.futures.wait(futures).done))
    slow = pool.submit(time.sleep, 0.2)
    try:
        slow.result(timeout=0.01)
    except TimeoutError as error:
        print("TimeoutError", error.args)
try:
    pool.submit(print)
except RuntimeError as error:
    print(error)
import contextvars
var = contextvars.ContextVar("var", default="default")
token = var.set("main")
results = []
ctx = contextvars.copy_context()
t = threading.Thread(target=lambda: results.append(ctx.run(var.get)))
t.start()
t.join()
print(results, var.get(), var.reset(token), var.get())
