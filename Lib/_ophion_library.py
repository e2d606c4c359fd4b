"""The files of the embedded library, for programs that read it as they would read a folder.

The library has no files: it lies in the binary as one image, with the source of each module.
"""

import _imp


def files():
    """Yield (path, module) for each module: the path as in a folder, and what to read the source by."""
    for name in _imp._frozen_module_names():
        path = name.replace(".", "/")
        path += "/__init__.py" if _imp.is_frozen_package(name) else ".py"
        yield path, name


def read(module):
    """Return a module's source as bytes."""
    return _imp._get_frozen_source(module).encode("utf-8")


def sources():
    """Yield (path, source) for each module: the path as in a folder, the source as bytes."""
    for path, module in files():
        yield path, read(module)
