"""f_lineno may be set: where a frame may go on, and what is said where it may not."""
import sys
import warnings
def check(name, f, line, event='line', where=None, depth=0):
    first = f.__code__.co_firstlineno
    done=[]
    log=[]
    def tr(frame, ev, arg):
        if frame.f_code is not f.__code__: return None
        log.append((ev, frame.f_lineno-first))
        if not done and ev==event and (where is None or frame.f_lineno-first==where):
            done.append(1)
            try:
                with warnings.catch_warnings(record=True) as w:
                    warnings.simplefilter('always')
                    frame.f_lineno = line+first if isinstance(line,int) else line
                    for x in w: print('  W', x.category.__name__, x.message)
            except Exception as e:
                print('  E', type(e).__name__, e)
            print('  now', frame.f_lineno-first)
        return tr
    print(name)
    sys.settrace(tr)
    try: 
        r = f()
    except BaseException as e: r = repr(e)
    finally: sys.settrace(None)
    print('  ->', r, log)
def a():
    x = 1
    y = 2
    z = 3
    return x, y, z
check('fwd', a, 3, where=1)
check('back', a, 1, where=3)
check('before', a, -3, where=3)
check('after', a, 99, where=3)
check('call', a, 3, event='call')
check('return', a, 3, event='return')
check('str', a, 'q', where=3)
check('big', a, 1<<70, where=3)
check('float', a, 2.0, where=3)
def b():
    out = []
    for i in (1,2):
        out.append(i)
    for j in range(3):
        out.append(j)
    while len(out) < 8:
        out.append(
            'w')
    try:
        out.append(9)
        out.append(10)
    except ValueError:
        out.append(12)
    finally:
        out.append(14)
    return out
check('into for', b, 3, where=1)
check('for to range', b, 5, where=3)
check('range to for', b, 3, where=5)
check('for to while', b, 7, where=3)
check('into except', b, 13, where=10)
check('into finally', b, 15, where=10)
check('middle', b, 3, where=8)
check('same', b, 8, where=8)
def c():
    out = []
    try:
        1/0
    except ZeroDivisionError as e:
        out.append(str(e))
        out.append(6)
    return out, sys.exception()
check('out of except', c, 1, where=6)
check('out of except end', c, 7, where=5)
def g():
    def gen():
        yield 1
        yield 2
    return list(gen())
check('del', a, None, where=2)
try:
    sys._getframe().f_lineno = 3
except ValueError as e: print(e)
try:
    del sys._getframe().f_lineno
except Exception as e: print(type(e), e)
try:
    sys._getframe().f_lineno = 'x'
except Exception as e: print(type(e), e)
def p():
    pass
    try:
        x = 1
        pass
    finally:
        pass
    pass
check('pass', p, 1, where=7)
check('pass2', p, 4, where=1)
