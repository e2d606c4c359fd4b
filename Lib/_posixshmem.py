"""Shared memory by name, as POSIX has it.

On Linux the names are those of files in a folder in memory, which is all that the C library's functions know too.
"""

import os as _os

_FOLDER = "/dev/shm/"


def _path(path):
    name = _os.fsencode(path).lstrip(b"/") if isinstance(path, str) else None
    if name is None:
        raise TypeError(f"argument must be str, not {type(path).__name__}")
    if b"\0" in name:
        raise ValueError("embedded null character")
    if not name or b"/" in name:
        raise OSError(22, _os.strerror(22), path)
    return _FOLDER + _os.fsdecode(name)


def shm_open(path, flags, mode=511):
    """Open a shared memory object.  Returns a file descriptor (integer)."""
    try:
        return _os.open(_path(path), flags | _os.O_NOFOLLOW | _os.O_CLOEXEC | _os.O_NONBLOCK, mode)
    except OSError as error:
        error.filename = path
        raise


def shm_unlink(path):
    """Remove a shared memory object (similar to unlink())."""
    try:
        _os.unlink(_path(path))
    except OSError as error:
        error.filename = path
        raise
