"""What trace and profile functions are told (sys.settrace, sys.setprofile)."""

import sys
def run(f, *args, profile=False):
    ev = []
    base = f.__code__.co_firstlineno
    def tr(frame, event, arg):
        if frame.f_code.co_filename != f.__code__.co_filename: return
        if event == 'exception': arg = arg[0].__name__
        elif event in ('c_call','c_return','c_exception'): arg = getattr(arg,'__qualname__',arg)
        ev.append((frame.f_code.co_name, frame.f_lineno - base, event, arg if isinstance(arg,(int,str,type(None))) else type(arg).__name__))
        return tr
    (sys.setprofile if profile else sys.settrace)(tr)
    try:
        try:
            f(*args)
        except Exception as e:
            pass
    finally:
        (sys.setprofile if profile else sys.settrace)(None)
    return ev
def show(f, *a, **k):
    print('==', f.__name__, k)
    for e in run(f, *a, **k): print('  ', e)
def simple(n):
    x = 1
    if n:
        x += 2
    else:
        x = 3
    return x
def loops(n):
    for i in range(n):
        j = i
    while n:
        n -= 1
    for i in [1,2]: j = i
    while j < 5: j += 1
    return [k for k in (1, 2)]
def gen():
    yield 1
    yield 2
def usegen():
    for x in gen():
        y = x
    return list(gen())
def exc():
    try:
        raise ValueError
    except ValueError:
        x = 1
    finally:
        y = 2
    raise KeyError(1)
def inner():
    raise IndexError
def exc2():
    try:
        inner()
    except IndexError as e:
        pass
    try:
        [][1]
    except IndexError:
        pass
class C:
    def __init__(self): self.x = 1
    def __enter__(self): return self
    def __exit__(self, *a): return True
    @property
    def p(self):
        return 1
def meth():
    c = C()
    with c as d:
        d.p
        raise ValueError
    with C():
        x = 1
    return c.p
def lam():
    f = lambda a: a
    return f(1) + sum(map(lambda b:
        b, [1, 2]))
def tight():
    items = [0, 1, 2]
    try:
        i = 0
        while 1: i = items[i] + 1
    except IndexError: pass
def cc():
    a = len([1])
    a = [].append(1)
    try:
        int('x')
        len()
    except (ValueError, TypeError): pass
    try:
        len(3)
    except TypeError: pass
    return sorted([3,1], key=lambda q: q)
def closure():
    x = 1
    def g():
        return x
    return g()
def multi():
    x = simple(
        1
    )
    d = {
        'a': simple(0),
        'b': 2,
    }
    assert d, 'x'
    if x and \
       d:
        pass
    return (x,
            d)
async def co():
    return 3
def useco():
    c = co()
    try:
        c.send(None)
    except StopIteration: pass
for f in [simple, loops]: show(f, 2)
for f in [usegen, exc, exc2, meth, lam, tight, cc, closure, multi, useco]: show(f)
for f in [cc, meth, usegen, exc2, lam]: show(f, profile=True)

def local(frame, event, arg):
    print(event, frame.f_lineno - here)
    return local

def arm():
    caller = sys._getframe(1)
    caller.f_trace = local
    sys.settrace(lambda frame, event, arg: None)

def armed():
    x = 1
    arm()
    y = 2
    sys.settrace(None)

here = armed.__code__.co_firstlineno
armed()

def failing(frame, event, arg):
    raise KeyError(event)

sys.settrace(failing)
try:
    simple(1)
except KeyError as error:
    print(repr(error), sys.gettrace())
