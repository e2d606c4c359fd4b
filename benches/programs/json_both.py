"""JSON both ways: nested records, numbers, escapes, text beyond ASCII, indented and compact, with hooks."""

import json
from decimal import Decimal


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


def record(n):
    return {
        "id": n,
        "name": f"user {n}",
        "score": n * 0.37 - 11,
        "active": n % 3 == 0,
        "parent": None if n % 5 else n // 5,
        "tags": [f"tag{k}" for k in range(n % 6)],
        "address": {"street": f"{n} High \"Street\"", "lines": ["a\tb\\c", "näïve", "\N{SNOWMAN}\n"], "at": [n / 7, -n / 9]},
        "history": [{"when": 1_700_000_000 + n * k, "change": k - 2} for k in range(4)],
    }


def compact(records, rounds):
    size = total = 0
    for _ in range(rounds):
        text = json.dumps(records)
        size += len(text)
        total += sum(entry["history"][3]["when"] for entry in json.loads(text))
    return size, total


def indented(records):
    text = json.dumps(records, indent=2, sort_keys=True, ensure_ascii=False)
    return len(text), text.count("\n"), len(json.loads(text))


def messages(count):
    """Many small texts, as a server reads and writes them."""
    size = 0
    for n in range(count):
        request = json.loads('{"method": "add", "params": [%d, %d.5], "id": %d}' % (n, n, n))
        size += len(json.dumps({"result": sum(request["params"]), "error": None, "id": request["id"]}, separators=(",", ":")))
    return size


def hooked(count):
    def default(value):
        return {"x": value.x, "y": value.y}

    def hook(fields):
        return Point(**fields) if fields.keys() == {"x", "y"} else fields

    text = json.dumps([Point(n, n / 2) for n in range(count)], default=default)
    points = json.loads(text, object_hook=hook)
    exact = json.loads(text, parse_float=Decimal)
    return sum(point.y for point in points), sum(entry["y"] for entry in exact)


records = [record(n) for n in range(2_000)]
print(*compact(records, 20), *indented(records), messages(60_000), *hooked(25_000))
