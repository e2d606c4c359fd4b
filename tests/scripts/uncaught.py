"""An uncaught exception: the traceback on standard error and status 1, after exit handlers ran."""

import atexit


class Custom(Exception):
    """An error of a class of our own, with a note."""


def inner(value):
    return 10 / value


def outer():
    try:
        inner(0)
    except ZeroDivisionError as error:
        custom = Custom("what happened")
        custom.add_note("and a note")
        raise custom from error


atexit.register(print, "exit handler ran")
print("before")
outer()
