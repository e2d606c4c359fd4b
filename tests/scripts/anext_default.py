# anext() with a default gives what the awaited object returns.
import asyncio
async def numbers():
    yield 1
    yield 2
class Ended:
    def __aiter__(self): return self
    async def __anext__(self):
        await asyncio.sleep(0)
        return 5
async def main():
    g = numbers()
    print([await anext(g, 'end') for _ in range(4)], await anext(Ended(), 0))
asyncio.run(main())
x = anext(numbers(), 'd').__await__()
try: next(x)
except StopIteration as e: print(e.value)
import types
print(types.ModuleType.__new__(types.ModuleType).__doc__ == types.ModuleType.__doc__)
