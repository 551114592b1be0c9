#!/usr/bin/env python3
"""Texts of any script in the window's fields, typed and pasted by real X events, and displays of any density.

    tests/end_to_end/texts_test.py build/release/gatescope [NAME...]

Exits with 77, which is "skipped", where Xvfb, xdotool or xclip is missing.
"""

import ctypes
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from window_test import PRESET, Display, Window, open_for_class, read_session

SCRIPTS = {
    "emoji": "a 😀 b 👍🏽 👨‍👩‍👧 🇩🇪",
    "Japanese": "日本語のテキスト",
    "Hebrew": "שלום עולם",
    "Arabic": "مرحبا بالعالم",
    "Hindi": "नमस्ते दुनिया",
    "Thai": "ภาษาไทย",
    "planes": "\U00020000 \U0001D49C z",
}


class TextsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        open_for_class(cls)

    def tearDown(self):
        self.window.keys("Escape", "Escape")

    def copy(self, text):
        """Onto the desktop's clipboard, by another program."""
        subprocess.run(["xclip", "-selection", "clipboard", "-i"], input=text.encode(), check=True, timeout=20,
                       env=self.window.environment, stdout=subprocess.DEVNULL)

    def copied(self):
        return subprocess.run(["xclip", "-selection", "clipboard", "-o"], capture_output=True, check=True, timeout=20,
                              env=self.window.environment).stdout.decode()

    def type(self, text):
        """By keys of a keyboard that prints these characters. xdotool would change the keyboard between two presses,
        before the program has seen the first."""
        x11, xtst = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.name.encode()))
        first, characters = 150, sorted(set(text))
        keysyms = (ctypes.c_ulong * len(characters))(*[ord(c) if ord(c) < 0x100 else 0x1000000 | ord(c)
                                                       for c in characters])
        x11.XChangeKeyboardMapping(display, first, 1, keysyms, len(characters))
        x11.XSync(display, 0)
        self.window.frames(3)
        for character in text:
            for down in (1, 0):
                xtst.XTestFakeKeyEvent(display, first + characters.index(character), down, ctypes.c_ulong(0))
                x11.XSync(display, 0)
        x11.XCloseDisplay(display)
        self.window.frames()

    def expect(self, label, text):
        self.window.wait(lambda: self.window.text(label) == text, f"{label} to be {text!r}")

    def edit_probe(self):
        self.window.keys("p", "ctrl+a")

    def test_probes_are_typed(self):
        for script, text in SCRIPTS.items():
            with self.subTest(script=script):
                self.edit_probe()
                self.type(text)
                self.expect("probe text", text)
                self.window.click("Read it")
                # The model knows none of it: the editor says so, and stays.
                self.window.wait(lambda: "does not know" in (self.window.text("probe unknown") or ""), "what is unknown")
                self.expect("probe text", text)
                self.window.keys("Escape")

    def test_probes_are_pasted_changed_and_copied(self):
        text = "\n".join(SCRIPTS.values())
        self.copy(text)
        self.edit_probe()
        self.window.keys("ctrl+v")
        self.expect("probe text", text)
        self.window.keys("BackSpace")
        self.window.type("!")
        self.expect("probe text", text[:-1] + "!")
        self.window.keys("ctrl+a", "ctrl+c")
        self.assertEqual(self.copied(), text[:-1] + "!")

    def test_what_separates_words_is_pasted(self):
        self.copy("one\ttwo\rthree\r\nfour\u2028five")
        self.edit_probe()
        self.window.keys("ctrl+v")
        self.expect("probe text", "one\ttwo\nthree\nfour\nfive")
        self.window.keys("Escape")
        self.window.keys("Escape")
        self.window.click("##new rule")
        self.window.keys("ctrl+v")
        self.expect("##new rule", "one two three four five")

    def test_one_letter_of_a_path_is_changed(self):
        self.window.keys("e")
        self.window.click("##export path")
        path = str(self.root / "eins 😀 שלום नमस्ते.svg")
        self.copy(path)
        self.window.keys("ctrl+a", "ctrl+v", "Home")
        self.window.xdotool("key", *["Right"] * (path.index("eins") + 1), "BackSpace")
        self.window.type("E")
        changed = path.replace("eins", "Eins")
        self.expect("##export path", changed)
        self.assertIsNotNone(self.window.find("##as read"), "what is edited letter by letter is shown as it is read")
        self.window.keys("Return")
        self.window.click("Export##write")
        self.window.wait(Path(changed).exists, changed)
        self.assertEqual([each.name for each in self.root.glob("*.svg")], [Path(changed).name])

    def test_what_is_kept_has_no_strange_characters(self):
        text = "tab\tand 😀 日本 שלום"
        learnt = self.root / "strange.txt"
        learnt.write_text(text * 40)
        preset = self.root / "strange.json"
        preset.write_text(json.dumps(PRESET | {"task": {"kind": "text", "text": str(learnt)}}))
        window = Window(self.display, self.root / "strange", preset)
        self.addCleanup(window.kill)
        self.window, shared = window, self.window
        self.addCleanup(lambda: setattr(self, "window", shared))
        window.pause()
        self.copy(text)
        self.edit_probe()
        self.window.keys("ctrl+v")
        self.expect("probe text", text)
        self.window.click("Read it")

        def kept():
            sessions = [read_session(each) for each in self.window.kept().rglob("*.gatescope")]
            return any(each[0]["probe"].get("text") == text for each in sessions)

        self.window.wait(kept, "the session that is kept")


class DensityTest(unittest.TestCase):
    """Xft.dpi, as desktops set it."""

    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="gatescope-density-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        (self.root / "tiny.json").write_text(json.dumps(PRESET))
        self.display = Display()
        self.addCleanup(self.display.close)

    def set_resources(self, text):
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.name.encode()))
        resource_manager, string = ctypes.c_ulong(23), ctypes.c_ulong(31)
        x11.XDefaultRootWindow.restype = ctypes.c_ulong
        root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
        x11.XChangeProperty(display, root, resource_manager, string, 8, 0, text.encode(), len(text))
        x11.XSync(display, 0)
        x11.XCloseDisplay(display)

    def test_the_window_fits_the_screen_at_every_density(self):
        width, height = 1280, 900
        for resources, scale in [("", 1), ("Xft.dpi:\t96\n", 1), ("Xft.dpi:\t144\n", 1.5), ("Xft.dpi:\t192\n", 2),
                                 ("Xft.dpi:\t0\n", None), ("Xft.dpi:\tmany\n", None), ("Xft.dpi:\t-96\n", None),
                                 ("Xft.dpi:\t100000\n", None)]:
            with self.subTest(resources=resources):
                self.set_resources(resources)
                window = Window(self.display, self.root / "window", self.root / "tiny.json")
                self.addCleanup(window.kill)
                window.frames(5)
                for label in ("File##menu", "###train"):
                    item = window.find(label) or next(
                        each for each in window.now()["items"] if each["label"].endswith(label))
                    self.assertGreater(item["high"][0], item["low"][0])
                    self.assertLessEqual(item["high"][0], width)
                    self.assertLessEqual(item["high"][1], height)
                timeline = window.find("time")
                self.assertLessEqual(timeline["high"][1], height)
                tall = window.find("File##menu")
                tall = tall["high"][1] - tall["low"][1]
                if scale:
                    self.assertAlmostEqual(tall, 28 * scale, delta=1)
                self.assertLess(tall, 200)
                window.kill()


if __name__ == "__main__":
    missing = [tool for tool in ("Xvfb", "xdotool", "xclip") if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not found; install the packages xvfb, xdotool and xclip")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
