"""Threads on shared containers: each operation that CPython makes atomic loses nothing."""

import collections
import threading

THREADS, ROUNDS = 4, 3000


def together(work):
    barrier = threading.Barrier(THREADS)
    failures = []

    def run(number):
        try:
            barrier.wait()
            work(number)
        except BaseException as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return failures


shared = []
print(together(lambda n: [shared.append((n, i)) for i in range(ROUNDS)]), len(shared))
for n in range(THREADS):
    own = [i for m, i in shared if m == n]
    assert own == list(range(ROUNDS)), "each thread's items stay in order"

table = {}


def fill(n):
    for i in range(ROUNDS):
        table[n, i] = i
        table.setdefault(i, []).append(n)


print(together(fill), len(table), all(sorted(table[i]) == [0, 1, 2, 3] for i in range(ROUNDS)))

taken = []
stack = list(range(THREADS * ROUNDS))


def take(n):
    while True:
        try:
            taken.append(stack.pop())
        except IndexError:
            return


print(together(take), sorted(taken) == list(range(THREADS * ROUNDS)))

queue = collections.deque(range(THREADS * ROUNDS))
out = collections.deque()


def move(n):
    while True:
        try:
            out.append(queue.popleft())
        except IndexError:
            return


print(together(move), sorted(out) == list(range(THREADS * ROUNDS)))

numbers = set()
print(together(lambda n: [numbers.add(i) for i in range(ROUNDS)]), numbers == set(range(ROUNDS)))


class Thing:
    pass


thing = Thing()


def attributes(n):
    for i in range(ROUNDS // 10):
        setattr(thing, f"a{n}_{i}", i)
        getattr(thing, f"a{n}_{i}")


print(together(attributes), len(thing.__dict__), all(getattr(thing, f"a{n}_{i}") == i for n in range(THREADS) for i in range(ROUNDS // 10)))


def churn(n):
    for i in range(ROUNDS // 10):
        shared.insert(0, i)
        shared[i % 100 : i % 100 + 2] = [i, i, i]
        shared.reverse()
        del shared[-1]
        try:
            shared.index(i)
        except ValueError:
            pass
        sum(1 for _ in zip(shared, range(50)))


failures = together(churn)
print(failures, len(shared) > 0)

local = threading.local()
seen = []


def locals_(n):
    local.value = n
    for _ in range(100):
        assert local.value == n
    seen.append(local.value)


print(together(locals_), sorted(seen), hasattr(local, "value"))

total = 0
lock = threading.Lock()


def count(n):
    global total
    for _ in range(ROUNDS):
        with lock:
            total += 1


print(together(count), total)


class Node:
    def __init__(self, n):
        self.me, self.n = self, n

    def __del__(self):
        deleted.append(self.n)


deleted = []


def garbage(n):
    for i in range(ROUNDS // 10):
        Node((n, i))


print(together(garbage))
import gc
gc.collect()
gc.collect()
print(len(deleted), len(set(deleted)))


def iterate(n):
    for i in range(50):
        for key in list(table):
            table.get(key)
        try:
            for key in table:
                table[key, "new", n, i] = 1
                break
        except RuntimeError:
            pass


print(together(iterate))
