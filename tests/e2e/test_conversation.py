# SPDX-License-Identifier: Apache-2.0
"""`aipg chat` at a terminal: a conversation, over real processes."""

import base64
import json
import os
import pathlib
import signal
import stat
import unittest

from cases import ScriptedCase
from network import wait_until
from terminal import Terminal

PROMPT = "\n> "
PASTES_ON, PASTES_OFF = "\x1b[?2004h", "\x1b[?2004l"


class Conversation(ScriptedCase):
    def talk(self, *arguments, **options) -> Terminal:
        terminal = Terminal(self.network, "chat", *arguments, **options)
        self.addCleanup(terminal.close)
        terminal.expect("/help", PROMPT)
        return terminal

    def messages(self) -> list[tuple[str, str]]:
        return [(m["role"], m["content"]) for m in self.engine.requests[-1]["body"]["messages"]]

    def file(self, name: str) -> pathlib.Path:
        return pathlib.Path(self.folder.name) / self.id().split(".")[-1] / name

    def setUp(self):
        self.file("x").parent.mkdir()

    def end(self, terminal: Terminal):
        terminal.type("\x04")
        self.assertEqual(terminal.wait(), 0, terminal.text())
        self.assertEqual(terminal.settings(), terminal.before, "the terminal is as it was")

    def test_three_turns_each_with_its_verdict_before_the_first_word(self):
        terminal = self.talk()
        terminal.say("tokens=2 text=one")
        first = terminal.expect("one0 one1", PROMPT)
        verdict = r"verified: Hopper GPU, TDX, workload [0-9a-f]{4}…, L0, (just now|\d+ s ago)\n"
        self.assertRegex(first, r"SIMULATED hardware \(L0\): [^\n]*\n" + verdict + "one0 one1")
        terminal.say("tokens=1 text=two")
        second = terminal.expect("two0", PROMPT)
        self.assertRegex(second, verdict + "two0")
        self.assertNotIn("SIMULATED", second, "its words are said once")
        terminal.say("tokens=1 text=three")
        terminal.expect("three0", PROMPT)
        self.assertEqual(self.messages(), [("user", "tokens=2 text=one"), ("assistant", "one0 one1 "),
                                           ("user", "tokens=1 text=two"), ("assistant", "two0 "),
                                           ("user", "tokens=1 text=three")])
        self.end(terminal)

    def test_a_pasted_block_is_one_message(self):
        terminal = self.talk()
        before = len(self.engine.requests)
        terminal.type("look at this: ")
        terminal.paste("first line\n\tsecond \x1b[31mline\n\nünïcode 语言 tokens=1 text=pasted\n")
        terminal.expect("text=pasted")
        self.assertEqual(len(self.engine.requests), before, "only Enter sends")
        terminal.type("\r")
        terminal.expect("pasted0", PROMPT)
        self.assertEqual(len(self.engine.requests), before + 1)
        self.assertEqual(self.messages()[-1][1],
                         "look at this: first line\n\tsecond [31mline\n\nünïcode 语言 tokens=1 text=pasted")
        self.end(terminal)

    def test_a_large_paste_arrives_whole(self):
        terminal = self.talk()
        text = "\n".join(f"line {i} of a long text é" for i in range(3000)) + "\ntokens=1 text=large"
        terminal.paste(text)
        terminal.expect("text=large")
        terminal.type("\r")
        terminal.expect("large0", PROMPT)
        self.assertEqual(self.messages()[-1][1], text)
        self.end(terminal)

    def test_a_paste_that_is_too_large_is_refused_whole(self):
        terminal = self.talk()
        before = len(self.engine.requests)
        terminal.paste("never " * 200_000)  # more than kMaxPastedCharacters
        terminal.expect("\x07", seconds=60)
        terminal.say("tokens=1 text=small")
        terminal.expect("small0", PROMPT)
        self.assertEqual(self.messages()[-1][1], "tokens=1 text=small")
        self.assertEqual(len(self.engine.requests), before + 1)
        self.end(terminal)

    def test_lines_that_go_on(self):
        terminal = self.talk()
        terminal.say("tokens=1 text=open\\")
        terminal.say("```")
        terminal.say("code\\")
        terminal.say("more")
        terminal.say("```")
        terminal.expect("open0", PROMPT)
        self.assertEqual(self.messages()[-1][1], "tokens=1 text=open\n```\ncode\nmore\n```")
        terminal.type("by key\ntokens=1 text=keyed\r")
        terminal.expect("keyed0", PROMPT)
        self.assertEqual(self.messages()[-1][1], "by key\ntokens=1 text=keyed")
        self.end(terminal)

    def test_ctrl_c_frees_the_engine_and_keeps_the_program(self):
        terminal = self.talk()
        terminal.say("tokens=1 text=kept")
        terminal.expect("kept0", PROMPT)
        before = self.engine.cancelled
        terminal.say("tokens=1000 delay=0.05 text=long")
        terminal.expect("long3")
        terminal.type("\x03")
        terminal.expect("cancelled", "/retry asks again", PROMPT)
        wait_until(lambda: self.engine.cancelled > before and self.engine.running == 0, 5, "engine slot freed")
        terminal.say("tokens=1 text=after")
        terminal.expect("after0", PROMPT)
        self.assertEqual([text for _, text in self.messages()], ["tokens=1 text=kept", "kept0 ", "tokens=1 text=after"])
        self.end(terminal)

    def test_retry_gives_up_an_answer_only_for_its_own_question(self):
        terminal = self.talk()
        terminal.say("tokens=1 text=same")
        terminal.expect("same0", PROMPT)
        terminal.say("tokens=1000 delay=0.05 text=long")
        terminal.expect("long1")
        terminal.type("\x03")
        terminal.expect("/retry asks again", PROMPT)
        terminal.say("/retry")
        terminal.expect("long1")
        self.assertEqual([text for _, text in self.messages()],
                         ["tokens=1 text=same", "same0 ", "tokens=1000 delay=0.05 text=long"])
        terminal.type("\x03")
        terminal.expect("/retry asks again", PROMPT)
        terminal.say("tokens=1 text=next")
        terminal.expect("next0", PROMPT)
        self.assertEqual(self.messages()[:2], [("user", "tokens=1 text=same"), ("assistant", "same0 ")])
        self.end(terminal)

    def test_ctrl_c_in_a_line_drops_it(self):
        terminal = self.talk()
        before = len(self.engine.requests)
        terminal.type("never to be sent\x03")
        terminal.expect(PROMPT)
        terminal.say("tokens=1 text=sent")
        terminal.expect("sent0", PROMPT)
        self.assertEqual(self.messages(), [("user", "tokens=1 text=sent")])
        self.assertEqual(len(self.engine.requests), before + 1)
        self.end(terminal)

    def test_save_writes_what_verify_judges(self):
        terminal = self.talk("--system", "be brief")
        terminal.say("/save " + str(self.file("early.json")))
        terminal.expect("no answer yet", PROMPT)
        self.assertFalse(self.file("early.json").exists())
        terminal.say("tokens=2 text=first")
        terminal.expect("first0 first1", PROMPT)
        terminal.say("tokens=1 text=second")
        terminal.expect("second0", PROMPT)
        saved = self.file("saved.json")
        terminal.say(f"/save {saved}")
        terminal.expect("2 answers with their attestations", PROMPT)
        self.assertEqual(stat.S_IMODE(saved.stat().st_mode), 0o600)
        document = json.loads(saved.read_text())
        self.assertEqual([(t["question"], t["answer"], t["system"]) for t in document["turns"]],
                         [("tokens=2 text=first", "first0 first1 ", "be brief"),
                          ("tokens=1 text=second", "second0 ", "be brief")])
        for turn in document["turns"]:
            self.file("proof").write_text(turn["attestation"])
            self.file("q").write_bytes(base64.b64decode(turn["question_body"]))
            self.file("a").write_bytes(base64.b64decode(turn["answer_body"]))
            verdict = self.network.client("verify", str(self.file("proof")), "--question", str(self.file("q")),
                                          "--answer", str(self.file("a")), "-v")
            self.assertEqual(verdict.returncode, 0, verdict.stdout + verdict.stderr)
            self.assertIn("question_bound", verdict.stdout)
            self.assertIn("answer_bound", verdict.stdout)
        before = saved.read_bytes()
        terminal.say(f"/save {saved}")
        terminal.expect("was not touched", PROMPT)
        self.assertEqual(saved.read_bytes(), before)
        terminal.say("/clear")
        terminal.expect("a new conversation", PROMPT)
        terminal.say("tokens=1 text=alone")
        terminal.expect("alone0", PROMPT)
        terminal.say(f"/save! {saved}")
        terminal.expect("1 answer with its attestation", PROMPT)
        self.assertEqual(len(json.loads(saved.read_text())["turns"]), 1)
        self.assertEqual(stat.S_IMODE(saved.stat().st_mode), 0o600)
        terminal.say(f"/save {self.file('saved.md')}")
        terminal.expect("1 answer with its attestation", PROMPT)
        self.assertIn("## You\n\ntokens=1 text=alone\n\n", self.file("saved.md").read_text())
        self.end(terminal)

    def test_verdict_of_worker_and_attestation(self):
        terminal = self.talk()
        terminal.say("/verdict")
        terminal.expect("no answer yet", PROMPT)
        terminal.say("tokens=1 text=x")
        terminal.expect("x0", PROMPT)
        terminal.say("/verdict")
        shown = terminal.expect("as verified before it was asked", "SIMULATED", "attestation", "SIMULATED", PROMPT)
        self.assertNotIn("REJECTED", shown)
        self.assertNotIn("not bound", shown)
        self.end(terminal)

    def test_commands(self):
        terminal = self.talk()
        before = len(self.engine.requests)
        terminal.say("/verdct")
        terminal.expect("/verdct is no command; did you mean /verdict?", PROMPT, "/verdct")
        terminal.type("\x03")
        terminal.expect(PROMPT)
        terminal.say("/model nobody")
        terminal.expect("Nobody offers nobody", "/model ", "answers now", PROMPT)
        terminal.say("/retry")
        terminal.expect("Nothing was asked yet", PROMPT)
        self.assertEqual(len(self.engine.requests), before)
        terminal.say("/system speak softly")
        terminal.expect("from now on", PROMPT)
        terminal.say("//slash tokens=1 text=s")
        terminal.expect("s0", PROMPT)
        self.assertEqual(self.messages(), [("system", "speak softly"), ("user", "/slash tokens=1 text=s")])
        terminal.say("/retry")
        terminal.expect("s0", PROMPT)
        self.assertEqual(self.messages(), [("system", "speak softly"), ("user", "/slash tokens=1 text=s")])
        self.assertEqual(len(self.engine.requests), before + 2)
        terminal.say("/quit")
        self.assertEqual(terminal.wait(), 0)

    def test_history_by_arrows_and_search(self):
        terminal = self.talk()
        for word in ("alpha", "beta"):
            terminal.say(f"tokens=1 text={word}")
            terminal.expect(f"{word}0", PROMPT)
        terminal.type("\x1b[A\x1b[A")
        terminal.expect("beta", "alpha")
        terminal.type("\r")
        terminal.expect("alpha0", PROMPT)
        terminal.type("\x12beta\r")
        terminal.expect("beta0", PROMPT)
        self.assertEqual([text for role, text in self.messages() if role == "user"],
                         [f"tokens=1 text={word}" for word in ("alpha", "beta", "alpha", "beta")])
        self.end(terminal)

    def test_history_is_in_a_file_only_when_asked_for(self):
        history = self.file("history")
        for word in ("inmemory", "infile"):
            flags = ("--history", str(history)) if word == "infile" else ()
            terminal = self.talk(*flags)
            terminal.say(f"tokens=1 text={word}")
            terminal.expect(f"{word}0", PROMPT)
            self.end(terminal)
        self.assertEqual(history.read_text(), '"tokens=1 text=infile"\n')
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)
        for path in pathlib.Path(self.network.folder).rglob("*"):
            if path.is_file():
                self.assertNotIn(b"text=in", path.read_bytes(), str(path))
        terminal = self.talk("--history", str(history))
        terminal.type("\x1b[A\r")
        terminal.expect("infile0", PROMPT)
        self.end(terminal)
        history.chmod(0o644)
        refused = Terminal(self.network, "chat", "--history", str(history))
        self.addCleanup(refused.close)
        refused.expect("file_open_to_others")
        self.assertEqual(refused.wait(), 3)

    def test_a_failed_question_stands_in_the_line_again(self):
        terminal = self.talk()
        terminal.say("status=500 tokens=1 text=again")
        terminal.expect("engine_error", PROMPT, "status=500 tokens=1 text=again")
        # To the beginning, and the word that makes it fail away.
        terminal.type("\x01" + "\x1b[3~" * len("status=500 ") + "\r")
        terminal.expect("again0", PROMPT)
        self.assertEqual(self.messages(), [("user", "tokens=1 text=again")])
        terminal.say("tokens=9 die=2 text=broken")
        terminal.expect("broken1", PROMPT, "tokens=9 die=2 text=broken")
        terminal.type("\x03")
        terminal.expect(PROMPT)
        terminal.say("tokens=1 text=whole")
        terminal.expect("whole0", PROMPT)
        self.assertEqual(len(self.messages()), 3, "a broken answer is no part of the conversation")
        self.end(terminal)

    def test_waiting_is_shown_and_leaves_nothing(self):
        terminal = self.talk()
        terminal.say("wait=2.5 tokens=1 text=late")
        terminal.expect("waiting for the first word, 1 s")
        terminal.expect("late0", PROMPT)
        *_, last_tick = terminal.raw.split("waiting for the first word")
        self.assertRegex(last_tick, r"^[^\n]*\r\x1b\[Klate0", "the line is empty again when the answer begins")
        self.end(terminal)

    def test_colour_and_none(self):
        terminal = self.talk()
        terminal.say("tokens=1 text=c")
        terminal.expect("c0", PROMPT)
        self.assertIn("\x1b[2mverified: ", terminal.raw)
        self.end(terminal)
        for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            plain = self.talk(**environment)
            plain.say("tokens=1 text=c")
            plain.expect("verified: ", "c0", PROMPT)
            self.assertNotRegex(plain.raw, r"\x1b\[[0-9;]*m")
            self.end(plain)

    def test_a_resize_keeps_the_text(self):
        terminal = self.talk()
        terminal.type("tokens=1 text=resized " + "word " * 30)
        terminal.expect("word word")
        terminal.resize(20, 50)
        terminal.expect("> tokens=1 text=resized")
        terminal.type("end\r")
        terminal.expect("resized0", PROMPT)
        self.assertEqual(self.messages()[-1][1], "tokens=1 text=resized " + "word " * 30 + "end")
        self.end(terminal)

    def test_what_is_typed_while_an_answer_runs_waits(self):
        terminal = self.talk()
        terminal.say("tokens=10 delay=0.1 text=slow")
        terminal.expect("slow1")
        terminal.type("tokens=1 text=ahead\r")
        shown = terminal.expect("slow9", PROMPT)
        self.assertNotIn("ahead", shown)
        terminal.expect("ahead0", PROMPT)
        self.end(terminal)

    def test_sigterm_at_the_prompt_and_in_an_answer(self):
        for text in ("", "tokens=1000 delay=0.05 text=t"):
            terminal = self.talk()
            if text:
                terminal.say(text)
                terminal.expect("t2")
            os.kill(terminal.process.pid, signal.SIGTERM)
            self.assertEqual(terminal.wait(), 0, terminal.text())
            self.assertEqual(terminal.settings(), terminal.before)
            wait_until(lambda: self.engine.running == 0, 5, "engine slot freed")

    def test_ctrl_z_gives_the_terminal_back_for_a_while(self):
        terminal = self.talk(shell='"$@"; echo suspended; read -r; fg')
        terminal.type("tokens=1 text=s")
        terminal.expect("text=s")
        terminal.type("\x1a")
        terminal.expect("suspended")
        self.assertEqual(terminal.settings(), terminal.before)
        self.assertGreater(terminal.raw.rindex(PASTES_OFF), terminal.raw.rindex(PASTES_ON),
                           "the shell has its own way with pastes")
        terminal.type("\n")
        terminal.expect("> tokens=1 text=s")
        self.assertGreater(terminal.raw.rindex(PASTES_ON), terminal.raw.rindex(PASTES_OFF))
        terminal.type("top\r")
        terminal.expect("stop0", PROMPT)
        terminal.type("\x04")
        self.assertEqual(terminal.wait(), 0, terminal.text())

    def test_options_of_a_single_question_are_refused(self):
        for flags in (["--json"], ["--save-attestation", str(self.file("x"))]):
            terminal = Terminal(self.network, "chat", *flags)
            self.addCleanup(terminal.close)
            terminal.expect("invalid_option")
            self.assertEqual(terminal.wait(), 2)

    def test_a_gateway_that_is_not_there(self):
        terminal = Terminal(self.network, "chat", AIPG_BASE_URL="http://127.0.0.1:1/v1")
        self.addCleanup(terminal.close)
        terminal.expect("gateway_unreachable")
        self.assertEqual(terminal.wait(), 3)
        self.assertEqual(terminal.settings(), terminal.before)


if __name__ == "__main__":
    unittest.main()
