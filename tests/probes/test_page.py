# SPDX-License-Identifier: Apache-2.0
"""The pages say of our gateway what the table says, and count what they show.
What they say of others is compared by scripts/probes, which runs those."""

import unittest

import page
import table
from probe import Probe

HTTP_PAGE = page.PAGE.with_name("http.md")


def expected(probe: Probe) -> str:
    if probe.runs:
        return "passed"
    return str(probe.answers[0][0])


class Page(unittest.TestCase):
    def test_each_probe_stands_there_with_what_becomes_of_it_here(self):
        said = {name: (why, cells[0]) for name, (why, cells) in page.written().items()}
        probes = [*table.of_http(), *table.CONTROLS]
        self.assertEqual(said, {probe.name: (probe.why, expected(probe)) for probe in probes})

    def test_the_totals_are_those_of_its_rows(self):
        cells = page.written()
        results = {section: [(probe, cells[probe.name][1]) for probe in probes]
                   for section, probes in table.HTTP.items()}
        totals = page.totals(results)
        self.assertIn(totals, page.PAGE.read_text())
        self.assertIn(totals, HTTP_PAGE.read_text())


if __name__ == "__main__":
    unittest.main()
