"""Writes src/unicode/tables.rs from the `unicodedata` of the Python that runs it.

Run it with a Python 3.14 (Unicode 16.0), from this folder, and format what it wrote:
python3.14 unicode-tables.py UnicodeData.txt > src/unicode/tables.rs; cargo fmt
UnicodeData.txt (of the same version) is read only for the simple upper and title mappings, which Python
does not expose.  The tables hold facts of the Unicode character database and nothing else.
"""
import sys
import unicodedata as u

LIMIT = 0x110000
FLAGS = ("ALPHA DECIMAL DIGIT NUMERIC SPACE PRINTABLE XID_START XID_CONTINUE UPPER LOWER TITLE MIRRORED "
         "CASED CASE_IGNORABLE NFC_SAFE NFKC_SAFE NFD_SAFE NFKD_SAFE LINE_BREAK").split()
out = []


def rows(values, width=230):
    row = ""
    for value in values:
        item = f"{value},"
        if len(row) + len(item) > width * 4:
            yield row
            row = ""
        row += item
    if row:
        yield row


def array(name, kind, values, doc):
    values = list(values)
    out.append(f"/// {doc}\n#[rustfmt::skip]\npub static {name}: [{kind}; {len(values)}] = [")
    out.extend(rows(values))
    out.append("];")


def two_stage(name, kind, values, shift, doc):
    blocks, first, second = {}, [], []
    for start in range(0, len(values), 1 << shift):
        block = tuple(values[start:start + (1 << shift)])
        if block not in blocks:
            blocks[block] = len(blocks)
            second.extend(block)
        first.append(blocks[block])
    array(f"{name}_BLOCKS", "u8" if len(blocks) < 257 else "u16", first, f"{doc}: the block of each 1 << {shift} code points.")
    array(f"{name}_INDEX", kind, second, f"{doc}: the record of each code point of a block.")


def is_final(text):
    return text.lower().endswith("\u03c2")


seconds = set()
pairs = []
for c in range(LIMIT):
    d = u.decomposition(chr(c))
    if d and d[0] != "<":
        parts = [int(p, 16) for p in d.split()]
        if len(parts) == 2 and u.normalize("NFC", chr(parts[0]) + chr(parts[1])) == chr(c):
            pairs.append((parts[0], parts[1], c))
            seconds.add(parts[1])
seconds |= set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))

categories = "Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co".split()
bidis = ["", *sorted({u.bidirectional(chr(c)) for c in range(LIMIT)} - {""})]
widths = "N A H W F Na".split()


def record(c):
    s = chr(c)
    surrogate = 0xD800 <= c < 0xE000
    combining = u.combining(s)

    def safe(form):
        return combining == 0 and u.normalize(form, s) == s and not (form.endswith("C") and c in seconds)

    bits = [s.isalpha(), s.isdecimal(), s.isdigit(), s.isnumeric(), s.isspace(), s.isprintable(), s.isidentifier(),
            ("a" + s).isidentifier(), s.isupper(), s.islower(), u.category(s) == "Lt", u.mirrored(s),
            (s + "a").title()[-1] == "a", is_final("A" + s + "\u03a3") and not is_final("1" + s + "\u03a3"),
            safe("NFC"), safe("NFKC"), safe("NFD"), safe("NFKD"), len(("a" + s).splitlines()[0]) == 1]
    flags = sum(bool(b) << i for i, b in enumerate(bits))
    return flags, categories.index(u.category(s)), bidis.index(u.bidirectional(s)), combining, widths.index(u.east_asian_width(s))


records = {}
indexes = [records.setdefault(record(c), len(records)) for c in range(LIMIT)]

simple_upper, simple_title = {}, {}
for line in open(sys.argv[1]):
    fields = line.rstrip("\n").split(";")
    c = int(fields[0], 16)
    if fields[12]:
        simple_upper[c] = int(fields[12], 16)
    title = fields[14] or fields[12]
    if title:
        simple_title[c] = int(title, 16)
import _sre

cases, special, extra = {}, [], []
case_indexes = []
for c in range(LIMIT):
    s = chr(c)
    deltas = [simple_upper.get(c, c) - c, _sre.unicode_tolower(c) - c, simple_title.get(c, c) - c]
    full = [s.upper(), s.lower(), s.title(), s.casefold()]
    if c == 0x3A3:
        full[1] = "\u03c3"
    # A folding needs no row of its own where it is the lower mapping.
    is_special = any(f != chr(c + d) for f, d in zip(full, [*deltas, deltas[1]]))
    if is_special:
        special.append((c, full))
    case_indexes.append(cases.setdefault((*deltas, int(is_special)), len(cases)))

out.append("""//! Tables of the Unicode character database, written by `unicode-tables.py`; no unsafe.

/// One row of properties, shared by all code points that agree in them.
#[derive(Clone, Copy)]
pub struct Record { pub flags: u32, pub category: u8, pub bidirectional: u8, pub combining: u8, pub width: u8 }

/// The distances to the simple case mappings, and whether `SPECIAL_CASES` has more to say.
#[derive(Clone, Copy)]
pub struct CaseRecord { pub upper: i32, pub lower: i32, pub title: i32, pub special: bool }

const fn r(flags: u32, category: u8, bidirectional: u8, combining: u8, width: u8) -> Record {
    Record { flags, category, bidirectional, combining, width }
}
const fn k(upper: i32, lower: i32, title: i32, special: u8) -> CaseRecord {
    CaseRecord { upper, lower, title, special: special != 0 }
}

/// Category, bidirectional, combining, mirrored, width, decimal, digit and numeric value; -1 for no value.
pub type OldProperties = (u8, u8, u8, u8, u8, i8, i8, f64);

pub const UNIDATA_VERSION: &str = "%s";""" % u.unidata_version)
for i, flag in enumerate(FLAGS):
    out.append(f"pub const {flag}: u32 = 1 << {i};")


def strings(name, values, doc):
    out.append(f"/// {doc}\npub static {name}: [&str; {len(values)}] = [" + ", ".join(f'"{v}"' for v in values) + "];")


strings("CATEGORIES", categories, "General categories.")
strings("BIDIRECTIONALS", bidis, "Bidirectional classes.")
strings("WIDTHS", widths, "East Asian widths.")
array("RECORDS", "Record", [f"r{r}".replace(" ", "") for r in records], "The distinct rows of properties.")
two_stage("RECORD", "u16", indexes, 7, "Properties")
array("CASES", "CaseRecord", [f"k{r}".replace(" ", "") for r in cases], "The distinct rows of case mappings.")
two_stage("CASE", "u8" if len(cases) < 257 else "u16", case_indexes, 7, "Case mappings")


def characters(text):
    return '"' + "".join(f"\\u{{{ord(ch):x}}}" for ch in text) + '"'


array("SPECIAL_CASES", "(u32, [&str; 4])", [f"(0x{c:x},[{','.join(map(characters, f))}])" for c, f in special],
      "Full mappings that the simple ones do not give: upper, lower, title, folded.")


def runs(value):
    found = []
    for c in range(LIMIT):
        v = value(chr(c))
        if v is None:
            continue
        if found and found[-1][1] == c - 1 and (isinstance(v, int) or (v == int(v) and found[-1][2] == int(found[-1][2]))) \
                and found[-1][2] + c - found[-1][0] == v:
            found[-1][1] = c
        else:
            found.append([c, c, v])
    return found


for name, get, kind in (("DECIMAL_RUNS", u.decimal, "u8"), ("DIGIT_RUNS", u.digit, "u8"), ("NUMERIC_RUNS", u.numeric, "f64")):
    array(name, f"(u32, u32, {kind})", [f"(0x{a:x},0x{b:x},{v!r})" for a, b, v in runs(lambda ch: get(ch, None))],
          "First and last code point of a run, and the value of the first; each next is one more.")

tags, starts, lengths, points, data = [""], [], [], [], []
for c in range(LIMIT):
    d = u.decomposition(chr(c))
    if not d or 0xAC00 <= c <= 0xD7A3:
        continue
    parts = d.split()
    tag = parts.pop(0) if parts[0][0] == "<" else ""
    if tag not in tags:
        tags.append(tag)
    points.append(c)
    starts.append((len(data), tags.index(tag)))
    data.extend(int(p, 16) for p in parts)
strings("DECOMPOSITION_TAGS", tags, "Kinds of decomposition; the first is canonical.")
starts.append((len(data), 0))
array("DECOMPOSITIONS", "(u32, u16, u8)", [f"({c},{s},{t})" for c, (s, t) in zip([*points, 0x110000], starts)],
      "Code point, where its decomposition starts in the next table, and its kind; the next row tells where it ends.")
array("DECOMPOSITION_DATA", "u32", data, "Code points of decompositions.")
array("COMPOSITIONS", "(u32, u32, u32)", [f"({a},{b},{c})" for a, b, c in sorted(pairs)], "First, second, composed.")

old = u.ucd_3_2_0
changes, current = [], None
for c in range(LIMIT):
    s = chr(c)
    now = (u.category(s), u.bidirectional(s), u.combining(s), u.mirrored(s), u.east_asian_width(s), u.decimal(s, -1), u.digit(s, -1), u.numeric(s, -1))
    then = (old.category(s), old.bidirectional(s), old.combining(s), old.mirrored(s), old.east_asian_width(s), old.decimal(s, -1), old.digit(s, -1), old.numeric(s, -1))
    if now == then:
        continue
    row = (categories.index(then[0]), bidis.index(then[1]), then[2], then[3], widths.index(then[4]), then[5], then[6],
           float(then[7]))
    if changes and changes[-1][1] == c - 1 and changes[-1][2] == row:
        changes[-1][1] = c
    else:
        changes.append([c, c, row])
array("CHANGED_SINCE_3_2", "(u32, u32, OldProperties)", [f"(0x{a:x},0x{b:x},{r})".replace(" ", "") for a, b, r in changes],
      "Runs of code points whose properties were others in Unicode 3.2: category, bidirectional, combining, mirrored, width, decimal, digit, numeric.")
sys.stdout.write("\n".join(out) + "\n")
sys.stderr.write(f"{len(records)} records, {len(cases)} cases, {len(special)} special, {len(changes)} changes since 3.2\n")
