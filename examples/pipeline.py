"""Run a pipeline of four isolated interpreters over log lines.

usage: pipeline.py [--lines N] [--seed S] [--batch B]

The stages read, parse, aggregate and report are interpreters of their own, joined by queues of
concurrent.interpreters. The log lines are made from the seed, so the report is the same in every run.
"""

import argparse
import threading
from concurrent import interpreters

READ = """
import random

random = random.Random(seed)
hosts = [f"host{number:02}" for number in range(12)]
paths = ["/", "/login", "/search", "/cart", "/api/items", "/api/orders", "/static/app.js"]
codes = [200] * 16 + [304] * 4 + [404] * 2 + [500]
batch = []
for number in range(lines):
    if random.random() < 0.01:
        line = f"{number} malformed"
    else:
        milliseconds = int(random.expovariate(1 / 40)) + 1
        line = f"{number} {random.choice(hosts)} GET {random.choice(paths)} {random.choice(codes)} {milliseconds}ms"
    batch.append(line)
    if len(batch) == size:
        target.put(tuple(batch))
        batch.clear()
if batch:
    target.put(tuple(batch))
target.put(None)
"""

PARSE = r"""
import re

pattern = re.compile(r"(\d+) (\w+) (GET|POST) (\S+) (\d{3}) (\d+)ms")
while (batch := source.get()) is not None:
    records = []
    for line in batch:
        match = pattern.fullmatch(line)
        records.append(match and (match[2], match[4], int(match[5]), int(match[6])))
    target.put(tuple(records))
target.put(None)
"""

AGGREGATE = """
from collections import Counter, defaultdict

bad, codes, times, errors = 0, Counter(), defaultdict(list), Counter()
while (batch := source.get()) is not None:
    for record in batch:
        if record is None:
            bad += 1
            continue
        host, path, code, milliseconds = record
        codes[code] += 1
        times[path].append(milliseconds)
        if code >= 500:
            errors[host] += 1
target.put(("lines", codes.total() + bad, bad))
for code in sorted(codes):
    target.put(("code", code, codes[code]))
for path in sorted(times):
    ordered = sorted(times[path])
    target.put(("path", path, len(ordered), sum(ordered), ordered[len(ordered) // 2], ordered[-1]))
for host in sorted(errors):
    target.put(("errors", host, errors[host]))
target.put(None)
"""

REPORT = """
while (fact := source.get()) is not None:
    match fact:
        case ("lines", total, bad):
            print(f"{total} lines, {bad} malformed", flush=True)
        case ("code", code, count):
            print(f"  status {code}: {count}", flush=True)
        case ("path", path, count, total, middle, most):
            print(f"  {path:<16} {count:6} requests, mean {total / count:6.1f} ms, median {middle}, most {most}", flush=True)
        case ("errors", host, count):
            print(f"  {host}: {count} server errors", flush=True)
"""


def run_stage(interpreter, code, failures):
    try:
        interpreter.exec(code)
    except interpreters.ExecutionFailed as error:
        failures.append(error)


def main():
    parser = argparse.ArgumentParser(description="Run a pipeline of four interpreters.")
    parser.add_argument("--lines", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--batch", type=int, default=500)
    options = parser.parse_args()
    joints = [interpreters.create_queue(maxsize=8) for _ in range(3)]
    stages = [READ, PARSE, AGGREGATE, REPORT]
    workers, failures, running = [], [], []
    for number, code in enumerate(stages):
        interpreter = interpreters.create()
        running.append(interpreter)
        if number > 0:
            interpreter.prepare_main(source=joints[number - 1])
        else:
            interpreter.prepare_main(lines=options.lines, seed=options.seed, size=options.batch)
        if number < len(joints):
            interpreter.prepare_main(target=joints[number])
        worker = threading.Thread(target=run_stage, args=(interpreter, code, failures), daemon=True)
        workers.append(worker)
        worker.start()
    for worker in workers:
        while worker.is_alive() and not failures:
            worker.join(0.1)
    if failures:
        raise failures[0]
    for interpreter in running:
        interpreter.close()


if __name__ == "__main__":
    main()
