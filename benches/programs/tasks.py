"""Coroutines: a tree of asyncio tasks, a pipeline over queues, locks and events, async generators, coroutines driven by hand."""

import asyncio


async def tree(depth, width):
    if depth == 0:
        await asyncio.sleep(0)
        return 1
    return 1 + sum(await asyncio.gather(*(tree(depth - 1, width) for _ in range(width))))


async def nested(depth):
    """Awaited without a task: each level is a call."""
    if depth == 0:
        await asyncio.sleep(0)
        return 0
    return await nested(depth - 1) + 1


async def produce(queue, count):
    for n in range(count):
        await queue.put(n)
    await queue.put(None)


async def double(source, target):
    while (n := await source.get()) is not None:
        await target.put(n * 2)
    await target.put(None)


async def consume(queue):
    total = 0
    while (n := await queue.get()) is not None:
        total += n
    return total


async def pipeline(count):
    first, second = asyncio.Queue(4), asyncio.Queue(4)
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(first, count))
        group.create_task(double(first, second))
        result = group.create_task(consume(second))
    return result.result()


async def ticks(count):
    for n in range(count):
        if n % 8 == 0:
            await asyncio.sleep(0)
        yield n


async def shared(workers, rounds):
    lock, done, total = asyncio.Lock(), asyncio.Event(), 0

    async def add(step):
        nonlocal total
        async for n in ticks(rounds):
            async with lock:
                total += n * step
        if step == workers:
            done.set()

    running = [asyncio.create_task(add(step)) for step in range(1, workers + 1)]
    await done.wait()
    await asyncio.gather(*running)
    return total


class Switch:
    """Hands a value to whoever drives the coroutine, and the answer back."""

    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


async def stepper(count):
    total = 0
    for n in range(count):
        total += await Switch(n)
    return total


def drive(coroutines):
    """A scheduler of our own: a coroutine that hands out `n` is sent `n + 1`, each in turn."""
    running = [(coroutine, None) for coroutine in coroutines]
    results = []
    while running:
        following = []
        for coroutine, answer in running:
            try:
                following.append((coroutine, coroutine.send(answer) + 1))
            except StopIteration as end:
                results.append(end.value)
        running = following
    return results


async def main():
    depths = 0
    for _ in range(3_000):
        depths += await nested(20)
    return await tree(6, 5) + await tree(9, 3), depths, await pipeline(30_000), await shared(20, 1_200)


print(*asyncio.run(main()), sum(drive([stepper(800) for _ in range(600)])))
