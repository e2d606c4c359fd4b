"""Count the words of text files on several threads.

usage: wordcount.py FILE... [--threads N]

Each file is cut into pieces at line ends; a pool of N threads counts the words of each piece with `re` and
`collections.Counter`, and the counts are added up.
"""

import argparse
import collections
import concurrent.futures
import os
import re
import sys

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
PIECE = 1 << 16


def pieces(path):
    """The text of a file in pieces of whole lines."""
    with open(path, encoding="utf-8", errors="replace") as file:
        while lines := file.readlines(PIECE):
            yield "".join(lines)


def count(text):
    return collections.Counter(match.group().casefold() for match in WORD.finditer(text))


def count_files(paths, threads):
    per_file = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=threads, thread_name_prefix="counter") as pool:
        pending = [(path, pool.submit(count, piece)) for path in paths for piece in pieces(path)]
        for path, future in pending:
            per_file.setdefault(path, collections.Counter()).update(future.result())
    return per_file


def main():
    parser = argparse.ArgumentParser(description="Count the words of text files.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--top", type=int, default=10, help="how many words to print")
    options = parser.parse_args()
    if options.threads < 1:
        parser.error("--threads must be at least 1")
    try:
        per_file = count_files(options.files, options.threads)
    except OSError as error:
        print(f"{parser.prog}: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    total = collections.Counter()
    for path in options.files:
        counts = per_file.get(path, collections.Counter())
        print(f"{os.path.basename(path)}: {counts.total()} words, {len(counts)} different")
        total.update(counts)
    for word, times in sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))[: options.top]:
        print(f"{times:8} {word}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
