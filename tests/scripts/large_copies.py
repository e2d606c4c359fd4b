# Containers that are copied, grown and moved in pieces: the thread may be stopped in between.
import threading

N = 9000

stop = False


def churn():
    while not stop:
        [[] for _ in range(50)]


thread = threading.Thread(target=churn)
thread.start()

class Key:
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        return hash(self.n)
    def __eq__(self, other):
        return self.n == other.n


numbers = list(range(N))
words = [str(n) for n in numbers]
print(numbers.copy() == numbers, numbers[1:] == numbers[1:], len(numbers[::2]))
print(tuple(words) == tuple(words), words + words == words * 2, ([0, 1, 2] * N)[-4:])
numbers.insert(0, -1)
print(numbers[0], numbers[1], numbers[-1], len(numbers), sum(numbers))
print(numbers.pop(0), numbers[0], numbers[-1], len(numbers), sum(numbers))
numbers[5:5] = words
del numbers[5:5 + N]
print(numbers == list(range(N)))
numbers.extend(numbers)
del numbers[N:]
print(len(numbers), numbers[-1])

table = dict.fromkeys(words, 1)
print(table.copy() == table, list(table.copy()) == words, len(table | {"x": 2}))
for word in words[::2]:
    del table[word]
print(len(table.copy()), list(table.copy())[:3], "1" in table.copy(), "0" in table.copy())
table.update({word: 2 for word in words})
print(len(table), list(table)[:2], list(table)[-1], table["0"], table["1"])

keys = {Key(n): n for n in range(N)}
print(keys.copy() == keys, keys[Key(17)], len(set(keys)), Key(5) in set(keys).copy())

members = set(words)
print(members.copy() == members, len(members - set(words[:10])))
members.discard("0")
print("0" in members.copy(), "1" in members.copy(), len(members.copy()))

print(sorted(words, key=int)[:3], sorted(words, key=int, reverse=True)[0], sorted(numbers, reverse=True)[:2])
print(len(b"ab" * 200_000), ("xy" * 200_000)[-3:], (bytearray(b"z") * 300_000)[-1:])
print(len(set(map(id, [[n] for n in range(N)].copy()))))

stop = True
thread.join()
