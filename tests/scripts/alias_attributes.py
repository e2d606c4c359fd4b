"""What generic aliases list and withhold of their origin, and a repr that changes an argument."""

from types import GenericAlias

alias = list[int]
listed = dir(alias)
print([name for name in ("__bases__", "__copy__", "__deepcopy__", "__origin__", "__args__", "append") if name in listed])
print(all(hasattr(alias, name) for name in listed))
for name in ("__bases__", "__copy__", "__deepcopy__"):
    try:
        getattr(alias, name)
    except AttributeError as error:
        print(error)

for kept in (0, 1, 2):

    class Item:
        def __repr__(self):
            del arguments[kept:]
            return "item"

    arguments = [Item(), 1]
    try:
        print(repr(GenericAlias(int, arguments)))
    except IndexError as error:
        print(error)
