"""The opcode table, for `dis` and other modules that work on bytecode.

Upstream's module speaks of CPython's stack machine, this one of the register machine that runs here. The table is the
runtime's own: `_opcode` gives it.
"""

__all__ = ["cmp_op", "stack_effect", "hascompare", "opname", "opmap",
           "HAVE_ARGUMENT", "EXTENDED_ARG", "hasarg", "hasconst", "hasname",
           "hasjump", "hasjrel", "hasjabs", "hasfree", "haslocal", "hasexc"]

import _opcode
from _opcode import stack_effect

opname = _opcode.get_opnames()
opmap = {name: number for number, name in enumerate(opname)}

# An instruction whose operands do not fit is followed by this one, which carries the rest.
EXTENDED_ARG = opmap["EXTEND"]

# Opcodes with and without operands are not sorted here. `op >= HAVE_ARGUMENT` must hold for all that have one.
HAVE_ARGUMENT = 1

cmp_op = ("<", "<=", "==", "!=", ">", ">=")


def _opcodes_where(test):
    return [number for number in opmap.values() if test(number)]


hasarg = _opcodes_where(_opcode.has_arg)
hasconst = _opcodes_where(_opcode.has_const)
hasname = _opcodes_where(_opcode.has_name)
hasjump = _opcodes_where(_opcode.has_jump)
hasjrel = hasjump
hasjabs = []
hasfree = _opcodes_where(_opcode.has_free)
haslocal = _opcodes_where(_opcode.has_local)
hasexc = _opcodes_where(_opcode.has_exc)
hascompare = [opmap[name] for name in ("LT", "LE", "EQ", "NE", "GT", "GE")]

_intrinsic_1_descs = _opcode.get_intrinsic1_descs()
_intrinsic_2_descs = _opcode.get_intrinsic2_descs()
_special_method_names = _opcode.get_special_method_names()
_nb_ops = _opcode.get_nb_ops()

# Caches lie outside the code and instructions are never rewritten: there are neither cache entries nor specialized forms.
_cache_format = {}
_inline_cache_entries = {}
_specializations = {}
_specialized_opmap = {}
