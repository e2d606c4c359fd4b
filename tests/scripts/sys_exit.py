"""SystemExit through finally, with a message: it goes to standard error, and the status is 1."""

import sys

try:
    try:
        sys.exit(3)
    except SystemExit as error:
        print("caught", error.code)
    sys.exit("a message")
finally:
    print("finally")
