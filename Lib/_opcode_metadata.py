"""The tables that upstream generates from CPython's interpreter, for those who import them: here the runtime has them."""

import _opcode

opmap = {name: number for number, name in enumerate(_opcode.get_opnames())}
HAVE_ARGUMENT = 1
# No opcode is instrumented: tracing and monitoring leave the code as it is.
MIN_INSTRUMENTED_OPCODE = len(opmap)
_specializations = {}
_specialized_opmap = {}
