"""What gc.set_debug prints and keeps, callbacks, generations, freezing; classes and weak dictionaries that let go."""

import contextlib
import gc
import io
import re
import weakref


class Node:
    pass


def make_cycle():
    node = Node()
    node.items = [node]


def collected(flags, is_found):
    """What is printed; again if a collection that nobody asked for came first, as happens under stress."""
    for _ in range(50):
        text = io.StringIO()
        gc.collect()
        gc.garbage.clear()
        make_cycle()
        with contextlib.redirect_stderr(text):
            gc.set_debug(flags)
            gc.collect()
            gc.set_debug(0)
        printed = re.sub(r"0x[0-9a-f]+", "0x", text.getvalue())
        if is_found(printed):
            break
    return printed


print("stats")
# Numbers depend on the program's past, and on what is collected under stress.
lines = [re.sub(r"\d+ ?|\.+", "", line) for line in collected(gc.DEBUG_STATS, bool).splitlines()]
print(sorted(set(lines)))
print("collectable")
print("".join(sorted(collected(gc.DEBUG_COLLECTABLE, bool).splitlines(True))), end="")
print("saveall")
collected(gc.DEBUG_SAVEALL, lambda printed: gc.garbage)
print(sorted(type(item).__name__ for item in gc.garbage))
kept = next(item for item in gc.garbage if type(item) is Node)
print(kept.items[0] is kept)
gc.garbage.clear()
reference = weakref.ref(kept)
del kept
gc.collect()
print(reference(), gc.garbage)
print(gc.DEBUG_LEAK == gc.DEBUG_COLLECTABLE | gc.DEBUG_UNCOLLECTABLE | gc.DEBUG_SAVEALL)

print("callbacks")
heard = []


def callback(phase, info):
    heard.append((phase, sorted(info), info["generation"]))


gc.disable()
gc.callbacks.append(callback)
gc.collect(0)
gc.collect()
gc.callbacks.remove(callback)
gc.enable()
# Under stress there are collections that nobody asked for between these.
print(sorted({(phase, *keys, generation) for phase, keys, generation in heard}))
before = [generation["collections"] for generation in gc.get_stats()]
gc.disable()
gc.collect()
gc.collect(1)
after = [generation["collections"] for generation in gc.get_stats()]
gc.enable()
print([late - early >= asked for early, late, asked in zip(before, after, (0, 1, 1))])



def greedy(phase, info):
    # More than what the threshold allows between two collections.
    greedy.calls += 1
    return [bytes(1000) for _ in range(500)], [[] for _ in range(5000)]


greedy.calls = 0
gc.callbacks.append(greedy)
gc.set_threshold(1)
churned = [[] for _ in range(20000)]
gc.set_threshold(2000)
gc.callbacks.remove(greedy)
print(greedy.calls > 0)

print("generations")


def is_found_young():
    young = Node()
    return any(item is young for item in gc.get_objects(0)) and not any(item is young for item in gc.get_objects(2))


print(any(is_found_young() for _ in range(5)))
young = Node()
gc.collect()
print(any(item is young for item in gc.get_objects(0)), any(item is young for item in gc.get_objects(2)))
gc.freeze()
print(gc.get_freeze_count() > 100, any(item is young for item in gc.get_objects()))
gc.unfreeze()
print(gc.get_freeze_count(), any(item is young for item in gc.get_objects()))

print("tracked")
for item in ([], {}, (), (1, "a"), ([],), object(), Node(), Node, int, 1, "a", bytearray(), range(3), 1j, len, callback):
    print(type(item).__name__, gc.is_tracked(item))


def forgotten_class(use):
    class Forgotten:
        def __init__(self):
            self.a = 1

        def method(self):
            return self.a

    use(Forgotten)
    return weakref.ref(Forgotten)


def use(cls):
    item = cls()
    item.b = item.method()
    return item.b


print("classes")
references = [forgotten_class(use) for _ in range(6)]
gc.collect()
print([reference() for reference in references[:5]])

print("weak values")
values = weakref.WeakValueDictionary()
nodes = [Node() for _ in range(5)]
for index, node in enumerate(nodes):
    values[index] = node
del node, nodes[1:4]
gc.collect()
print(sorted(values.data), len(values), sorted(values))

print("order of callbacks")
order = []
node = Node()
references = [weakref.ref(node, lambda reference, index=index: order.append(index)) for index in range(4)]
plain = weakref.ref(node)
print([reference is plain for reference in weakref.getweakrefs(node)], node.__weakref__ is plain)
print([next(index for index, known in enumerate(references) if known is reference) for reference in weakref.getweakrefs(node)[1:]])
del node
gc.collect()
print(order)
for threshold in (0, 1, 700, 10**9):
    gc.set_threshold(threshold, 5, 5)
    print(gc.get_threshold()[0])
