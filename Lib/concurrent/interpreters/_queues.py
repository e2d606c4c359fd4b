"""Queues between interpreters, for concurrent.interpreters.

The library's own module asks the queue every ten milliseconds whether something came, and cuts time-outs to whole
seconds.  Here a thread that must wait sleeps in `_interpqueues` until there is an item or room, and fractions count.
"""

import queue
import weakref

import _interpqueues as _queues
from _interpqueues import QueueError, QueueNotFoundError

from . import _crossinterp
from ._crossinterp import UNBOUND_ERROR, UNBOUND_REMOVE

__all__ = [
    "UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE",
    "create", "list_all",
    "Queue",
    "QueueError", "QueueNotFoundError", "QueueEmpty", "QueueFull",
    "ItemInterpreterDestroyed",
]


class QueueEmpty(QueueError, queue.Empty):
    """There was no item, or none in time."""


class QueueFull(QueueError, queue.Full):
    """There was no room, or none in time."""


class ItemInterpreterDestroyed(QueueError, _crossinterp.ItemInterpreterDestroyed):
    """The interpreter that put the item in is gone."""


UNBOUND = _crossinterp.UnboundItem.singleton("queue", __name__)


def _serialize_unbound(unbound):
    return _crossinterp.serialize_unbound(_crossinterp.UNBOUND if unbound is UNBOUND else unbound)


def _resolve_unbound(flag):
    resolved = _crossinterp.resolve_unbound(flag, ItemInterpreterDestroyed)
    return UNBOUND if resolved is _crossinterp.UNBOUND else resolved


def create(maxsize=0, *, unbounditems=UNBOUND):
    """Return a new queue between interpreters.

    "unbounditems" is the default of put(): what becomes of items whose interpreter is destroyed before they are received.
    """
    operation, = _serialize_unbound(unbounditems)
    self = Queue(_queues.create(maxsize, operation, -1))
    self._set_unbound(operation, unbounditems)
    return self


def list_all():
    """Return a list of all open queues."""
    queues = []
    for number, operation, _ in _queues.list_all():
        self = Queue(number)
        if not hasattr(self, "_unbound"):
            self._set_unbound(operation)
        queues.append(self)
    return queues


_known_queues = weakref.WeakValueDictionary()


class Queue:
    """A queue between interpreters."""

    def __new__(cls, id, /):
        # There is one object for each queue.
        if not isinstance(id, int):
            raise TypeError(f"id must be an int, got {id!r}")
        id = int(id)
        self = _known_queues.get(id)
        if self is None:
            self = super().__new__(cls)
            self._id = id
            _known_queues[id] = self
            _queues.bind(id)
        return self

    # The module may be gone when the last queue goes, so the method holds what it needs.
    def __del__(self, *, _release=_queues.release, _not_found=QueueNotFoundError, _known=_known_queues):
        try:
            _release(self._id)
        except _not_found:
            pass
        # A new object of the same queue may have taken this one's place.
        if _known.get(self._id) is None:
            _known.pop(self._id, None)

    def __repr__(self):
        return f"{type(self).__name__}({self.id})"

    def __hash__(self):
        return hash(self._id)

    # For pickle.
    def __reduce__(self):
        return (type(self), (self._id,))

    def _set_unbound(self, operation, items=None):
        assert not hasattr(self, "_unbound")
        if items is None:
            items = _resolve_unbound(operation)
        self._unbound = (operation, items)
        return self._unbound

    @property
    def id(self):
        return self._id

    @property
    def unbounditems(self):
        try:
            return self._unbound[1]
        except AttributeError:
            operation, _ = _queues.get_queue_defaults(self._id)
            return self._set_unbound(operation)[1]

    @property
    def maxsize(self):
        try:
            return self._maxsize
        except AttributeError:
            self._maxsize = _queues.get_maxsize(self._id)
            return self._maxsize

    def empty(self):
        return self.qsize() == 0

    def full(self):
        return _queues.is_full(self._id)

    def qsize(self):
        return _queues.get_count(self._id)

    def put(self, obj, block=True, timeout=None, *, unbounditems=None):
        """Add the object to the queue, waiting for room if need be.

        The receiver gets an equal object of its own.  With "timeout", QueueFull is raised after so many seconds without
        room.  "unbounditems" says what get() does with the item if this interpreter is destroyed first: give UNBOUND, raise
        ItemInterpreterDestroyed (UNBOUND_ERROR), or skip it (UNBOUND_REMOVE).  None stands for the queue's default.
        """
        operation, = (-1,) if unbounditems is None else _serialize_unbound(unbounditems)
        _queues.put(self._id, obj, operation, block=block, timeout=timeout if block else None)

    def put_nowait(self, obj, *, unbounditems=None):
        """Add the object to the queue; raise QueueFull if there is no room."""
        self.put(obj, False, unbounditems=unbounditems)

    def get(self, block=True, timeout=None):
        """Return the oldest item, waiting for one if need be.

        With "timeout", QueueEmpty is raised after so many seconds without an item.
        """
        obj, operation = _queues.get(self._id, block=block, timeout=timeout if block else None)
        if operation is not None:
            return _resolve_unbound(operation)
        return obj

    def get_nowait(self):
        """Return the oldest item; raise QueueEmpty if there is none."""
        return self.get(False)


_queues._register_heap_types(Queue, QueueEmpty, QueueFull)
