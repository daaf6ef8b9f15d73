"""Runs the tests of a module in lanes, since they mostly wait: each test in its own, or a class whose tests share a
fixture (setUpClass) as a whole. Prints one line for each test, then the failures. With words as arguments it runs only
tests whose ids contain one of them. A program calls main(__name__); other modules are run by

    PYTHONPATH=../support python3 -m side_by_side test_NAME [WORD…]

Where tests do not end, ctest would kill the program without a word. Before that it says which tests still run, and where.
"""

import faulthandler
import importlib
import os
import pathlib
import signal
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

WIDTH = int(os.environ.get("TEST_LANES", "6"))
MOST_S = int(os.environ.get("TEST_MOST_S", "1200"))  # ctest's TIMEOUT is later

_running = {}  # by thread: the test, and when it began


class _Result(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.began, self.n_failed = time.monotonic(), len(self.failures + self.errors)
        _running[threading.get_ident()] = test.id(), self.began

    def stopTest(self, test):
        super().stopTest(test)
        _running.pop(threading.get_ident(), None)
        failed = len(self.failures + self.errors) > self.n_failed
        print(f"{'FAILED' if failed else 'ok    '} {test.id()} {time.monotonic() - self.began:.1f} s", flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"skipped {test.id()}: {reason}", flush=True)


def _lanes(module, words):
    """Lists of tests; what has a fixture takes longest, and comes first."""
    shared, alone = [], []
    for suite in unittest.defaultTestLoader.loadTestsFromModule(module):
        tests = [test for test in suite if not words or any(word in test.id() for word in words)]
        if tests and type(tests[0]).setUpClass.__func__ is not unittest.TestCase.setUpClass.__func__:
            shared.append(tests)
        else:
            alone += [[test] for test in tests]
    return shared + alone


def _run(tests):
    result = _Result()
    unittest.TestSuite(tests).run(result)
    return result


def _give_up():
    """Fails the program: a lane that hangs can't be ended."""
    print(f"\n-- not over after {MOST_S} s. Still running, with the stacks of all threads:", file=sys.stderr)
    for thread, (test, began) in list(_running.items()):
        print(f"FAILED {test} in thread 0x{thread:016x}, for {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    faulthandler.dump_traceback(all_threads=True)
    for children in pathlib.Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)
    os._exit(1)


def main(name, words=None):
    began = time.monotonic()
    watchdog = threading.Timer(MOST_S, _give_up)
    watchdog.daemon = True
    watchdog.start()
    with ThreadPoolExecutor(WIDTH) as pool:
        results = list(pool.map(_run, _lanes(sys.modules[name], sys.argv[1:] if words is None else words)))
    failures = [failure for result in results for failure in result.failures + result.errors]
    for test, text in failures:
        print(f"\n-- {test.id()}\n{text}", file=sys.stderr)
    n = sum(result.testsRun for result in results)
    print(f"{n} tests, {len(failures)} failures, {time.monotonic() - began:.0f} s")
    sys.exit(1 if failures or n == 0 else 0)


if __name__ == "__main__":
    main(importlib.import_module(sys.argv[1]).__name__, sys.argv[2:])
