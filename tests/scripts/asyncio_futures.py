"""Futures of asyncio: states, callbacks, awaiting, what the loop is told of those that nobody looked at."""

import asyncio
import contextvars
import gc
import re
import weakref


def shown(value):
    text = value if isinstance(value, str) else repr(value)
    text = re.sub(r"0x[0-9a-f]+", "0x..", text)
    return re.sub(r" at [^ >]+\.py:\d+", " at ..", text)


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except BaseException as error:
        return f"{type(error).__name__}: {shown(str(error))}"


class Loop:
    """Remembers what it is to call."""

    def __init__(self, debug=False):
        self.debug = debug
        self.calls = []
        self.complaints = []

    def get_debug(self):
        return self.debug

    def call_soon(self, callback, *args, context=None):
        self.calls.append((callback, args, context))

    def call_exception_handler(self, context):
        self.complaints.append((context["message"], sorted(context)))

    def is_running(self):
        return True

    def __repr__(self):
        return "<Loop>"


loop = Loop()

print("# Pending, then a result")
future = asyncio.Future(loop=loop)
print(shown(future), future.done(), future.cancelled(), future.get_loop() is loop, future._state)
print(attempt(future.result), attempt(future.exception), future._callbacks)
seen = []
context = contextvars.copy_context()
for name in "abc":
    future.add_done_callback(len if name == "b" else print, context=context)
print(len(future._callbacks), future._callbacks[1][1] is context)
print(future.remove_done_callback(print), len(future._callbacks), future.remove_done_callback(print))
future.add_done_callback(print)
future.add_done_callback(repr)
print(shown(future))
future.set_result(("a", 1))
print(shown(future), future.result(), future.exception(), future._result, future._exception)
print([(call[0].__name__, call[1] == (future,), call[2] is context) for call in loop.calls], future._callbacks)
print(attempt(future.set_result, 1), attempt(future.set_exception, ValueError), future.cancel())
future.add_done_callback(abs)
print(loop.calls[-1][0], loop.calls[-1][1] == (future,))

print("# Exceptions")
failed = asyncio.Future(loop=loop)
failed.set_exception(ZeroDivisionError)
print(failed._log_traceback, shown(failed), attempt(failed.result), failed._log_traceback, repr(failed.exception()))
print(attempt(setattr, failed, "_log_traceback", True), attempt(delattr, failed, "_log_traceback"))
stopped = asyncio.Future(loop=loop)
stopped.set_exception(StopIteration(3))
print(attempt(stopped.result), repr(stopped.exception().__cause__), repr(stopped.exception().__context__))
print(attempt(asyncio.Future(loop=loop).set_exception, 4))


def raises():
    raise LookupError("here")


raised = asyncio.Future(loop=loop)
try:
    raises()
except LookupError as error:
    raised.set_exception(error)
for _ in range(2):
    try:
        raised.result()
    except LookupError as error:
        names, traceback = [], error.__traceback__
        while traceback:
            names.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        print(names)

print("# Cancelled")
cancelled = asyncio.Future(loop=loop)
print(cancelled.cancel("why"), cancelled.cancel(), cancelled.cancelled(), attempt(cancelled.result), cancelled._cancel_message)
print(shown(cancelled), attempt(cancelled.exception), repr(cancelled._make_cancelled_error()))
cancelled._cancel_message = "other"
print(attempt(cancelled.result), attempt(cancelled.set_result, 1), attempt(delattr, cancelled, "_cancel_message"))

print("# Not initialized, odd arguments")
bare = asyncio.Future.__new__(asyncio.Future)
print(attempt(bare.result), attempt(bare.get_loop), attempt(repr, bare), attempt(iter, bare), bare.done(), bare._loop)
print(attempt(bare.cancel), attempt(bare.add_done_callback, 1), attempt(bare.set_result, 1), attempt(getattr, bare, "_state"))
print(attempt(asyncio.Future, loop=loop, wrong=1), attempt(asyncio.Future, 1), attempt(asyncio.Future, loop=loop).done())
print(asyncio.Future[int], asyncio.isfuture(bare), asyncio.Future.__module__, asyncio.Future.__qualname__)
print(attempt(setattr, future, "_state", 1), attempt(setattr, asyncio.Future, "x", 1))

print("# Awaiting")
waiting = asyncio.Future(loop=loop)
iterator = iter(waiting)
print(type(iterator).__name__, type(waiting.__await__()).__name__, iter(iterator) is iterator)
print(next(iterator) is waiting, waiting._asyncio_future_blocking, attempt(next, iterator))
waiting.set_result(5)
print(attempt(iterator.send, None), attempt(next, iterator), attempt(iterator.throw, KeyError("k")), iterator.close())


async def wait(awaitable):
    return await awaitable


def drive(coroutine, *steps):
    for step in steps:
        try:
            given = step(coroutine)
            print("yielded", given if given is None else type(given).__name__)
        except StopIteration as stop:
            print("returned", stop.value)
        except BaseException as error:
            print("raised", repr(error))


def go_on(coroutine):
    return coroutine.send(None)


waiting = asyncio.Future(loop=loop)
drive(wait(waiting), go_on, lambda _: waiting.set_result(6), go_on, go_on)
waiting = asyncio.Future(loop=loop)
drive(wait(waiting), go_on, go_on)
waiting = asyncio.Future(loop=loop)
drive(wait(waiting), go_on, lambda coroutine: coroutine.throw(OSError(1)))
waiting = asyncio.Future(loop=loop)
drive(wait(waiting), go_on, lambda _: waiting.cancel("message"), go_on)
drive(wait(bare), go_on)
coroutine = wait(asyncio.Future(loop=loop))
coroutine.send(None)
print(type(coroutine.cr_await).__name__, coroutine.close(), coroutine.cr_await)

print("# Subclasses")


class Named(asyncio.Future):
    extra = 1


named = Named(loop=loop)
named.attribute = 2
reference = weakref.ref(named)
print(shown(named), named.attribute, reference() is named, named.extra)
drive(wait(named), go_on, lambda _: named.set_result(7), go_on)


class Equal:
    """Equal to everything, and changes the callbacks meanwhile."""

    def __eq__(self, other):
        future.remove_done_callback(len)
        return True


future = asyncio.Future(loop=loop)
for callback in print, len, repr, len:
    future.add_done_callback(callback)
print(future.remove_done_callback(Equal()) <= 4, future._callbacks)

print("# Debug mode")
debug = asyncio.Future(loop=Loop(debug=True))
print(debug._source_traceback[-1].name, re.sub(r"created at .*:\d+", "created at ..", repr(debug)), future._source_traceback)

print("# Forgotten")
loop.complaints.clear()


def forget():
    lost = asyncio.Future(loop=loop)
    lost.set_exception(ValueError("lost"))
    seen = asyncio.Future(loop=loop)
    seen.set_exception(ValueError("seen"))
    seen.exception()
    named = Named(loop=Loop(debug=True))
    named._loop.debug = False
    fine = asyncio.Future(loop=loop)
    fine.set_result(1)


forget()
gc.collect()
print(loop.complaints)

print("# Who awaits whom")
future, waiter, other = (asyncio.Future(loop=loop) for _ in range(3))
print(future._asyncio_awaited_by, asyncio.future_add_to_awaited_by(future, waiter), future._asyncio_awaited_by == {waiter})
asyncio.future_add_to_awaited_by(future, other)
asyncio.future_add_to_awaited_by(future, 3)
print(future._asyncio_awaited_by == {waiter, other}, type(future._asyncio_awaited_by).__name__)
asyncio.future_discard_from_awaited_by(future, waiter)
asyncio.future_discard_from_awaited_by(future, waiter)
print(future._asyncio_awaited_by == {other})
