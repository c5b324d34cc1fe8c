# SPDX-License-Identifier: Apache-2.0
"""Checks every file of a vendored crate against its .cargo-checksum.json.

cargo checks the archive when it downloads it; this checks the files that are
about to be compiled, which no cargo build will look at again.
"""

import hashlib
import json
import pathlib
import sys

crate = pathlib.Path(sys.argv[1])
expected = json.loads((crate / ".cargo-checksum.json").read_text())["files"]
bad = [
    name
    for name, digest in expected.items()
    if hashlib.sha256((crate / name).read_bytes()).hexdigest() != digest
]
unlisted = [
    str(path.relative_to(crate))
    for path in crate.rglob("*")
    if path.is_file() and path.name != ".cargo-checksum.json" and str(path.relative_to(crate)) not in expected
]
if bad or unlisted:
    sys.exit(f"crate files differ from their checksums: {(bad + unlisted)[:5]}")
print(f"{len(expected)} files match")
