# SPDX-License-Identifier: Apache-2.0
"""Runs one module of end-to-end tests and writes its cases in GoogleTest's
JSON form, so that scripts/test counts them one by one.

Usage: run.py MODULE [WHERE]       the module, and what it runs on where that is several things
"""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


class Collect(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = []

    def _note(self, test, result="COMPLETED", failures=None):
        name = test.id().split(".")[-1]
        case = {"name": name, "status": "RUN", "result": result}
        self.cases.append({**case, "failures": failures} if failures else case)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._note(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._note(test, failures=[{"failure": str(err[1])}])

    def addError(self, test, err):
        super().addError(test, err)
        self._note(test, failures=[{"failure": str(err[1])}])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self._note(test, failures=[{"failure": f"{subtest}: {err[1]}"}])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note(test, result="SKIPPED")


module = sys.argv[1]
prefix, name = ("e2e", module) if len(sys.argv) < 3 else ("python", f"{module.removeprefix('test_')}_{sys.argv[2]}")
suite = unittest.defaultTestLoader.loadTestsFromName(module)
result = unittest.TextTestRunner(verbosity=2, resultclass=Collect).run(suite)
folder = os.environ.get("GTEST_OUTPUT", "").removeprefix("json:")
if folder:
    report = {"testsuites": [{"name": name, "testsuite": result.cases}]}
    (pathlib.Path(folder) / f"{prefix}_{name}.json").write_text(json.dumps(report))
sys.exit(0 if result.wasSuccessful() and result.cases else 1)
