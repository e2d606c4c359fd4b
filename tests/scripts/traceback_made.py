"""Tracebacks that a program makes."""

import sys
import types

frame = sys._getframe()
for last in (1, 0, -1, 7, 2**31, -2**31, True, 3.0):
    for line in (2, 0, 2**31):
        try:
            entry = types.TracebackType(None, frame, last, line)
            print(last, line, entry.tb_lasti, entry.tb_lineno)
        except (OverflowError, TypeError) as error:
            print(last, line, error)
