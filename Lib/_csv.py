"""The reader and the writer below `csv`.

They are Python code, since there is no native module of this name yet.
"""

__version__ = "1.0"

QUOTE_MINIMAL = 0
QUOTE_ALL = 1
QUOTE_NONNUMERIC = 2
QUOTE_NONE = 3
QUOTE_STRINGS = 4
QUOTE_NOTNULL = 5

_dialects = {}
_limit = 131072


class Error(Exception):
    pass


def _character(name, value, nullable, default, absent):
    if value is absent:
        return default
    if value is None:
        if nullable:
            return None
        raise TypeError(f'"{name}" must be a unicode character, not NoneType')
    kinds = "a unicode character or None" if nullable else "a unicode character"
    if not isinstance(value, str):
        raise TypeError(f'"{name}" must be {kinds}, not {type(value).__name__}')
    if len(value) != 1:
        raise TypeError(f'"{name}" must be {kinds}, not a string of length {len(value)}')
    return value


_absent = object()
_names = ("delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict")


class Dialect:
    """How a table is written down."""

    __slots__ = tuple("_" + name for name in _names)

    def __new__(cls, dialect=None, **options):
        for name in options:
            if name not in _names:
                raise TypeError(f"Dialect() got an unexpected keyword argument '{name}'")
        if isinstance(dialect, str):
            dialect = get_dialect(dialect)
        if dialect is not None and not options and type(dialect) is cls:
            return dialect
        self = object.__new__(cls)

        def option(name):
            if name in options:
                return options[name]
            return getattr(dialect, name, _absent) if dialect is not None else _absent

        put = object.__setattr__
        put(self, "_delimiter", _character("delimiter", option("delimiter"), False, ",", _absent))
        put(self, "_escapechar", _character("escapechar", option("escapechar"), True, None, _absent))
        quoting = option("quoting")
        quotechar = option("quotechar")
        put(self, "_quotechar", _character("quotechar", quotechar, True, '"', _absent))
        for name, default in (("doublequote", True), ("skipinitialspace", False), ("strict", False)):
            value = option(name)
            put(self, "_" + name, default if value is _absent else bool(value))
        if quoting is _absent:
            quoting = QUOTE_MINIMAL
            if quotechar is None:
                quoting = QUOTE_NONE
        elif type(quoting) is not int:
            raise TypeError(f'"quoting" must be an integer, not {type(quoting).__name__}')
        if not QUOTE_MINIMAL <= quoting <= QUOTE_NOTNULL:
            raise TypeError('bad "quoting" value')
        put(self, "_quoting", quoting)
        terminator = option("lineterminator")
        if terminator is _absent:
            terminator = "\r\n"
        elif terminator is None:
            raise TypeError("lineterminator must be set")
        elif not isinstance(terminator, str):
            raise TypeError(f'"lineterminator" must be a string, not {type(terminator).__name__}')
        put(self, "_lineterminator", terminator)
        if quoting != QUOTE_NONE and self._quotechar is None:
            raise TypeError("quotechar must be set if quoting enabled")
        self._check()
        return self

    def _check(self):
        special = {"delimiter": self._delimiter, "escapechar": self._escapechar, "quotechar": self._quotechar}
        for name, value in special.items():
            if value is None:
                continue
            if value in "\r\n" or (value == " " and self._skipinitialspace and name != "delimiter"):
                raise ValueError(f"bad {name} value")
            if value == " " and name == "delimiter" and self._skipinitialspace:
                raise ValueError("bad delimiter value")
        for first, second in (("delimiter", "escapechar"), ("delimiter", "quotechar"), ("escapechar", "quotechar")):
            if special[first] is not None and special[first] == special[second]:
                raise ValueError(f"bad {first} or {second} value")
        for name, value in special.items():
            if value is not None and value in self._lineterminator:
                raise ValueError(f"bad {name} or lineterminator value")

    def __setattr__(self, name, value):
        if name in _names:
            raise AttributeError(f"attribute '{name}' of '_csv.Dialect' objects is not writable")
        raise AttributeError(f"'_csv.Dialect' object has no attribute '{name}'")

    __delattr__ = lambda self, name: self.__setattr__(name, None)

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot pickle 'Dialect' instances")

    delimiter = property(lambda self: self._delimiter)
    doublequote = property(lambda self: self._doublequote)
    escapechar = property(lambda self: self._escapechar)
    lineterminator = property(lambda self: self._lineterminator)
    quotechar = property(lambda self: self._quotechar)
    quoting = property(lambda self: self._quoting)
    skipinitialspace = property(lambda self: self._skipinitialspace)
    strict = property(lambda self: self._strict)


def list_dialects():
    """Return a list of all known dialect names."""
    return list(_dialects)


def get_dialect(name):
    """Return the dialect instance associated with name."""
    try:
        return _dialects[name]
    except KeyError:
        raise Error("unknown dialect") from None


def register_dialect(name, /, dialect=None, **options):
    """Create a mapping from a string name to a dialect class."""
    if not isinstance(name, str):
        raise TypeError("dialect name must be a string")
    _dialects[name] = Dialect(dialect, **options)


def unregister_dialect(name):
    """Delete the name/dialect mapping associated with a string name."""
    try:
        del _dialects[name]
    except KeyError:
        raise Error("unknown dialect") from None


def field_size_limit(limit=_absent, /):
    """Set an upper limit on parsed fields, and return the old one."""
    global _limit
    old = _limit
    if limit is not _absent:
        if type(limit) is not int:
            raise TypeError("limit must be an integer")
        _limit = limit
    return old


_START_RECORD, _START_FIELD, _ESCAPED, _IN_FIELD, _IN_QUOTED, _ESCAPED_IN_QUOTED, _QUOTE_IN_QUOTED, _END, _AFTER_ESCAPED_END = range(9)


class Reader:
    """An iterator over the rows of a table."""

    __slots__ = ("_input", "dialect", "line_num", "_state", "_field", "_row", "_quoted")

    def __init__(self, lines, dialect):
        self._input = iter(lines)
        self.dialect = dialect
        self.line_num = 0
        self._reset()

    def _reset(self):
        self._state = _START_RECORD
        self._field = []
        self._row = []
        self._quoted = False

    def __iter__(self):
        return self

    def _save(self):
        text = "".join(self._field)
        self._field = []
        quoted, self._quoted = self._quoted, False
        quoting = self.dialect._quoting
        if not quoted:
            if quoting in (QUOTE_NOTNULL, QUOTE_STRINGS) and not text:
                self._row.append(None)
                return
            if quoting in (QUOTE_NONNUMERIC, QUOTE_STRINGS) and (text or quoting == QUOTE_NONNUMERIC):
                self._row.append(float(text))
                return
        self._row.append(text)

    def _add(self, character):
        if len(self._field) >= _limit:
            raise Error(f"field larger than field limit ({_limit})")
        self._field.append(character)

    def __next__(self):
        self._reset()
        while True:
            try:
                line = next(self._input)
            except StopIteration:
                if self._field or self._state == _IN_QUOTED:
                    if self.dialect._strict:
                        raise Error("unexpected end of data") from None
                    self._save()
                    return self._row
                raise
            if not isinstance(line, str):
                kind = type(line).__name__
                raise Error(f"iterator should return strings, not {kind} (the file should be opened in text mode)")
            self.line_num += 1
            self._line(line)
            self._step(None)
            if self._state == _START_RECORD:
                row, self._row = self._row, []
                return row

    def _line(self, line):
        dialect = self.dialect
        simple = (dialect._quotechar, dialect._escapechar)
        plain = dialect._quoting in (QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONE) and not dialect._skipinitialspace
        if plain and self._state == _START_RECORD and "\r" not in line:
            # Most lines have neither quotes nor escapes.
            body = line[:-1] if line.endswith("\n") else line
            if body and "\n" not in body and not any(special and special in body for special in simple):
                fields = body.split(dialect._delimiter)
                if len(body) <= _limit or max(map(len, fields)) <= _limit:
                    self._row = fields
                    self._state = _END
                    return
        for character in line:
            self._step(character)

    def _end_of_line(self, character):
        self._save()
        self._state = _START_RECORD if character is None else _END

    def _step(self, character):
        dialect, state = self.dialect, self._state
        newline = character is None or character in "\r\n"
        if state == _START_RECORD:
            if character is None:
                return
            if newline:
                self._state = _END
                return
            self._state = state = _START_FIELD
        if state == _START_FIELD:
            self._start_field(character, newline)
        elif state == _ESCAPED:
            if character is not None and newline:
                self._add(character)
                self._state = _AFTER_ESCAPED_END
                return
            self._add("\n" if character is None else character)
            self._state = _IN_FIELD
        elif state == _AFTER_ESCAPED_END or state == _IN_FIELD:
            if state == _AFTER_ESCAPED_END and character is None:
                return
            self._in_field(character, newline)
        elif state == _IN_QUOTED:
            if character is None:
                return
            if character == dialect._escapechar:
                self._state = _ESCAPED_IN_QUOTED
            elif character == dialect._quotechar and dialect._quoting != QUOTE_NONE:
                self._state = _QUOTE_IN_QUOTED if dialect._doublequote else _IN_FIELD
            else:
                self._add(character)
        elif state == _ESCAPED_IN_QUOTED:
            self._add("\n" if character is None else character)
            self._state = _IN_QUOTED
        elif state == _QUOTE_IN_QUOTED:
            if dialect._quoting != QUOTE_NONE and character is not None and character == dialect._quotechar:
                self._add(character)
                self._state = _IN_QUOTED
            elif character is not None and character == dialect._delimiter:
                self._save()
                self._state = _START_FIELD
            elif newline:
                self._end_of_line(character)
            elif not dialect._strict:
                self._add(character)
                self._state = _IN_FIELD
            else:
                raise Error(f"'{dialect._delimiter}' expected after '{dialect._quotechar}'")
        elif state == _END:
            if character is None:
                self._state = _START_RECORD
            elif not newline:
                raise Error("new-line character seen in unquoted field - do you need to open the file with newline=''?")

    def _start_field(self, character, newline):
        dialect = self.dialect
        if newline:
            self._end_of_line(character)
        elif character == dialect._quotechar and dialect._quoting != QUOTE_NONE:
            self._quoted = True
            self._state = _IN_QUOTED
        elif character == dialect._escapechar:
            self._state = _ESCAPED
        elif character == " " and dialect._skipinitialspace:
            pass
        elif character == dialect._delimiter:
            self._save()
        else:
            self._add(character)
            self._state = _IN_FIELD

    def _in_field(self, character, newline):
        dialect = self.dialect
        if newline:
            self._end_of_line(character)
        elif character == dialect._escapechar:
            self._state = _ESCAPED
        elif character == dialect._delimiter:
            self._save()
            self._state = _START_FIELD
        else:
            self._add(character)
            self._state = _IN_FIELD


def reader(lines, /, dialect=None, **options):
    """Return a reader over the lines of a table."""
    return Reader(lines, Dialect("excel" if dialect is None and "excel" in _dialects else dialect, **options))


class Writer:
    """Writes rows to a file."""

    __slots__ = ("_write", "dialect")

    def __init__(self, file, dialect):
        write = getattr(file, "write", None)
        if not callable(write):
            raise TypeError('argument 1 must have a "write" method')
        self._write = write
        self.dialect = dialect

    def _quoted(self, text, must, single):
        dialect = self.dialect
        delimiter, quote, escape = dialect._delimiter, dialect._quotechar, dialect._escapechar
        result = []
        for character in text:
            special = character in (delimiter, escape, quote, "\r", "\n") or character in dialect._lineterminator
            if special:
                want_escape = False
                if dialect._quoting == QUOTE_NONE:
                    want_escape = True
                else:
                    if character == quote:
                        if dialect._doublequote:
                            result.append(quote)
                        else:
                            want_escape = True
                    elif character == escape:
                        want_escape = True
                    if not want_escape:
                        must = True
                if want_escape:
                    if escape is None:
                        raise Error("need to escape, but no escapechar set")
                    result.append(escape)
            result.append(character)
        body = "".join(result)
        if not text and single:
            must = True
        if must:
            if dialect._quoting == QUOTE_NONE:
                raise Error("single empty field record must be quoted")
            return f"{quote}{body}{quote}"
        if text.startswith(" ") and delimiter == " " and dialect._skipinitialspace:
            return f"{quote}{body}{quote}"
        return body

    def writerow(self, row, /):
        """Write a row: an iterable of fields."""
        try:
            fields = iter(row)
        except TypeError:
            raise Error(f"iterable expected, not {type(row).__name__}") from None
        dialect = self.dialect
        quoting = dialect._quoting
        fields = list(fields)
        single = len(fields) == 1
        parts = []
        for field in fields:
            if quoting == QUOTE_ALL:
                must = True
            elif quoting == QUOTE_NONNUMERIC:
                must = not isinstance(field, (int, float)) and not hasattr(type(field), "__float__")
            elif quoting == QUOTE_STRINGS:
                must = isinstance(field, str)
            elif quoting == QUOTE_NOTNULL:
                must = field is not None
            else:
                must = False
            text = field if isinstance(field, str) else "" if field is None else str(field)
            if field is None and single and quoting in (QUOTE_NONE, QUOTE_STRINGS, QUOTE_NOTNULL):
                raise Error("single empty field record must be quoted")
            parts.append(self._quoted(text, must, single))
        return self._write(dialect._delimiter.join(parts) + dialect._lineterminator)

    def writerows(self, rows, /):
        """Write a series of rows."""
        for row in rows:
            self.writerow(row)


def writer(file, /, dialect=None, **options):
    """Return an object that writes rows to a file."""
    return Writer(file, Dialect("excel" if dialect is None and "excel" in _dialects else dialect, **options))
