"""Metaclasses, descriptors, __init_subclass__, __set_name__, __prepare__, __mro_entries__, ABCs, type()."""

import abc


class Meta(type):
    @classmethod
    def __prepare__(mcls, name, bases, **kw):
        print("prepare", name, [b.__name__ for b in bases], kw)
        return {"prepared": True}

    def __new__(mcls, name, bases, ns, **kw):
        print("new", name, sorted(k for k in ns if not k.startswith("__")), kw)
        return super().__new__(mcls, name, bases, ns)

    def __init__(cls, name, bases, ns, **kw):
        print("init", name)
        super().__init__(name, bases, ns)

    def __call__(cls, *args, **kw):
        print("call", cls.__name__, args)
        return super().__call__(*args, **kw)

    def __instancecheck__(cls, obj):
        return obj == "special" or super().__instancecheck__(obj)

    def __subclasscheck__(cls, sub):
        return sub is int or super().__subclasscheck__(sub)

    def __len__(cls):
        return 7

    def __getattr__(cls, name):
        return f"meta {name}"

    def __iter__(cls):
        return iter("xy")

    @property
    def virtual(cls):
        return "from the metaclass"


class A(metaclass=Meta, option=1):
    x = 1

    def __init__(self, *args):
        self.args = args


class B(A, option=2):
    pass


print(B(1, 2).args, isinstance("special", A), issubclass(int, A), issubclass(str, A), len(A), A.anything, list(A), A.virtual, A.prepared, type(B))


class Typed:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        print("set_name", owner.__name__, name)
        self.name = name

    def __get__(self, obj, owner=None):
        return self if obj is None else obj.__dict__.get(self.name, "unset")

    def __set__(self, obj, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name} must be {self.kind.__name__}")
        obj.__dict__[self.name] = value

    def __delete__(self, obj):
        del obj.__dict__[self.name]


class NonData:
    def __get__(self, obj, owner):
        return f"non-data {obj is None} {owner.__name__}"


class Model:
    registry = []
    age = Typed(int)
    soft = NonData()

    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry.append((cls.__name__, tag))


class Person(Model, tag="p"):
    pass


p = Person()
print(p.age, Model.registry, p.soft, Person.soft)
p.age = 4
p.soft = "own"
print(p.age, p.soft, p.__dict__)
del p.age
print(p.age)
try:
    p.age = "old"
except TypeError as error:
    print(error)
try:
    class Wrong(Model, colour=1):
        pass
except TypeError as error:
    print(error)


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...

    @property
    @abc.abstractmethod
    def name(self): ...

    @classmethod
    def __subclasshook__(cls, other):
        return True if hasattr(other, "quacks") else NotImplemented


class Square(Shape):
    def area(self):
        return 4
    name = "square"


class Half(Shape):
    def area(self):
        return 2


print(Square().area(), sorted(Half.__abstractmethods__))
for cls in [Shape, Half]:
    try:
        cls()
    except TypeError as error:
        print(error)
Duck = type("Duck", (), {"quacks": 1})
print(issubclass(Duck, Shape), isinstance(3, Shape))
Shape.register(int)
print(isinstance(3, Shape), issubclass(bool, Shape))


class Alias:
    def __mro_entries__(self, bases):
        return (Square,)


class FromAlias(Alias()):
    pass


print(FromAlias.__bases__, FromAlias.__orig_bases__[0].__class__.__name__)
Made = type("Made", (Square,), {"extra": property(lambda self: "extra"), "__slots__": ()})
print(Made().extra, Made.__name__, type(Made), Made.__mro__[1].__name__)


class M1(type): pass
class M2(type): pass
class C1(metaclass=M1): pass
class C2(metaclass=M2): pass


for action in ["class C3(C1, C2): pass", "class C4(bool): pass", "class C5(5): pass", "type('x')", "type('x', (), {}, y=1)", "type(1, (), {})", "class D(object, metaclass=5): pass", "class E(int, str): pass", "super().x"]:
    try:
        exec(action)
        print("ok", action)
    except (TypeError, RuntimeError) as error:
        print(type(error).__name__, error)


class Singleton(type):
    instances = {}

    def __call__(cls, *a):
        if cls not in cls.instances:
            cls.instances[cls] = super().__call__(*a)
        return cls.instances[cls]


class One(metaclass=Singleton): pass


print(One() is One())


class New:
    def __new__(cls, value):
        print("__new__", value)
        return super().__new__(cls) if value else "not an instance"

    def __init__(self, value):
        print("__init__", value)


print(type(New(1)).__name__, New(0))


class Cls:
    def method(self):
        return __class__

    @classmethod
    def klass(cls):
        return super().__init_subclass__, __class__


print(Cls().method() is Cls, Cls.klass()[1] is Cls, Cls.__getitem__ if hasattr(Cls, "__getitem__") else "no getitem")


class Generic:
    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{item}]"


print(Generic[int], list[int], dict[str, list[int]].__args__)
print(super(Both := type("Both", (Person, Square), {}), Both()).area(), Both.__mro__[1:3])
