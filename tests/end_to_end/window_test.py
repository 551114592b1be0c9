#!/usr/bin/env python3
"""The window as a person uses it: real X events on a display of its own, and what is on disk afterwards.

    tests/end_to_end/window_test.py build/release/gatescope [NAME...]

What the window shows is read from the file that --items keeps; numbers are compared with `gatescope trace` and with
the tables the window exports. Exits with 77, which is "skipped", where Xvfb or xdotool is missing.
"""

import csv
import ctypes
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

PROGRAM = Path(sys.argv[1] if len(sys.argv) > 1 else "build/release/gatescope").resolve()
SLOW = 45  # seconds until something that must happen is given up
PROBE = "the miller said to his wife that it was a cold day"
PRESET = {
    "title": "A tiny one",
    "views": ["states"],
    "task": {"kind": "text", "text": "tales.txt"},
    "models": [{"name": "LSTM", "cell": "lstm", "hidden": 12}],
    "training": {"updates": 60, "batch": 8, "steps": 32},
}


def die_with_this():
    """In a child: it ends when this script does, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Display:
    """An X server without a screen, on a number that is free."""

    def __init__(self):
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-noreset", "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
            pass_fds=[writing], stderr=subprocess.DEVNULL, preexec_fn=die_with_this)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.name = ":" + number

    def close(self):
        self.server.kill()
        self.server.wait()


class Window:
    """A running program: its window is read and operated."""

    def __init__(self, display, folder, *arguments, **variables):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.items_file = self.folder / "items.json"
        self.items_file.unlink(missing_ok=True)
        self.state = self.folder / "state"
        self.environment = dict(os.environ, DISPLAY=display.name, XDG_STATE_HOME=str(self.state))
        self.environment.pop("WAYLAND_DISPLAY", None)
        self.environment.update(variables)
        for name in [name for name, value in self.environment.items() if value is None]:
            del self.environment[name]
        self.errors = open(self.folder / "stderr", "w+")
        start = time.monotonic()
        self.process = subprocess.Popen(
            [PROGRAM, "--items", self.items_file, *map(str, arguments)], cwd=self.folder, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=self.errors, preexec_fn=die_with_this)
        self.wait(lambda: self.items_file.exists(), "the first frame")
        self.first_frame = time.monotonic() - start

    def kept(self):
        return self.state / "gatescope"

    def now(self):
        if self.process.poll() is not None:
            self.errors.seek(0)
            raise AssertionError(f"the program ended with {self.process.returncode}: {self.errors.read()}")
        return json.loads(self.items_file.read_text()) if self.items_file.exists() else None

    def wait(self, wanted, what):
        """What `wanted` returns once it is true."""
        until = time.monotonic() + SLOW
        while time.monotonic() < until:
            self.now()
            found = wanted()
            if found:
                return found
            time.sleep(0.03)
        shown = [f"{item['label']}={item['text']}" for item in self.now()["items"]]
        raise AssertionError(f"waited in vain for {what}; on the window: {shown}")

    def find(self, label):
        """An item by its full label, else by the part before ##; None where there is none to be seen."""
        items = [item for item in self.now()["items"] if item["seen"]]
        for item in items:
            if item["label"] == label:
                return item
        for item in items:
            if item["label"].split("##")[0] == label:
                return item
        return None

    def text(self, label):
        item = self.find(label)
        return item["text"] if item else None

    def rules(self):
        """Those in force, though their column may be scrolled."""
        return [item["text"] for item in self.now()["items"] if re.fullmatch(r"rule \d+", item["label"])]

    def frames(self, count=2):
        before = self.now()["frames"]
        self.wait(lambda: self.now()["frames"] >= before + count, f"{count} frames")

    def xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, check=True, timeout=20)

    def scroll_to(self, label):
        """Turns the wheel over the column that an item is in until it can be seen."""
        for _ in range(40):
            item = next((item for item in self.now()["items"] if item["label"].split("##")[0] == label
                         or item["label"] == label), None)
            if self.find(label) or item is None:
                return
            height = 800
            self.xdotool("mousemove", round((item["low"][0] + item["high"][0]) / 2), round(height / 2))
            self.xdotool("click", 5 if item["low"][1] > height / 2 else 4)
            self.frames()

    def click(self, label, button=1):
        self.scroll_to(label)

        def settled():
            before = self.find(label)
            self.frames()
            return before is not None and before == self.find(label) and before

        item = self.wait(settled, label)
        x, y = [round((low + high) / 2) for low, high in zip(item["low"], item["high"])]
        self.xdotool("mousemove", x, y)
        self.frames()
        self.xdotool("mousedown", button)
        self.frames()
        self.xdotool("mouseup", button)
        self.frames()

    def keys(self, *names):
        for name in names:
            self.xdotool("key", name)
            self.frames()

    def type(self, text):
        self.xdotool("type", "--delay", 30, text)
        self.frames()

    def notice(self, start):
        """A message that begins so."""
        return self.wait(lambda: next((item["text"] for item in self.now()["items"]
                                       if item["label"] in ("notice", "problem") and item["text"].startswith(start)),
                                      None), f"the message '{start}...'")

    def pause(self):
        """Ends the training, and waits until the text is read with the last weights."""
        self.wait(lambda: self.now()["updates"] > 0 and self.find("equation c"), "the first update")
        self.click("❚❚  Training")
        self.wait(lambda: not self.now()["training"], "the end of the training")
        self.frames(8)

    def files(self, ending, count=1):
        """The figures written so far."""
        return self.wait(lambda: (found := sorted((self.folder / "figures").glob("*" + ending)))
                         and len(found) >= count and found, f"{count} files {ending}")

    def quit(self):
        self.xdotool("key", "ctrl+q")
        code = self.process.wait(SLOW)
        if code != 0:
            self.errors.seek(0)
            raise AssertionError(f"the program ended with {code}: {self.errors.read()}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if not self.errors.closed:
            self.errors.close()


def read_session(path):
    """A session file's metadata, its JSON parsed, and the bytes of its tensors."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        tensors = file.read()
    metadata = header.pop("__metadata__")
    for key in ("experiment", "probe", "window"):
        metadata[key] = json.loads(metadata[key])
    return metadata, header, tensors


def run(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=SLOW, **options)


def prepare_class(cls):
    """For the tests of a class: a display, a folder and a preset in it."""
    cls.display = Display()
    cls.addClassCleanup(cls.display.close)
    cls.root = Path(tempfile.mkdtemp(prefix="gatescope-window-"))
    cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
    cls.preset = cls.root / "tiny.json"
    cls.preset.write_text(json.dumps(PRESET))


def open_for_class(cls):
    """The same, and one window with the preset for all of them."""
    prepare_class(cls)
    cls.window = Window(cls.display, cls.root / "window", cls.preset)
    cls.addClassCleanup(lambda: cls.window.kill())
    cls.window.pause()


class WindowTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        prepare_class(cls)

    def setUp(self):
        self.folder = self.root / self.id().split(".")[-1]

    def open(self, *arguments, display=None, **variables):
        window = Window(display or self.display, self.folder, *arguments, **variables)
        self.addCleanup(window.kill)
        return window

    def trace(self, model, *arguments):
        """The channels of the program's own trace: values[step][unit]."""
        out = self.folder / "trace.json"
        done = run("trace", "--model", model, "--text", PROBE, "--out", out, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(out.read_text())["layers"][0]["channels"]

    def export_table(self, window):
        """The states view as CSV, by its context menu. Its series by panel and name, and the model beside it."""
        count = len(list((self.folder / "figures").glob("*.csv")))
        window.click("view states", button=3)
        window.click("Export as csv")
        path = max(window.files(".csv", count + 1), key=lambda each: each.stat().st_mtime)
        window.notice(f"wrote {path}")
        series = {}
        with open(path, encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["mark"] == "line":
                    panel = series.setdefault(row["panel"].split(" ")[0], {})
                    panel.setdefault(row["series"], []).append(float(row["y"]))
        return series, path.with_suffix(".lstm.safetensors")

    def assert_close(self, found, expected):
        self.assertEqual(len(found), len(expected))
        for step, (a, b) in enumerate(zip(found, expected)):
            self.assertAlmostEqual(a, b, delta=1e-5 * max(1, abs(b)), msg=f"step {step}")

    def test_force_release_export_quit_and_reopen(self):
        window = self.open(self.preset)
        print(f"first frame after {window.first_frame:.2f} s ... ", end="", flush=True)
        self.assertLess(window.first_frame, 10)
        window.pause()
        window.keys("p", "ctrl+a")
        window.type(PROBE)
        window.keys("Return")
        window.wait(lambda: window.text("time").endswith(f"/ {len(PROBE) - 2}"), "the probe")
        unit = int(window.text("Unit (−1: mean)"))
        name = f"unit {unit}"
        natural, model = self.export_table(window)
        free = self.trace(model)
        self.assert_close(natural["cell"][name], [step[unit] for step in free["c"]["values"]])

        # Closed, the forget gate leaves what i*g alone gives.
        window.click("closed##Forget##force f")
        window.wait(lambda: window.rules() == ["f=0"], "the rule")
        window.scroll_to("equation c")
        window.wait(lambda: "fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ = 0 ×" in window.text("equation c"), "the forced equation")
        forced, model = self.export_table(window)
        closed = self.trace(model, "--force", "f=0")
        product = [i[unit] * g[unit] for i, g in zip(closed["i"]["values"], closed["g"]["values"])]
        self.assert_close([step[unit] for step in closed["c"]["values"]], product)
        self.assert_close(forced["cell"][name], product)
        self.assert_close(forced["cell"][""], natural["cell"][name])  # the natural trace stays beside it
        self.assertLess(sum(map(abs, product)), 0.8 * sum(map(abs, natural["cell"][name])))

        window.click("Release all")
        window.wait(lambda: not window.rules(), "no rule")
        released, _ = self.export_table(window)
        self.assertEqual(released["cell"], natural["cell"])

        # A figure by the dialog; it knows how it was made.
        window.keys("e")
        window.click("svg##kind" if window.find("svg##kind") else "svg")
        window.click("Export##write")
        figure = window.files(".svg")[0]
        window.notice(f"wrote {figure}")
        self.assertTrue(ElementTree.parse(figure).getroot().tag.endswith("svg"))
        again = self.folder / "again.svg"
        self.assertEqual(run("figure", "--from", figure, "--out", again).stderr, "")
        self.assertEqual(again.read_bytes(), figure.read_bytes())

        # Everything chosen is there again after the end.
        window.click("Only steps")
        window.keys("ctrl+a")
        window.type("10-20")
        window.keys("Return")
        window.click("open##Forget##force f")
        window.wait(lambda: window.rules() == ["f@10-20=1"], "the rule")
        window.keys("ctrl+d", "3", "Home", "Right", "Right", "Down")
        window.wait(lambda: window.text("time").startswith("t = 2 "), "step 2")
        before = window.now()
        window.keys("ctrl+s")
        window.click("##name")
        window.keys("ctrl+a")
        window.type("kept")
        window.keys("Return")
        saved = self.folder / "kept.gatescope"
        window.wait(saved.exists, "the session")
        window.quit()
        self.assertEqual([path.name for path in window.kept().iterdir()], ["last.gatescope"])
        first = read_session(window.kept() / "last.gatescope")
        self.assertEqual(read_session(saved), first)
        metadata = first[0]
        self.assertEqual(metadata["probe"]["rules"], ["f@10-20=1"])
        self.assertEqual(metadata["probe"]["text"], PROBE)
        self.assertEqual((metadata["window"]["open"], metadata["window"]["step"], metadata["window"]["theme"]),
                         (["cell"], 2, "light"))
        self.assertEqual(metadata["window"].get("unit"), unit + 1 if unit < 11 else None)

        window = self.open()
        window.wait(lambda: window.rules() == ["f@10-20=1"], "the rule")
        window.wait(lambda: window.find("equation c") or window.find("mean c"), "the numbers")
        window.frames(8)
        after = window.now()
        for label in ("equation c", "mean c", "time", "update", "title", "Only steps", "Units", "view cell"):
            shown = [next((item["text"] for item in now["items"] if item["label"] == label), None)
                     for now in (before, after)]
            self.assertEqual(*shown, label)
        window.quit()
        self.assertEqual(read_session(window.kept() / "last.gatescope"), first)

    def test_opens_whatever_it_is_given(self):
        model = self.folder / "run" / "model.safetensors"
        done = run("train", "--text", "brackets.txt", "--hidden", "6", "--updates", "3", "--out", model.parent)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.folder / "some.txt"
        text.write_text("a text of one's own, " * 40)
        junk = self.folder / "junk.safetensors"
        junk.write_bytes(bytes(range(256)) * 8)
        broken = self.folder / "broken.json"
        broken.write_text('{"models": [{"hiden": 3}]}')
        for what, shows in [("brackets", lambda w: "rackets" in w.text("title")),
                            (self.preset, lambda w: "A tiny one" in w.text("title")),
                            (model, lambda w: w.text("Units") == "6" or w.find("mean c") or w.find("equation c")),
                            (text, lambda w: "some.txt" in w.text("title")),
                            (junk, lambda w: w.notice("'" + str(junk)[:10])),
                            (broken, lambda w: w.notice("'" + str(broken)[:10]))]:
            with self.subTest(what=str(what)):
                window = self.open(what)
                window.wait(lambda: window.find("equation c") or window.find("mean c"), "the numbers")
                try:
                    window.wait(lambda: shows(window), f"'{what}'")
                    window.quit()
                finally:
                    window.kill()
        window = self.open(self.folder / "state/gatescope/last.gatescope")
        window.wait(lambda: window.find("equation c") or window.find("mean c"), "the numbers of a session")
        window.quit()

    def test_complains_in_one_line(self):
        environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
        for arguments, code, about in [([], 1, "no display"), (["no_such_thing"], 2, "no_such_thing")]:
            done = run(*arguments, env=environment)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (code, "", 1), done.stderr)
            self.assertIn(about, done.stderr)

    def test_offers_the_last_session_after_a_crash(self):
        window = self.open(self.preset)
        window.wait(lambda: window.find("closed##Forget##force f"), "the force panel")
        window.click("closed##Forget##force f")
        kept = window.wait(lambda: next((path for path in window.kept().glob("running-*.gatescope")
                                         if read_session(path)[0]["probe"]["rules"] == ["f=0"]), None),
                           "the session that is kept")
        window.process.send_signal(signal.SIGKILL)
        window.process.wait()
        updates = int(next(row for row in read_session(kept)[0]["metrics"].splitlines()[::-1] if row).split(",")[1])
        window = self.open()
        window.wait(lambda: window.find("left behind 0"), "what is left behind")
        self.assertFalse(window.now()["training"])
        window.click("Open it")
        window.wait(lambda: window.rules() == ["f=0"], "the rule")
        window.wait(lambda: window.now()["updates"] >= updates > 0, "the weights")
        self.assertFalse(kept.exists())
        window.quit()

    def end_of(self, window, expected=0):
        code = window.process.wait(SLOW)
        window.errors.seek(0)
        said = window.errors.read()
        self.assertEqual(code, expected, said)
        return said

    def test_signals_end_it_as_a_person_does(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(signal=number.name):
                shutil.rmtree(self.folder, ignore_errors=True)
                window = self.open(self.preset)
                window.wait(lambda: window.now()["updates"] > 0, "the first update")
                updates = window.now()["updates"]
                window.process.send_signal(number)
                self.assertEqual(self.end_of(window), "")
                self.assertEqual([path.name for path in window.kept().iterdir()], ["last.gatescope"])
                metadata = read_session(window.kept() / "last.gatescope")[0]
                self.assertGreaterEqual(int(metadata["updates"]), updates)

    def test_a_signal_that_cannot_keep_the_session_says_so(self):
        self.folder.mkdir(parents=True)
        (self.folder / "file").write_text("no folder")
        window = self.open(self.preset, XDG_STATE_HOME=str(self.folder / "file"))
        window.wait(lambda: window.now()["updates"] > 0, "the first update")
        window.process.send_signal(signal.SIGTERM)
        said = self.end_of(window, 1)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("could not be kept", said)

    def test_quitting_asks_where_the_session_cannot_be_kept(self):
        self.folder.mkdir(parents=True)
        (self.folder / "file").write_text("no folder")
        window = self.open(self.preset, XDG_STATE_HOME=str(self.folder / "file"))
        window.wait(lambda: window.now()["updates"] > 0, "the first update")
        window.xdotool("key", "ctrl+q")
        self.assertIn("file", window.wait(lambda: window.text("cannot keep"), "the question"))
        window.click("Stay##cannot keep")
        window.wait(lambda: not window.find("cannot keep"), "the window that stays")
        window.xdotool("key", "ctrl+q")
        window.click("Save it elsewhere …##cannot keep")
        window.click("##name")
        window.keys("ctrl+a")
        window.type("elsewhere")
        window.xdotool("key", "Return")
        self.end_of(window)
        self.assertEqual(read_session(self.folder / "elsewhere.gatescope")[0]["format"], "gatescope session")

    def test_nothing_is_kept_without_a_home_and_it_says_so(self):
        window = self.open(self.preset, XDG_STATE_HOME=None, HOME=None)
        window.notice("nothing is kept")
        window.quit()

    def test_the_end_of_the_display_keeps_the_session(self):
        display = Display()
        self.addCleanup(display.close)
        window = self.open(self.preset, display=display)
        window.wait(lambda: window.now()["updates"] > 0, "the first update")
        display.close()
        self.assertIn("the session is kept", self.end_of(window, 1))
        self.assertTrue((window.kept() / "last.gatescope").exists())

    def test_a_session_that_lives_is_not_offered(self):
        first = self.open(self.preset)
        first.wait(lambda: list(first.kept().glob("running-*.gatescope")), "the session that is kept")
        second = Window(self.display, self.folder / "second", self.preset, XDG_STATE_HOME=str(first.state))
        self.addCleanup(second.kill)
        second.wait(lambda: second.now()["updates"] > 0, "the training")
        self.assertFalse(second.find("left behind 0"))
        second.quit()
        first.quit()

    def test_what_is_thrown_away_costs_nothing_that_was_ended_in_order(self):
        window = self.open(self.preset)
        window.wait(lambda: window.now()["updates"] > 0, "the first update")
        window.quit()
        ended = (window.kept() / "last.gatescope").read_bytes()
        for _ in range(2):
            window = self.open(self.preset)
            before = len(list(window.kept().glob("running-*.gatescope")))
            if before:
                window.keys("Escape")
            window.wait(lambda: len(list(window.kept().glob("running-*.gatescope"))) > before, "a kept session")
            window.process.kill()
            window.process.wait()
        window = self.open()
        window.wait(lambda: window.find("left behind 1"), "two sessions")
        window.click("Throw it away")
        window.wait(lambda: window.find("left behind 0") and not window.find("left behind 1"), "one session")
        window.click("Throw it away")
        window.wait(lambda: not window.find("left behind 0"), "none")
        self.assertEqual((window.kept() / "last.gatescope").read_bytes(), ended)
        self.assertEqual(len(list(window.kept().glob("thrown-away-*.gatescope"))), 2)
        window.quit()


if __name__ == "__main__":
    missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {' and '.join(missing)} not found; install the packages xvfb and xdotool")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
