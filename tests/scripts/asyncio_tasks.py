"""Tasks of asyncio: names, steps, cancellation, eager start, current and all tasks, tasks and futures of other kinds."""

import asyncio
import contextvars
import gc
import re
import threading

import _asyncio


def shown(value):
    text = value if isinstance(value, str) else repr(value)
    text = re.sub(r"0x[0-9a-f]+", "0x..", text)
    text = re.sub(r" at [^ >]+\.py:\d+", " at ..", text)
    return re.sub(r"Task-\d+", "Task-N", text)


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except BaseException as error:
        return f"{type(error).__name__}: {shown(str(error))}"


def names(tasks):
    return sorted(task.get_name() for task in tasks)


async def outcome(awaitable):
    try:
        return await awaitable
    except BaseException as error:
        return error


class Loop:
    """Remembers what it is to call."""

    def __init__(self):
        self.calls, self.complaints = [], []

    def get_debug(self):
        return False

    def call_soon(self, callback, *args, context=None):
        self.calls.append(callback)

    def call_exception_handler(self, context):
        self.complaints.append((context["message"], sorted(context)))

    def __repr__(self):
        return "<Loop>"


async def wait(awaitable):
    return await awaitable


def by_hand():
    """Steps of a task, called as a loop would."""
    loop = Loop()
    asyncio._set_running_loop(loop)
    try:
        future = asyncio.Future(loop=loop)
        task = asyncio.Task(wait(future), loop=loop, name="hand")
        step = loop.calls.pop()
        print(type(step).__name__, step.__self__ is task, attempt(step, 1), attempt(step, a=1))
        print(step(), task._fut_waiter is future, [callback.__qualname__ for callback, _ in future._callbacks])
        print(future._asyncio_awaited_by == {task}, asyncio.current_task())
        future.set_result("by hand")
        wakeup = loop.calls.pop()
        print(wakeup.__self__ is task, attempt(wakeup), wakeup(future), task.result(), future._asyncio_awaited_by)
        print(attempt(step))

        async def leaves():
            raise SystemExit(3)

        task = asyncio.Task(leaves(), loop=loop)
        print(attempt(loop.calls.pop()), repr(task.exception()), asyncio.current_task())
        print(attempt(asyncio.Task, 3, loop=loop), attempt(asyncio.Task, loop=loop))
    finally:
        asyncio._set_running_loop(None)
    print(attempt(asyncio.get_running_loop), asyncio._get_running_loop())


def forgotten():
    loop = Loop()

    def make(log):
        task = asyncio.Task(wait(asyncio.Future(loop=loop)), loop=loop)
        task._log_destroy_pending = log
        task.get_coro().close()

    make(True)
    make(False)
    loop.calls.clear()
    gc.collect()
    print(loop.complaints)


variable = contextvars.ContextVar("variable", default="unset")


async def basics():
    loop, order = asyncio.get_running_loop(), []

    async def work(name, waits):
        order.append((name, variable.get()))
        variable.set(name)
        for _ in range(waits):
            await asyncio.sleep(0)
        order.append((name, variable.get()))
        return name * 2

    first, second = asyncio.create_task(work("a", 2), name="first"), asyncio.create_task(work("b", 1))
    second.set_name(7)
    print(first.get_name(), second.get_name(), first.get_coro().__name__, first._must_cancel, first._fut_waiter)
    print(shown(first))
    print(await asyncio.gather(first, second), order, variable.get())
    print(shown(first), first.result(), first.get_context()[variable])
    print(attempt(first.set_result, 1), attempt(first.set_exception, 1), first.cancel(), first.cancelling())
    numbered = asyncio.create_task(work("n", 0))
    print(re.fullmatch(r"Task-\d+", numbered.get_name()) is not None, asyncio.Task[int], asyncio.Task.__mro__[1:])
    await numbered
    context = contextvars.copy_context()
    await loop.create_task(work("c", 0), context=context)
    print(context[variable])

    async def fail():
        raise KeyError("broken")

    failing = asyncio.create_task(fail(), name="failing")
    error = await outcome(failing)
    print(repr(error), failing.exception() is error, [frame.f_code.co_name for frame in failing.get_stack()], shown(failing))

    future = loop.create_future()
    waiters = [asyncio.create_task(wait(future), name=f"w{number}") for number in range(3)]
    await asyncio.sleep(0)
    print(names(future._asyncio_awaited_by), waiters[0]._fut_waiter is future, shown(waiters[0]))
    print([callback.__name__ for callback, _ in future._callbacks], [frame.f_code.co_name for frame in waiters[0].get_stack()])
    future.set_result("done")
    print(await asyncio.gather(*waiters), future._asyncio_awaited_by)

    inner = asyncio.create_task(asyncio.sleep(10))
    single = asyncio.create_task(wait(inner), name="single")
    await asyncio.sleep(0)
    print(names(inner._asyncio_awaited_by), single._asyncio_awaited_by)
    single.cancel()
    print(asyncio.current_task().uncancel(), repr(await outcome(single)), single.cancelled(), inner.cancelled())


async def cancellation():
    async def stubborn(log):
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            log.append(repr(error))
        await asyncio.sleep(0)
        return "went on"

    log = []
    task = asyncio.create_task(stubborn(log))
    await asyncio.sleep(0)
    print(task.cancel("first"), task.cancelling(), task.uncancel(), task.uncancel(), await task, log, task.cancelled())

    early = asyncio.create_task(stubborn(log))
    print(early.cancel("early"), early._must_cancel, early.cancelled(), repr(await outcome(early)))
    print(early.cancelled(), early.done(), early.get_stack(), attempt(early.result), attempt(early.result))

    async def slow():
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0)

    task = asyncio.create_task(slow(), name="slow")
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    print(shown(task), task.cancelling(), repr(await outcome(task)), shown(task))

    async def last_moment():
        asyncio.current_task().cancel("at the end")
        return 1

    print(repr(await outcome(asyncio.create_task(last_moment()))))

    async def unwanted():
        asyncio.current_task().cancel()
        asyncio.current_task().uncancel()
        return "not cancelled"

    print(await asyncio.create_task(unwanted()))

    async def times_out():
        async with asyncio.timeout(0):
            await asyncio.sleep(10)

    print(repr(await outcome(times_out())), asyncio.current_task().cancelling())


class Yields:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        yield self.value


async def mistakes():
    async def itself():
        await asyncio.current_task()

    other = asyncio.new_event_loop()
    for coroutine in (
        itself(),
        wait(Yields(5)),
        wait(Yields(asyncio.get_running_loop().create_future())),
        wait(Yields(n for n in range(1))),
        wait(other.create_future()),
    ):
        error = await outcome(asyncio.create_task(coroutine, name="mistaken"))
        print(type(error).__name__, re.sub(r"<(Task|generator) .*", r"<\1 ..", shown(str(error))))
    other.close()


async def eager():
    loop, events = asyncio.get_running_loop(), []

    async def quick():
        events.append(asyncio.current_task().get_name())
        return 1

    async def slow():
        events.append(asyncio.current_task().get_name())
        await asyncio.sleep(0)
        events.append("slow goes on")
        return 2

    me = asyncio.current_task()
    one = asyncio.Task(quick(), loop=loop, name="quick", eager_start=True)
    two = asyncio.Task(slow(), loop=loop, name="slow", eager_start=True)
    print(events, one.done(), one.result(), one.get_coro(), two.done(), asyncio.current_task() is me)
    print(names(asyncio.all_tasks() - {me}), await two, events[-1])
    loop.set_task_factory(asyncio.eager_task_factory)
    three = asyncio.create_task(quick(), name="factory")
    print(three.done(), await three, events[-1])

    async def fails():
        raise OSError("eager")

    print(repr(asyncio.create_task(fails()).exception()), asyncio.current_task() is me)
    context = contextvars.copy_context()
    await asyncio.create_task(outcome(asyncio.sleep(0)), context=context)
    loop.set_task_factory(None)


class Other:
    """A task of another kind."""

    def __init__(self, loop):
        self._loop = loop

    def done(self):
        return False

    def __repr__(self):
        return "<Other>"


async def registry():
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    print(asyncio.all_tasks() == {me}, asyncio.current_task(loop) is me, asyncio.current_task(Loop()))
    tasks = [asyncio.create_task(asyncio.sleep(0), name=str(number)) for number in range(3)]
    print(names(asyncio.all_tasks() - {me}))
    await asyncio.gather(*tasks)
    print(asyncio.all_tasks() == {me}, asyncio.all_tasks(Loop()))

    other = Other(loop)
    asyncio._register_task(other)
    print(other in asyncio.all_tasks())
    asyncio._unregister_task(other)
    print(other in asyncio.all_tasks())
    _asyncio._register_eager_task(other)
    print(other in asyncio.all_tasks())
    _asyncio._unregister_eager_task(other)
    asyncio._unregister_task(me)
    print(asyncio.all_tasks(), asyncio._register_task(me), asyncio.all_tasks() == {me})
    print(attempt(asyncio._enter_task, Loop(), other), attempt(asyncio._leave_task, Loop(), other))
    print(attempt(asyncio._enter_task, loop, other).split(" while")[0], attempt(asyncio._leave_task, loop, other).split(" while")[0])
    print(_asyncio._swap_current_task(loop, None) is me, asyncio.current_task(), _asyncio._swap_current_task(loop, me))

    seen = []

    def look():
        seen.append((asyncio.current_task(loop) is me, asyncio.all_tasks(loop) == {me}))
        seen.append((attempt(asyncio.get_running_loop), attempt(asyncio.current_task), attempt(asyncio.all_tasks)))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    print(seen, asyncio._get_running_loop() is loop, asyncio.get_event_loop() is loop)


class Counting(asyncio.Task):
    """A subclass with a say in what happens."""

    cancels = 0

    def cancel(self, msg=None):
        Counting.cancels += 1
        return super().cancel(msg=msg)


class Duck:
    """Behaves as a future."""

    def __init__(self, loop):
        self._loop, self._asyncio_future_blocking, self.callbacks = loop, False, []

    def add_done_callback(self, callback, context):
        self.callbacks.append((callback, context))

    def result(self):
        return "quack"

    def cancel(self, msg):
        self.cancelled_with = msg
        return False

    def __await__(self):
        self._asyncio_future_blocking = True
        yield self
        return self.result()


async def kinds():
    loop = asyncio.get_running_loop()

    class Mine(asyncio.Future):
        pass

    mine = Mine(loop=loop)
    task = Counting(wait(mine), loop=loop)
    await asyncio.sleep(0)
    print(type(task).__name__, len(mine._asyncio_awaited_by), task._fut_waiter is mine)
    outer = asyncio.create_task(wait(task))
    await asyncio.sleep(0)
    outer.cancel("through")
    print(repr(await outcome(outer)), Counting.cancels, mine.cancelled())

    duck = Duck(loop)
    task = asyncio.create_task(wait(duck))
    await asyncio.sleep(0)
    print(task._fut_waiter is duck, task.cancel("duck"), duck.cancelled_with, task._must_cancel, task.uncancel(), task._must_cancel)
    callback, context = duck.callbacks[0]
    loop.call_soon(callback, duck, context=context)
    print(await task, context is task.get_context())


by_hand()
forgotten()
for main in basics, cancellation, mistakes, eager, registry, kinds:
    print("#", main.__name__)
    asyncio.run(main())


async def many(count):
    """Tasks of several loops at once know of their own loop only."""

    async def add(total, n):
        await asyncio.sleep(0)
        return total + n

    total = 0
    for n in range(count):
        total = await asyncio.create_task(add(total, n))
    results = await asyncio.gather(*(add(n, n) for n in range(count)))
    return total + sum(results), len(asyncio.all_tasks())


print("# several loops")
results = []
threads = [threading.Thread(target=lambda: results.append(asyncio.run(many(200)))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results)
