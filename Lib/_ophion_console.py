"""The interactive interpreter: the library's console, which also keeps the text of what it runs."""

import code
import linecache
import sys


class Console(code.InteractiveConsole):
    """Runs statements from standard input."""

    def raw_input(self, prompt=""):
        """Return a line, without its end."""
        if sys.stdin.isatty() and sys.stdout.isatty():
            return input(prompt)
        # Where no terminal answers, prompts are no part of the output.
        sys.stderr.write(prompt)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.removesuffix("\n")

    def runcode(self, code):
        """Run a statement, whose lines tracebacks and `inspect` will show."""
        linecache._register_code(code, "\n".join(self.buffer) + "\n", self.filename)
        super().runcode(code)


def interact(banner, namespace):
    """Run statements in a namespace until the input ends."""
    try:
        import readline
    except ImportError:
        pass
    Console(namespace, filename="<stdin>").interact(banner, "")
