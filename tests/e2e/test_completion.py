# SPDX-License-Identifier: Apache-2.0
"""Completion in the shells themselves, and manual pages in the programs that
show them."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from shell import Shell

PROGRAMS = pathlib.Path(os.environ["AIPG_PROGRAMS"])


class Completion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        (pathlib.Path(folder.name) / "letter to bob.toml").write_text("")
        (pathlib.Path(folder.name) / "collateral").mkdir()
        (pathlib.Path(folder.name) / "collected").write_text("")
        self.environment = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "HOME": folder.name, "TERM": "xterm",
                            "LC_ALL": "C.UTF-8", "PS1": "$ "}

    def start(self, name, *flags):
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed; scripts/setup packages does")
        shell = Shell([name, *flags], self.environment, self.folder)
        self.addCleanup(shell.close)
        return shell

    def check(self, shell, quoted):
        for typed, expected in [
            ("aipg cha", "aipg chat"),
            ("aipg policy exp", "aipg policy explain"),
            ("aipg chat --pad", "aipg chat --padding"),
            ("aipg up --cpu=snp-g", "aipg up --cpu=snp-genoa"),
            ("aipg up --cpu snp-g", "aipg up --cpu snp-genoa"),
            ("aipg policy explain az", "aipg policy explain azure-vtpm"),
            ("aipg chat --config let", "aipg chat --config " + quoted),
            ("aipg collateral fetch --to coll", "aipg collateral fetch --to collateral"),
            ("aipg-gateway ke", "aipg-gateway keys"),
            ("aipg-worker man", "aipg-worker man"),
        ]:
            with self.subTest(typed):
                self.assertEqual(shell.completed(typed).rstrip("/"), expected)

    def test_bash(self):
        shell = self.start("bash", "--norc", "--noprofile", "-i")
        shell.press("for p in aipg aipg-gateway aipg-worker; do source <($p completion bash); done; echo rea''dy\n")
        shell.wait_for("^ready")
        self.check(shell, "letter to bob.toml")

    def test_zsh(self):
        shell = self.start("zsh", "-f", "-i")
        shell.press("autoload -U compinit; compinit -u -D; bindkey -e\n")
        shell.press("for p in aipg aipg-gateway aipg-worker; do source <($p completion zsh); done; echo rea''dy\n")
        shell.wait_for("^ready")
        self.check(shell, "letter to bob.toml")

    def test_fish(self):
        if not shutil.which("fish"):
            self.skipTest("fish is not installed; scripts/setup packages does")
        script = "for p in aipg aipg-gateway; $p completion fish | source; end; complete -C $argv[1]"
        for typed, expected in [
            ("aipg cha", "chat\task one question"),
            ("aipg policy exp", "explain\t"),
            ("aipg chat --pad", "--padding\t"),
            ("aipg up --cpu=snp-g", "--cpu=snp-genoa"),
            ("aipg up --cpu snp-g", "snp-genoa"),
            ("aipg chat --config let", "letter to bob.toml"),
            ("aipg chat --config=let", "--config=letter to bob.toml"),
            ("aipg collateral fetch --to coll", "collateral/"),
            ("aipg-gateway ke", "keys\t"),
        ]:
            with self.subTest(typed):
                done = subprocess.run(["fish", "--no-config", "-c", script, typed], env=self.environment,
                                      cwd=self.folder, capture_output=True, text=True, timeout=60)
                lines = [line.replace("\\ ", " ") for line in done.stdout.splitlines()]
                self.assertTrue(len(lines) == 1 and lines[0].startswith(expected), done.stdout + done.stderr)

    def test_a_folder_is_wanted_and_no_file(self):
        done = subprocess.run([PROGRAMS / "aipg", "completion", "words", "collateral", "fetch", "--to", ""],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout, ":folders\n")


class Manual(unittest.TestCase):
    def pages(self):
        for name in ("aipg", "aipg-gateway", "aipg-worker"):
            listed = subprocess.run([PROGRAMS / name, "man", "--list"], capture_output=True, text=True, check=True)
            for line in listed.stdout.splitlines():
                page, command = line.split("\t")
                words = command.split(" ")
                self.assertEqual(words[0], name)
                yield page, subprocess.run([PROGRAMS / name, *words[1:]], capture_output=True, check=True).stdout

    def test_every_page_is_clean(self):
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed; scripts/setup packages does")
        names = []
        for page, roff in self.pages():
            names.append(page)
            with self.subTest(page):
                done = subprocess.run(["mandoc", "-Tlint", "-Wwarning"], input=roff, capture_output=True, timeout=60)
                self.assertEqual((done.stdout, done.returncode), (b"", 0))
        for name in ("aipg.1", "aipg-chat.1", "aipg-policy-explain.1", "aipg-gateway-serve.1", "aipg-worker.1"):
            self.assertIn(name, names)

    def test_every_flag_of_the_help_is_on_the_page(self):
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed; scripts/setup packages does")
        shown = subprocess.run([PROGRAMS / "aipg", "chat", "--help"], capture_output=True, text=True).stdout
        roff = subprocess.run([PROGRAMS / "aipg", "man", "chat"], capture_output=True).stdout
        page = subprocess.run(["mandoc", "-Tutf8", "-Owidth=200"], input=roff, capture_output=True).stdout.decode()
        while "\b" in page:  # bold is a character over itself
            page = "".join(part[:-1] if i < page.count("\b") else part for i, part in enumerate(page.split("\b")))
        flags = [word for line in shown.splitlines() for word in line.split() if line.startswith("  --")
                 and word.startswith("--")]
        self.assertGreater(len(flags), 15)
        for flag in flags:
            self.assertIn(flag, page)
