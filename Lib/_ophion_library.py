"""The files of the embedded library, for programs that read it as they would read a folder.

The library has no files: it lies in the binary as one image, with the source of each module.
"""

import _imp


def sources():
    """Yield (path, source) for each module: the path as in a folder, the source as bytes."""
    for name in _imp._frozen_module_names():
        path = name.replace(".", "/")
        path += "/__init__.py" if _imp.is_frozen_package(name) else ".py"
        yield path, _imp._get_frozen_source(name).encode("utf-8")
