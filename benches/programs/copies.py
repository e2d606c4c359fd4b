"""Copies: shallow and deep, of containers, records, instances with hooks, shared and cyclic graphs; the state of a game put aside."""

import copy


class Item:
    def __init__(self, name, weight):
        self.name = name
        self.weight = weight


class Room:
    def __init__(self, name):
        self.name = name
        self.doors = {}
        self.items = []
        self.visited = False


class Player:
    __slots__ = ("room", "carried", "health")

    def __init__(self, room):
        self.room = room
        self.carried = []
        self.health = 100


class Handle:
    """Deep copies keep the same resource, and count."""

    def __init__(self, resource):
        self.resource = resource
        self.copies = 0

    def __deepcopy__(self, memo):
        self.copies += 1
        return Handle(self.resource)


class World:
    def __init__(self, size):
        self.rooms = [Room(f"room {n}") for n in range(size)]
        for n, room in enumerate(self.rooms):
            room.doors["next"] = self.rooms[(n + 1) % size]
            room.doors["far"] = self.rooms[n * 3 % size]
            room.items = [Item(f"item {k}", k * 1.5) for k in range(n % 4)]
        self.player = Player(self.rooms[0])
        self.log = [("start", 0)]
        self.handle = Handle("screen")

    def move(self, n):
        player = self.player
        player.room = player.room.doors["far" if n % 3 else "next"]
        player.room.visited = True
        player.health -= n % 5
        self.log.append(("move", n))
        if player.room.items:
            player.carried.append(player.room.items.pop())


def play(size, moves):
    """Plays with every state kept, then goes back."""
    world, states = World(size), []
    for n in range(moves):
        states.append(copy.deepcopy(world))
        world.move(n)
    back = sum(len(state.player.carried) + state.player.health + sum(room.visited for room in state.rooms) for state in states)
    return back, world.handle.copies, len(world.log)


def tables(rounds):
    table = {"rows": [[n, n * 0.5, str(n), (n, n + 1)] for n in range(60)], "names": {f"k{n}": {"n": n, "parts": [n, [n]]} for n in range(30)}, "tags": {"a", "b"}}
    total = 0
    for n in range(rounds):
        other = copy.deepcopy(table)
        other["rows"][n % 60][0] += n
        total += other["rows"][n % 60][0] - table["rows"][n % 60][0]
    return total


def shallow(rounds):
    room, pairs, names = Room("hall"), [(n, n) for n in range(20)], {n: str(n) for n in range(20)}
    total = 0
    for n in range(rounds):
        other = copy.copy(room)
        other.name = n
        total += len(copy.copy(pairs)) + len(copy.copy(names)) + (other.items is room.items) + copy.copy((1, 2))[1]
    return total, room.name


print(*play(60, 250), tables(900), *shallow(200_000))
