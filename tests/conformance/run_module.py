"""Run one of CPython's test modules and report each of its tests on a marked line of its own.

usage: run_module.py MODULE FIRST

Prints, each behind the mark and separated by tabs: `test INDEX NAME` for all tests of the module, then
`start INDEX` and `done INDEX OUTCOME DETAIL` for each from FIRST on, and `end`. A module that cannot be
loaded gives `unloadable DETAIL`. Lines go to descriptor 1 in one write, past whatever a test did to sys.stdout.
"""

import os
import sys
import unittest

MARK = "\x01ophion"


def report(*words):
    cleaned = [str(word).replace("\t", " ").replace("\n", " ").replace("\x01", " ") for word in words]
    line = "\t".join([MARK, *cleaned]) + "\n"
    os.write(1, line.encode("utf-8", "backslashreplace"))


def last_line(error):
    kind, value = error[0], error[1]
    try:
        text = str(value)
    except Exception:
        text = "(no text)"
    first = next((line for line in text.splitlines() if line.strip()), "")
    return f"{kind.__name__}: {first}"[:200]


class Reporter(unittest.TestResult):
    """Reports outcomes as they come; a test's first bad outcome is the one that counts."""

    def __init__(self, indices):
        super().__init__()
        self.indices = indices
        self.outcome = None
        self.reported = set()

    def index(self, test):
        return self.indices.get(id(test))

    def settle(self, test, outcome, detail=""):
        if self.outcome is None or self.outcome[0] in ("pass", "skip"):
            self.outcome = (outcome, detail)
        if self.index(test) is None:
            self.fixture_failure(test, outcome, detail)

    def fixture_failure(self, test, outcome, detail):
        # A class or module whose set-up failed stands in for its tests, none of which will start.
        self.outcome = None
        name = str(test)
        owner = name[name.find("(") + 1:name.rfind(")")]
        for index, listed in enumerate(self.listed):
            if index not in self.reported and self.wanted(index) and listed.startswith(owner + "."):
                self.finish(index, outcome, detail)

    def finish(self, index, outcome, detail):
        self.reported.add(index)
        report("done", index, outcome, detail)

    def startTest(self, test):
        super().startTest(test)
        self.outcome = None
        report("start", self.index(test))

    def stopTest(self, test):
        outcome, detail = self.outcome or ("pass", "")
        self.finish(self.index(test), outcome, detail)
        super().stopTest(test)

    def addSuccess(self, test):
        self.settle(test, "pass")

    def addFailure(self, test, err):
        self.settle(test, "fail", last_line(err))

    def addError(self, test, err):
        self.settle(test, "error", last_line(err))

    def addSkip(self, test, reason):
        # A skipped part of a test says nothing about the test.
        if not isinstance(test, unittest.case._SubTest):
            self.settle(test, "skip", reason)

    def addExpectedFailure(self, test, err):
        self.settle(test, "pass")

    def addUnexpectedSuccess(self, test):
        self.settle(test, "fail", "unexpected success")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.outcome = ("fail", last_line(err))


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def load(module):
    from test import support
    from test.support import script_helper

    # Interpreters that tests start find the suite by the environment alone: it is no part of the library.
    setattr(script_helper, "__cached_interp_requires_environment", True)
    support.use_resources = []
    support.verbose = 0
    return list(flatten(unittest.defaultTestLoader.loadTestsFromName("test." + module)))


def main(module, first):
    try:
        tests = load(module)
    except BaseException as error:
        report("unloadable", last_line((type(error), error)))
        return
    broken = [test for test in tests if type(test).__name__ == "_FailedTest"]
    if broken:
        text = str(getattr(broken[0], "_exception", "")).strip().splitlines()
        report("unloadable", text[-1] if text else "the module does not load")
        return
    names = [test.id() for test in tests]
    for index, name in enumerate(names):
        report("test", index, name)
    result = Reporter({id(test): index for index, test in enumerate(tests)})
    result.listed = names
    result.wanted = lambda index: index >= first
    unittest.TestSuite(tests[first:]).run(result)
    for index in range(first, len(tests)):
        if index not in result.reported:
            report("done", index, "error", "its fixtures failed")
    report("end")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
