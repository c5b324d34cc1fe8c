# SPDX-License-Identifier: Apache-2.0
"""Runs the table against our gateway, nginx and HAProxy, each before something
that records what it gets. Prints what each does, and holds docs/http-probes.md
against it. See scripts/probes.

Usage: compare.py --peers FOLDER --json FILE [--write]
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
import sys
import tempfile
from dataclasses import replace

import page
import table
from peers import Peer, start_haproxy, start_nginx
from probe import Probe
from probed import ProbedCase
from request import Request
from verdict import Verdict, exchange, judge, judge_ours

BODY = random.Random(1).randbytes(2400)


class Ours(ProbedCase):
    """A whole network, for as long as it is needed."""

    def probe(self, probe: Probe) -> Verdict:
        request = self.fresh()
        given, asked = self.given(), self.asked()
        came, ended = exchange(self.network.port, probe.raw(request))
        return judge_ours(came, ended, self.given() - given, self.asked() - asked, expected(probe))


def expected(probe: Probe) -> int:
    """How many requests its bytes are, to who takes them at all."""
    return max(1, probe.runs)


def probe_peer(peer: Peer, probe: Probe) -> Verdict:
    plain = Request.sealed(BODY, "gateway.example", "key")
    peer.upstream.take()
    came, ended = exchange(peer.port, probe.raw(replace(plain, hidden=plain.raw())))
    return judge(came, ended, peer.upstream.take(), expected(probe))


def run(sections: dict[str, tuple[Probe, ...]], peers: list[Peer]) -> page.Results:
    Ours.setUpClass()
    try:
        ours = Ours()
        results: page.Results = {}
        for section, probes in sections.items():
            print(f"\n{section:<56}{'ours':>8}{peers[0].name:>10}{peers[1].name:>10}")
            for probe in probes:
                row = [str(ours.probe(probe)), *(str(probe_peer(peer, probe)) for peer in peers)]
                print(f"  {probe.name[:52]:<54}{row[0]:>8}{row[1]:>10}{row[2]:>10}", flush=True)
                results.setdefault(section, []).append((probe, row))
        return results
    finally:
        Ours.tearDownClass()


def compare(peers_folder: pathlib.Path) -> page.Results:
    with tempfile.TemporaryDirectory(prefix="aipg-probes-") as folder:
        peers = [start(peers_folder, pathlib.Path(folder)) for start in (start_nginx, start_haproxy)]
        try:
            return run({**table.HTTP, page.CONTROLS: table.CONTROLS}, peers)
        finally:
            for peer in peers:
                peer.stop()


def save(results: page.Results, file: pathlib.Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"section": section, "probe": probe.name, **dict(zip(page.COLUMNS, row))}
            for section, probes in results.items() for probe, row in probes]
    file.write_text(json.dumps(rows, indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=pathlib.Path, required=True)
    parser.add_argument("--json", type=pathlib.Path, required=True)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    results = compare(options.peers)
    save(results, options.json)
    print()
    print(page.totals(results))
    if options.write:
        page.write(results)
    wrong = page.differences(results)
    for line in wrong:
        print(f"docs/http-probes.md is not true: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
