"""Pancakes: the most prefix reversals until the first item is 0, over all permutations; how many reversals sort a stack."""


def flips(permutation):
    stack, count = permutation[:], 0
    while first := stack[0]:
        stack[: first + 1] = stack[first::-1]
        count += 1
    return count


def fannkuch(size):
    permutation, turns = list(range(size)), [0] * size
    most, checksum, sign = 0, 0, 1
    while True:
        count = flips(permutation)
        most = max(most, count)
        checksum += sign * count
        sign = -sign
        # The next permutation: rotate the shortest prefix that has not been all the way around.
        place = 1
        while place < size:
            permutation.insert(place, permutation.pop(0))
            turns[place] += 1
            if turns[place] <= place:
                break
            turns[place] = 0
            place += 1
        else:
            return checksum, most


def distances(size):
    """How many flips sort the arrangements: by breadth, from the sorted one."""
    seen, edge, counts = {tuple(range(size))}, [tuple(range(size))], []
    while edge:
        counts.append(len(edge))
        following = []
        for items in edge:
            for end in range(2, size + 1):
                flipped = items[:end][::-1] + items[end:]
                if flipped not in seen:
                    seen.add(flipped)
                    following.append(flipped)
        edge = following
    return counts


print(*fannkuch(9), *distances(8))
