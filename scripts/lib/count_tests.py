# SPDX-License-Identifier: Apache-2.0
"""Counts what ran: each GoogleTest case of each program, and each other ctest
entry as one. Names failures and skips. Last line: N passed, N failed.

Usage: count_tests.py RESULTS_FOLDER CTEST_STATUS
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

results = pathlib.Path(sys.argv[1])
ctest_status = int(sys.argv[2])
passed, failed, skipped = 0, [], []

programs = set()
for report in sorted(results.glob("*.json")):
    programs.add(report.stem)
    for suite in json.loads(report.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            name = f"{suite['name']}.{case['name']}"
            if case.get("failures"):
                failed.append(name)
            elif case["result"] == "SKIPPED":
                skipped.append(name)
            elif case["status"] == "RUN":
                passed += 1

for entry in ElementTree.parse(results / "ctest.xml").getroot().iter("testcase"):
    name, good = entry.get("name"), entry.get("status") == "run"
    if name not in programs:
        passed += good
        failed += [] if good else [name]
    elif not good and not any(True for _ in failed):
        failed.append(f"{name} (ended abnormally)")

if ctest_status != 0 and not failed:
    failed.append("ctest itself")
if passed == 0 and not failed:
    failed.append("no test ran")
for name in failed:
    print(f"FAILED   {name}")
for name in skipped:
    print(f"SKIPPED  {name}")
if skipped:
    print(f"{len(skipped)} tests were SKIPPED: they need files that are not here (see their output)")
print(f"{passed} passed, {len(failed)} failed")
sys.exit(1 if failed else 0)
