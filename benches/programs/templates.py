"""A template engine: text compiled to closures, with loops, conditions, filters and escapes, then rendered many times."""

import re

PIECES = re.compile(r"({{.*?}}|{%.*?%})", re.DOTALL)
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def escape(text):
    for plain, entity in ESCAPES.items():
        text = text.replace(plain, entity)
    return text


FILTERS = {
    "upper": lambda value: str(value).upper(),
    "title": lambda value: str(value).title(),
    "money": lambda value: f"{value:,.2f}",
    "length": len,
    "join": lambda value: ", ".join(map(str, value)),
    "short": lambda value: value if len(value) <= 12 else value[:11] + "…",
}


class Missing(LookupError):
    pass


def look_up(path):
    """A function from scopes to the value that a dotted path names: by key, then by attribute; methods are called."""
    first, *rest = path.split(".")

    def find(scopes):
        for scope in reversed(scopes):
            if first in scope:
                value = scope[first]
                break
        else:
            raise Missing(path)
        for name in rest:
            try:
                value = value[name]
            except (TypeError, KeyError):
                value = getattr(value, name)
            if callable(value):
                value = value()
        return value

    return find


def expression(source):
    path, *names = [part.strip() for part in source.split("|")]
    find, filters = look_up(path), [FILTERS[name] for name in names]
    if not filters:
        return find

    def filtered(scopes):
        value = find(scopes)
        for each in filters:
            value = each(value)
        return value

    return filtered


class Compiler:
    def __init__(self, source):
        self.pieces = iter(PIECES.split(source))

    def block(self, *ends):
        """The nodes up to one of the tags `ends`, and that tag."""
        nodes = []
        for piece in self.pieces:
            if piece.startswith("{{"):
                nodes.append(self.value(piece[2:-2]))
            elif piece.startswith("{%"):
                tag, *words = piece[2:-2].split()
                if tag in ends:
                    return nodes, tag
                nodes.append(getattr(self, "tag_" + tag)(*words))
            elif piece:
                nodes.append(lambda scopes, out, piece=piece: out.append(piece))
        return nodes, None

    def value(self, source):
        find = expression(source)

        def emit(scopes, out):
            out.append(escape(str(find(scopes))))

        return emit

    def tag_for(self, name, _, *source):
        find = expression(" ".join(source))
        nodes, _ = self.block("endfor")

        def loop(scopes, out):
            scope = {}
            scopes.append(scope)
            for index, item in enumerate(find(scopes)):
                scope[name], scope["index"] = item, index
                for node in nodes:
                    node(scopes, out)
            scopes.pop()

        return loop

    def tag_if(self, *source):
        find = expression(" ".join(source))
        nodes, end = self.block("else", "endif")
        others = self.block("endif")[0] if end == "else" else []

        def choose(scopes, out):
            for node in nodes if find(scopes) else others:
                node(scopes, out)

        return choose


class Template:
    def __init__(self, source):
        self.nodes, _ = Compiler(source).block()

    def render(self, **values):
        scopes, out = [values], []
        for node in self.nodes:
            node(scopes, out)
        return "".join(out)


class Product:
    def __init__(self, n):
        self.name = f"product <{n}>"
        self.price = n * 12.5
        self.tags = [f"tag{k}" for k in range(n % 4)]

    def cheap(self):
        return self.price < 200


PAGE = """<html><title>{{ title | upper }}</title><body>
<h1>{{ title }} for {{ user.name | title }}</h1>
{% if products %}<table>
{% for product in products %}<tr class="{% if product.cheap %}low{% else %}high{% endif %}">
  <td>{{ index }}</td><td>{{ product.name | short }}</td><td>{{ product.price | money }}</td>
  <td>{% for tag in product.tags %}<i>{{ tag }}</i>{% endfor %}</td>
</tr>{% endfor %}
</table>{{ products | length }} products{% else %}nothing{% endif %}
<p>{{ user.roles | join }}</p></body></html>
"""


def compile_many(rounds):
    return sum(len(Template(PAGE).nodes) for _ in range(rounds))


def render_many(rounds):
    template, size = Template(PAGE), 0
    products = [Product(n) for n in range(40)]
    for n in range(rounds):
        size += len(template.render(title=f"Page {n}", user={"name": "ann lee", "roles": ["admin", "a&b"]}, products=products[: n % 40]))
    return size


print(compile_many(3_000), render_many(5_000))
