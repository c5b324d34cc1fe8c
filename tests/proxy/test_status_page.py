# SPDX-License-Identifier: Apache-2.0
"""The proxy's status page in a real browser: it is drawn, light and dark, loads
nothing, runs nothing, and shows hostile text as text."""

import os
import pathlib
import shutil
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "e2e")]

import chromium
from cases import ScriptedCase
from network import wait_until
from proxy import CHAT, Proxy, chat

HOSTILE = "<img src=x onerror=document.title='owned'>&\"'.toml"
SIZE = 900, 1000


@unittest.skipUnless(chromium.find(), "no Chromium here: scripts/browser brings one, or name one in AIPG_CHROMIUM")
class StatusPage(ScriptedCase):
    flags = ("--workers", "2")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pictures = pathlib.Path(os.environ.get("AIPG_SCREENSHOTS", cls.folder.name))
        cls.pictures.mkdir(parents=True, exist_ok=True)
        policy = f"{cls.folder.name}/{HOSTILE}"
        shutil.copy(cls.network.environment["AIPG_POLICY"], policy)
        cls.proxy = Proxy(cls.network, "--policy", policy)
        cls.url = f"http://127.0.0.1:{cls.proxy.port}/"
        assert cls.proxy.post(CHAT, chat("tokens=1"))[0] == 200
        wait_until(lambda: len(cls.proxy.status()["workers"]) == 2, 30, "both workers are verified")

    @classmethod
    def tearDownClass(cls):
        cls.proxy.stop()
        super().tearDownClass()

    def test_it_is_drawn_light_and_dark(self):
        for dark in (False, True):
            with self.subTest(dark=dark):
                path = self.pictures / f"status-{'dark' if dark else 'light'}.png"
                picture = chromium.screenshot(self.url, path, dark, SIZE)
                self.assertGreaterEqual((picture.width, picture.height), (SIZE[0], 800))
                lightness = picture.lightness(2, 2)
                self.assertTrue(lightness < 0.3 if dark else lightness > 0.9, f"background of lightness {lightness}")
                self.assertGreater(picture.drawn_rows(), 250)
                # The style was taken: "verified" stands in green, and SIMULATED in its own colour.
                self.assertTrue(picture.has_colour(lambda r, g, b: g > r + 40 and g > b + 20), "no green")
                self.assertTrue(picture.has_colour(lambda r, g, b: r > b + 80 and g > b + 40), "no amber")

    def test_it_shows_what_it_should_and_loads_nothing(self):
        document, console = chromium.document(self.url)
        for text in ("2 workers are verified", "worker-1", "worker-2", "SIMULATED hardware (L0)", "smollm2-135m", "1 answered"):
            self.assertIn(text, document)
        self.assertNotIn("<script", document)
        self.assertEqual(console, "", "the page's own policy refused something of it")

    def test_hostile_text_is_text(self):
        document, _ = chromium.document(self.url)
        self.assertIn("<title>aipg proxy</title>", document)
        self.assertIn("&lt;img src=x onerror=", document)
        self.assertNotIn("<img", document)
