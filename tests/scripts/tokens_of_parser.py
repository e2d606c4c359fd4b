"""`_tokenize` as the parser's own tokenizer, and as `tokenize` wants it."""

import _tokenize


def show(source, extra):
    lines = iter(source.splitlines(True))
    print(repr(source), extra)
    try:
        for token in _tokenize.TokenizerIter(lambda: next(lines), extra_tokens=extra):
            print(*token[:4], repr(token[4]))
    except SyntaxError as error:
        print(error)


for source in [
    "if 1:\n    a\n  \n    b\nc\n",
    "if 1:\n  a",
    "def f():\n \\\n   x\n",
    "if 1:\n  # c\n  a\n # d\nb #x\n",
    "",
    "\n",
    "a",
    "#c",
    "a\n#c\n",
    "if a:\n  if b:\n    x = '''\n y'''",
    "f'a{b}\n'",
]:
    show(source, False)
    show(source, True)
