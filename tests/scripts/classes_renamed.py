"""What may be assigned to the attributes of a class, and sums of complex numbers."""


def attempt(action):
    try:
        print(repr(action()))
    except Exception as error:
        print(type(error).__name__, error)


class A[T]:
    pass


attempt(lambda: type("A\udcdcB", (), {}))
attempt(lambda: type("A", (), {"__doc__": "x\udcdcy"}))
attempt(lambda: setattr(A, "__name__", "A\udcdcB"))
attempt(lambda: setattr(A, "__name__", b"A"))
attempt(lambda: delattr(A, "__type_params__"))
attempt(lambda: setattr(A, "__type_params__", "whatever"))
print(A.__type_params__, "__firstlineno__" in A.__dict__)
A.__module__ = "elsewhere"
print(A, "__firstlineno__" in A.__dict__)

print(sum([0.1 + 0.2j] * 10), sum([1e100 + 1j, 1, -1e100]), sum([1, 2.5, 3j, 4]), sum([1e100, 1, -1e100]))
attempt(lambda: sum([1j, 10**400]))


class Text(str):
    pass


class Shown:
    def __repr__(self):
        return Text("shown")


print(type(repr(Shown())), type(str(Shown())), type(f"{Shown()}"), type(format(Shown())))
attempt(lambda: str(b"x", "utf-8", "ignore", encoding="ascii"))
attempt(lambda: iter(int | str))
