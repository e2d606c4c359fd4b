"""Strings: splitting, joining, formatting, searching, replacing, translating, building up."""


def make_text(lines):
    state, out = 5, []
    for n in range(lines):
        state = state * 16807 % 2147483647
        out.append(f"{n:06d} user{state % 100} GET /path/{state % 37}/item?id={state % 1009} {200 + state % 5}")
    return "\n".join(out)


def parse(text):
    total, seen = 0, {}
    for line in text.splitlines():
        number, user, method, path, code = line.split(" ")
        head, _, query = path.partition("?")
        if head.startswith("/path/1") and not user.endswith("7"):
            total += int(number) + int(query.removeprefix("id="))
        seen[user.upper()] = seen.get(user.upper(), 0) + int(code)
    return total, len(seen)


def transform(text, rounds):
    table = str.maketrans("aeiou", "43107")
    size = 0
    for n in range(rounds):
        piece = text[n * 11 : n * 11 + 4000]
        piece = piece.replace("user", "u").translate(table).title().strip()
        size += len(piece) + piece.count("G37") + piece.find(f"/{n}")
    return size


def characters(text):
    digits = letters = 0
    for c in text:
        if c.isdigit():
            digits += 1
        elif c.isalpha():
            letters += 1
    return digits, letters


def build(count):
    text = ""
    for n in range(count):
        text += chr(97 + n % 26)
        if n % 1000 == 0:
            text += "-"
    return len(text), text[-3:]


text = make_text(120_000)
print(len(text), parse(text), parse(text), transform(text, 8_000), characters(text[:4_000_000]), build(1_200_000))
print(" ".join(f"{n:x}:{n!r:>4}:{n * 0.5:.2f}" for n in range(150_000))[-40:])
