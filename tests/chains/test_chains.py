#!/usr/bin/env python3
"""The first day of an institution on chains that are not like the one of the other tests. tests/chains/run has more."""

import unittest

import chains


class Days(unittest.TestCase):
    def day(self, name):
        chains.run(chains.BY_NAME[name])

    def test_anvil_on_demand(self):
        """No block without a transaction: nothing is finalized."""
        self.day("anvil, on demand")

    def test_ganache(self):
        """No EIP-1898, no deployment proxy, revert data in a place of its own."""
        self.day("ganache")


if __name__ == "__main__":
    unittest.main()
