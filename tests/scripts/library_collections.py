"""collections, itertools, functools, operator, heapq, bisect."""

import bisect
import collections
import functools
import heapq
import itertools
import operator

c = collections.Counter("abracadabra")
print(c.most_common(2), c["z"], c + collections.Counter("aab"), c - collections.Counter("aaaaaaa"), sorted(c.elements())[:3], c.total(), +c == c, c & collections.Counter("ab"), c | collections.Counter("zz"))
d = collections.deque([1, 2, 3], maxlen=3)
d.append(4); d.appendleft(0); d.rotate(1)
print(d, d.maxlen, d.pop(), d.popleft(), list(d), d.extend([7, 8, 9]), d, d[0], d.index(8), d.count(9), collections.deque("abc")[-1], collections.deque([1]) + collections.deque([2]))
P = collections.namedtuple("P", "x y z", defaults=[0])
p = P(1, y=2)
print(p, p._replace(x=5), p._asdict(), P._fields, p.x + p[1], P._make([1, 2, 3]), P._field_defaults, p == (1, 2, 0), repr(P(1, 2)))
o = collections.OrderedDict(a=1, b=2, c=3)
o.move_to_end("a"); o.move_to_end("c", last=False)
print(o, list(reversed(o)), o.popitem(last=False), o == {"b": 2, "a": 1}, o == collections.OrderedDict(a=1, b=2))
dd = collections.defaultdict(list, x=[1])
dd["y"].append(2)
print(dd, dd.default_factory)
cm = collections.ChainMap({"a": 1}, {"a": 2, "b": 3})
print(cm["a"], cm["b"], dict(cm), cm.new_child({"b": 9})["b"], len(cm))
print(list(itertools.chain([1], "ab", [2])), list(itertools.chain.from_iterable([[1], [2]])), list(itertools.combinations("abc", 2)), list(itertools.permutations([1, 2, 3], 2))[:4], list(itertools.product("ab", repeat=2)), list(itertools.combinations_with_replacement("ab", 2)))
print(list(itertools.islice(itertools.count(5, 2), 3)), list(itertools.islice(itertools.cycle("ab"), 5)), list(itertools.repeat(1, 3)), list(itertools.accumulate([1, 2, 3], initial=10)), list(itertools.accumulate([3, 1, 2], max)), list(itertools.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(itertools.dropwhile(lambda x: x < 3, [1, 3, 1])), list(itertools.filterfalse(None, [0, 1])), list(itertools.compress("abc", [1, 0, 1])))
print([(k, list(g)) for k, g in itertools.groupby("aabbbc")], list(itertools.zip_longest("ab", [1], fillvalue="-")), list(itertools.starmap(pow, [(2, 3), (3, 2)])), [list(i) for i in itertools.tee([1, 2], 2)], list(itertools.pairwise("abc")), list(itertools.batched("abcde", 2)), list(itertools.islice("abcdef", 1, 5, 2)))


@functools.lru_cache(maxsize=2)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(20), fib.cache_info(), fib.cache_clear(), fib.cache_info().currsize)


@functools.singledispatch
def kind(x):
    return "object"


@kind.register
def _(x: int):
    return "int"


@kind.register(list)
def _(x):
    return "list"


print(kind(1), kind([]), kind("s"), kind(True), kind.dispatch(bool).__name__)


@functools.total_ordering
class T:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


print(T(1) <= T(1), T(2) > T(1), T(1) >= T(2))
q = functools.partial(print, "a", sep="-")
q("b")
print(q.func is print, q.args, q.keywords, functools.partial(functools.partial(max, 1), 2).args, functools.reduce(operator.mul, range(1, 6)))
print(functools.partial(divmod, functools.Placeholder, 3)(10))


class Cached:
    calls = 0

    @functools.cached_property
    def value(self):
        self.calls += 1
        return self.calls

    def m(self, a, b):
        return a, b

    pm = functools.partialmethod(m, 1)


x = Cached()
print(x.value, x.value, x.__dict__, x.pm(2))
print(operator.itemgetter(1, 0)("ab"), operator.attrgetter("real", "imag")(1), operator.methodcaller("upper")("a"), operator.add(1, 2), operator.contains([1], 1), operator.concat([1], [2]), operator.index(5), operator.truth([]), operator.indexOf([1, 2], 2), operator.length_hint(iter([1, 2])), operator.iadd([1], [2]), operator.matmul.__name__)
h = [5, 1, 4, 2, 3]
heapq.heapify(h)
print([heapq.heappop(h) for _ in range(3)], heapq.heappush(h, 0), h[0], heapq.heappushpop(h, 9), heapq.heapreplace(h, 1), heapq.nlargest(2, [1, 5, 3]), heapq.nsmallest(2, "bca"), list(heapq.merge([1, 4], [2, 3])))
l = [1, 2, 2, 3]
print(bisect.bisect(l, 2), bisect.bisect_left(l, 2), bisect.insort(l, 2.5), l, bisect.bisect([1, 2, 3], 2, key=lambda v: -v))
for bad in [lambda: collections.namedtuple("x", "a a"), lambda: collections.namedtuple("1x", "a"), lambda: P(1), lambda: P(1, 2, 3, 4), lambda: collections.deque(maxlen=-1), lambda: collections.deque().pop(), lambda: d[9], lambda: itertools.islice([], -1), lambda: list(itertools.batched("a", 0)), lambda: functools.reduce(max, []), lambda: heapq.heappop([]), lambda: dict(zip([1], [2], strict=True))[5], lambda: list(itertools.batched("abc", 2, strict=True)), lambda: operator.itemgetter(), lambda: itertools.count("a"), lambda: collections.OrderedDict().popitem()]:
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, error)
it = iter(d)
d.append(1)
try:
    next(it)
except RuntimeError as error:
    print(error)
