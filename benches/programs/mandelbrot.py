"""The Mandelbrot set as a bitmap, with complex numbers: rows of bits packed into bytes, and a histogram of escapes."""


def escape(c, limit):
    z = 0j
    for n in range(limit):
        z = z * z + c
        if abs(z) > 2.0:
            return n
    return limit


def bitmap(size, limit):
    histogram, rows = [0] * (limit + 1), bytearray()
    for y in range(size):
        bits = 0
        for x in range(size):
            steps = escape(complex(3.0 * x / size - 2.2, 2.6 * y / size - 1.3), limit)
            histogram[steps] += 1
            bits = bits << 1 | (steps == limit)
        rows += bits.to_bytes((size + 7) // 8)
    return rows, histogram


def checksum(data):
    low, high = 1, 0
    for byte in data:
        low = (low + byte) % 65521
        high = (high + low) % 65521
    return high << 16 | low


rows, histogram = bitmap(800, 80)
print(len(rows), checksum(rows), histogram[3], histogram[-1], sum(n * count for n, count in enumerate(histogram)))
