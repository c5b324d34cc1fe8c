# SPDX-License-Identifier: Apache-2.0
"""The table against our gateway, on a whole network: each answer is the one
expected, once; what is refused as HTTP ends the connection; and no worker gets
anything of it, nor of what is concealed in it or waits behind it."""

import table
from probe import Probe
from probed import ProbedCase


class Probes(ProbedCase):
    """A case for each row; see below."""

    def check(self, probe: Probe):
        request = self.fresh()
        raw = probe.raw(request)
        given, asked = self.given(), self.asked()
        with self.wire() as wire:
            # What waits behind the last request of a connection must not run either.
            wire.send(raw + request.hidden if probe.closes else raw)
            for status, code in probe.answers:
                answer = self.assert_next(wire, status, code, to_head=raw.startswith(b"HEAD "))
            if probe.closes:
                self.assertEqual(answer.field("connection"), "close")
                self.assert_ended(wire)
            else:
                self.assert_goes_on(wire)
        self.assertEqual(self.asked() - asked, probe.runs, "what the engine was asked")
        self.assertEqual(self.given() - given, probe.runs * request.size, "bytes for a worker")

    @classmethod
    def tearDownClass(cls):
        """Whatever came late would be here by now."""
        ran, asked = sum(probe.runs for probe in table.everything()), len(cls.engine.requests)
        super().tearDownClass()
        assert asked == ran, f"the engine was asked {asked} times, not {ran}"


def add_case(probe: Probe) -> None:
    def case(self):
        self.check(probe)

    case.__doc__ = probe.why
    setattr(Probes, f"test_{probe.identifier}", case)


for row in table.everything():
    add_case(row)
