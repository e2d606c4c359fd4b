"""An uncaught exception in a thread: its traceback on standard error; the program goes on and ends with 0."""
import threading


def work():
    raise ValueError("in the thread")


t = threading.Thread(target=work, name="worker-a")
t.start()
t.join()
print("main goes on", t.is_alive())
caught = []
threading.excepthook = lambda args: caught.append((args.exc_type.__name__, str(args.exc_value), args.thread.name))
t = threading.Thread(target=work, name="worker-b")
t.start()
t.join()
print(caught)


def leave():
    raise SystemExit(5)


t = threading.Thread(target=leave)
t.start()
t.join()
print("SystemExit ends a thread only")
