"""Binary trees made and dropped, on one thread or shared out to several, while one tree stays.

usage: binary_trees.py DEPTH ROUNDS THREADS
"""

import sys
import threading


class Tree:
    def __init__(self, depth):
        if depth:
            self.left = Tree(depth - 1)
            self.right = Tree(depth - 1)
        else:
            self.left = None
            self.right = None

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()


def grow(depth, rounds, totals):
    """Takes rounds until none is left: a thread on a slower processor takes fewer."""
    total = 0
    while True:
        try:
            rounds.pop()
        except IndexError:
            break
        total += Tree(depth).count()
    totals.append(total)


def main(depth, rounds, threads):
    kept = Tree(depth)
    totals = []
    left = [None] * rounds
    workers = [threading.Thread(target=grow, args=(depth, left, totals)) for _ in range(threads - 1)]
    for worker in workers:
        worker.start()
    grow(depth, left, totals)
    for worker in workers:
        worker.join()
    print("nodes", sum(totals) + kept.count())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
