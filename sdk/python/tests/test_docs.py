# SPDX-License-Identifier: Apache-2.0
"""The snippets of docs/python.md, pasted in their order into one interpreter."""

import contextlib
import io
import re
import unittest

from support import NetworkCase, TOP


class Page(NetworkCase):
    def test_its_snippets_run_as_they_stand(self):
        page = (TOP / "docs" / "python.md").read_text()
        snippets = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        self.assertGreaterEqual(len(snippets), 6)
        names, printed = {"__name__": "__main__"}, io.StringIO()
        with contextlib.redirect_stdout(printed):
            for number, snippet in enumerate(snippets):
                exec(compile(snippet, f"docs/python.md snippet {number}", "exec"), names)
        shown = printed.getvalue()
        for expected in ("SIMULATED", "characters of proof", "worker-1 was refused: workload_not_expected", "answer_bound"):
            self.assertIn(expected, shown)
        for name in ("client", "stream"):
            names[name].close()


if __name__ == "__main__":
    unittest.main()
