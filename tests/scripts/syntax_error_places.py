"""Syntax errors: where they begin and end, which is where the carets stand."""

import warnings
from data.syntax_sources import SOURCES

warnings.simplefilter("ignore")
for source in SOURCES:
    try:
        compile(source, "<source>", "exec")
    except SyntaxError as error:
        print(ascii(source), error.lineno, error.offset, error.end_lineno, error.end_offset, ascii(error.text))
    except ValueError:
        pass
