"""The classes of syntax tree nodes.

They are ordinary classes here, made from the compiler's own table of the abstract grammar; `compile` makes their instances and
reads them.
"""

import _ophion_ast
from _warnings import warn as _warn

PyCF_ONLY_AST = 0x400
PyCF_TYPE_COMMENTS = 0x1000
PyCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000
PyCF_OPTIMIZED_AST = 0x8400


class AST:
    __module__ = "ast"
    _fields = ()
    _attributes = ()
    _field_types = {}
    __match_args__ = ()

    def __init__(self, /, *args, **kwargs):
        cls = type(self)
        name = cls.__name__
        fields = cls._fields
        if len(args) > len(fields):
            plural = "" if len(fields) == 1 else "s"
            raise TypeError(f"{name} constructor takes at most {len(fields)} positional argument{plural}")
        for field, value in zip(fields, args):
            setattr(self, field, value)
        given = set(fields[:len(args)])
        for key, value in kwargs.items():
            if key in given:
                raise TypeError(f"{name} got multiple values for argument {key!r}")
            if key not in fields and key not in cls._attributes:
                _warn(
                    f"{name}.__init__ got an unexpected keyword argument {key!r}. "
                    "Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15.",
                    DeprecationWarning, 2)
            setattr(self, key, value)
        for field in fields[len(args):]:
            if field not in kwargs:
                _set_default(self, cls, field)

    def __repr__(self):
        return _shown(self, 3)

    def __replace__(self, /, **changes):
        cls = type(self)
        names = cls._fields + cls._attributes
        state = {name: getattr(self, name) for name in names if hasattr(self, name)}
        unexpected = [name for name in changes if name not in names and name not in vars(self)]
        if unexpected:
            raise TypeError(f"{cls.__name__}.__replace__ got an unexpected keyword argument {unexpected[0]!r}.")
        return cls(**{**state, **changes})


def _set_default(node, cls, field):
    kind = cls._field_types.get(field)
    if kind is None:
        return
    if isinstance(kind, type):
        if kind is expr_context:
            node.ctx = _singletons["Load"]
            return
        _warn(
            f"{cls.__name__}.__init__ missing 1 required positional argument: {field!r}. "
            "This will become an error in Python 3.15.",
            DeprecationWarning, 3)
    elif getattr(kind, "__origin__", None) is list:
        setattr(node, field, [])


def _shown(value, depth):
    if isinstance(value, AST):
        cls = type(value)
        if depth <= 0:
            return f"{cls.__name__}(...)"
        fields = [f"{name}={_shown(getattr(value, name), depth - 1)}" for name in cls._fields if hasattr(value, name)]
        return f"{cls.__name__}({', '.join(fields)})"
    if isinstance(value, (list, tuple)):
        items = [_shown(item, depth - 1) for item in ([value[0], value[-1]] if len(value) > 2 else value)]
        if len(value) > 2:
            items.insert(1, "...")
        opening, closing = "[]" if isinstance(value, list) else "()"
        return opening + ", ".join(items) + closing
    return repr(value)


_POSITION = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_BUILTIN = {"identifier": str, "string": str, "int": int, "constant": object}


def _make_classes(namespace):
    """Make a class of each row of the table; field types are filled in when all exist."""
    classes = {"AST": AST}
    for name, base, has_position, fields, doc in _ophion_ast.classes():
        names = tuple(field for _, field, _ in fields)
        attributes = {"__module__": "ast", "__doc__": doc, "_fields": names, "__match_args__": names}
        if base == "AST":
            attributes["_attributes"] = _POSITION if has_position else ()
            if has_position:
                attributes.update(end_lineno=None, end_col_offset=None)
        attributes.update((field, None) for _, field, quantity in fields if quantity == "?")
        classes[name] = namespace[name] = type(name, (classes[base],), attributes)
    for name, _, _, fields, _ in _ophion_ast.classes():
        types = {}
        for kind, field, quantity in fields:
            cls = _BUILTIN.get(kind) or classes[kind]
            types[field] = cls if quantity == "" else cls | None if quantity == "?" else list[cls]
        if fields:
            classes[name]._field_types = types
    return classes


_classes = _make_classes(globals())
# Nodes without fields are all alike: the trees that `compile` makes share one of each.
_singletons = {
    name: cls() for name, cls in _classes.items()
    if cls.__base__ in (expr_context, boolop, operator, unaryop, cmpop)
}
