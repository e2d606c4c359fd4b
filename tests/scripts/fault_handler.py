"""faulthandler: where threads are, at once, on a signal and after a time."""
import faulthandler
import os
import re
import signal
import subprocess
import sys
import threading


def written(write):
    """What is written to a pipe, with thread numbers and names left out."""
    reader, writer = os.pipe()
    write(writer)
    os.close(writer)
    with open(reader) as file:
        text = file.read()
    text = re.sub(r"0x[0-9a-f]+( \[.*\])?", "N", text)
    return re.sub(r'File ".*[/>"]([^/"]*)", line', r'File "\1", line', text)


def outer(writer, **options):
    faulthandler.dump_traceback(writer, **options)


print(written(lambda writer: outer(writer, all_threads=False)))

started, end = threading.Event(), threading.Event()


def waits():
    started.set()
    end.wait()


thread = threading.Thread(target=waits)
thread.start()
started.wait()
text = written(outer)
print([line for line in text.splitlines() if line.startswith(("Thread", "Current"))], "waits" in text, text.count("\n\n"))
end.set()
thread.join()


def asks(writer):
    faulthandler.register(signal.SIGUSR1, file=writer, all_threads=False)
    os.kill(os.getpid(), signal.SIGUSR1)
    print(faulthandler.unregister(signal.SIGUSR1), faulthandler.unregister(signal.SIGUSR1))


print(written(asks))


reader, writer = os.pipe()
faulthandler.dump_traceback_later(0.05, file=writer)
print(os.read(reader, 10000).decode().splitlines()[0])
faulthandler.cancel_dump_traceback_later()

print(faulthandler.is_enabled())
with open(os.devnull, "w") as file:
    faulthandler.enable(file)
    print(faulthandler.is_enabled(), faulthandler.disable(), faulthandler.disable(), faulthandler.is_enabled())

for attempt in (
    lambda: faulthandler.enable(-1),
    lambda: faulthandler.dump_traceback_later(0),
    lambda: faulthandler.register(signal.SIGSEGV),
    lambda: faulthandler.register(1000),
):
    try:
        attempt()
    except (ValueError, RuntimeError) as error:
        print(type(error).__name__, error)

dying = """
import faulthandler
faulthandler.enable(all_threads=False)
def inner():
    faulthandler._sigabrt()
inner()
"""
done = subprocess.run([sys.executable, "-c", dying], stderr=subprocess.PIPE, text=True)
print(done.returncode)
print("\n".join(done.stderr.splitlines()[:5]))
