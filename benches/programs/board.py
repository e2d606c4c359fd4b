"""A board of black and white stones: groups and liberties, captures, random playouts to choose the best first move."""

EMPTY, BLACK, WHITE = 0, 1, 2


class Random:
    def __init__(self, state):
        self.state = state

    def below(self, limit):
        self.state = self.state * 48271 % 2147483647
        return self.state % limit


class Group:
    def __init__(self, colour, stones, liberties):
        self.colour = colour
        self.stones = stones
        self.liberties = liberties

    def join(self, other):
        self.stones |= other.stones
        self.liberties |= other.liberties


class Board:
    def __init__(self, size):
        self.size = size
        self.cells = [EMPTY] * (size * size)
        self.groups = {}
        self.free = set(range(size * size))
        self.captured = [0, 0, 0]
        self.forbidden = None
        self.near = [[*self.around(at)] for at in range(size * size)]

    def around(self, at):
        row, column = divmod(at, self.size)
        if row > 0:
            yield at - self.size
        if row < self.size - 1:
            yield at + self.size
        if column > 0:
            yield at - 1
        if column < self.size - 1:
            yield at + 1

    def is_eye(self, at, colour):
        return all(self.cells[near] == colour for near in self.near[at])

    def allowed(self, at, colour):
        if at == self.forbidden:
            return False
        for near in self.near[at]:
            other = self.cells[near]
            if other == EMPTY:
                return True
            liberties = len(self.groups[near].liberties)
            if (liberties > 1) if other == colour else (liberties == 1):
                return True
        return False

    def play(self, at, colour):
        self.cells[at] = colour
        self.free.discard(at)
        group = Group(colour, {at}, {near for near in self.near[at] if self.cells[near] == EMPTY})
        taken = 0
        for near in self.near[at]:
            other = self.groups.get(near)
            if other is None or other is group:
                continue
            other.liberties.discard(at)
            if other.colour == colour:
                group.join(other)
                for stone in other.stones:
                    self.groups[stone] = group
            elif not other.liberties:
                taken += self.capture(other)
        self.groups[at] = group
        if taken:
            group.liberties.update(near for near in self.near[at] if self.cells[near] == EMPTY)
        self.captured[colour] += taken

    def capture(self, group):
        for stone in group.stones:
            self.cells[stone] = EMPTY
            self.free.add(stone)
            del self.groups[stone]
        for stone in group.stones:
            for near in self.near[stone]:
                neighbour = self.groups.get(near)
                if neighbour is not None:
                    neighbour.liberties.add(stone)
        self.forbidden = min(group.stones) if len(group.stones) == 1 else None
        return len(group.stones)

    def score(self):
        """Black's stones and eyes less White's."""
        total = 0
        for at, cell in enumerate(self.cells):
            if cell == EMPTY:
                cell = next((colour for colour in (BLACK, WHITE) if self.is_eye(at, colour)), EMPTY)
            total += (0, 1, -1)[cell]
        return total


def choose(board, colour, random):
    candidates = sorted(board.free)
    while candidates:
        index = random.below(len(candidates))
        at = candidates[index]
        if not board.is_eye(at, colour) and board.allowed(at, colour):
            return at
        candidates[index] = candidates[-1]
        candidates.pop()
    return None


def playout(size, first, random):
    board, colour, passes, moves = Board(size), WHITE, 0, 1
    board.play(first, BLACK)
    while passes < 2 and moves < size * size * 3:
        at = choose(board, colour, random)
        if at is None:
            passes += 1
        else:
            passes = 0
            board.forbidden = None
            board.play(at, colour)
        colour = BLACK + WHITE - colour
        moves += 1
    return board.score(), moves, sum(board.captured)


def best(size, rounds):
    random, scores, moves, captured = Random(17), {}, 0, 0
    for _ in range(rounds):
        for first in (0, size + 1, size * 2 + 2, size * size // 2):
            score, played, taken = playout(size, first, random)
            scores[first] = scores.get(first, 0) + (score > 0)
            moves, captured = moves + played, captured + taken
    return max(scores, key=lambda first: (scores[first], first)), moves, captured


print(*best(9, 240))
