"""ast.parse of the signatures that type comments have."""
import ast

for source in (
    "() -> int",
    "(int, *str, **Any) -> float",
    " (*int)->None\n",
    "(Dict[str, 'a -> (b'], Callable[[int],\n str]) -> List[\n int]",
    "(int) -> a if b else c",
    "(int, *str, *Any) -> float",
    "(int, **str, Any) -> float",
    "(**int, **str) -> float",
    "(x=int) -> str",
    "int -> str",
    "(int)",
    "(int) -> ",
    "",
):
    try:
        tree = ast.parse(source, mode="func_type")
        print(ast.dump(tree, include_attributes=True))
    except SyntaxError:
        print("SyntaxError", ascii(source))
print(ast.unparse(ast.parse("(int, str) -> x[y]", mode="func_type")))
