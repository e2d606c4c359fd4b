"""Assignment, unpacking, augmented assignment, deletion, walrus, chained comparison, conditional expressions."""

a, b = b0, a0 = 1, 2
print(a, b, b0, a0)
(a, [b, *c]), d = (1, "xyz"), 4
print(a, b, c, d)
*head, tail = range(4)
print(head, tail)
[first, *rest] = "q"
print(first, rest)
x = y = z = []
x.append(1)
print(y is z, z)
i = 0
items = [10, 20, 30]
i, items[i] = 1, 99
print(i, items)
for i, (j, *k) in enumerate([(1, 2, 3), "ab"]):
    print(i, j, k)
print([*range(2), *"ab", *{"k": 1}], (*[1], 2), {*[1, 1]}, {**{"a": 1}, "a": 2, **{"b": 3}})


class Traced:
    def __init__(self):
        object.__setattr__(self, "log", [])

    def __getitem__(self, key):
        self.log.append(("get", key))
        return 10

    def __setitem__(self, key, value):
        self.log.append(("set", key, value))

    def __delitem__(self, key):
        self.log.append(("del", key))

    def __setattr__(self, name, value):
        self.log.append(("setattr", name, value))

    def __delattr__(self, name):
        self.log.append(("delattr", name))

    @property
    def p(self):
        return 5


t = Traced()
t[1] += 5
t[1:2] = "s"
t[::2, ...] -= 1
t.p *= 2
del t[3], t.q, t[1:]
print(t.log)

n = 7
n += 1; n -= 2; n *= 3; n //= 2; n **= 2; n %= 50; n <<= 2; n >>= 1; n |= 1; n &= 0xFF; n ^= 5; n /= 2
print(n)


class Matrix:
    def __matmul__(self, other):
        return "matmul"

    def __rmatmul__(self, other):
        return "rmatmul"

    def __imatmul__(self, other):
        return "imatmul"


m = Matrix()
print(m @ 1, 1 @ m)
m @= 1
print(m)
lst = [1]
alias = lst
lst += (2, 3)
print(alias, alias is lst)
tup = ([],)
try:
    tup[0] += [1]
except TypeError as error:
    print(error, tup)
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1.0 != 2, not 1 > 2, 3 in [1, 2, 3] == True)
print("yes" if items else "no", items and items[0] or None, None or 0, [] and 1, not [])
if (m := len(items)) > 2 and (half := m // 2):
    print(m, half)
print((w := 3) + w, [w := w + 1, w])
while (chunk := items.pop() if items else None) is not None:
    print("chunk", chunk)
else:
    print("done", chunk)


def order(tag, value):
    print(tag, end=" ")
    return value


order("c", {})[order("d", 1)] = order("a", order("b", 1))
print()
print(order("f", max)(order("x", 1), *order("y", [2]), key=order("z", None), **order("w", {})))
print({order("k1", 1): order("v1", 2), order("k2", 3): order("v2", 4)})
for bad in ["a, b = 1, 2, 3", "a, b = 1,", "a, *b, c = [1]", "a, b = 5", "[a] = ''", "(a, b), c = [1, 2], 3, 4", "*a, b = iter([])"]:
    try:
        exec(bad)
        print("ok")
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
del a, (b, c), [d]
try:
    a
except NameError as error:
    print(error)
