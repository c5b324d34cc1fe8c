# SPDX-License-Identifier: Apache-2.0
"""A short, seeded subset of scripts/chaos: something of every kind of fault."""

import unittest

import case
import main
from networks import Networks


class Chaos(unittest.TestCase):
    networks = Networks()

    @classmethod
    def tearDownClass(cls):
        cls.networks.stop_all()


def method(chosen: case.Case):
    def test(self):
        row = case.run(chosen, self.networks.get(chosen.network))
        print(main.table_row(row))
        if row.broken:
            folder = self.networks.give_up(chosen.network)
            self.fail(f"{chosen.name}: {row.broken}\nfiles: {folder}")

    return test


# In this order, so that each network is made once.
for number, each in enumerate(main.in_order(main.chosen([], short=True))):
    name = "".join(letter if letter.isalnum() else "_" for letter in each.name)
    setattr(Chaos, f"test_{number:02}_{name}", method(each))


if __name__ == "__main__":
    unittest.main()
