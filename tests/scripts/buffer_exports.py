"""A bytearray, array or BytesIO keeps its size while somebody looks at its bytes, and only as long."""

import array
import io


def refuses(action):
    try:
        action()
    except BufferError:
        return True
    return False


def changes(b):
    yield lambda: b.append(1)
    yield lambda: b.extend(b"xy")
    yield lambda: b.pop()
    yield lambda: b.clear()
    yield lambda: b.insert(0, 1)
    yield lambda: b.__delitem__(0)
    yield lambda: b.__setitem__(slice(0, 1), b"abc")
    yield lambda: b.__iadd__(b"x")
    yield lambda: b.__imul__(2)
    yield lambda: b.resize(1)


b = bytearray(b"0123456789")
view = memoryview(b)
print([refuses(change) for change in changes(b)], b)
b[0] = 65
b[1:3] = b"BC"
print(b, bytes(view))
part = view[2:5]
view.release()
print(refuses(lambda: b.append(1)), bytes(part))
copy = memoryview(part).cast("B")
part.release()
print(refuses(lambda: b.append(1)))
copy.release()
b.append(48)
print(b)
with memoryview(b) as view, view[1:] as rest:
    print(refuses(b.clear), len(rest))
b.append(49)
print(b)


def temporary(b):
    first = bytes(memoryview(b)[:2])
    del b[:2]
    return first


def several(b):
    text = memoryview(b)[2:5].tobytes() + bytes(memoryview(b)) + b"".join([memoryview(b)[1:3]])
    b += b"abc"
    b[0:2] = b""
    del b[0]
    b.append(memoryview(b)[0])
    memoryview(b)
    b.pop()
    return text


def look(b):
    view = memoryview(b)
    return sum(view[1:4])


class Reader:
    def __init__(self):
        self.buffer = bytearray(b"abcdefgh" * 4)

    def take(self, n):
        data = bytes(memoryview(self.buffer)[:n])
        del self.buffer[:n]
        return data


print(temporary(b), several(b), b)
print(look(b), refuses(lambda: b.append(1)))
reader = Reader()
print([reader.take(3) for _ in range(5)], reader.buffer)
views = [memoryview(b) for _ in range(3)]
print(refuses(b.clear))
del views
b.clear()
print(b)

numbers = array.array("i", [1, 2, 3])
view = memoryview(numbers)
print(refuses(lambda: numbers.append(4)), view.tolist())
numbers[0] = 7
print(view[0])
view.release()
numbers.append(4)
print(numbers)

stream = io.BytesIO(b"abc")
buffer = stream.getbuffer()
print(refuses(lambda: stream.write(b"defghi")), refuses(stream.close))
buffer[0] = 90
buffer.release()
print(stream.write(b"Zy12"), stream.getvalue())


def file_into(b):
    with open(__file__, "rb") as file:
        count = file.readinto(b)
    b.append(0)
    return count


print(file_into(bytearray(10)))
