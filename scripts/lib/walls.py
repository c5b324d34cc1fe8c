# SPDX-License-Identifier: Apache-2.0
"""Holds the includes of src/ and include/ against scripts/walls.json. Tests may include
what they need; production code may not cross a wall. Fails on a folder
without a line, on a cycle between folders, and on a third-party header where
it is not allowed."""

import json
import pathlib
import re
import sys

top = pathlib.Path(__file__).resolve().parents[2]
walls = {k: v for k, v in json.loads((top / "scripts/walls.json").read_text()).items() if k}
include = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
# The C library and the system; the C++ library has no dot or slash in its names.
system = re.compile(r"^([a-z_0-9]+|(sys|net|netinet|arpa|linux)/.*|[a-z_0-9]+\.h)$")
third_party = re.compile(r"^(openssl|boost|fmt|CLI|toml\+\+|prometheus|spdlog)/|^(seccomp\.h|sqlite3\.h)$")
for_tests = re.compile(r"_test\.(cc|h)$|_for_tests\.h$|^test_|_fixture\.h$")
problems = []


def allowed(folder, header):
    return any(header == rule or header.startswith(rule + "/") for rule in walls[folder])


for source in sorted((top / "src").rglob("*.*")) + sorted((top / "include").rglob("*.*")):
    if source.suffix not in (".h", ".cc", ".inc") or for_tests.search(source.name):
        continue
    where = source.relative_to(top)
    # A folder inside a folder may have walls of its own.
    inner = "/".join(where.parts[1:3])
    folder = inner if inner in walls else where.parts[1]
    if folder not in walls:
        problems.append(f"{where}: folder {folder} has no line in scripts/walls.json")
        continue
    for own, foreign in include.findall(source.read_text()):
        if own and not own.startswith(folder + "/") and not allowed(folder, own):
            problems.append(f"{where}: may not include \"{own}\"")
        if foreign and (match := third_party.match(foreign)):
            if not any(rule in (f"<{match.group(1)}>", f"<{foreign}>") for rule in walls[folder]):
                problems.append(f"{where}: may not include <{foreign}>")
        elif foreign and not system.match(foreign):
            problems.append(f"{where}: unknown third-party header <{foreign}>")

order, visiting = [], []


def visit(folder):
    if folder in visiting:
        problems.append("cycle between folders: " + " → ".join(visiting[visiting.index(folder):] + [folder]))
        return
    if folder in order:
        return
    visiting.append(folder)
    for rule in walls[folder]:
        if not rule.startswith("<"):
            visit(rule if rule in walls else rule.split("/")[0])
    visiting.pop()
    order.append(folder)


for name in walls:
    visit(name)
# These never meet: what one knows, the others must not.
for a in ("gateway", "worker", "client"):
    for b in ("gateway", "worker", "client"):
        if a != b and b in walls.get(a, []):
            problems.append(f"src/{a} may never include src/{b}")

print("\n".join(problems) if problems else f"walls hold: {len(walls)} folders")
sys.exit(1 if problems else 0)
