"""Float arithmetic in loops: an integral, a logistic map, Newton's roots, the escape of points."""


def integral(steps):
    total, width = 0.0, 4.0 / steps
    for i in range(steps):
        x = (i + 0.5) * width
        total += x * x * x - 2.0 * x * x + x / (1.0 + x)
    return total * width


def logistic(steps):
    x = 0.4
    for _ in range(steps):
        x = 3.99 * x * (1.0 - x)
    return x


def roots(count):
    total = 0.0
    for n in range(1, count):
        guess = n * 0.5
        for _ in range(6):
            guess = 0.5 * (guess + n / guess)
        total += guess
    return total


def escapes(size):
    inside = 0
    for row in range(size):
        for column in range(size):
            cr, ci = 3.0 * column / size - 2.1, 2.4 * row / size - 1.2
            a = b = 0.0
            for _ in range(60):
                aa, bb = a * a, b * b
                if aa + bb > 4.0:
                    break
                b = 2.0 * a * b + ci
                a = aa - bb + cr
            else:
                inside += 1
    return inside


print(f"{integral(5_000_000):.9f} {logistic(5_000_000):.9f} {roots(250_000):.6f} {escapes(260)}")
