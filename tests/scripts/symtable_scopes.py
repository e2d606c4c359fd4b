# symtable: what the compiler knows of the names of each scope.
import symtable
source = '''
import os
def f(a, *b, c=1, **d):
    global g
    def h(): return a
    return [x for x in b]
class C[T]:
    x = 1
    def m(self): return super().m()
    def __p(self): self.__q = __p
l = lambda q: (y for y in q)
'''
def show(table, depth=0):
    print('  ' * depth + table.get_name(), str(table.get_type()), table.is_nested(), table.has_children(), table.is_optimized())
    for symbol in table.get_symbols():
        if symbol.get_name().startswith('.'): continue
        names = [name[3:] for name in ('is_parameter', 'is_global', 'is_local', 'is_free', 'is_imported', 'is_assigned', 'is_referenced', 'is_namespace') if getattr(symbol, name)()]
        print('  ' * depth + ' ', symbol.get_name(), *names)
    for child in table.get_children():
        if child.get_name() != '__annotate__': show(child, depth + 1)
table = symtable.symtable(source, 'f', 'exec')
show(table)
f = table.lookup('f').get_namespace()
print(f.get_parameters(), f.get_locals(), f.get_globals(), f.get_frees(), f.get_lineno())
for given in [('a', 'f', 'foo'), ('a b', 'f', 'exec'), ('a', 'f'), (1, 'f', 'exec'), ('a', 1, 'exec')]:
    try: print(symtable.symtable(*given))
    except Exception as error: print(repr(error))
import _symtable
entry = _symtable.symtable(b'a = 1', b'f', 'exec')
print(entry.name, entry.symbols, entry.varnames, entry.children, entry.type, entry.lineno, entry.nested)
for action in (lambda: setattr(entry, 'name', 'x'), lambda: type(entry)()):
    try: action()
    except Exception as error: print(repr(error))
