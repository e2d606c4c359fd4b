# Globals whose __builtins__ is another mapping than a dict.
import types
proxy = types.MappingProxyType
def attempt(function, code, namespace):
    try: return function(code, namespace)
    except Exception as e: return f'{type(e).__name__}: {e}'
code = compile('superglobal', 'test', 'eval')
print(attempt(eval, code, {'__builtins__': proxy({'superglobal': 1})}))
print(attempt(eval, code, {'__builtins__': proxy({})}))
print(attempt(eval, code, {'__builtins__': 123}))
code = compile('x.__reduce__()', 'test', 'eval')
print(attempt(eval, code, {'__builtins__': proxy({}), 'x': iter([1, 2])}))
print(attempt(eval, code, {'__builtins__': proxy({'iter': iter}), 'x': iter([1, 2])}))
code = compile('import foo.bar', 'test', 'exec')
print(attempt(exec, code, {'__builtins__': proxy({})}))
ns = {'__builtins__': proxy({'__import__': lambda *args: args})}
exec(code, ns)
print(ns['foo'][0], ns['foo'][1] is ns, ns['foo'][3:])
print(attempt(exec, 'class A: pass', {'__builtins__': proxy({})}))
ns = {'__builtins__': proxy({'len': len, 'print': print})}
exec('def f(x):\n  def g(): return len(x)\n  return g()\nfor i in range_: print(f("ab" * i))', ns | {'range_': (1, 2, 3)})
class Builtins(dict):
    def __missing__(self, name): return name.upper()
print(attempt(eval, 'some_name', {'__builtins__': Builtins()}))
