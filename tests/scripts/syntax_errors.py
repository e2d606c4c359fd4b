"""Syntax errors: kind, message and line, for the mistakes that people make."""

import warnings
from data.syntax_sources import SOURCES

warnings.simplefilter("ignore")
for source in SOURCES:
    try:
        compile(source, "<source>", "exec")
        print(ascii(source), "ok")
    except SyntaxError as error:
        print(ascii(source), "!", type(error).__name__, ascii(error.msg), error.lineno)
    except ValueError as error:
        print(ascii(source), "!", type(error).__name__, error)
