# SPDX-License-Identifier: Apache-2.0
"""CHANGELOG.md's section about one version, as a Debian changelog on standard output."""

import datetime
import email.utils
import pathlib
import re
import sys
import textwrap


def main() -> int:
    if len(sys.argv) != 5:
        print("usage: debian_changelog.py CHANGELOG.md VERSION REVISION SECONDS", file=sys.stderr)
        return 2
    text, (version, revision, seconds) = pathlib.Path(sys.argv[1]).read_text(), sys.argv[2:]
    section = re.search(rf"^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    entries = re.findall(r"^- (.*?)(?=^- |^$|\Z)", section.group(1), re.M | re.S) if section else []
    if not entries:
        print(f"{sys.argv[1]} has no entries for version {version}", file=sys.stderr)
        return 1
    control = (pathlib.Path(__file__).parents[2] / "packaging/debian/control").read_text()
    maintainer = re.search(r"^Maintainer: (.*)$", control, re.M).group(1)
    print(f"aipg ({version}-{revision}) bookworm; urgency=medium\n")
    for entry in entries:
        words = " ".join(entry.split())
        print(textwrap.fill(words, 79, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False))
    when = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    print(f"\n -- {maintainer}  {email.utils.format_datetime(when)}")
    return 0


sys.exit(main())
