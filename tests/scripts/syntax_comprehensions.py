"""Comprehensions and generator expressions: nesting, scopes, conditions, class bodies, async ones."""

import asyncio

print([x * y for x in range(4) for y in range(x) if (x + y) % 2])
print({x: [y for y in range(x)] for x in range(4)})
print(sorted({c.upper() for word in ["ab", "bc"] for c in word}))
print(list(x for x in (y * 2 for y in range(5)) if x > 2))

x = "outer"
inner = [x for x in range(3)]
print(x, inner)
print([(lambda: i)() for i in range(3)], [f() for f in [lambda: i for i in range(3)]])
print([last := n * n for n in range(4)], last)
print(any((witness := n) > 5 for n in range(10)), witness)


class Body:
    size = 3
    items = list(range(size))
    outermost = [n for n in items]
    try:
        inside = [size for n in range(2)]
    except NameError as error:
        inside = str(error)


print(Body.outermost, Body.inside)


def nested():
    total = 0
    rows = [[total := total + cell for cell in row] for row in [[1, 2], [3, 4]]]
    return rows, total


print(nested())
print([[[a, b, c] for c in range(2)] for a, *b in [(1, 2, 3), (4,)]])
print({**{k: v for k, v in zip("abc", range(3))}, "z": 9})
print([*(n for n in range(3)), *{n: 1 for n in "xy"}])

gen = (print("evaluated", n) or n for n in [1, 2])
print("made", type(gen).__name__)
print(next(gen), next(gen), next(gen, "end"))


def closure_cells():
    table = {name: (lambda name=name: name) for name in "pq"}
    return [f() for f in table.values()]


print(closure_cells())


async def numbers(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


async def main():
    print([i async for i in numbers(4) if i != 2])
    print({i: j async for i in numbers(3) for j in [i * i]})
    print([await asyncio.sleep(0, i) for i in range(3)])
    agen = (i + await asyncio.sleep(0, 10) async for i in numbers(3))
    print(type(agen).__name__, [v async for v in agen])


asyncio.run(main())

for source in ["[x for x in 1 = 2]", "[i := 0 for i in range(3)]", "[*x for x in y]", "{**d for d in e}", "[x async for x in y]", "(x for x in range(3)) = 1"]:
    try:
        compile(source, "<c>", "exec")
        print("ok")
    except SyntaxError as error:
        print(error.msg)
