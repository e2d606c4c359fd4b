"""Draw the Mandelbrot set on several threads.

usage: mandelbrot.py [--threads N] [--size S] OUT.png

N threads take rows from a queue and compute them; the picture is written as a PNG with zlib and struct.
"""

import argparse
import os
import queue
import struct
import sys
import threading
import zlib

LIMIT = 120
LEFT, RIGHT, TOP, BOTTOM = -2.1, 0.7, 1.2, -1.2


def palette():
    """One colour for each number of steps; black for the points that never leave."""
    colours = []
    for steps in range(LIMIT):
        share = steps / LIMIT
        red = int(255 * min(1.0, 3.0 * share))
        green = int(255 * min(1.0, 1.6 * share * share + 0.4 * share))
        blue = int(255 * (1.0 - (1.0 - share) ** 4))
        colours.append(bytes((red, green, blue)))
    colours.append(b"\0\0\0")
    return colours


def row(y, width, height, colours):
    """The pixels of one row, with the filter byte that PNG wants before them."""
    imaginary = TOP + (BOTTOM - TOP) * y / height
    step = (RIGHT - LEFT) / width
    pixels = bytearray(1)
    for x in range(width):
        real = LEFT + step * x
        a, b = real, imaginary
        steps = 0
        while steps < LIMIT:
            aa, bb = a * a, b * b
            if aa + bb > 4.0:
                break
            b = 2.0 * a * b + imaginary
            a = aa - bb + real
            steps += 1
        pixels += colours[steps]
    return bytes(pixels)


def black(line, width):
    """How many pixels of a row are black."""
    return sum(line[1 + 3 * x : 4 + 3 * x] == b"\0\0\0" for x in range(width))


def draw(width, height, threads):
    """The rows of the picture, and how many pixels of each are black."""
    rows, inside = [None] * height, [0] * height
    colours = palette()
    waiting = queue.Queue()
    for y in range(height):
        waiting.put(y)
    for _ in range(threads):
        waiting.put(None)

    def work():
        while (y := waiting.get()) is not None:
            rows[y] = row(y, width, height, colours)
            inside[y] = black(rows[y], width)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return rows, inside


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    # Stored, not deflated: two zlib libraries pack the same picture into different bytes.
    data = zlib.compress(b"".join(rows), 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def main():
    parser = argparse.ArgumentParser(description="Draw the Mandelbrot set.")
    parser.add_argument("out", help="the PNG file to write")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--size", type=int, default=480, help="the width in pixels")
    options = parser.parse_args()
    if options.threads < 1 or options.size < 1:
        parser.error("--threads and --size must be at least 1")
    width, height = options.size, max(1, options.size * 6 // 7)
    rows, inside = draw(width, height, options.threads)
    picture = png(width, height, rows)
    with open(options.out, "wb") as file:
        file.write(picture)
    print(f"{width} x {height} pixels, {sum(inside)} inside, crc {zlib.crc32(b''.join(rows)):08x}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
