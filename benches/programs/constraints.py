"""Constraints: sudoku by propagation and backtracking over sets of candidates, and queens by bit masks."""

SIZE = 9
PLACES = [(row, column) for row in range(SIZE) for column in range(SIZE)]
UNITS = (
    [[(row, column) for column in range(SIZE)] for row in range(SIZE)]
    + [[(row, column) for row in range(SIZE)] for column in range(SIZE)]
    + [[(top + y, left + x) for y in range(3) for x in range(3)] for top in (0, 3, 6) for left in (0, 3, 6)]
)
UNITS_OF = {place: [unit for unit in UNITS if place in unit] for place in PLACES}
PEERS = {place: {other for unit in UNITS_OF[place] for other in unit} - {place} for place in PLACES}


class Contradiction(Exception):
    pass


class Grid:
    def __init__(self, candidates):
        self.candidates = candidates

    @classmethod
    def parse(cls, text):
        grid = cls({place: set("123456789") for place in PLACES})
        for place, digit in zip(PLACES, text):
            if digit != ".":
                grid.assign(place, digit)
        return grid

    def copy(self):
        return Grid({place: set(left) for place, left in self.candidates.items()})

    def assign(self, place, digit):
        for other in self.candidates[place] - {digit}:
            self.eliminate(place, other)
        if digit not in self.candidates[place]:
            raise Contradiction(place)

    def eliminate(self, place, digit):
        left = self.candidates[place]
        if digit not in left:
            return
        left.remove(digit)
        if not left:
            raise Contradiction(place)
        if len(left) == 1:
            (only,) = left
            for peer in PEERS[place]:
                self.eliminate(peer, only)
        for unit in UNITS_OF[place]:
            homes = [other for other in unit if digit in self.candidates[other]]
            if not homes:
                raise Contradiction(place)
            if len(homes) == 1:
                self.assign(homes[0], digit)

    def solve(self):
        """How many solutions this grid has, where two stand for many, with the digits of the first."""
        open_places = [(len(left), place) for place, left in self.candidates.items() if len(left) > 1]
        if not open_places:
            return 1, "".join(min(self.candidates[place]) for place in PLACES)
        _, place = min(open_places)
        count, first = 0, None
        for digit in sorted(self.candidates[place]):
            trial = self.copy()
            try:
                trial.assign(place, digit)
            except Contradiction:
                continue
            found, solution = trial.solve()
            count, first = count + found, first or solution
            if count > 1:
                break
        return min(count, 2), first


def puzzle(seed):
    """A solved pattern with rows, columns and digits shuffled, and most places emptied."""
    digits = list("123456789")
    for at in range(8, 0, -1):
        seed = seed * 48271 % 2147483647
        other = seed % (at + 1)
        digits[at], digits[other] = digits[other], digits[at]
    text = []
    for row, column in PLACES:
        seed = seed * 48271 % 2147483647
        digit = digits[(row * 3 + row // 3 + column) % 9]
        text.append(digit if seed % 1000 < 370 else ".")
    return "".join(text)


def queens(size, columns=0, left=0, right=0):
    full = (1 << size) - 1
    if columns == full:
        return 1
    count, free = 0, full & ~(columns | left | right)
    while free:
        bit = free & -free
        free ^= bit
        count += queens(size, columns | bit, (left | bit) << 1 & full, (right | bit) >> 1)
    return count


def sudokus(count):
    solutions, digest = 0, 0
    for seed in range(1, count + 1):
        found, first = Grid.parse(puzzle(seed * 977)).solve()
        solutions += found
        digest = (digest * 31 + int(first)) % 1_000_000_007
    return solutions, digest


print(*sudokus(400), queens(9))
