"""Run a program without collecting.

usage: uncollected.py PROGRAM
"""

import gc
import runpy
import sys

if __name__ == "__main__":
    gc.disable()
    runpy.run_path(sys.argv[1], run_name="__main__")
