"""Mutated badges in libbadge and in npm's jsonld: no difference but those that differential.py lists."""

import unittest

from badge_mutants import mutants
from differential import compare

N, SEED = 3000, 20261130


class Differential(unittest.TestCase):
    def test_mutated_badges(self):
        different, seen = compare(mutants(SEED, N))
        print(dict(seen))
        self.assertEqual(different[:3], [])
        self.assertGreater(seen["the same quads"], N // 4)
        self.assertGreater(seen["refused by both"], N // 10)


if __name__ == "__main__":
    unittest.main()
