# _pickle: the pickler and unpickler of the runtime itself.
import _pickle
import copyreg
import io
import pickle


def show(call, *args, **kwargs):
    try:
        print(call(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error, getattr(error, "__notes__", None))


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


class Slotted:
    __slots__ = ("a", "b")


class Sub(list):
    pass


class Keyed(dict):
    pass


class Named:
    class Inner:
        pass


class Reduced:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return self.value

    def __repr__(self):
        return "<reduced>"


# What is written, and read again, in all protocols.
shared = [1]
samples = [
    None, True, False, 0, 255, 256, 65536, -1, 2**31, -2**31, 2**40, -2**40, 2**70, -2**63, 1.5, -0.0,
    "", "abc", "é\n\\\0", "\ud800", "x" * 300, b"", b"ab", b"y" * 300, bytearray(b"q"), (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4),
    [], [1], [1, 2], {}, {1: 2}, {"a": 1, "b": 2}, set(), {1}, frozenset({2}), [shared, shared], int, len, Named.Inner, type(None),
    Ellipsis, NotImplemented, range(3), Point(1, 2), 3j,
]
for protocol in range(6):
    print([_pickle.dumps(sample, protocol) for sample in samples])
    for sample in samples:
        back = _pickle.loads(_pickle.dumps(sample, protocol))
        if repr(back) != repr(sample):
            print("differs", protocol, sample, back)
        assert _pickle.dumps(sample, protocol) == pickle._dumps(sample, protocol) or isinstance(sample, (bytes, bytearray))

# Shared and recursive objects.
loop = []
loop.append((loop,))
back = _pickle.loads(_pickle.dumps(loop))
print(back[0][0] is back)
point = Point(None, [])
point.x = {"self": point}
back = _pickle.loads(_pickle.dumps(point))
print(back.x["self"] is back)
items = Sub([1, 2])
items.extra = 3
back = _pickle.loads(_pickle.dumps(items))
print(type(back).__name__, back, back.extra)
keyed = Keyed(a=1)
print(type(_pickle.loads(_pickle.dumps(keyed))).__name__, _pickle.loads(_pickle.dumps(keyed)))
slotted = Slotted()
slotted.a = 5
back = _pickle.loads(_pickle.dumps(slotted))
print(back.a, hasattr(back, "b"))
many = list(range(2500)), dict.fromkeys(range(2001)), set(range(1001))
print(_pickle.loads(_pickle.dumps(many)) == many, _pickle.loads(_pickle.dumps(many, 0)) == many)

# Errors, with notes.
for value in (1, (1, 2), (int, 2), (int, (), None, 5), "nowhere", (copyreg.__newobj__, (Named,)), (int, ([{"k": Reduced(3)}],))):
    show(_pickle.dumps, Reduced(value))
for data in (b"", b"N", b".", b"(.", b"\x80\x09", b"h\x05.", b"\xff", b"](NNt0u.", b"Fx\n.", b"Iabc\n.", b"NQ.", b"\x97.", b"c\nx\n."):
    show(_pickle.loads, data)
show(_pickle.dumps, 1, 6)
show(_pickle.Pickler, 1)
show(_pickle.Unpickler, 1)


# Changes while pickling.
class Changing:
    def __init__(self, change):
        self.change = change

    def __reduce__(self):
        self.change()
        return int, ()


listed = [1, 2]
listed.append(Changing(listed.clear))
show(_pickle.dumps, listed)
mapped = {1: 2}
mapped[3] = Changing(lambda: mapped.pop(1))
show(_pickle.dumps, mapped)


# Hooks.
class Pickling(_pickle.Pickler):
    def persistent_id(self, obj):
        return ("point", obj.x) if isinstance(obj, Point) else None

    def reducer_override(self, obj):
        return (complex, (1, 2)) if obj is len else NotImplemented


class Unpickling(_pickle.Unpickler):
    def persistent_load(self, pid):
        return pid

    def find_class(self, module, name):
        print("find", module, name)
        return super().find_class(module, name)


file = io.BytesIO()
pickler = Pickling(file)
pickler.dump([Point(7, 8), len, shared])
pickler.dump(shared)
print(sorted(number for number, _ in pickler.memo.copy().values()))
file.seek(0)
unpickler = Unpickling(file)
first = unpickler.load()
second = unpickler.load()
print(first, second is first[2], sorted(unpickler.memo.copy())[-1])
pickler.clear_memo()
print(pickler.memo.copy())

# Buffers.
buffers = []
data = bytearray(b"abc" * 10)
held = _pickle.PickleBuffer(data)
out = _pickle.dumps([held, _pickle.PickleBuffer(b"ro")], 5, buffer_callback=buffers.append)
print(out)
back = _pickle.loads(out, buffers=buffers)
print(back[0] is held, bytes(back[1]))
print(_pickle.loads(_pickle.dumps(held)) == data, memoryview(held).nbytes, held.raw().format)
held.release()
show(held.raw)
show(_pickle.PickleBuffer, 3)


# Files that cannot be peeked into, and large contents.
class Plain:
    def __init__(self, data):
        self.file = io.BytesIO(data)

    def read(self, count):
        return self.file.read(count)

    def readline(self):
        return self.file.readline()


large = [b"z" * 70000, "t" * 70000, bytearray(70000), list(range(30000))]
for protocol in (0, 2, 4, 5):
    file = io.BytesIO()
    _pickle.dump(large, file, protocol)
    print(_pickle.load(Plain(file.getvalue())) == large, _pickle.load(io.BytesIO(file.getvalue())) == large)
    print(_pickle.loads(file.getvalue()) == large, len(file.getvalue()))
