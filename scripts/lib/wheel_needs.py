# SPDX-License-Identifier: Apache-2.0
"""What a wheel's native module needs of the machine that it is installed on, and
whether that is no more than it may: libc's own libraries.

Usage: wheel_needs.py WHEEL
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

ALLOWED = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2"}

wheel = pathlib.Path(sys.argv[1])
with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as files:
    modules = [name for name in files.namelist() if name.endswith(".so")]
    if len(modules) != 1:
        sys.exit(f"{wheel.name}: {len(modules)} native modules where one is expected")
    module = files.extract(modules[0], folder)
    dump = subprocess.run(
        ["readelf", "--wide", "--dynamic", "--version-info", module], check=True, capture_output=True, text=True
    ).stdout

needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dump))
if needed - ALLOWED:
    sys.exit(f"{wheel.name} needs {', '.join(sorted(needed - ALLOWED))}: link it statically")
glibc = max((tuple(map(int, each.split("."))) for each in re.findall(r"GLIBC_([0-9.]+)", dump)), default=(0, 0))
print(
    f"{'wheel':9} {wheel.name} needs {', '.join(sorted(needed))} and glibc {'.'.join(map(str, glibc))}: "
    f"manylinux_{glibc[0]}_{glibc[1]}_x86_64",
    file=sys.stderr,
)
