# SPDX-License-Identifier: Apache-2.0
"""The whole table, by sections."""

import rows_coding
import rows_head
import rows_hop
import rows_length
import rows_target
from probe import Probe

# What HTTP itself says about: any proxy could refuse these.
HTTP: dict[str, tuple[Probe, ...]] = {
    "Length of the body": rows_length.PROBES,
    "Transfer codings": rows_coding.CODINGS,
    "Chunks and trailers": rows_coding.CHUNKS,
    "Lines": rows_head.LINES,
    "Fields": rows_head.FIELDS,
    "Request line": rows_head.REQUEST_LINES,
    "Sizes": rows_head.SIZES,
    "Host": rows_target.HOSTS,
    "Target": rows_target.TARGETS,
    "Version": rows_target.VERSIONS,
    "Other protocols": rows_target.PROTOCOLS,
    "Connection and Expect": rows_hop.PROBES,
}
# What only this gateway can know.
OWN: tuple[Probe, ...] = rows_target.OWN + rows_hop.OWN
# What must pass.
CONTROLS: tuple[Probe, ...] = rows_hop.CONTROLS


def of_http() -> list[Probe]:
    return [probe for section in HTTP.values() for probe in section]


def everything() -> list[Probe]:
    return [*of_http(), *OWN, *CONTROLS]
