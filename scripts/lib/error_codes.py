# SPDX-License-Identifier: Apache-2.0
"""Holds docs/errors.md against the sources: every error code and finding code
that src/ or apps/ can produce has exactly one row there, and no row speaks of a
code that is gone; and every rule that is expected, not required, against the
table of what policies may relax. Prints what is missing and what is extra, with
its places."""

import collections
import pathlib
import re
import sys

top = pathlib.Path(__file__).resolve().parents[2]
CODE = r'"([a-z][a-z0-9]*(?:_[a-z0-9]+)+)"'
ROW = re.compile(r"^\| `([a-z0-9_]+)` \|", re.M)

# The forms in which a code is written. Where other arguments may stand before
# it, they hold no text: the first text of the call is the code.
FORMS = [re.compile(form) for form in (
    r"\bfail\(\s*" + CODE,
    r"\b(?:Error|Complaint|ErrorInfo|InnerError)\{[^;{}\"]*" + CODE,
    r"\breturn \{[^;{}\"]*" + CODE,                    # an Error, Complaint or InnerError by its type
    r"^\s*\{[^;{}\"]*" + CODE + r",\s*\d",             # a row of a table: code, status
    r"\bsay\([^;\"]*\{\s*" + CODE,
    r"\.code = " + CODE,
    r"\bkCode = " + CODE,
    r"\b(?:rules|verdict)\w*(?:\([^;]*?\))?\s*\.(?:add|require|expect)\([^;\"]*" + CODE,
    r"\btake\([^;\"]*" + CODE,
)]
# fail(condition ? Literal("one") : Literal("other"))
CHOICE = re.compile(r"\bfail\([^;\"]*Literal\([^;]*;")
# A function whose first parameter is a code; its calls in the same file, or in
# the file of the same name, write one.
HELPER = re.compile(r"\b([a-z]\w*)\(Literal code\b")
COMMENT = re.compile(r"^\s*//.*$", re.M)


def is_production(path):
    return path.suffix in (".cc", ".h") and not re.search(r"^test_|_test\.|_for_tests\.|_fixture\.|_recorder\.", path.name)


def codes_in(text, helpers):
    for form in FORMS:
        yield from re.findall(form.pattern, text, re.M)
    for choice in CHOICE.findall(text):
        yield from re.findall(r"Literal\(" + CODE, choice)
    for name in helpers - {"fail", "add", "require", "expect"}:
        yield from re.findall(r"\b" + name + r"\(\s*" + CODE, text)


def main():
    texts = {path: COMMENT.sub("", path.read_text())
             for folder in ("src", "apps") for path in sorted((top / folder).rglob("*.*")) if is_production(path)}
    helpers = collections.defaultdict(set)
    for path, text in texts.items():
        helpers[path.with_suffix("")].update(HELPER.findall(text))
    found = collections.defaultdict(set)
    for path, text in texts.items():
        for code in codes_in(text, helpers[path.with_suffix("")]):
            found[code].add(str(path.relative_to(top)))

    # A rule that a policy may relax has a row that says what the ready policies make of it.
    relaxable = set(re.findall(r'RelaxableRule\{"([a-z0-9_]+)"', (top / "src/attest/rule_modes.cc").read_text()))
    expected = {code for path, text in texts.items() if "attest" in path.parts
                for code in re.findall(r'\bexpect\([^;"]*' + CODE, text)}

    rows = ROW.findall((top / "docs/errors.md").read_text())
    problems = [f"no row in docs/errors.md: {code}  ({', '.join(sorted(found[code]))})"
                for code in sorted(found.keys() - set(rows))]
    problems += [f"no such code in the sources: {code}" for code in sorted(set(rows) - found.keys())]
    problems += [f"no row in src/attest/rule_modes.cc: {code}" for code in sorted(expected - relaxable)]
    problems += [f"two rows in docs/errors.md: {code}" for code, n in collections.Counter(rows).items() if n > 1]
    print("\n".join(problems) or f"{len(rows)} codes, each with its row")
    return 1 if problems else 0


sys.exit(main())
