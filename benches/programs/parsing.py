"""A small language: a tokenizer by hand, a recursive-descent parser to a tree of nodes, and an evaluator that visits it."""


class SyntaxProblem(Exception):
    pass


class Token:
    __slots__ = ("kind", "text", "line")

    def __init__(self, kind, text, line):
        self.kind = kind
        self.text = text
        self.line = line


KEYWORDS = {"let", "while", "if", "else", "print", "fn", "return"}
DOUBLE = {"==", "!=", "<=", ">=", "&&", "||"}


def tokenize(source):
    tokens, at, line = [], 0, 1
    while at < len(source):
        c = source[at]
        if c == "\n":
            line += 1
            at += 1
        elif c.isspace():
            at += 1
        elif c == "#":
            while at < len(source) and source[at] != "\n":
                at += 1
        elif c.isdigit():
            start = at
            while at < len(source) and (source[at].isdigit() or source[at] == "."):
                at += 1
            tokens.append(Token("number", source[start:at], line))
        elif c.isalpha() or c == "_":
            start = at
            while at < len(source) and (source[at].isalnum() or source[at] == "_"):
                at += 1
            word = source[start:at]
            tokens.append(Token(word if word in KEYWORDS else "name", word, line))
        else:
            text = source[at : at + 2] if source[at : at + 2] in DOUBLE else c
            at += len(text)
            tokens.append(Token(text, text, line))
    tokens.append(Token("end", "", line))
    return tokens


class Node:
    def __init__(self, *parts):
        for name, part in zip(self.names, parts, strict=True):
            setattr(self, name, part)


def node(kind, names):
    return type(kind, (Node,), {"names": names.split()})


Number, Name, Binary, Call = node("Number", "value"), node("Name", "name"), node("Binary", "operator left right"), node("Call", "name arguments")
Assign, While, If = node("Assign", "name value"), node("While", "test body"), node("If", "test body otherwise")
Function, Return, Print = node("Function", "name parameters body"), node("Return", "value"), node("Print", "value")
LEVELS = [{"||"}, {"&&"}, {"==", "!="}, {"<", "<=", ">", ">="}, {"+", "-"}, {"*", "/", "%"}]


class Parser:
    def __init__(self, tokens):
        self.tokens, self.at = tokens, 0

    def peek(self):
        return self.tokens[self.at].kind

    def take(self, kind=None):
        token = self.tokens[self.at]
        if kind is not None and token.kind != kind:
            raise SyntaxProblem(f"line {token.line}: {kind} expected, not {token.text!r}")
        self.at += 1
        return token

    def accept(self, kind):
        if self.peek() == kind:
            self.at += 1
            return True
        return False

    def program(self):
        out = []
        while self.peek() != "end":
            out.append(self.statement())
        return out

    def block(self):
        self.take("{")
        out = []
        while not self.accept("}"):
            out.append(self.statement())
        return out

    def statement(self):
        kind = self.take().kind
        match kind:
            case "let":
                name = self.take("name").text
                self.take("=")
                return self.ended(Assign(name, self.expression()))
            case "while":
                return While(self.expression(), self.block())
            case "if":
                return If(self.expression(), self.block(), self.block() if self.accept("else") else [])
            case "fn":
                return Function(self.take("name").text, self.listed(lambda: self.take("name").text), self.block())
            case "return":
                return self.ended(Return(self.expression()))
            case "print":
                return self.ended(Print(self.expression()))
        raise SyntaxProblem(f"no statement starts with {kind}")

    def ended(self, statement):
        self.take(";")
        return statement

    def listed(self, item):
        self.take("(")
        out = []
        while not self.accept(")"):
            out.append(item())
            self.accept(",")
        return out

    def expression(self, level=0):
        if level == len(LEVELS):
            return self.primary()
        left = self.expression(level + 1)
        while self.peek() in LEVELS[level]:
            left = Binary(self.take().kind, left, self.expression(level + 1))
        return left

    def primary(self):
        token = self.take()
        if token.kind == "number":
            return Number(float(token.text) if "." in token.text else int(token.text))
        if token.kind == "name":
            return Call(token.text, self.listed(self.expression)) if self.peek() == "(" else Name(token.text)
        if token.kind == "(":
            inside = self.expression()
            self.take(")")
            return inside
        raise SyntaxProblem(f"line {token.line}: unexpected {token.text!r}")


class Returned(Exception):
    def __init__(self, value):
        self.value = value


class Evaluator:
    operators = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a // b,
        "%": lambda a, b: a % b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
    }

    def __init__(self):
        self.functions, self.scopes, self.printed = {}, [{}], []

    def visit(self, node):
        return getattr(self, "visit_" + type(node).__name__)(node)

    def run(self, body):
        for statement in body:
            self.visit(statement)

    def visit_Number(self, node):
        return node.value

    def visit_Name(self, node):
        return self.scopes[-1][node.name]

    def visit_Binary(self, node):
        left = self.visit(node.left)
        if node.operator == "&&":
            return left and self.visit(node.right)
        if node.operator == "||":
            return left or self.visit(node.right)
        return self.operators[node.operator](left, self.visit(node.right))

    def visit_Call(self, node):
        function = self.functions[node.name]
        self.scopes.append(dict(zip(function.parameters, [self.visit(argument) for argument in node.arguments])))
        try:
            self.run(function.body)
        except Returned as result:
            return result.value
        finally:
            self.scopes.pop()
        return 0

    def visit_Assign(self, node):
        self.scopes[-1][node.name] = self.visit(node.value)

    def visit_While(self, node):
        while self.visit(node.test):
            self.run(node.body)

    def visit_If(self, node):
        self.run(node.body if self.visit(node.test) else node.otherwise)

    def visit_Function(self, node):
        self.functions[node.name] = node

    def visit_Return(self, node):
        raise Returned(self.visit(node.value))

    def visit_Print(self, node):
        self.printed.append(self.visit(node.value))


SOURCE = """
fn fib(n) { if n < 2 { return n; } return fib(n - 1) + fib(n - 2); }  # twice recursive
fn gcd(a, b) { while b != 0 { let rest = a % b; let a = b; let b = rest; } return a; }
let count = 0; let n = 1;
while n <= 900 && count >= 0 {
    if gcd(n, 360) == 1 || n % 7 == 0 { let count = count + n * (n + 1) / 2; } else { let count = count - 1; }
    let n = n + 1;
}
print count; print fib(16); print (1 + 2.5) * 4 - 10 / (2 + 3);
"""


def parse_many(rounds):
    return sum(len(Parser(tokenize(SOURCE)).program()) for _ in range(rounds))


def evaluate(rounds):
    evaluator, program = Evaluator(), Parser(tokenize(SOURCE)).program()
    for _ in range(rounds):
        evaluator.run(program)
    return evaluator.printed


print(parse_many(3_600), *evaluate(8))
