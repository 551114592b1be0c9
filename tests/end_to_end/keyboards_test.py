#!/usr/bin/env python3
"""The window under keyboards of many layouts: real X events by the place of the key, what the window then does.

    tests/end_to_end/keyboards_test.py build/release/gatescope [NAME...]

Exits with 77, which is "skipped", where Xvfb, xdotool or setxkbmap is missing.
"""

import ctypes
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from window_test import Display, Window, open_for_class

# The X keycodes of an American keyboard's keys, whatever the layout prints.
CODES = {**{key: 10 + k for k, key in enumerate("1234567890-=")},
         **{key: 24 + k for k, key in enumerate("qwertyuiop[]")},
         **{key: 38 + k for k, key in enumerate("asdfghjkl;'`")},
         **{key: 51 + k for k, key in enumerate("\\zxcvbnm,./")},
         "escape": 9, "return": 36, "ctrl": 37, "shift": 50, "alt": 64, "altgr": 108, "space": 65, "num": 77,
         "kp1": 87, "kp2": 88, "kp3": 89, "kp6": 85, "kp-": 82, "kp+": 86, "home": 110, "right": 114}
VIEWS = ["gates", "states", "cell", "unrolled", "effect", "training", "portrait", "saturation", "next"]


class Hands:
    """Keys that are pressed on a display by where they are."""

    def __init__(self, display):
        self.name = display.name
        self.x11, self.xtst = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(display.name.encode()))

    def layout(self, *arguments):
        """As setxkbmap takes it."""
        subprocess.run(["setxkbmap", "-display", self.name, "-option", "", *arguments], check=True, timeout=20)
        self.group(0)

    def group(self, number):
        self.x11.XkbLockGroup(self.display, 0x100, number)
        self.x11.XSync(self.display, 0)

    def change(self, key, down):
        self.xtst.XTestFakeKeyEvent(self.display, CODES[key], int(down), ctypes.c_ulong(0))
        self.x11.XSync(self.display, 0)
        time.sleep(0.004)

    def press(self, chord):
        """"ctrl q": the last of the keys while the others are down."""
        keys = chord.split(" ")
        for key in keys:
            self.change(key, True)
        for key in reversed(keys):
            self.change(key, False)

    def close(self):
        self.x11.XCloseDisplay(self.display)


class KeyboardsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        open_for_class(cls)
        cls.hands = Hands(cls.display)
        cls.addClassCleanup(cls.hands.close)
        cls.hands.press("num")  # the keypad prints digits

    def setUp(self):
        self.hands.layout("us")
        self.begin_again()

    def begin_again(self):
        """The second view alone, the speed in the middle, no field with the keyboard."""
        self.press("escape")
        self.press("kp2")
        self.expect(self.views, {"states"})

    def press(self, *chords):
        for chord in chords:
            self.hands.press(chord)
        self.window.frames(2)

    def now(self, label):
        return next((item["text"] for item in self.window.now()["items"] if item["label"] == label), None)

    def views(self):
        return {item["label"].removeprefix("view ") for item in self.window.now()["items"]
                if item["seen"] and item["label"].startswith("view ")}

    def speed(self):
        return float(self.now("##speed"))

    def help_is_open(self):
        return self.window.find("##close help") is not None

    def export_is_open(self):
        return self.window.find("##export path") is not None

    def expect(self, read, wanted):
        """Waits for what comes, and looks again whether it stays."""
        until = time.monotonic() + 5
        while (found := read()) != wanted and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual(found, wanted)

    def expect_speed(self, *chords, change):
        """The speed after these, in steps of half an octave."""
        before = self.speed()
        self.press(*chords)
        self.expect(lambda: round(2 * (self.speed() - before)), change)

    def expect_nothing(self, *chords):
        def all_of_it():
            now = self.window.now()
            return (self.views(), self.speed(), self.help_is_open(), self.export_is_open(), now["training"],
                    now["updates"], self.now("time"))

        def settled():
            """What no longer changes: a busy machine shows late what came of earlier keys."""
            found, until = all_of_it(), time.monotonic() + 5
            while time.monotonic() < until:
                earlier = found
                self.window.frames(6)
                time.sleep(0.05)
                if (found := all_of_it()) == earlier:
                    break
            return found

        before = settled()
        self.press(*chords)
        self.assertEqual(settled(), before, chords)

    def expect_rule(self, chords, wanted):
        """What these write into the field of a rule."""
        self.window.click("##new rule")
        self.press(*chords)
        self.expect(lambda: self.now("##new rule"), wanted)
        self.press("escape")
        self.assertIsNone(self.now("rule 0"))

    def expect_export(self, chord):
        self.press(chord)
        self.expect(self.export_is_open, True)
        self.press("escape")
        self.expect(self.export_is_open, False)

    def expect_help(self, chord):
        self.press(chord)
        self.expect(self.help_is_open, True)
        self.press("escape")
        self.expect(self.help_is_open, False)

    def expect_undo(self, chord):
        """Undo by this chord frees the gate that was closed."""
        def is_closed():
            return self.now(closed) == "chosen"

        closed = "closed##Forget##force f"
        self.window.click(closed)
        self.expect(is_closed, True)
        self.press(chord)
        self.expect(is_closed, False)

    def test_american(self):
        self.press("3")
        self.expect(self.views, {"cell"})
        self.press("shift 1")
        self.expect(self.views, {"cell", "gates"})
        self.press("ctrl 2")
        self.expect(self.views, {"cell", "gates", "states"})
        self.press("1")
        self.expect(self.views, {"gates"})
        self.expect_speed("-", "-", change=-2)
        self.expect_speed("shift =", "kp+", change=2)
        self.expect_help("shift /")
        self.expect_export("e")
        self.expect_nothing("alt e", "=", "[", "ctrl e")

    def test_the_keypad_without_its_lock_moves(self):
        self.press("home")
        self.expect(lambda: self.now("time").split(" ")[2], "0")
        self.press("num")
        self.addCleanup(self.press, "num")
        self.press("kp6", "kp6")
        self.expect(lambda: self.now("time").split(" ")[2], "2")
        self.assertEqual(self.views(), {"states"})

    def test_german(self):
        self.hands.layout("de")
        self.expect_speed("]", "]", "/", change=1)  # + + -
        self.expect_help("shift -")
        self.press("shift 3")
        self.expect(self.views, {"states", "cell"})
        self.expect_nothing("altgr e", "altgr q", "shift 0")
        self.press("2")
        self.expect_undo("ctrl y")  # prints z
        # f@[]= with AltGr and Shift
        self.expect_rule(["f", "altgr q", "altgr 8", "altgr 9", "shift 0", "1"], "f@[]=1")

    def test_french(self):
        self.hands.layout("fr")
        self.expect_speed("6", change=-1)  # prints -
        self.expect(self.views, {"states"})
        self.expect_speed("shift =", change=1)
        self.press("shift 3")  # prints 3
        self.expect(self.views, {"cell"})
        self.press("ctrl 1")
        self.expect(self.views, {"cell", "gates"})
        self.press("shift 2")
        self.expect(self.views, {"states"})
        self.expect_nothing("3", "altgr e", "altgr 0", "z")
        self.expect_help("shift m")
        self.expect_undo("ctrl w")  # prints z
        self.expect_rule(["f", "altgr 0", "altgr 5", "altgr -", "=", "shift 1"], "f@[]=1")

    def test_dvorak(self):
        self.hands.layout("us", "-variant", "dvorak")
        self.expect_nothing("ctrl q", "q", "e")
        self.expect_export("d")  # prints e
        self.expect_speed("'", "shift ]", change=0)  # - and +
        self.expect_help("shift [")
        self.expect_undo("ctrl /")  # prints z
        self.expect_rule(["y", "shift 2", "-", "=", "]", "1"], "f@[]=1")

    def test_czech(self):
        self.hands.layout("cz")
        self.expect_speed("1", change=1)  # prints +
        self.expect(self.views, {"states"})
        self.press("shift 3")
        self.expect(self.views, {"cell"})
        self.press("ctrl 1")
        self.expect(self.views, {"cell", "gates"})
        self.press("shift 2")
        self.expect(self.views, {"states"})
        self.expect_nothing("2", "3", "altgr e")
        self.expect_help("shift ,")
        self.expect_undo("ctrl y")
        self.expect_rule(["f", "altgr v", "altgr f", "altgr g", "-", "shift 1"], "f@[]=1")

    def test_russian(self):
        self.hands.layout("ru")
        self.expect_undo("ctrl z")
        self.expect_export("e")
        self.press("shift 3")
        self.expect(self.views, {"states", "cell"})
        self.press("2")
        self.expect_help("shift 7")
        self.expect_speed("-", "shift =", change=0)
        self.window.click("##new rule")
        self.press("q", "w")
        self.expect(lambda: self.now("##new rule"), "йц")
        self.press("ctrl a", "ctrl x")
        self.expect(lambda: self.now("##new rule"), "")
        self.press("ctrl v")
        self.expect(lambda: self.now("##new rule"), "йц")
        self.press("escape")

    def test_american_and_russian(self):
        self.hands.layout("us,ru")
        self.expect_undo("ctrl z")
        self.hands.group(1)
        self.expect_undo("ctrl z")
        self.expect_export("e")
        self.hands.group(0)
        self.expect_export("e")

    def test_greek_and_hebrew(self):
        for layout in ("gr", "il"):
            with self.subTest(layout=layout):
                self.hands.layout(layout)
                self.expect_undo("ctrl z")
                self.expect_export("e")
                self.press("3")
                self.expect(self.views, {"cell"})
                self.press("2")

    def test_international_with_dead_keys(self):
        self.hands.layout("us", "-variant", "intl")
        self.expect_nothing("' e", "altgr e", "altgr b", "altgr p")
        self.press("'")
        self.expect_nothing("e")  # é
        self.window.click("##new rule")
        self.press("'", "e", "altgr e", "shift 2")
        self.expect(lambda: self.now("##new rule"), "éé@")
        self.press("escape")
        self.expect_undo("ctrl z")

class QuitTest(unittest.TestCase):
    def test_quits_by_what_prints_q(self):
        root = Path(tempfile.mkdtemp(prefix="gatescope-keyboards-"))
        self.addCleanup(shutil.rmtree, root, ignore_errors=True)
        display = Display()
        self.addCleanup(display.close)
        hands = Hands(display)
        self.addCleanup(hands.close)
        for arguments, chord in [(("us", "-variant", "dvorak"), "ctrl x"), (("fr",), "ctrl a"), (("ru",), "ctrl q")]:
            with self.subTest(layout=arguments):
                hands.layout(*arguments)
                window = Window(display, root)
                self.addCleanup(window.kill)
                window.frames(5)
                hands.press(chord)
                self.assertEqual(window.process.wait(20), 0)


if __name__ == "__main__":
    missing = [tool for tool in ("Xvfb", "xdotool", "setxkbmap") if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not found; install the packages xvfb, xdotool and x11-xkb-utils")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
