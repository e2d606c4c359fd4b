"""Requests for more memory than there is, and sizes that overflow: MemoryError or OverflowError, and life goes on."""

import sys

n = sys.maxsize
for text in ["'a' * n", "[0] * n", "(0,) * n", "b'a' * n", "bytearray(n)", "bytes(n)", "[0] * (n * 2)", "'a' * (n * 2)", "' '.ljust(n)", "'a'.zfill(n)", "range(n + 1)[n]", "len(range(n + 1))", "list(range(n))", "'%*d' % (n, 1)", "f'{1:{n}}'", "[].__imul__(n)", "[1].__imul__(n)", "'abc'.expandtabs(n)", "'\\t'.expandtabs(n)", "1 << n", "(1 << 63) << n", "'x'.center(n)", "str.join('ab' * 1000, ['']) * n", "bytearray(1) * n", "(1 << n).bit_length()", "b''.join([b'x']) * n", "'a'.replace('a', 'b' * 10) * n", "tuple(range(3)) * n", "memoryview(b'a') and [None] * n"]:
    try:
        result = eval(text)
        print(text, "gives", type(result).__name__)
    except (MemoryError, OverflowError, ValueError, TypeError) as error:
        print(text, "!", type(error).__name__, error)
    result = None
print("still here", sum(range(1000)))
