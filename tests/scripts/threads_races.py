"""Threads that race on one object of each kind: an old value or a new one, never anything else, and nothing is lost that is atomic."""

import sys
import threading

THREADS, ROUNDS = 4, 1500


def together(*works):
    barrier = threading.Barrier(len(works))
    failures = []

    def run(work, number):
        try:
            barrier.wait()
            work(number)
        except BaseException as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=run, args=(work, n)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


class Box:
    def __init__(self, number):
        self.number = number
        self.double = number * 2
        self.text = str(number)

    def whole(self):
        return self.double == self.number * 2 and self.text == str(self.number)


# What was written into an object before it was published is seen by who reads the reference: through an attribute, a global, an
# item of a list, an entry of a dict.
class Shelf:
    pass


shelf, table, row, box = Shelf(), {}, [Box(0)], Box(0)
shelf.box = table["box"] = box


def publish(n):
    global box
    for i in range(ROUNDS):
        shelf.box = table["box"] = row[0] = box = Box(i)


torn = []


def read(n):
    for i in range(ROUNDS):
        for seen in (shelf.box, table["box"], row[0], box):
            if not seen.whole():
                torn.append(seen.__dict__)


print(together(publish, publish, read, read), torn)


# Before start() and after join().
letters = []
writer = threading.Thread(target=lambda: letters.append(before + 1))
before = 41
writer.start()
writer.join()
print(letters)


# Keys that come and go.
def come_and_go(n):
    for i in range(ROUNDS):
        key = i % 20
        table[key] = key
        value = table.get(key, key)
        assert value == key, (key, value)
        value = table.pop(key, key)
        assert value == key, (key, value)
        table.setdefault(("of", n, i % 7), n)


print(together(*[come_and_go] * THREADS), sorted(k for k in table if type(k) is tuple) == sorted(("of", n, i) for n in range(THREADS) for i in range(7)))


# Whoever takes the last item has it alone.
items, taken = set(range(THREADS * ROUNDS)), [[] for _ in range(THREADS)]


def take(n):
    while True:
        try:
            taken[n].append(items.pop())
        except KeyError:
            return


print(together(*[take] * THREADS), sorted(sum(taken, [])) == list(range(THREADS * ROUNDS)))
pairs = dict.fromkeys(range(THREADS * ROUNDS))
taken = [[] for _ in range(THREADS)]


def take_pair(n):
    while True:
        try:
            taken[n].append(pairs.popitem()[0])
        except KeyError:
            return


print(together(*[take_pair] * THREADS), sorted(sum(taken, [])) == list(range(THREADS * ROUNDS)))


# One generator: one thread runs it, the others are told so.
def numbers():
    for i in range(ROUNDS):
        yield i


def drain(n):
    while True:
        try:
            got.append(next(shared))
        except ValueError as error:
            if str(error) != "generator already executing":
                raise
        except StopIteration:
            return


shared, got = numbers(), []
print(together(*[drain] * THREADS), sorted(got) == list(range(ROUNDS)))


# A class that changes while its instances are used.
class Shape:
    def area(self):
        return 0


shape = Shape()


def redefine(n):
    for i in range(ROUNDS // 5):
        Shape.area = lambda self, i=i: i
        Shape.side = property(lambda self: 7)
        del Shape.side


def use(n):
    for i in range(ROUNDS):
        assert 0 <= shape.area() < ROUNDS
        assert getattr(shape, "side", 7) == 7


print(together(redefine, use, use))


# Attributes of one instance: each thread its own, and all of them one.
class Thing:
    pass


def attributes(n):
    for i in range(ROUNDS // 5):
        thing.common = n
        setattr(thing, f"own{n}", i)
        assert getattr(thing, f"own{n}") == i
        if i % 3 == 0:
            delattr(thing, f"own{n}")
            assert not hasattr(thing, f"own{n}")
        assert thing.common in range(THREADS)


thing = Thing()
print(together(*[attributes] * THREADS), sorted(thing.__dict__))

# Sorting while others append: the list is empty to them meanwhile, or the sort says that it was modified.
values = list(range(100, 0, -1))


def sort(n):
    for i in range(ROUNDS // 10):
        try:
            values.sort()
        except ValueError as error:
            if str(error) != "list modified during sort":
                raise


def touch(n):
    for i in range(ROUNDS // 10):
        for value in list(values):
            assert type(value) is int
        try:
            values[0] = values[-1]
        except IndexError:
            pass


print(together(sort, touch, touch))


# Iterating over what others change: RuntimeError or not, but never what was not there.
def iterate(n):
    for i in range(ROUNDS // 10):
        for kind in (table, items, values):
            try:
                for _ in kind:
                    pass
            except RuntimeError as error:
                assert "during iteration" in str(error), error


def change(n):
    for i in range(ROUNDS):
        table["new", n, i % 50] = i
        table.pop(("new", n, (i + 25) % 50), None)
        items.add((n, i))
        items.discard((n, i - 10))
        values.append(i)
        values.pop()


print(together(iterate, iterate, change, change))

# Condition, event, semaphore: what was done before the release is seen after the acquire.
condition, channel, received = threading.Condition(), [], []


def send(n):
    for i in range(300):
        with condition:
            channel.append((n, i))
            condition.notify()


def receive(n):
    while True:
        with condition:
            while not channel:
                if len(received) == 600:
                    return
                condition.wait(0.01)
            received.append(channel.pop(0))


print(together(send, send, receive, receive), sorted(received) == [(n, i) for n in (0, 1) for i in range(300)])
sys.stdout.flush()
