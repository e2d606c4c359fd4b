"""Bodies attracting one another: attributes of instances, float arithmetic, nested loops."""

from math import sqrt


class Body:
    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x, self.y, self.z = x, y, z
        self.vx, self.vy, self.vz = vx, vy, vz
        self.mass = mass


def make(count):
    """Bodies on a spiral, from a small generator of numbers, so that no table is needed."""
    bodies, state = [Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 40.0)], 7
    for n in range(1, count):
        parts = []
        for _ in range(6):
            state = state * 16807 % 2147483647
            parts.append(state / 2147483647 - 0.5)
        x, y, z, vx, vy, vz = parts
        bodies.append(Body(n * 4 * x, n * 4 * y, n * z, vx, vy, vz / 4, 0.01 * n))
    return bodies


def advance(bodies, pairs, dt):
    for a, b in pairs:
        dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
        square = dx * dx + dy * dy + dz * dz + 0.01
        pull = dt / (square * sqrt(square))
        am, bm = a.mass * pull, b.mass * pull
        a.vx -= dx * bm
        a.vy -= dy * bm
        a.vz -= dz * bm
        b.vx += dx * am
        b.vy += dy * am
        b.vz += dz * am
    for body in bodies:
        body.x += dt * body.vx
        body.y += dt * body.vy
        body.z += dt * body.vz


def energy(bodies, pairs):
    total = sum(0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz) for b in bodies)
    for a, b in pairs:
        dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
        total -= a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz + 0.01)
    return total


bodies = make(6)
pairs = [(bodies[i], bodies[j]) for i in range(6) for j in range(i + 1, 6)]
before = energy(bodies, pairs)
for _ in range(160_000):
    advance(bodies, pairs, 0.001)
print(f"{before:.6f} {energy(bodies, pairs):.6f}")
