"""Regular expressions: search, match, finditer, findall, split and sub, with groups, functions, flags and verbose patterns."""

import re

LINE = re.compile(
    r"""
    ^(?P<host> \d{1,3} (?:\.\d{1,3}){3} )      # where from
    \s+ - \s+ (?P<user> [\w.-]+ | - )          # who
    \s+ \[ (?P<time> [^\]]+ ) \]               # when
    \s+ "(?P<method> GET|POST|PUT) \s+ (?P<path> [^\s"]+ ) (?: \s+ HTTP/(?P<version> \d\.\d ))? "
    \s+ (?P<status> \d{3} ) \s+ (?P<size> \d+ | - ) $
    """,
    re.VERBOSE,
)
TOKEN = re.compile(r"\s*(?:(\d+\.\d*|\d+)|([A-Za-z_]\w*)|(==|<=|>=|!=|[-+*/()<>=]))")
ADDRESS = re.compile(r"\b[\w.+-]+@(?:[a-z\d-]+\.)+[a-z]{2,}\b", re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
QUOTED = re.compile(r"""(["'])(?:\\.|(?!\1).)*?\1""")


def log(lines):
    state, out = 11, []
    for n in range(lines):
        state = state * 16807 % 2147483647
        user = f"user.{state % 90}" if state % 3 else "-"
        method = ("GET", "POST", "PUT", "HEAD")[state % 4]
        out.append(f'10.{state % 7}.0.{state % 250} - {user} [{n % 28 + 1:02d}/Mar/2026:10:{n % 60:02d}] "{method} /p/{state % 513}?q={n} HTTP/1.1" {200 + state % 5} {state % 9000}')
    return out


def parse(lines):
    sizes, bad = {}, 0
    for line in lines:
        found = LINE.match(line)
        if found is None:
            bad += 1
            continue
        key = found["user"], found.group("method")
        sizes[key] = sizes.get(key, 0) + int(found["size"])
    return len(sizes), sum(sizes.values()), bad


def tokens(text):
    counts = [0, 0, 0]
    for found in TOKEN.finditer(text):
        counts[found.lastindex - 1] += 1
    return counts


def substitute(text):
    shifted = re.sub(r"\d+", lambda found: str(int(found[0]) + 1), text)
    swapped = re.sub(r"/p/(\d+)\?q=(\d+)", r"/q/\2?p=\1", shifted)
    squeezed, count = re.subn(r"[ \t]+", " ", swapped)
    return len(squeezed), count


def words(text):
    pieces = re.split(r"\W+", text)
    snake = {CAMEL.sub("_", name).lower() for name in ("parseHttpHeader2Body", "someLongNameHere", "x1Y2")}
    return len(pieces), len(set(pieces)), len(re.findall(r"\b\w*(?:er|GE)\w*\b", text)), sorted(snake)


def search(lines):
    mail = " and ".join(f"{line[:9]} name{n}@host{n % 7}.example.org" for n, line in enumerate(lines))
    quoted = " ".join(f"'it\\'s {n}' \"no {n}\"" for n in range(len(lines)))
    last = sum(1 for line in lines if re.search(r"[02468] \d*7$", line))
    return len(ADDRESS.findall(mail)), len(QUOTED.findall(quoted)), last


lines = log(30_000)
text = "\n".join(lines)
expression = "alpha1 = (beta_2 + 3.25) * gamma >= 17 - delta / 4 " * 2_000
print(*parse(lines), *tokens(expression), *substitute(text), *words(text), *search(lines))
