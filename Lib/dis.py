"""Shows the bytecode of functions, classes, modules and code objects.

Upstream's module decodes CPython's stack code. Here instructions are 64-bit words over registers, and the runtime itself takes
them apart (`_opcode.get_instructions`). The functions and classes are upstream's; offsets count two an instruction, as
`co_lines` and `tb_lasti` do.
"""

import collections
import io
import sys
import types

import _opcode
from opcode import *
from opcode import __all__ as _opcode_names

__all__ = ["code_info", "dis", "disassemble", "distb", "disco",
           "findlinestarts", "findlabels", "show_code",
           "get_instructions", "Instruction", "Bytecode"] + _opcode_names

# How many offsets an instruction takes, and how many bytes it has in co_code.
_UNITS = 2
_INSTRUCTION_BYTES = 8

_disassembled = (types.MethodType, types.FunctionType, types.CodeType, classmethod, staticmethod, type)

# `inspect` makes its CO_* constants from this.
COMPILER_FLAG_NAMES = {
    0x1: "OPTIMIZED",
    0x2: "NEWLOCALS",
    0x4: "VARARGS",
    0x8: "VARKEYWORDS",
    0x10: "NESTED",
    0x20: "GENERATOR",
    0x40: "NOFREE",
    0x80: "COROUTINE",
    0x100: "ITERABLE_COROUTINE",
    0x200: "ASYNC_GENERATOR",
    0x4000000: "HAS_DOCSTRING",
    0x8000000: "METHOD",
}


def pretty_flags(flags):
    """Return the names of the flags in a code object's co_flags, separated by commas."""
    names = []
    for bit in range(32):
        flag = 1 << bit
        if flags & flag:
            names.append(COMPILER_FLAG_NAMES.get(flag, hex(flag)))
            flags ^= flag
            if not flags:
                break
    else:
        names.append(hex(flags))
    return ", ".join(names)


class _Unknown:
    def __repr__(self):
        return "<unknown>"


UNKNOWN = _Unknown()


def _compile_any(source, name):
    """Compile text as an expression, or as statements if it is none."""
    try:
        return compile(source, name, "eval")
    except SyntaxError:
        return compile(source, name, "exec")


def _unwrap(x):
    """The code object of a method, function, generator, coroutine or asynchronous generator; else x itself."""
    x = getattr(x, "__func__", x)
    for attribute in ("__code__", "gi_code", "ag_code", "cr_code"):
        if hasattr(x, attribute):
            return getattr(x, attribute)
    return x


def _get_code_object(x):
    code = _unwrap(x)
    if isinstance(code, str):
        code = _compile_any(code, "<disassembly>")
    if hasattr(code, "co_code"):
        return code
    raise TypeError(f"don't know how to disassemble {type(code).__name__} objects")


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False,
        show_offsets=False, show_positions=False):
    """Show the bytecode of a class, method, function, generator, module, code object, source text or raw bytecode.

    Without an argument, that of the last traceback.
    """
    shown = {"file": file, "show_caches": show_caches, "adaptive": adaptive,
             "show_offsets": show_offsets, "show_positions": show_positions}
    if x is None:
        distb(**shown)
        return
    x = _unwrap(x)
    if hasattr(x, "__dict__"):
        for name, member in sorted(x.__dict__.items()):
            if isinstance(member, _disassembled):
                print(f"Disassembly of {name}:", file=file)
                try:
                    dis(member, depth=depth, **shown)
                except TypeError as error:
                    print("Sorry:", error, file=file)
                print(file=file)
    elif hasattr(x, "co_code"):
        _disassemble_nested(x, depth, shown)
    elif isinstance(x, (bytes, bytearray)):
        _print(_instructions_of_bytes(bytes(x)), (), -1, file, 0, show_offsets, False)
    elif isinstance(x, str):
        _disassemble_nested(_compile_any(x, "<dis>"), depth, shown)
    else:
        raise TypeError(f"don't know how to disassemble {type(x).__name__} objects")


def _disassemble_nested(code, depth, shown):
    disassemble(code, **shown)
    if depth is not None and depth <= 0:
        return
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            print(file=shown["file"])
            print(f"Disassembly of {constant!r}:", file=shown["file"])
            _disassemble_nested(constant, None if depth is None else depth - 1, shown)


def distb(tb=None, *, file=None, show_caches=False, adaptive=False,
          show_offsets=False, show_positions=False):
    """Show the bytecode of the innermost frame of a traceback (by default the last one), and where it stood."""
    if tb is None:
        try:
            tb = sys.last_exc.__traceback__ if hasattr(sys, "last_exc") else sys.last_traceback
        except AttributeError:
            raise RuntimeError("no last traceback to disassemble") from None
        while tb.tb_next:
            tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti - _UNITS, file=file, show_caches=show_caches, adaptive=adaptive,
                show_offsets=show_offsets, show_positions=show_positions)


def code_info(x):
    """Return a text of several lines that tells of a function's, method's or code object's code."""
    return _format_code_info(_get_code_object(x))


def _format_code_info(code):
    lines = [
        f"Name:              {code.co_name}",
        f"Filename:          {code.co_filename}",
        f"Argument count:    {code.co_argcount}",
        f"Positional-only arguments: {code.co_posonlyargcount}",
        f"Kw-only arguments: {code.co_kwonlyargcount}",
        f"Number of locals:  {code.co_nlocals}",
        f"Stack size:        {code.co_stacksize}",
        f"Flags:             {pretty_flags(code.co_flags)}",
    ]
    tables = [("Constants", map(repr, code.co_consts)), ("Names", code.co_names),
              ("Variable names", code.co_varnames), ("Free variables", code.co_freevars),
              ("Cell variables", code.co_cellvars)]
    for title, entries in tables:
        rows = [f"{index:4}: {entry}" for index, entry in enumerate(entries)]
        if rows:
            lines.append(f"{title}:")
            lines.extend(rows)
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Print what code_info() tells of a function, method or code object."""
    print(code_info(co), file=file)


Positions = collections.namedtuple(
    "Positions", ["lineno", "end_lineno", "col_offset", "end_col_offset"], defaults=[None] * 4)

_Instruction = collections.namedtuple(
    "_Instruction",
    ["opname", "opcode", "arg", "argval", "argrepr", "offset", "start_offset", "starts_line",
     "line_number", "label", "positions", "cache_info"],
    defaults=[None, None, None])

for _field, _text in {
    "opname": "Name of the operation",
    "opcode": "Number of the operation",
    "arg": "Number that is the operation's main operand, or None",
    "argval": "What arg stands for: a constant, a name, the target of a jump; else arg itself",
    "argrepr": "All operands as text",
    "offset": "Where the operation stands in its code, two an instruction",
    "start_offset": "The same as offset: what carries more of the operands follows the operation",
    "starts_line": "Whether a source line begins with the operation",
    "line_number": "Source line of the operation, or None",
    "label": "A number if the operation is the target of a jump, or None",
    "positions": "dis.Positions with the source range of the operation",
    "cache_info": "None: caches lie outside the code",
}.items():
    getattr(_Instruction, _field).__doc__ = _text
del _field, _text


class Instruction(_Instruction):
    """One instruction of a code object."""

    __slots__ = ()

    @staticmethod
    def make(opname, arg, argval, argrepr, offset, start_offset, starts_line,
             line_number, label=None, positions=None, cache_info=None):
        """Make an instruction from the operation's name."""
        return Instruction(opname, opmap[opname], arg, argval, argrepr, offset, start_offset,
                           starts_line, line_number, label, positions, cache_info)

    @property
    def oparg(self):
        """The same as arg."""
        return self.arg

    @property
    def baseopcode(self):
        """The same as opcode: there are no specialized operations."""
        return self.opcode

    @property
    def baseopname(self):
        """The same as opname: there are no specialized operations."""
        return self.opname

    @property
    def cache_offset(self):
        """Where the next instruction begins: no cache entries follow an operation."""
        return self.offset + _UNITS

    @property
    def end_offset(self):
        """Where the next instruction begins."""
        return self.offset + _UNITS

    @property
    def jump_target(self):
        """Offset of the target of a jump, or None."""
        return self.argval if self.opcode in hasjump else None

    @property
    def is_jump_target(self):
        """Whether other instructions jump here."""
        return self.label is not None

    def __str__(self):
        with io.StringIO() as output:
            Formatter(file=output).print_instruction(self)
            return output.getvalue()


_NAME_WIDTH = 20
_NO_LINE = "  --"


class Formatter:
    """Prints instructions, one a line, in columns."""

    def __init__(self, file=None, lineno_width=0, offset_width=0, label_width=0,
                 line_offset=0, show_caches=False, *, show_positions=False):
        """Widths are those of the columns; 0 leaves a column out."""
        self.file = file
        self.lineno_width = lineno_width
        self.offset_width = offset_width
        self.label_width = label_width
        self.line_offset = line_offset
        self.show_caches = show_caches
        self.show_positions = show_positions

    def print_instruction(self, instr, mark_as_current=False):
        """Print an instruction, after an empty line if it starts a source line."""
        if self.lineno_width and instr.starts_line and instr.offset > 0:
            print(file=self.file)
        fields = []
        if self.lineno_width:
            fields.append(self._source(instr))
        label = "" if instr.label is None else f"L{instr.label}:"
        fields.append(label.rjust(self.label_width))
        if self.offset_width:
            fields.append(f"{instr.offset:>{self.offset_width}}  ")
        fields.append("-->" if mark_as_current else "   ")
        fields.append(instr.opname.ljust(_NAME_WIDTH))
        if instr.argrepr:
            fields.append(instr.argrepr)
        print(" ".join(fields).rstrip(), file=self.file)

    def _source(self, instr):
        if not self.show_positions:
            if not instr.starts_line:
                return " " * self.lineno_width
            line = _NO_LINE if instr.line_number is None else str(instr.line_number)
            return line.rjust(self.lineno_width)
        positions = instr.positions or ()
        if not any(isinstance(number, int) for number in positions):
            return (_NO_LINE if positions else "").ljust(self.lineno_width)
        line, end_line, column, end_column = ("?" if number is None else number for number in positions)
        return f"{line}:{column}-{end_line}:{end_column}".ljust(self.lineno_width)

    def print_exception_table(self, exception_entries):
        """Print which instructions are covered by which handler."""
        if not exception_entries:
            return
        print("ExceptionTable:", file=self.file)
        for entry in exception_entries:
            print(f"  L{entry.start_label} to L{entry.end_label} -> L{entry.target_label} [r{entry.register}]",
                  file=self.file)


class _ExceptionTableEntry(collections.namedtuple("_ExceptionTableEntry", "start end target register")):
    """Instructions from start up to end are covered by the handler at target, which finds the exception in a register."""


def _parse_exception_table(code):
    table = code.co_exceptiontable
    words = [int.from_bytes(table[index:index + 4], "little") for index in range(0, len(table), 4)]
    return [
        _ExceptionTableEntry(start * _UNITS, end * _UNITS, target * _UNITS, register)
        for start, end, target, register in zip(*[iter(words)] * 4)
    ]


def _number_labels(targets, exception_entries):
    places = set(targets)
    for entry in exception_entries:
        places.update(entry[:3])
    labels = {offset: number for number, offset in enumerate(sorted(places), 1)}
    for entry in exception_entries:
        entry.start_label, entry.end_label, entry.target_label = (labels[offset] for offset in entry[:3])
    return labels


def _decode(raw, exception_entries=(), linestarts=None, line_offset=0, positions=()):
    """Yield an Instruction for each tuple of _opcode.get_instructions."""
    targets = (argval for opcode, _, argval, _ in raw if opcode in hasjump)
    labels = _number_labels(targets, exception_entries)
    positions = iter(positions)
    line = None
    for index, (opcode, arg, argval, argrepr) in enumerate(raw):
        offset = index * _UNITS
        starts_line = linestarts is not None and offset in linestarts
        if starts_line:
            line = linestarts[offset]
            if line is not None:
                line += line_offset
        if opcode in hasjump:
            argrepr = f"{argrepr[:argrepr.rindex('->')]}to L{labels[argval]}"
        name = opname[opcode] if opcode < len(opname) else f"<{opcode}>"
        yield Instruction(name, opcode, arg, argval, argrepr, offset, offset, starts_line, line,
                          labels.get(offset), Positions(*next(positions, ())))


def _instructions(code, first_line=None, exception_entries=()):
    line_offset = 0 if first_line is None else first_line - code.co_firstlineno
    starts = {max(start - _UNITS, 0): line for start, line in findlinestarts(code)}
    positions = code.co_positions()
    next(positions)
    return _decode(_opcode.get_instructions(code), exception_entries, starts, line_offset, positions)


def _instructions_of_bytes(code):
    return _decode(_opcode.get_instructions(code))


def get_instructions(x, *, first_line=None, show_caches=None, adaptive=False):
    """Yield the instructions of a method, function or code object, or of source text, as Instruction objects.

    first_line is the line to report for the first line of the code, by default the one that it has.
    """
    return _instructions(_get_code_object(x), first_line)


def _line_width(code, show_positions):
    if not show_positions:
        lines = [line for _, line in findlinestarts(code)]
        if not any(lines):
            return 0
        width = max(3, *(len(str(line)) for line in lines if line))
        return max(width, len(_NO_LINE)) if None in lines else width
    positions = list(code.co_positions())
    if not any(isinstance(number, int) for entry in positions for number in entry):
        return 0
    width = max(sum(1 if number is None else len(str(number)) for number in entry) for entry in positions)
    return 1 + max(len(_NO_LINE), 3 + width)


def _print(instructions, exception_entries, lasti, file, lineno_width, show_offsets, show_positions):
    instructions = list(instructions)
    last_label = max((instruction.label or 0 for instruction in instructions), default=0)
    offset_width = len(str(max(len(instructions) * _UNITS, 9999))) if show_offsets else 0
    formatter = Formatter(file, lineno_width, offset_width, 4 + len(str(last_label)),
                          show_positions=show_positions)
    for instruction in instructions:
        formatter.print_instruction(instruction, instruction.offset == lasti)
    formatter.print_exception_table(exception_entries)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False,
                show_offsets=False, show_positions=False):
    """Show the bytecode of a code object, with a mark at offset lasti."""
    entries = _parse_exception_table(co)
    _print(_instructions(co, None, entries), entries, lasti, file, _line_width(co, show_positions),
           show_offsets, show_positions)


disco = disassemble


def findlabels(code):
    """Return the offsets that are targets of jumps in some bytecode (co_code), in the order of the jumps."""
    targets = (argval for opcode, _, argval, _ in _opcode.get_instructions(bytes(code)) if opcode in hasjump)
    return list(dict.fromkeys(targets))


def findlinestarts(code):
    """Yield (offset, line) for each place where a source line begins; the line is None where there is none."""
    last = False
    for start, _, line in code.co_lines():
        if line is not last:
            last = line
            yield start, line


def _unpack_opargs(code):
    """Yield (offset, start offset, opcode, arg) for each instruction of some bytecode (co_code)."""
    for index, (opcode, arg, _, _) in enumerate(_opcode.get_instructions(bytes(code))):
        yield index * _UNITS, index * _UNITS, opcode, arg


def _find_imports(co):
    """Yield (name, level, fromlist) for each import in a code object, for modulefinder."""
    yield from _opcode.get_imports(co)


def _find_store_names(co):
    """Yield the names that a code object stores in its namespace or among the globals, for modulefinder."""
    stores = {opmap["STORE_NAME"], opmap["STORE_GLOBAL"]}
    for opcode, _, argval, _ in _opcode.get_instructions(co):
        if opcode in stores:
            yield argval


class Bytecode:
    """The bytecode of a function, method, generator, source text or code object.

    Iterating yields Instruction objects.
    """

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False,
                 show_offsets=False, show_positions=False):
        self.codeobj = _get_code_object(x)
        self.first_line = self.codeobj.co_firstlineno if first_line is None else first_line
        self._original_object = x
        self.current_offset = current_offset
        self.exception_entries = _parse_exception_table(self.codeobj)
        self.show_caches = show_caches
        self.adaptive = adaptive
        self.show_offsets = show_offsets
        self.show_positions = show_positions

    def __iter__(self):
        return _instructions(self.codeobj, self.first_line, self.exception_entries)

    def __repr__(self):
        return f"{self.__class__.__name__}({self._original_object!r})"

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """Make one from the innermost frame of a traceback."""
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti - _UNITS, show_caches=show_caches, adaptive=adaptive)

    def info(self):
        """Return what code_info() tells of the code object."""
        return _format_code_info(self.codeobj)

    def dis(self):
        """Return what dis() prints."""
        lasti = -1 if self.current_offset is None else self.current_offset
        with io.StringIO() as output:
            _print(self, self.exception_entries, lasti, output, _line_width(self.codeobj, self.show_positions),
                   self.show_offsets, self.show_positions)
            return output.getvalue()


def main(args=None):
    """Show the bytecode of a file, or of what stands on standard input."""
    import argparse

    parser = argparse.ArgumentParser(color=True)
    parser.add_argument("-C", "--show-caches", action="store_true", help="show inline caches")
    parser.add_argument("-O", "--show-offsets", action="store_true", help="show instruction offsets")
    parser.add_argument("-P", "--show-positions", action="store_true", help="show instruction positions")
    parser.add_argument("-S", "--specialized", action="store_true", help="show specialized bytecode")
    parser.add_argument("infile", nargs="?", default="-")
    args = parser.parse_args(args=args)
    if args.infile == "-":
        name, source = "<stdin>", sys.stdin.buffer.read()
    else:
        name = args.infile
        with open(args.infile, "rb") as infile:
            source = infile.read()
    dis(compile(source, name, "exec"), show_caches=args.show_caches, adaptive=args.specialized,
        show_offsets=args.show_offsets, show_positions=args.show_positions)


if __name__ == "__main__":
    main()
