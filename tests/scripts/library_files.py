"""Files: text and binary, modes, encodings, newlines, seeking, buffering, os and pathlib, io in memory, errors."""

import io
import os
import pathlib
import shutil
import tempfile

root = pathlib.Path(tempfile.mkdtemp())
path = root / "text.txt"
with open(path, "w", encoding="utf-8") as f:
    print(f.write("line 1\nlïne 2\n"), f.writelines(["three\n", "four"]), f.tell(), f.name == str(path) or f.name == path, f.mode, f.encoding, f.closed)
print(f.closed)
with open(path, encoding="utf-8") as f:
    print(f.readline(), f.read(3), f.tell() > 0, f.readlines(), f.read(), f.seek(0), next(f), list(f))
with open(path, "rb") as f:
    print(f.read(4), f.seek(-4, 2), f.read(), f.tell(), f.seek(2), f.readinto(b := bytearray(3)), b, f.peek(3)[:3], f.read1(2), f.seekable(), f.readable(), f.writable(), type(f).__name__, f.raw.__class__.__name__, f.fileno() > 2)
with open(path, "r+b") as f:
    f.seek(5); f.write(b"X"); f.seek(0); print(f.read(8)); f.truncate(10); print(f.seek(0, 2))
with open(path, "a") as f:
    f.write("end")
print(path.read_bytes(), path.stat().st_size, path.exists(), path.is_file(), path.suffix, path.stem, path.name, path.parent == root)
(root / "nl.txt").write_bytes(b"a\r\nb\rc\nd")
for newline in [None, "", "\n", "\r\n", "\r"]:
    with open(root / "nl.txt", newline=newline) as f:
        print(repr(newline), f.readlines(), f.newlines)
with open(root / "out.txt", "w", newline="\r\n") as f:
    f.write("a\nb\n")
print((root / "out.txt").read_bytes())
(root / "latin.txt").write_bytes("é\xff".encode("latin-1"))
print(open(root / "latin.txt", encoding="latin-1").read(), ascii(open(root / "latin.txt", encoding="utf-8", errors="replace").read()), ascii(open(root / "latin.txt", encoding="ascii", errors="surrogateescape").read()))
with open(root / "x.bin", "xb", buffering=0) as f:
    print(type(f).__name__, f.write(b"raw"))
with open(root / "big.txt", "w") as f:
    for i in range(20000):
        f.write(f"line {i}\n")
with open(root / "big.txt") as f:
    f.readline()
    position = f.tell()
    second = f.readline()
    f.seek(position)
    print(f.readline() == second, sum(1 for _ in f))
s = io.StringIO("one\ntwo\n")
print(s.readline(), s.read(), s.getvalue(), s.seek(0), s.write("ONE"), s.getvalue(), s.truncate(2), s.getvalue(), io.StringIO("a\r\nb", newline=None).read())
b = io.BytesIO(b"abc")
print(b.read(1), b.getvalue(), b.seek(0, 2), b.write(b"def"), b.getbuffer()[0], b.getvalue(), io.TextIOWrapper(io.BytesIO(b"x\ny"), encoding="ascii").readlines(), io.BufferedReader(io.BytesIO(b"qq")).read())
(root / "d" / "e").mkdir(parents=True)
(root / "d" / "f.py").touch()
print(sorted(os.listdir(root)), sorted(p.relative_to(root).as_posix() for p in root.rglob("*")), sorted(p.name for p in root.glob("*.txt")), [(os.path.relpath(a, root), sorted(d), sorted(f)) for a, d, f in sorted(os.walk(root / "d"))])
os.rename(root / "x.bin", root / "y.bin")
os.remove(root / "y.bin")
os.symlink("text.txt", root / "link")
print(os.readlink(root / "link"), os.path.islink(root / "link"), os.path.isdir(root), os.stat(root / "link").st_size == path.stat().st_size, [e.name for e in sorted(os.scandir(root / "d"), key=lambda e: e.name)], os.access(path, os.R_OK), oct(os.stat(path).st_mode & 0o777 | 0o600)[:4])
print(os.path.join("a", "b", "/c"), os.path.split("/a/b.c"), os.path.splitext("x.tar.gz"), os.path.basename("/a/"), os.path.dirname("/a/b"), os.path.normpath("a//b/../c"), os.path.isabs("/x"), os.path.commonpath(["/a/b", "/a/c"]), pathlib.PurePosixPath("/a") / "b" / "../c", pathlib.Path("a/b").with_suffix(".x"), pathlib.PurePath("a/b/c").parts)
os.environ["OPHION_TEST"] = "set"
print(os.environ["OPHION_TEST"], os.getenv("NOPE_X", "d"), os.getcwd() == os.path.abspath("."), os.sep, os.linesep, os.name, os.getpid() > 0)
r, w = os.pipe()
os.write(w, b"through a pipe")
os.close(w)
print(os.read(r, 100), os.read(r, 1), os.close(r), os.fspath(path) == str(path), len(os.urandom(4)))
closed = open(path)
closed.close()
for bad in [lambda: open(root / "nope"), lambda: open(root), lambda: open(path, "rw"), lambda: open(path, "x"), lambda: open(path, "rb", encoding="utf-8"), lambda: open(path, encoding="nope"), lambda: open(path, "r", newline="x"), lambda: closed.read(), lambda: open(path).write("x"), lambda: open(path, "rb").write(b""), lambda: open(root / "latin.txt", encoding="utf-8").read(), lambda: os.mkdir(root), lambda: os.rmdir(root), lambda: os.listdir(root / "nope"), lambda: os.remove(root / "d"), lambda: open(path, "wb").write("text"), lambda: open(path, "w").write(b"bytes"), lambda: open(path, "r", 0), lambda: open("a\0b"), lambda: os.close(9999), lambda: io.StringIO(b""), lambda: io.BytesIO("x"), lambda: pathlib.Path(5), lambda: os.environ["NOPE_Y"], lambda: open(path).seek(-1), lambda: io.BytesIO().seek(-1), lambda: os.stat(root / "q"), lambda: open(path, mode=""), lambda: open(path, "U")]:
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, str(error).replace(str(root), "ROOT"))
shutil.rmtree(root)
print(root.exists())

# Bytes in memory, read and written while views of them are about.
import io

memory = io.BytesIO(b"one\ntwo\n" + b"x" * 600 + b"\nend")
with memory.getbuffer() as view:
    print(memory.readline(), memory.read(2), memory.readline(1), len(memory.readline()), memory.readline(), memory.read(), memory.readline())
    view[0:3] = b"ONE"
    print(memory.seek(0), memory.readline(2), memory.readline(), memory.readlines()[-1], memory.seek(700), memory.readline(), memory.read(3))
    memory.seek(1)
    print(memory.getvalue()[:6], memory.read1(2), memory.readinto(bytearray(3)), memory.tell())
    try:
        memory.write(b"more")
    except BufferError as error:
        print(error)
print(memory.write(b"more\n"), memory.seek(-9, 2), list(memory))
