"""Compiled files: written beside the source, used again, and not used once the source has changed."""

import importlib
import importlib.util
import os
import sys
import tempfile

sys.dont_write_bytecode = False
root = tempfile.mkdtemp()
path = os.path.join(root, "cached_module.py")


def write(text, when):
    with open(path, "w") as file:
        file.write(text)
    os.utime(path, (when, when))


def fresh():
    sys.modules.pop("cached_module", None)
    importlib.invalidate_caches()
    return importlib.import_module("cached_module")


write("value = 1\n", 1_000_000_000)
sys.path.insert(0, root)
module = fresh()
names = os.listdir(os.path.join(root, "__pycache__"))
print(module.value, len(names), names[0].startswith("cached_module."), names[0].endswith(".pyc"), sys.implementation.cache_tag in names[0], os.path.basename(module.__cached__) == names[0])
print(importlib.util.cache_from_source(path) == os.path.join(root, "__pycache__", names[0]), importlib.util.source_from_cache(module.__cached__) == path)
compiled = os.path.join(root, "__pycache__", names[0])
before = os.stat(compiled).st_mtime_ns
print(fresh().value, os.stat(compiled).st_mtime_ns == before)
write("value = 2  # longer\n", 1_000_000_005)
print(fresh().value, os.listdir(os.path.join(root, "__pycache__")) == names)
with open(compiled, "wb") as file:
    file.write(b"not a compiled file")
print(fresh().value)
os.remove(compiled)
sys.dont_write_bytecode = True
print(fresh().value, os.listdir(os.path.join(root, "__pycache__")))
