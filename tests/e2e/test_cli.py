# SPDX-License-Identifier: Apache-2.0
"""The user's side of the command line: settings, login, doctor, colours, and
the commands that docs/cli.md shows."""

import json
import os
import pathlib
import re
import stat
import subprocess
import tempfile

from cases import ScriptedCase
from network import PROGRAMS, free_port
from shell import Shell

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
AIPG = str(PROGRAMS / "aipg")


class CommandLine(ScriptedCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        self.file = self.home / ".config/aipg/config.toml"
        # Nothing of the network but its policy: the rest is for login and the file to know.
        self.environment = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "HOME": home.name,
                            "AIPG_POLICY": self.network.environment["AIPG_POLICY"]}
        self.engine.requests.clear()

    def aipg(self, *arguments, stdin="", **more):
        done = subprocess.run([AIPG, *arguments], env={**self.environment, **more}, input=stdin, text=True,
                              capture_output=True, timeout=90, cwd=self.home)
        for text in (done.stdout, done.stderr):
            self.assertNotIn(self.network.key, text)
        return done

    def write(self, text, mode=0o600):
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text)
        self.file.chmod(mode)

    def log_in(self):
        done = self.aipg("login", "--gateway", self.network.base_url, stdin=self.network.key + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def doctor(self, code, *arguments, **more):
        done = self.aipg("doctor", "--json", *arguments, **more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["would_work"], code == 0)
        return {check["name"]: check for check in report["checks"]}

    # --- login ---

    def test_login_stores_the_key_for_its_owner_and_it_works(self):
        self.write("# mine\n\n[chat]\nmodel = \"smollm2-135m\"  # small\n", mode=0o644)
        done = self.log_in()
        self.assertIn("accepts the key", done.stdout)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        text = self.file.read_text()
        self.assertIn(f'api_key = "{self.network.key}"\n', text)
        self.assertTrue(text.startswith("# mine\n\n") and text.endswith("[chat]\nmodel = \"smollm2-135m\"  # small\n"), text)
        asked = self.aipg("chat", "canary tokens=3")
        self.assertEqual(asked.returncode, 0, asked.stderr)
        gone = self.aipg("logout")
        self.assertEqual(gone.returncode, 0)
        self.assertNotIn("api_key", self.file.read_text())
        refused = self.aipg("chat", "canary tokens=3")
        self.assertEqual(refused.returncode, 1, refused.stderr)

    def test_login_refuses_a_key_that_the_gateway_does_not_know(self):
        done = self.aipg("login", "--gateway", self.network.base_url, stdin="grid_wrong\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("(invalid_api_key)", done.stderr)
        self.assertFalse(self.file.exists())

    def test_login_says_when_nobody_could_check(self):
        done = self.aipg("login", "--gateway", f"http://127.0.0.1:{free_port()}", stdin="grid_abc\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("could not be checked", done.stdout)
        self.assertIn('api_key = "grid_abc"', self.file.read_text())

    def test_login_refuses_what_is_no_key(self):
        for text in ("", "\n", "two words\n", "caf\u00e9\n"):
            with self.subTest(text):
                self.assertEqual(self.aipg("login", "--gateway", self.network.base_url, stdin=text).returncode, 2)
                self.assertFalse(self.file.exists())

    def test_login_by_a_command(self):
        (self.home / "key").write_text(self.network.key + "\nuser: alice\n")
        done = self.aipg("login", "--gateway", self.network.base_url, "--key-command", f"cat '{self.home}/key'")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(self.network.key, self.file.read_text())
        self.assertEqual(self.aipg("chat", "canary tokens=3").returncode, 0)
        (self.home / "key").unlink()
        failed = self.aipg("chat", "canary tokens=3")
        self.assertEqual(failed.returncode, 3)
        self.assertIn("(cat) ended with status 1; nothing was sent", failed.stderr)
        self.assertIn("No such file", failed.stderr)  # its own words
        self.assertEqual(self.aipg("login", "--key-command", "cat key | head -1").returncode, 2)

    def test_a_variable_beats_what_is_stored(self):
        self.log_in()
        self.assertEqual(self.aipg("chat", "canary tokens=3", AIPG_API_KEY="grid_wrong").returncode, 1)
        self.assertIn("AIPG_API_KEY is set", self.aipg("logout", AIPG_API_KEY="x").stdout)

    def test_login_on_a_terminal_shows_nothing_and_can_be_given_up(self):
        shell = Shell([AIPG, "login", "--gateway", self.network.base_url], self.environment, str(self.home))
        shell.wait_for("not shown")
        shell.press("wrong\x15" + self.network.key + "x\x7f\r")
        said = shell.wait_for(r"(?s).*stored in .*").group(0)
        shell.close()
        self.assertNotIn(self.network.key, said)
        self.assertIn(f'api_key = "{self.network.key}"', self.file.read_text())
        shell = Shell([AIPG, "login", "--gateway", self.network.base_url], self.environment, str(self.home))
        shell.wait_for("not shown")
        shell.press("grid_other\x03")
        shell.wait_for("key_not_given")
        shell.close()
        self.assertNotIn("grid_other", self.file.read_text())

    # --- settings ---

    def test_flag_environment_file_and_default(self):
        def gateway(*arguments, **more):
            return re.search('gateway = "(.*)"', self.aipg("workers", "--print-config", *arguments, **more).stdout).group(1)
        self.assertEqual(gateway(), "https://api.aipowergrid.io/v1")
        self.write('gateway = "https://file.example"\n')
        self.assertEqual(gateway(), "https://file.example")
        self.assertEqual(gateway(AIPG_BASE_URL="https://variable.example"), "https://variable.example")
        self.assertEqual(gateway("--gateway", "https://flag.example", AIPG_BASE_URL="https://variable.example"),
                         "https://flag.example")
        (self.home / "x/aipg").mkdir(parents=True)
        (self.home / "x/aipg/config.toml").write_text('gateway = "https://xdg.example"\n')
        self.assertEqual(gateway(XDG_CONFIG_HOME=str(self.home / "x")), "https://xdg.example")

    def test_a_mistyped_key_of_any_command_is_an_error_in_each(self):
        self.write("[chat]\nmodle = \"x\"\n")
        for command in ("workers", "chat", "verify", "up", "login"):
            done = self.aipg(command)
            self.assertEqual(done.returncode, 2, command)
            self.assertIn('line 2: there is no key "chat.modle"\n  did you mean chat.model?', done.stderr)
        self.assertIn("chat.model", self.doctor(1, "--gateway", self.network.base_url)["settings"]["next"])

    def test_a_key_that_others_may_read_is_refused(self):
        self.write(f'api_key = "{self.network.key}"\n', mode=0o640)
        done = self.aipg("chat", "canary")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"chmod 600 {self.file}", done.stderr)
        self.assertEqual(self.doctor(1, "--gateway", self.network.base_url)["settings"]["code"], "file_open_to_others")

    # --- doctor ---

    def test_doctor_is_content_when_a_request_would_work_and_sends_none(self):
        self.log_in()
        checks = self.doctor(0)
        for name in ("gateway", "clock", "key", "key accepted", "reference", "directory", "workers", "cache"):
            self.assertEqual(checks[name]["state"], "ok", checks[name])
        self.assertEqual(checks["policy"]["state"], "note")
        self.assertIn("1 of 1 verify", checks["workers"]["says"])
        self.assertIn("smollm2-135m", checks["directory"]["says"])
        self.assertEqual(self.engine.requests, [])

    def test_doctor_says_what_is_wrong_and_what_to_do(self):
        nobody = f"http://127.0.0.1:{free_port()}"
        self.assertEqual(self.doctor(1, "--gateway", nobody)["gateway"]["code"], "gateway_unreachable")
        checks = self.doctor(1, "--gateway", self.network.base_url)
        self.assertEqual(checks["key accepted"]["says"], "the gateway asks for a key")
        checks = self.doctor(1, "--gateway", self.network.base_url, AIPG_API_KEY="grid_wrong")
        self.assertEqual(checks["key accepted"]["code"], "invalid_api_key")
        self.log_in()
        checks = self.doctor(1, AIPG_POLICY="network")
        self.assertIn("0 of 1 verify", checks["workers"]["says"])
        self.assertIn("worker-1", checks["workers"]["next"])
        self.assertEqual(self.doctor(1, AIPG_POLICY="absent.toml")["policy"]["code"], "policy_unreadable")
        self.assertEqual(self.doctor(0, XDG_CACHE_HOME=str(self.file))["cache"]["state"], "note")  # no folder

    def test_doctor_without_json_is_a_table(self):
        self.log_in()
        text = self.aipg("doctor").stdout
        self.assertRegex(text, r"(?m)^gateway       ok     http://127")
        self.assertTrue(text.endswith("\nA confidential request would work.\n"), text)
        self.assertNotIn("\x1b", text)

    # --- colours ---

    def coloured(self, **more):
        environment = {**self.environment, "TERM": "xterm", **more}
        shell = Shell([AIPG, "doctor", "--gateway", f"http://127.0.0.1:{free_port()}"], environment, str(self.home))
        text = ""
        try:
            while piece := os.read(shell.terminal, 65536).decode(errors="replace"):
                text += piece
        except OSError:
            pass
        shell.close()
        self.assertIn("would not work", text)
        return "\x1b[" in text

    def test_colours_are_for_terminals_that_want_them(self):
        self.assertTrue(self.coloured())
        self.assertTrue(self.coloured(NO_COLOR=""))
        self.assertFalse(self.coloured(NO_COLOR="0"))
        self.assertFalse(self.coloured(TERM="dumb"))

    # --- documentation ---

    def test_every_snippet_of_the_page_runs(self):
        page = (DOCS / "cli.md").read_text()
        blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        self.assertGreaterEqual(len(blocks), 5)
        script = "set -euo pipefail\n" + "\n".join(blocks)
        environment = {**self.network.environment, "PATH": self.environment["PATH"], "HOME": str(self.home)}
        done = subprocess.run(["bash", "-c", script], env=environment, cwd=self.home, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("A confidential request would work.", done.stdout)
        self.assertIn("complete -F _aipg aipg", (self.home / "completion.bash").read_text())
