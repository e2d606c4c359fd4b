"""Ctrl-C: KeyboardInterrupt in the main thread, finally blocks, the traceback, and death by the signal."""
import time
try:
    print("ready", flush=True)
    while True:
        time.sleep(0.05)
finally:
    print("finally ran", flush=True)
