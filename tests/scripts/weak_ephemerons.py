"""A value of a WeakKeyDictionary that refers to its key does not keep it, where values are halves of ephemerons."""

import _weakref
import gc
import weakref


class Key:
    pass


def fill(table, count):
    """Entries whose values refer to their keys, and chains: each key is held by the value before it alone."""
    references = []
    for _ in range(count):
        key = Key()
        table[key] = [key]
        references.append(weakref.ref(key))
    first = last = Key()
    for _ in range(count):
        following = Key()
        table[last] = {"key": last, "next": following}
        references.append(weakref.ref(last))
        last = following
    return first, references


if hasattr(_weakref, "ephemeron"):
    table = weakref.WeakKeyDictionary()
    first, references = fill(table, 20)
    gc.collect()
    alive = [reference() is not None for reference in references]
    # One may be held by a word left on the stack.
    assert sum(alive[:20]) <= 1 and all(alive[20:]), alive
    assert len(table) in (20, 21), len(table)
    assert table[first]["next"] in table
    del first
    gc.collect()
    gc.collect()
    assert len(table) <= 2, len(table)
    key = Key()
    pair = _weakref.ephemeron(key, [key])
    assert pair.value == [key]
    del key
    gc.collect()
    assert pair.value is None
    try:
        pair.value = 1
    except AttributeError:
        pass
    else:
        raise AssertionError("an ephemeron does not change")
    for arguments in ((), (1,), (1, 2)):
        try:
            _weakref.ephemeron(*arguments)
        except TypeError:
            pass
        else:
            raise AssertionError(arguments)
print("done")
