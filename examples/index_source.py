"""Index the identifiers of Python source files on several threads.

usage: index_source.py [ROOT | --library] [--threads N] [--out FILE]

Tokenizes every .py file below ROOT (--library: the running Python's own library) on N threads, which share one
dict of identifiers to the files and lines where they stand. Writes the index as JSON and prints totals.
"""

import argparse
import heapq
import io
import json
import keyword
import os
import sys
import threading
import tokenize


def slices(items, size=200):
    """The items of a list, in lists that one thread works on at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


class Index:
    """What all threads write: `names[identifier][file]` is the list of lines, in the order of the file."""

    def __init__(self):
        self.names = {}
        self.files = {}

    def add(self, path, source):
        """Index one file. Only this thread knows `path`; the dicts of identifiers are everybody's."""
        names = self.names
        tokens, found = 0, {}
        try:
            for token in tokenize.tokenize(io.BytesIO(source).readline):
                tokens += 1
                if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                    found.setdefault(token.string, []).append(token.start[0])
        except (SyntaxError, UnicodeDecodeError, tokenize.TokenError) as error:
            self.files[path] = {"error": type(error).__name__}
            return
        lines = source.count(b"\n")
        for name, places in found.items():
            names.setdefault(name, {})[path] = places
        self.files[path] = {"lines": lines, "tokens": tokens, "names": len(found)}

    def as_json(self, threads):
        """The encoded text, in pieces: the same for the same files, whatever order the threads took them in."""
        files = [f"{json.dumps(path)}: {json.dumps(facts)}" for path, facts in sorted(self.files.items())]
        names = list(slices(sorted(self.names)))
        pieces = [b""] * len(names)

        def encode(number):
            entries = (
                f"{json.dumps(name)}: {json.dumps(dict(sorted(self.names[name].items())))}" for name in names[number]
            )
            pieces[number] = (",\n" * (number > 0) + ",\n".join(entries)).encode()

        share_out(range(len(names)), encode, threads)
        start = '{"files": {\n' + ",\n".join(files) + '\n}, "names": {\n'
        return [start.encode(), *pieces, b"\n}}\n"]

    def places(self, threads):
        """How often each identifier was found."""
        counts = {}

        def count(names):
            counts.update({name: sum(map(len, self.names[name].values())) for name in names})

        share_out(slices(list(self.names)), count, threads)
        return counts


class Progress:
    """A bar on standard error, for a terminal only."""

    def __init__(self, total):
        self.total = total
        self.shown = sys.stderr is not None and sys.stderr.isatty() and total > 0

    def show(self, done):
        if self.shown:
            filled = 40 * done // self.total
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (40 - filled)}] {done}/{self.total}")
            sys.stderr.flush()

    def finish(self):
        if self.shown:
            sys.stderr.write("\r\x1b[K")


def files_below(root):
    """The .py files below a folder, as (path relative to it, function that reads it)."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                found.append((os.path.relpath(path, root).replace(os.sep, "/"), path))
    return sorted(found)


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def library_files():
    """The running Python's own library: embedded in Ophion, a folder elsewhere."""
    if sys.implementation.name == "ophion":
        import _ophion_library

        return sorted(_ophion_library.files()), _ophion_library.read
    return files_below(os.path.dirname(os.__file__)), read_file


def share_out(items, work, threads):
    """Call work(item) for each item, on so many threads that take the next one as they get ready for it. Raise what the
    first call that failed raised."""
    waiting = iter(items)
    taking = threading.Lock()
    failures = []

    def take():
        with taking:
            return next(waiting, None)

    def run():
        try:
            while not failures and (item := take()) is not None:
                work(item)
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]


def index_all(files, read, threads):
    index = Index()
    progress = Progress(len(files))

    def work(item):
        number, (path, place) = item
        index.add(path, read(place))
        progress.show(number)

    share_out(enumerate(files, 1), work, threads)
    progress.finish()
    return index


def print_totals(index, threads):
    read = [facts for facts in index.files.values() if "error" not in facts]
    places = index.places(threads)
    print(f"{len(index.files)} files, {len(index.files) - len(read)} with errors")
    print(f"{sum(facts['lines'] for facts in read)} lines, {sum(facts['tokens'] for facts in read)} tokens")
    print(f"{len(places)} identifiers in {sum(places.values())} places")
    for name, count in heapq.nsmallest(5, places.items(), key=lambda entry: (-entry[1], entry[0])):
        print(f"{count:8} {name}")


def main():
    parser = argparse.ArgumentParser(description="Index the identifiers of Python source files.")
    parser.add_argument("root", nargs="?", help="the folder to index")
    parser.add_argument("--library", action="store_true", help="index the running Python's own library")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", help="where to write the index as JSON")
    options = parser.parse_args()
    if options.library == (options.root is not None):
        parser.error("name a folder, or say --library")
    if options.threads < 1:
        parser.error("--threads must be at least 1")
    if options.library:
        files, read = library_files()
    elif os.path.isdir(options.root):
        files, read = files_below(options.root), read_file
    else:
        parser.error(f"not a folder: {options.root}")
    index = index_all(files, read, options.threads)
    if options.out:
        with open(options.out, "wb") as file:
            file.writelines(index.as_json(options.threads))
    print_totals(index, options.threads)


if __name__ == "__main__":
    main()
