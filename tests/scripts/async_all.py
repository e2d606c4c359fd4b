"""Coroutines, async generators, async with and for, tasks, gather, cancellation, time-outs, queues, exceptions."""

import asyncio
import inspect


class Manager:
    async def __aenter__(self):
        await asyncio.sleep(0)
        print("enter")
        return self

    async def __aexit__(self, kind, value, tb):
        print("exit", kind and kind.__name__)
        return kind is ValueError


class Counter:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        return self.n


class Awaitable:
    def __await__(self):
        result = yield from asyncio.sleep(0, "slept").__await__()
        return result + "!"


async def agen():
    try:
        for i in range(5):
            got = yield i
            if got:
                print("asend", got)
    except ValueError as error:
        print("athrow", error)
        yield "after throw"
    finally:
        await asyncio.sleep(0)
        print("agen finally")


async def worker(name, queue, results):
    while (item := await queue.get()) is not None:
        await asyncio.sleep(0)
        results.append(item * item)
        queue.task_done()


async def fails(after):
    await asyncio.sleep(after)
    raise RuntimeError("task failed")


async def main():
    async with Manager() as m, Manager():
        raise ValueError("suppressed")
    async for n in Counter(3):
        if n == 1:
            continue
        print("n", n)
    else:
        print("async else")
    print(await Awaitable(), [n async for n in Counter(2)])
    g = agen()
    print(await anext(g), await g.asend("x"), await g.athrow(ValueError("v")))
    await g.aclose()
    print(await anext(g, "default"))
    print(await asyncio.gather(asyncio.sleep(0.02, "b"), asyncio.sleep(0.01, "a"), asyncio.sleep(0, "c")))
    print(await asyncio.gather(fails(0), asyncio.sleep(0, 1), return_exceptions=True))
    queue, results = asyncio.Queue(), []
    workers = [asyncio.create_task(worker(i, queue, results)) for i in range(3)]
    for i in range(6):
        queue.put_nowait(i)
    await queue.join()
    for _ in workers:
        await queue.put(None)
    await asyncio.gather(*workers)
    print(sorted(results))
    task = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    task.cancel("stop")
    try:
        await task
    except asyncio.CancelledError as error:
        print("cancelled", error.args, task.cancelled())
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError:
        print("timed out")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails(0))
            group.create_task(asyncio.sleep(10))
    except* RuntimeError as error:
        print(repr(error))
    event, lock = asyncio.Event(), asyncio.Lock()

    async def waiter(i):
        await event.wait()
        async with lock:
            return i

    waiting = [asyncio.create_task(waiter(i)) for i in range(3)]
    await asyncio.sleep(0)
    event.set()
    print(await asyncio.gather(*waiting))
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, "from callback")
    print(await future, await asyncio.to_thread(sum, [1, 2, 3]))
    print([x async for x in (i async for i in Counter(3)) if x], inspect.iscoroutinefunction(main), inspect.isasyncgenfunction(agen))
    return "main result"


print(asyncio.run(main()))


async def coro():
    return 5


c = coro()
try:
    c.send(None)
except StopIteration as stop:
    print(stop.value, inspect.getcoroutinestate(c))
try:
    c.send(None)
except RuntimeError as error:
    print(error)


async def bad_calls():
    for action in [lambda: awaits(5), lambda: aiter_over(5), lambda: enter(5)]:
        try:
            await action()
        except TypeError as error:
            print(error)


async def awaits(x):
    await x


async def aiter_over(x):
    async for _ in x:
        pass


async def enter(x):
    async with x:
        pass


asyncio.run(bad_calls())
try:
    asyncio.run(5)
except (TypeError, ValueError) as error:
    print(type(error).__name__, error)
for source in ["await x", "async def f(): yield from g()", "async def f():\n yield 1\n return 2", "def f(): await x", "def f():\n async with a: pass", "async def f(): [await x for x in y]", "def f(): [x async for x in y]", "async def f(): lambda: await x", "async x = 1"]:
    try:
        compile(source, "<a>", "exec")
        print("ok")
    except SyntaxError as error:
        print(error.msg)
