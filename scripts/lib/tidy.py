#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over production sources, in parallel; says what it finds and fails. With --analyze, its static analyzer.
With --since COMMIT, only over those of which something was changed since, a header that they include or clang-tidy's
settings also; where there is no such commit, over all.

Each source takes it many seconds, so what was found good is remembered by all that clang-tidy read: its version, its
settings, the compiler's options, and every file that the source includes, down to the system's. Those are known from
the build, which is brought up to date first.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from typing import NamedTuple

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build/release"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "aipg/tidy"
TIDY = "clang-tidy-19"
ANALYZE = "-*,clang-analyzer-*,-clang-analyzer-optin.*"


def output(*command: str) -> str:
    return subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True).stdout


@functools.cache
def digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sources() -> list[pathlib.Path]:
    names = output("git", "ls-files", "--cached", "--others", "--exclude-standard", "src/*.cc", "apps/*.cc").split()
    paths = [TOP / name for name in names if not name.endswith("_test.cc")]
    return [path for path in paths if path.exists()]


def included() -> dict[str, list[pathlib.Path]]:
    """What each object of the build was made of."""
    found: dict[str, list[pathlib.Path]] = {}
    for block in output("ninja", "-C", str(BUILD), "-t", "deps").split("\n\n"):
        first, *rest = block.split("\n")
        name, valid, _ = first.partition(": #deps")
        if valid and first.endswith("(VALID)"):
            found[name] = [pathlib.Path(os.path.normpath(BUILD / line.strip())) for line in rest if line.strip()]
    return found


class Read(NamedTuple):
    """What clang-tidy reads for a source, and a name for all of it."""

    files: list[pathlib.Path]
    key: str

    def mark(self) -> pathlib.Path:
        return CACHE / self.key

    def is_unchanged_since(self, instant: float) -> bool:
        return all(one.stat().st_mtime < instant for one in self.files)


def reads(options: list[str]) -> dict[pathlib.Path, Read]:
    settings = "\n".join([output(TIDY, "--version"), (TOP / ".clang-tidy").read_text(), *options])
    files = included()
    out = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        read = files.get(entry.get("output") or re.search(r" -o (\S+)", entry["command"])[1])
        if read is None:
            continue
        parts = [settings, entry["command"].replace(str(TOP), ".")]
        parts += [f"{os.path.relpath(one, TOP) if one.is_relative_to(TOP) else one} {digest(one)}" for one in read]
        out[path] = Read(read, hashlib.sha256("\n".join(parts).encode()).hexdigest())
    return out


def changed_since(commit: str) -> set[pathlib.Path] | None:
    """None: all may have."""
    done = subprocess.run(["git", "diff", "--name-only", "--no-renames", commit], cwd=TOP, capture_output=True, text=True)
    if done.returncode != 0:
        return None
    names = done.stdout.split() + output("git", "ls-files", "--others", "--exclude-standard").split()
    return None if ".clang-tidy" in names else {TOP / name for name in names}


def tidy(path: pathlib.Path, options: list[str]) -> str:
    done = subprocess.run([TIDY, "-p", str(BUILD), "--quiet", "--warnings-as-errors=*", *options, str(path)],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return "" if done.returncode == 0 else done.stdout or f"{path}: clang-tidy failed with {done.returncode}\n"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--analyze", action="store_true")
    parser.add_argument("--since", metavar="COMMIT")
    arguments = parser.parse_args()
    options = [f"--checks={ANALYZE}"] if arguments.analyze else []
    if not (BUILD / "build.ninja").exists():
        print("needs build/release: cmake --preset release")
        return 1
    built = subprocess.run(["ninja", "-C", str(BUILD)], stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        print(built.stdout, end="")
        return 1
    CACHE.mkdir(parents=True, exist_ok=True)
    begun = time.time()
    known = reads(options)
    unseen = [path for path in sources() if path not in known or not known[path].mark().exists()]
    changed = changed_since(arguments.since) if arguments.since else None
    if changed is not None:
        unseen = [path for path in unseen if path not in known or not changed.isdisjoint(known[path].files)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, findings in zip(unseen, pool.map(functools.partial(tidy, options=options), unseen)):
            if findings:
                print(findings, end="", flush=True)
                failed += 1
            elif path in known and known[path].is_unchanged_since(begun):  # somebody may be editing meanwhile
                known[path].mark().touch()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
