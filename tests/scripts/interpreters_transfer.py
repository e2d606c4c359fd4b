"""What crosses between interpreters: structures with identity and cycles, functions, exceptions, refusals, threads at a queue."""

import threading
from concurrent import interpreters


def through(value):
    queue.put(value)
    return queue.get()


queue = interpreters.create_queue()
for value in [10**40, -(10**40), 1 << 63, "\ud800x", "é", "日本", "😀" * 2000, b"", b"x" * 9000, -0.0, float("inf")]:
    back = through(value)
    print(type(back).__name__, back == value)
print(through([1, [2.5, {"a": (None, True), "b": {1, 2}}], frozenset("x"), 2j, ..., bytearray(b"q")]))
shared = ["once"]
back = through([shared, shared, (shared,)])
print(back, back[0] is back[1] is back[2][0], back[0] is shared)
loop = [1]
loop.append(loop)
back = through(loop)
print(back[1] is back, len(back))
table = {}
table["self"] = table
back = through(table)
print(back["self"] is back)
knot = ([],)
knot[0].append(knot)
print(through(knot)[0][0][0][0][0] is not None)
print(through({"complex": [range(3)]}), through(KeyError("k")), through(int))
view = through(memoryview(b"abcdef"))
print(type(view).__name__, bytes(view), view.readonly)
other = through(queue)
print(other is queue)
for refused in [lambda: queue, threading.Lock(), (1, [threading.Lock()])]:
    try:
        queue.put(refused)
    except interpreters.NotShareableError as error:
        print("refused", type(error).__name__, queue.qsize())
print([interpreters.is_shareable(v) for v in (None, 1, 1.5, "s", b"b", (), True, queue, memoryview(b""), [], {}, set(), object())])

interp = interpreters.create()
for value in ([], {}, object()):
    try:
        interp.prepare_main(value=value)
    except interpreters.NotShareableError as error:
        print("prepare_main refused", type(value).__name__)
print(interp.call(sorted, [3, 1, 2]), interp.call(dict, a=[1], b={"c": 2}), interp.call(lambda *a, **k: (a, k), 1, x=[2]))
print(interp.call(lambda f: f(20), lambda n: n + 1))
for script in (lambda: 1, lambda x: None, 5, "1 +"):
    try:
        interp.exec(script)
    except (ValueError, TypeError, SyntaxError) as error:
        print(type(error).__name__, error)
try:
    interp.exec("class Wrong(Exception): pass\nraise Wrong('a', 'b')")
except interpreters.ExecutionFailed as error:
    print(error, error.excinfo, sep="\n")
try:
    interp.call(lambda: open)
    interp.call(lambda: (lambda: interp))
except interpreters.ExecutionFailed as error:
    print(error.excinfo.formatted)
except interpreters.NotShareableError as error:
    print("NotShareableError")

# Eight threads of two interpreters work on one queue; nothing is lost, nothing comes twice.
tasks, results = interpreters.create_queue(4), interpreters.create_queue()
helper = interpreters.create()
helper.prepare_main(tasks=tasks, results=results)
helper.exec("""
import threading
def work():
    while (task := tasks.get()) is not None:
        results.put([task, task * task])
""")


def work():
    while (task := tasks.get()) is not None:
        results.put([task, task * task])


def work_there():
    helper.exec("""
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
""")


workers = [threading.Thread(target=work) for _ in range(4)] + [threading.Thread(target=work_there)]
for worker in workers:
    worker.start()
for number in range(200):
    tasks.put(number)
for _ in range(8):
    tasks.put(None)
for worker in workers:
    worker.join()
got = sorted(results.get() for _ in range(results.qsize()))
print(len(got), got == [[n, n * n] for n in range(200)], tasks.empty())

# What a closed interpreter left in a queue.
giver = interpreters.create()
for name, unbound in [("UNBOUND", interpreters._queues.UNBOUND), ("ERROR", interpreters._queues.UNBOUND_ERROR), ("REMOVE", interpreters._queues.UNBOUND_REMOVE)]:
    left = interpreters.create_queue(unbounditems=unbound)
    giver.prepare_main(left=left)
    giver.exec("left.put('gift')")
    if name == "UNBOUND":
        first = left
    elif name == "ERROR":
        second = left
    else:
        third = left
giver.close()
print(first.qsize(), first.get())
try:
    second.get()
except interpreters._queues.ItemInterpreterDestroyed as error:
    print(type(error).__name__, error)
print(third.qsize())
try:
    third.get(timeout=0.01)
except interpreters.QueueEmpty:
    print("QueueEmpty")
for interpreter in (interp, helper):
    interpreter.close()
print(len(interpreters.list_all()))
