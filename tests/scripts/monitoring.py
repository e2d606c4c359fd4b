"""sys.monitoring: tools, events of calls, lines, exceptions and branches, and disabling them."""
import sys

monitoring = sys.monitoring
events = monitoring.events
TOOL = 2


def first(code):
    return code.co_firstlineno


def show(name, *args):
    print("  ", name, *args)


def watch(function, wanted, local=False):
    """Runs something while a tool writes down what it is told of it."""
    told = []

    def teller(name):
        def tell(code, *rest):
            if code in codes:
                told.append((name, code.co_name, *(plain(code, name, rest))))
        return tell

    codes = {function.__code__, inner.__code__, numbers.__code__}
    monitoring.use_tool_id(TOOL, "script")
    for name, bit in vars(events).items():
        if bit & wanted:
            monitoring.register_callback(TOOL, bit, teller(name))
    if local:
        monitoring.set_local_events(TOOL, function.__code__, wanted)
    else:
        monitoring.set_events(TOOL, wanted)
    try:
        function()
    except Exception as error:
        told.append(repr(error))
    finally:
        if local:
            monitoring.set_local_events(TOOL, function.__code__, 0)
        monitoring.set_events(TOOL, 0)
        monitoring.free_tool_id(TOOL)
    for item in told:
        print("  ", item)


def plain(code, name, rest):
    """What is the same for all bytecode."""
    if name == "LINE":
        return [rest[0] - first(code)]
    return [repr(value) if isinstance(value, BaseException) else value for value in rest[1:] if not callable(value)]


def inner(x):
    return x * 2


def numbers():
    yield 1
    yield 2


def calls():
    inner(1)
    inner(x=2)
    len("abc")


def loops():
    total = 0
    for number in numbers():
        if number == 2:
            total += number
    return total


def fails():
    try:
        inner(None)
    except TypeError:
        pass
    raise ValueError("out")


print("calls")
watch(calls, events.PY_START | events.PY_RETURN)
print("lines")
watch(loops, events.LINE)
print("lines of one code")
watch(loops, events.LINE | events.PY_START | events.PY_RETURN, local=True)
print("generator")
watch(loops, events.PY_START | events.PY_RESUME | events.PY_YIELD | events.PY_RETURN)
print("exceptions")
watch(fails, events.RAISE | events.PY_UNWIND | events.EXCEPTION_HANDLED)

print("disabling")
seen = []


def once(code, line):
    if code is loops.__code__:
        seen.append(line - first(code))
    return monitoring.DISABLE


monitoring.use_tool_id(TOOL, "once")
monitoring.register_callback(TOOL, events.LINE, once)
monitoring.set_local_events(TOOL, loops.__code__, events.LINE)
loops()
print(seen)
loops()
print(seen)
monitoring.restart_events()
loops()
print(sorted(set(seen)), len(seen))
print(monitoring.get_local_events(TOOL, loops.__code__) == events.LINE, monitoring.get_events(TOOL))
monitoring.free_tool_id(TOOL)
print(monitoring.get_tool(TOOL))

print("refusals")
for attempt in (
    lambda: monitoring.set_events(7, 0),
    lambda: monitoring.set_events(TOOL, events.LINE),
    lambda: monitoring.set_events(TOOL, 1 << 30),
    lambda: monitoring.set_events(TOOL, events.C_RETURN),
    lambda: monitoring.set_local_events(TOOL, loops.__code__, events.RAISE),
    lambda: monitoring.set_local_events(TOOL, loops, events.LINE),
    lambda: monitoring.register_callback(TOOL, events.LINE | events.CALL, print),
):
    try:
        attempt()
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)


def no_raise(code, offset, exception):
    return monitoring.DISABLE


monitoring.use_tool_id(TOOL, "no")
monitoring.register_callback(TOOL, events.RAISE, no_raise)
monitoring.set_events(TOOL, events.RAISE)
try:
    fails()
except Exception as error:
    print(type(error).__name__, error)
monitoring.set_events(TOOL, 0)
monitoring.free_tool_id(TOOL)
