"""Ctrl-C in a busy loop, caught."""
print("ready", flush=True)
try:
    n = 0
    while True:
        n += 1
except KeyboardInterrupt as error:
    print("caught", repr(error))
import signal
seen = []
previous = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append((number == signal.SIGUSR1, frame.f_code.co_name)))
signal.raise_signal(signal.SIGUSR1)
print(seen, previous is signal.SIG_DFL, signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.Signals.SIGINT.name)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("raised")
