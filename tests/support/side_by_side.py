"""Runs the tests of a module in parallel, since they mostly wait. Each has its own node, chain and folder. Prints one
line for each test, then the failures. With names as arguments it runs only tests whose ids contain one of them."""

import os
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

WIDTH = int(os.environ.get("FAULT_WIDTH", "6"))


def _tests(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from _tests(item)
        else:
            yield item


def _run(test):
    result, began = unittest.TestResult(), time.monotonic()
    test.run(result)
    trouble = result.failures + result.errors
    print(f"{'ok    ' if not trouble else 'FAILED'} {test.id()} {time.monotonic() - began:.1f} s", flush=True)
    return [(test.id(), text) for _, text in trouble]


def main(module):
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[module])
    tests = [t for t in _tests(suite) if not sys.argv[1:] or any(word in t.id() for word in sys.argv[1:])]
    began = time.monotonic()
    with ThreadPoolExecutor(WIDTH) as pool:
        failures = [failure for trouble in pool.map(_run, tests) for failure in trouble]
    for name, text in failures:
        print(f"\n-- {name}\n{text}", file=sys.stderr)
    print(f"{len(tests)} tests, {len(failures)} failures, {time.monotonic() - began:.0f} s")
    sys.exit(1 if failures or not tests else 0)
