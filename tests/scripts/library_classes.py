"""dataclasses, enum, typing, contextlib, copy, inspect, pickle, types, numbers, random, time, argparse, logging, warnings."""

import argparse
import contextlib
import copy
import dataclasses
import enum
import inspect
import io
import random
import sys
import types
import typing
import warnings


@dataclasses.dataclass(order=True)
class D:
    x: int
    y: list = dataclasses.field(default_factory=list, compare=False)
    z: str = dataclasses.field(default="z", repr=False, kw_only=True)

    def __post_init__(self):
        self.w = self.x * 2


@dataclasses.dataclass(frozen=True, slots=True)
class F:
    a: int = 1
    b: typing.ClassVar[int] = 5


print(D(1), D(1) == D(1, [2]), D(1) < D(2), D(3).w, dataclasses.asdict(D(1, [D(2)])), dataclasses.replace(D(1), x=9), [f.name for f in dataclasses.fields(D)], F(), hash(F()) == hash(F()), dataclasses.astuple(F(3)), D.__match_args__, inspect.signature(D))


class Colour(enum.Enum):
    RED = 1
    GREEN = "g"
    CRIMSON = 1

    @property
    def pretty(self):
        return self.name.title()


class Perm(enum.Flag):
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()


class Num(enum.IntEnum):
    ONE = 1
    TWO = 2


class S(enum.StrEnum):
    A = enum.auto()


print(Colour.RED, repr(Colour.GREEN), Colour(1), Colour["GREEN"], Colour.CRIMSON is Colour.RED, list(Colour), Colour.RED.pretty, Perm.R | Perm.X, Perm(3), ~Perm.R, Perm.R in Perm(3), Num.TWO + 1, Num.ONE < 2, S.A, f"{Num.ONE} {Colour.RED}", len(Colour), isinstance(Colour.RED, Colour), Colour.__members__.keys(), repr(Perm(0)), enum.Enum("Dyn", "P Q").Q)
print(typing.get_type_hints(D), typing.Optional[int], typing.Union[int, str, None], int | None, typing.List[int], typing.Callable[[int], str], typing.get_origin(dict[str, int]), typing.get_args(dict[str, int]), typing.Literal["a", 1], typing.Any, typing.cast(int, "x"))


class TD(typing.TypedDict, total=False):
    a: int


class Proto(typing.Protocol):
    def meth(self) -> int: ...


@typing.runtime_checkable
class RP(typing.Protocol):
    def close(self): ...


class NT(typing.NamedTuple):
    a: int
    b: str = "x"


print(TD(a=1), TD.__optional_keys__, isinstance(io.StringIO(), RP), NT(1), NT.__annotations__, typing.NewType("U", int)(5))


@contextlib.contextmanager
def managed(name):
    print("enter", name)
    try:
        yield name
    except ValueError as error:
        print("handled", error)
    finally:
        print("exit", name)


with managed("a"), contextlib.suppress(KeyError), contextlib.redirect_stdout(io.StringIO()) as out:
    print("captured")
    raise ValueError("v")
print(out.getvalue())
with contextlib.ExitStack() as stack:
    stack.enter_context(managed("s"))
    stack.callback(print, "callback")
    with contextlib.closing(io.StringIO()) as c, contextlib.nullcontext(5) as n:
        print(n)
deep = [[1], {"k": [2]}, D(1, [3])]
shallow, full = copy.copy(deep), copy.deepcopy(deep)
print(shallow[0] is deep[0], full[0] is deep[0], full == deep, copy.copy((1,)) == (1,))


def sig(a, /, b: int, *c, d=5, **e) -> str: "Doc."


print(inspect.signature(sig), inspect.getdoc(sig), inspect.signature(sig).bind(1, 2, x=3).arguments, inspect.isfunction(sig), [p.kind.name for p in inspect.signature(sig).parameters.values()], inspect.getmro(bool), inspect.getmodule(sig).__name__, inspect.getsource(sig).strip() if hasattr(inspect, "getsource") else "")
print(types.SimpleNamespace(a=1, b=[2]), types.FunctionType(sig.__code__, {}).__name__, type(types.MethodType(sig, 5)), types.new_class("Made", (int,))(5), [x for x in dir(types) if x.startswith("Async")])
r = random.Random(42)
print(r.random(), r.randint(1, 100), r.choice("abc"), r.sample(range(50), 4), r.shuffle(l := list(range(6))), l, r.gauss(0, 1), r.uniform(1, 2), r.getrandbits(70), r.choices("ab", k=4), r.randbytes(3), random.Random("seed").random(), r.expovariate(1), r.triangular())
parser = argparse.ArgumentParser(prog="prog", description="Does things.")
parser.add_argument("name", help="the name")
parser.add_argument("-n", "--number", type=int, default=3, help="how many (default %(default)s)")
parser.add_argument("-v", action="store_true")
parser.add_argument("rest", nargs="*")
print(parser.parse_args(["x", "-n", "5", "-v", "a", "b"]))
print(parser.format_help())
with contextlib.redirect_stderr(io.StringIO()) as err:
    try:
        parser.parse_args(["-n", "bad", "x"])
    except SystemExit as error:
        print(error.code, err.getvalue())
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("careful", DeprecationWarning)
    warnings.warn_explicit("explicit", UserWarning, "file.py", 5)
print([(w.category.__name__, str(w.message), w.lineno if w.filename == "file.py" else "") for w in caught])
import logging
handler = logging.StreamHandler(io.StringIO())
handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
log = logging.getLogger("ophion.test")
log.addHandler(handler)
log.setLevel(logging.INFO)
log.propagate = False
log.info("hello %s %d", "a", 5)
log.debug("not shown")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
print(handler.stream.getvalue().replace(__file__, "FILE"))
import pickle
value = [1, "a", {"k": (2.5, None, b"x")}, {1, 2}, D(4), Colour.RED, 10**30, range(3), sig, NT(1)]
for protocol in range(2, 6):
    print(protocol, pickle.loads(pickle.dumps(value, protocol)) == value)
for bad in [lambda: D(), lambda: setattr(F(), "a", 2), lambda: Colour("nope"), lambda: Colour["NOPE"], lambda: setattr(Colour, "RED", 2), lambda: dataclasses.make_dataclass("M", [("a", list, [])]), lambda: inspect.signature(5), lambda: pickle.dumps(lambda: 0), lambda: pickle.loads(b"\x80\xff."), lambda: copy.copy(sys._getframe()), lambda: Perm("x"), lambda: typing.Optional[1, 2], lambda: Proto(), lambda: random.choice([]), lambda: random.sample([1], 2), lambda: F.__slots__ and F().__dict__]:
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, str(error)[:90].split(" at 0x")[0])
