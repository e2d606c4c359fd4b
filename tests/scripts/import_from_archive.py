"""Modules, packages and a program from a zip archive in sys.path."""

import importlib.resources
import os
import runpy
import subprocess
import sys
import tempfile
import zipfile

with tempfile.TemporaryDirectory() as folder:
    archive = os.path.join(folder, "app.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("single.py", "def twice(x):\n    return 2 * x\n")
        made.writestr("package/__init__.py", "from . import inner\n")
        made.writestr("package/inner.py", "VALUE = [1, 2]\ndef fail():\n    raise KeyError('inside')\n")
        made.writestr("package/data.txt", "some data\n")
        made.writestr("__main__.py", "import sys, single\nprint(__name__, single.twice(21), len(sys.argv))\n")
    sys.path.insert(0, archive)
    import package
    import single

    print(single.twice(4), package.inner.VALUE, type(single.__loader__).__name__)
    print(os.path.relpath(single.__file__, folder), os.path.relpath(package.__path__[0], folder))
    print(importlib.resources.files(package).joinpath("data.txt").read_text(), end="")
    try:
        package.inner.fail()
    except KeyError as error:
        frame = error.__traceback__.tb_next.tb_frame
        print(error, os.path.relpath(frame.f_code.co_filename, folder), frame.f_lineno)
    sys.path.remove(archive)
    del sys.modules["single"]
    try:
        import single
    except ImportError as error:
        print(error)
    print(sorted(name for name in runpy.run_path(archive) if not name.startswith("__")))
    print(subprocess.run([sys.executable, archive, "one", "two"], capture_output=True, text=True).stdout, end="")
print(sys.path_hooks[0])
