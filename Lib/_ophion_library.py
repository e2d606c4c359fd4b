"""The source of the embedded library, for programs that read it as they would read a folder.

The library has no files: it lies in the binary as one image. Its loader still gives each module's source.
"""

import importlib.util
import sys


def sources():
    """Yield (path, source) for each module of the embedded library: the path as in a folder, the source as bytes."""
    for name in sys._stdlib_source_names():
        spec = importlib.util.find_spec(name)
        source = spec.loader.get_source(name)
        if source is None:
            continue
        path = name.replace(".", "/")
        path += "/__init__.py" if spec.submodule_search_locations is not None else ".py"
        yield path, source.encode("utf-8")
