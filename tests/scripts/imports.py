"""The import system over files: packages, relative imports, namespace packages, cycles, reload, hooks, errors."""

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import tempfile

root = tempfile.mkdtemp()


def write(path, text=""):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


write("plain.py", "'''Doc.'''\nx = 1\n_hidden = 2\nprint('plain runs as', __name__)\n")
write("pkg/__init__.py", "from . import a\nfrom .a import thing as renamed\n__all__ = ['a', 'lazy']\nprint('pkg init')\n")
write("pkg/a.py", "thing = 'from a'\nfrom .sub import deep\n")
write("pkg/lazy.py", "print('lazy imported')\n")
write("pkg/sub/__init__.py", "")
write("pkg/sub/deep.py", "from .. import a as parent\nfrom ..sub import __name__ as n\nvalue = n\n")
write("ns/one/mod.py", "v = 1\n")
write("cyc1.py", "import cyc2\nfrom cyc2 import early\ndone = True\n")
write("cyc2.py", "early = 1\nimport cyc1\nprint('cyc1 has', hasattr(cyc1, 'done'))\n")
write("cyc3.py", "from cyc4 import late\n")
write("cyc4.py", "from cyc3 import nothing\nlate = 1\n")
write("broken.py", "x = (\n")
write("raises.py", "y = 1\n1 / 0\n")
write("star_private.py", "a = 1\n_b = 2\n__c = 3\n")
write("getattr_mod.py", "def __getattr__(name):\n    if name == 'dynamic': return 'made'\n    raise AttributeError(name)\ndef __dir__(): return ['dynamic']\n")
write("replaced.py", "import sys\nclass M: attr = 'replaced'\nsys.modules[__name__] = M\n")
write("bad_all.py", "__all__ = ['nothing']\n")
sys.path.insert(0, root)
sys.dont_write_bytecode = True

import plain
import plain as again
from plain import *

print(plain is again, x, "_hidden" in globals(), plain.__doc__, plain.__file__ == os.path.join(root, "plain.py"), plain.__spec__.name, plain.__package__, type(plain.__loader__).__name__, plain.__cached__ is not None)
import pkg.sub.deep
print(pkg.renamed, pkg.sub.deep.value, pkg.sub.deep.parent is pkg.a, pkg.__path__ == [os.path.join(root, "pkg")], pkg.a.__package__, sorted(m for m in sys.modules if m.startswith("pkg")))
from pkg import *
print(lazy.__name__, a.thing)
import ns.one.mod as nsmod
print(nsmod.v, list(sys.modules["ns"].__path__) == [os.path.join(root, "ns")], sys.modules["ns"].__file__ if hasattr(sys.modules["ns"], "__file__") else None, repr(sys.modules["ns"]).replace(root, "ROOT"))
import cyc1
print(cyc1.early)
import getattr_mod
print(getattr_mod.dynamic, dir(getattr_mod))
import replaced
print(replaced.attr)
from star_private import *
print(a, "_b" in globals())
write("plain.py", "x = 'reloaded'\nnew = 1\n")
os.utime(os.path.join(root, "plain.py"), (1, 1))
print(importlib.reload(plain).x, plain.new, plain._hidden)
print(importlib.import_module("pkg.lazy") is sys.modules["pkg.lazy"], importlib.import_module(".lazy", "pkg").__name__, importlib.util.find_spec("pkg.a").origin.replace(root, "ROOT"), importlib.util.find_spec("nope"))


class Finder:
    def find_spec(self, name, path, target=None):
        if name.startswith("virtual"):
            return importlib.machinery.ModuleSpec(name, self, is_package=name == "virtual")

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.made_by = f"finder for {module.__name__}"


sys.meta_path.append(Finder())
import virtual.inner
print(virtual.made_by, virtual.inner.made_by, repr(virtual).replace(repr(virtual.__loader__), "LOADER"))
for statement in ["import nope", "import nope.sub", "import plain.sub", "from plain import nope", "from pkg import nope", "from . import x", "from ..a import b", "import cyc3", "import raises", "from bad_all import *", "import broken", "import pkg.nope", "from pkg.a import nope", "import math.nope",
                  "from math import sqroot", "importlib.import_module('.x')", "importlib.reload(5)", "__import__('plain', level=-1)", "import sys.path", "plain.nope", "getattr_mod.other", "sys.modules['none'] = None; import none", "from virtual import missing", "import os.pth", "import colections"]:
    try:
        exec(statement)
        print("ok", statement)
    except Exception as error:
        text = str(error).replace(root, "ROOT")
        print(statement, "!", type(error).__name__, text, getattr(error, "name", None) if isinstance(error, ImportError) else "")
print("raises" in sys.modules, "broken" in sys.modules, "cyc3" in sys.modules)


def local_import():
    import json as j, os.path as p
    from math import (pi, e as euler,)
    return j.__name__, p is os.path, pi > euler


print(local_import())
for source in ["from x import *\ndef f():\n from y import *", "import a.b as c.d", "from . import *", "from a import (b, c", "import", "from __future__ import nope", "x = 1\nfrom __future__ import annotations"]:
    try:
        compile(source, "<i>", "exec")
        print("ok")
    except SyntaxError as error:
        print(error.msg)
import types
m = types.ModuleType("made", "doc")
m.x = 5
print(m, m.__doc__, sorted(vars(m)), m.x)
print(sys.modules["__main__"].__name__, __name__, __spec__, "json" in sys.modules, sys.path_importer_cache is not None, len(sys.path_hooks) > 0)
print(importlib.invalidate_caches(), sys.path.pop(0) == root)
