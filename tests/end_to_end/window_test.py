#!/usr/bin/env python3
"""The window as a person uses it: real X events on a display of its own, and what is on disk afterwards.

    tests/end_to_end/window_test.py build/release/gatescope [NAME...]

What the window shows is read from the file that --items keeps; numbers are compared with `gatescope trace` and with
the tables the window exports. Exits with 77, which is "skipped", where Xvfb or xdotool is missing.
"""

import ctypes
import json
import os
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
SLOW = 60  # seconds until something that must happen is given up
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

    def __init__(self, display, folder, *arguments):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.items_file = self.folder / "items.json"
        self.items_file.unlink(missing_ok=True)
        self.state = self.folder / "state"
        self.environment = dict(os.environ, DISPLAY=display.name, XDG_STATE_HOME=str(self.state))
        self.environment.pop("WAYLAND_DISPLAY", None)
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

    def frames(self, count=2):
        before = self.now()["frames"]
        self.wait(lambda: self.now()["frames"] >= before + count, f"{count} frames")

    def xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, check=True, timeout=20)

    def click(self, label, button=1):
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


class WindowTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.display = Display()
        cls.addClassCleanup(cls.display.close)
        cls.root = Path(tempfile.mkdtemp(prefix="gatescope-window-"))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        cls.preset = cls.root / "tiny.json"
        cls.preset.write_text(json.dumps(PRESET))

    def setUp(self):
        self.folder = self.root / self.id().split(".")[-1]

    def open(self, *arguments, display=None):
        window = Window(display or self.display, self.folder, *arguments)
        self.addCleanup(window.kill)
        return window

    def trace(self, model, *arguments):
        out = self.folder / "trace.json"
        done = run("trace", "--model", model, "--text", PROBE, "--out", out, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(out.read_text())

    def export_table(self, window):
        """The states view as CSV, by its context menu: what its file says of the units' mean."""
        count = len(list((self.folder / "figures").glob("*.csv")))
        window.click("view states", button=3)
        window.click("Export as csv")
        path = next(path for path in window.files(".csv", count + 1))
        window.notice("wrote")
        print(path)
        print(path.read_text()[:3000])
        return path

    def test_force_release_export_quit_and_reopen(self):
        window = self.open(self.preset)
        print(f"first frame after {window.first_frame:.2f} s")
        window.pause()
        window.keys("p", "ctrl+a")
        window.type(PROBE)
        window.keys("Return")
        window.wait(lambda: window.text("time").endswith(f"/ {len(PROBE) - 2}"), "the probe")
        self.export_table(window)
        window.click("closed##Forget##force f")
        window.wait(lambda: window.text("rule 0") == "f=0", "the rule")
        print(window.text("equation c"))
        self.export_table(window)
        print(list(self.folder.glob("figures/*")))


if __name__ == "__main__":
    missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {' and '.join(missing)} not found; install the packages xvfb and xdotool")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
