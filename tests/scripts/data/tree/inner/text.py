# -*- coding: latin-1 -*-
def greet(name="caf\xe9", *, loud=False):
    message = f"hello {name!r:>{10}} {'!' if loud else ''}"
    match message:
        case str() if loud:
            return message.upper()
        case _:
            return message


async def later(total):
    return [await greet(i) async for i in total]
