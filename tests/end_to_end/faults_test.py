#!/usr/bin/env python3
"""What goes wrong around a training: kills, full disks, signals, limits. Nothing is lost, split or overwritten.

    tests/end_to_end/faults_test.py build/release/gatescope build/release/tests/libfault_shim.so [--random N] [NAME...]

The shim (tests/faults/fault_shim.cpp) counts the program's file calls and lets one of them fail, or kills the program
there: every call of a fresh run, of a resumed one, and of one over an old run has its turn. --random N: so many kills
at random times of a longer run, 20 unless it says otherwise.
"""

import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROGRAM = Path(sys.argv[1] if len(sys.argv) > 1 else "build/release/gatescope").resolve()
SHIM = Path(sys.argv[2] if len(sys.argv) > 2 else "build/release/tests/libfault_shim.so").resolve()
RANDOM_KILLS = 20
TEXT = "the quick brown fox jumps over the lazy dog. " * 12
SETTINGS = "--cell gru --hidden 2 --batch 2 --steps 4 --threads 1".split()
FILES = ["experiment.json", "metrics.csv", "training.safetensors", "model.safetensors"]
FAULTS = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EINTR, errno.EMFILE]
SLOW = 30  # seconds until something that must happen is given up


class Case:
    """A folder with a text, a place for a run, and a file outside it that nobody may touch."""

    VICTIM = b"not yours"

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gatescope-faults-"))
        self.text = self.folder / "text.txt"
        self.text.write_text(TEXT)
        self.victim = self.folder / "victim"
        self.victim.write_bytes(self.VICTIM)
        self.box = self.folder / "box"
        self.run = self.box / "run"
        self.box.mkdir()

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def plant(self, *names):
        """Links of the kind that someone mails: what is written to these names would land in the victim."""
        for name in names:
            self.run.mkdir(exist_ok=True)
            (self.run / name).unlink(missing_ok=True)
            (self.run / name).symlink_to("../../victim")

    def fresh(self, updates, *more, every=0):
        return ["train", "--text", SHARED.text, *SETTINGS, "--updates", str(updates), "--evaluate-every", str(every),
                "--out", self.run, *more]

    def resume(self, updates, *more):
        return ["train", "--resume", self.run, "--updates", str(updates), *more]

    def start(self, arguments, fault=None, **options):
        environment = dict(os.environ)
        if fault is not None:
            environment |= {"LD_PRELOAD": str(SHIM), "FAULT_UNDER": str(self.box)}
            environment |= {key: str(value) for key, value in fault.items()}
        return subprocess.Popen([PROGRAM, *arguments], env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", **options)

    def execute(self, arguments, fault=None, **options):
        """Exit code (negative: the signal), standard output and error."""
        process = self.start(arguments, fault, **options)
        try:
            out, error = process.communicate(timeout=SLOW)
        except subprocess.TimeoutExpired:
            process.kill()
            out, error = process.communicate()
            return "hangs", out, error
        return process.returncode, out, error

    def calls(self, arguments):
        """The file calls of these arguments where nothing goes wrong, by their names."""
        log = self.folder / "calls"
        code, _, error = self.execute(arguments, {"FAULT_AT": 0, "FAULT_LOG": log})
        assert code == 0, error
        return [line.split()[1] for line in log.read_text().splitlines()]

    def unfinished(self):
        return [path.name for path in self.box.rglob(".gatescope-*") if path.is_file()]

    def model(self):
        return (self.run / "model.safetensors").read_bytes()


class Reference:
    """What undisturbed runs of 3 and of 6 updates give, and an old run of another seed."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gatescope-faults-"))
        self.text = self.folder / "text.txt"
        self.text.write_text(TEXT)

    def make(self):
        def run(name, updates, *more):
            with Case() as case:
                code, _, error = case.execute(case.fresh(updates, *more))
                assert code == 0, error
                shutil.copytree(case.run, self.folder / name)

        run("three", 3), run("six", 6), run("old", 3, "--seed", "77")
        self.three, self.six = self.folder / "three", self.folder / "six"
        self.old = self.folder / "old"


SHARED = Reference()


def each(numbers, work):
    """Does the work for every number, several at once; returns what went wrong."""
    troubles = []
    lock = threading.Lock()

    def one(number):
        trouble = work(number)
        if trouble:
            with lock:
                troubles.append((number, trouble))

    with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        list(pool.map(one, numbers))
    return sorted(troubles)


class Scenario:
    """How a run is begun, and how it is mended after whatever went wrong."""

    name = "fresh"
    updates = 3

    def prepare(self, case):
        case.plant("metrics.csv.part", "model.safetensors.part", "experiment.json.part")

    def arguments(self, case):
        return case.fresh(self.updates)

    def mend(self, case):
        """Goes on as a person would. Returns what is wrong, nothing where all is right."""
        code, _, error = case.execute(case.resume(self.updates))
        if code != 0 and "updates already" not in error:
            if (case.run / "experiment.json").exists():
                return f"cannot be resumed: {error.strip()}"
            code, _, error = case.execute(case.fresh(self.updates))
            if code != 0:
                return f"cannot be begun again: {error.strip()}"
        wanted = SHARED.three if self.updates == 3 else SHARED.six
        if case.model() != (wanted / "model.safetensors").read_bytes():
            return "another model than that of an undisturbed run"
        return self.check(case)

    def check(self, case):
        if case.victim.read_bytes() != Case.VICTIM:
            return "the victim outside was touched"
        return None


class Resumed(Scenario):
    name = "resumed"
    updates = 6

    def prepare(self, case):
        shutil.copytree(SHARED.three, case.run)
        case.plant("metrics.csv.part", "training.safetensors.part", "model.safetensors")

    def arguments(self, case):
        return case.resume(self.updates)

    def mend(self, case):
        if not (case.run / "experiment.json").exists():
            return "the run is lost"
        return super().mend(case)


class OverAnOldRun(Scenario):
    name = "over an old run"

    def prepare(self, case):
        shutil.copytree(SHARED.old, case.run)
        case.plant("metrics.csv.part", "earlier-2")

    def mend(self, case):
        trouble = self.old_is_whole(case)
        if trouble:
            return trouble
        # The old run may still be in its place: then the new one is begun again.
        if (case.run / "model.safetensors").exists() and case.model() == (SHARED.old / "model.safetensors").read_bytes():
            code, _, error = case.execute(case.fresh(self.updates))
            if code != 0:
                return f"cannot be begun again: {error.strip()}"
        return super().mend(case)

    def old_is_whole(self, case):
        for model in case.box.rglob("*.safetensors"):
            if model.is_symlink() or model.read_bytes() != (SHARED.old / "model.safetensors").read_bytes():
                continue
            if all((model.parent / name).is_file()
                   and (model.parent / name).read_bytes() == (SHARED.old / name).read_bytes() for name in FILES):
                return None
        return "the old run is split or lost: " + ", ".join(
            str(path.relative_to(case.box)) for path in sorted(case.box.rglob("*")))

    def check(self, case):
        return self.old_is_whole(case) or super().check(case)


SCENARIOS = [Scenario(), Resumed(), OverAnOldRun()]


def disturbed(scenario, fault, expect):
    """One run with a fault, then mended. `expect(code, error)` says what is wrong with how it ended."""
    with Case() as case:
        scenario.prepare(case)
        code, _, error = case.execute(scenario.arguments(case), fault)
        return expect(code, error) or scenario.mend(case)


def complains(code, error):
    """A clear error or none: no crash, no silence."""
    if code == 0:
        return None
    if code not in (1, 2):
        return f"ended with {code}: {error.strip()}"
    return None if any(line.startswith("gatescope: ") for line in error.splitlines()) else "not a word"


class FileCalls(unittest.TestCase):
    def calls(self, scenario):
        with Case() as case:
            scenario.prepare(case)
            return case.calls(scenario.arguments(case))

    def over_all(self, fault, expect):
        for scenario in SCENARIOS:
            calls = self.calls(scenario)
            self.assertGreater(len(calls), 20)
            troubles = each(range(1, len(calls) + 1),
                            lambda at: disturbed(scenario, {"FAULT_AT": at, **fault(at)}, expect))
            with self.subTest(scenario=scenario.name):
                self.assertFalse(troubles, "\n".join(
                    f"call {at} ({calls[at - 1]}), {fault(at)}: {trouble}" for at, trouble in troubles))

    def test_a_kill_at_every_call(self):
        self.over_all(lambda _: {"FAULT_WITH": "kill"},
                      lambda code, error: None if code == -signal.SIGKILL else f"was not killed: {code} {error}")

    def test_every_call_fails_once(self):
        for turn in range(2):
            self.over_all(lambda at: {"FAULT_WITH": FAULTS[(at * 2 + turn) % len(FAULTS)]}, complains)

    def test_a_disk_that_stays_full_from_every_call_on(self):
        self.over_all(lambda _: {"FAULT_WITH": errno.ENOSPC, "FAULT_FOREVER": 1}, complains)

    def test_every_write_may_be_short(self):
        self.over_all(lambda _: {"FAULT_WITH": "short"},
                      lambda code, error: None if code == 0 else f"ended with {code}: {error.strip()}")

    def test_nothing_unfinished_stays_where_no_kill_was(self):
        with Case() as case:
            for fault in ({"FAULT_AT": 7, "FAULT_WITH": errno.ENOSPC}, {"FAULT_AT": 0}):
                case.execute(case.fresh(3), fault)
                self.assertEqual(case.unfinished(), [])


class RandomKills(unittest.TestCase):
    def test_a_run_killed_at_any_time_goes_on_to_the_same_model(self):
        updates = 2000
        with Case() as case:
            start = time.monotonic()
            code, _, error = case.execute(case.fresh(updates))
            self.assertEqual(code, 0, error)
            seconds, wanted = time.monotonic() - start, case.model()

        def one(number):
            with Case() as case:
                process = case.start(case.fresh(updates))
                for _ in range(100):
                    time.sleep(random.Random(number).uniform(0, seconds))
                    process.kill()
                    process.communicate()
                    has_run = (case.run / "experiment.json").exists()
                    process = case.start(case.resume(updates) if has_run else case.fresh(updates))
                    if number % 3 > 0:
                        break  # else killed again and again
                    number += 3001
                    if number > 9000:
                        break
                _, error = process.communicate(timeout=SLOW)
                if process.returncode != 0 and "updates already" not in error:
                    return error.strip()
                return None if case.model() == wanted else "another model than that of an undisturbed run"

        troubles = each(range(RANDOM_KILLS), one)
        self.assertFalse(troubles, troubles)


class Endings(unittest.TestCase):
    def begun(self, case, *more, fault=None, every=0, **options):
        """A run without end, past its first save."""
        process = case.start(case.fresh(1_000_000_000, *more, every=every), fault, **options)
        deadline = time.monotonic() + SLOW
        while not (case.run / "metrics.csv").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.15)
        self.assertIsNone(process.poll(), "it ended by itself")
        return process

    def assert_resumes(self, case, out):
        """The command it printed goes on, in a shell."""
        command = out.split("go on with: gatescope ")[1].splitlines()[0]
        made = int(out.split("Stopped after ")[1].split()[0])
        self.assertGreater(made, 0)
        code = subprocess.run(f"'{PROGRAM}' {command} --updates {made + 2}", shell=True, executable="/bin/bash",
                              capture_output=True, text=True)
        self.assertEqual(code.returncode, 0, command + "\n" + code.stderr)

    def test_the_usual_signals_save_and_say_so(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGXCPU, signal.SIGALRM,
                       signal.SIGUSR1, signal.SIGUSR2):
            with self.subTest(signal=number), Case() as case:
                process = self.begun(case)
                process.send_signal(number)
                out, error = process.communicate(timeout=SLOW)
                self.assertEqual(process.returncode, 0, error)
                self.assertIn("stopping after this update", error)
                self.assert_resumes(case, out)

    def test_a_second_one_says_what_it_would_lose_and_a_third_ends_at_once(self):
        with Case() as case:
            # Only the second save and later ones replace files, and keep their modes.
            second_save = case.calls(case.fresh(0)).index("fchmod") + 1
        for presses in (2, 3):
            with self.subTest(presses=presses), Case() as case:
                # Saving takes seconds from the second save on.
                process = self.begun(case, fault={"FAULT_AT": second_save, "FAULT_WITH": "slow"})
                for _ in range(presses):
                    process.send_signal(signal.SIGINT)
                    time.sleep(0.6)
                out, error = process.communicate(timeout=SLOW)
                self.assertIn("would lose the last", error)
                self.assertRegex(error, r"the last \d+ updates?, \d+ seconds")
                if presses == 2:
                    self.assertEqual(process.returncode, 0, error)
                    self.assert_resumes(case, out)
                else:
                    self.assertEqual(process.returncode, -signal.SIGINT)
                    code, _, error = case.execute(["train", "--resume", case.run, "--seconds", "0.1"])
                    self.assertEqual(code, 0, error)

    def test_two_presses_within_50_ms_are_saved(self):
        with Case() as case:
            process = self.begun(case)
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=SLOW)
            self.assertEqual(process.returncode, 0, error)
            self.assert_resumes(case, out)

    def test_what_was_ignored_from_the_start_stays_ignored(self):
        with Case() as case:
            process = self.begun(case, preexec_fn=lambda: [signal.signal(s, signal.SIG_IGN)
                                                           for s in (signal.SIGHUP, signal.SIGINT)])
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            self.assertIsNone(process.poll())
            process.terminate()
            process.communicate(timeout=SLOW)
            self.assertEqual(process.returncode, 0)

    def test_a_reader_that_is_gone_or_asleep_stops_nothing(self):
        with Case() as case:
            process = self.begun(case, "--samples", every=1)
            process.stderr.close()
            process.stdout.close()
            time.sleep(0.3)
            self.assertIsNone(process.poll())
            process.terminate()
            process.wait(SLOW)
            code, _, error = case.execute(["train", "--resume", case.run, "--seconds", "0.1"])
            self.assertEqual(code, 0, error)

    def test_the_command_to_go_on_can_be_pasted(self):
        for name in (b"a b", b"it's", b"$HOME;x", b"caf\xe9", b"-r", b"tab\there", "köln".encode(), b"a\\b"):
            with self.subTest(name=name), Case() as case:
                case.run = Path(os.fsdecode(os.fsencode(case.box) + b"/" + name))
                process = self.begun(case)
                process.terminate()
                out, error = process.communicate(timeout=SLOW)
                self.assertEqual(process.returncode, 0, error)
                self.assert_resumes(case, out)


class Limits(unittest.TestCase):
    def limited(self, case, arguments, which, value):
        return case.execute(arguments, preexec_fn=lambda: resource.setrlimit(which, (value, value)))

    def test_every_file_size_limit_leaves_a_run(self):
        with Case() as case:
            code, _, error = case.execute(case.fresh(3))
            self.assertEqual(code, 0, error)
            for size in (0, 1, 200, 500, 1000, 2000, 4000, 8000):
                code, _, error = self.limited(case, case.resume(6), resource.RLIMIT_FSIZE, size)
                self.assertIsNone(complains(code, error), size)
                if code == 0:
                    break
            code, _, error = case.execute(case.resume(6))
            self.assertTrue(code == 0 or "updates already" in error, error)
            self.assertEqual(case.model(), (SHARED.six / "model.safetensors").read_bytes())

    def test_few_descriptors_and_little_memory_are_a_clear_error_or_none(self):
        for which, values in ((resource.RLIMIT_NOFILE, range(3, 12)),
                              (resource.RLIMIT_AS, [n << 20 for n in (300, 400, 600, 1000)])):
            for value in values:
                with self.subTest(limit=which, value=value), Case() as case:
                    code, _, error = self.limited(case, case.fresh(3), which, value)
                    if code == 127 or "error while loading shared libraries" in error:
                        continue  # the program was not begun
                    self.assertIsNone(complains(code, error))
                    self.assertIsNone(Scenario().mend(case))

    def test_a_disk_that_is_really_full(self):
        with Case() as case:
            case.run.mkdir()
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", case.run], capture_output=True)
            if mounted.returncode != 0:
                self.skipTest("nothing may be mounted here")
            try:
                code, _, error = case.execute(case.fresh(3))
                self.assertEqual(code, 1, error)
                self.assertIn("No space left on device", error)
                self.assertEqual(case.unfinished(), [])
            finally:
                subprocess.run(["umount", case.run])

    def test_a_folder_that_may_not_be_written_is_a_clear_error(self):
        with Case() as case:
            code, _, error = case.execute(case.fresh(3))
            self.assertEqual(code, 0, error)
            for fault in (errno.EROFS, errno.EACCES):
                code, _, error = case.execute(case.resume(6), {"FAULT_AT": 1, "FAULT_FOREVER": 1, "FAULT_WITH": fault})
                self.assertEqual(code, 1)
                self.assertIn(os.strerror(fault), error)
            code, _, error = case.execute(case.resume(6))
            self.assertEqual(code, 0, error)


if __name__ == "__main__":
    arguments = sys.argv[3:]
    if arguments[:1] == ["--random"]:
        RANDOM_KILLS = int(arguments[1])
        arguments = arguments[2:]
        arguments = arguments or ["RandomKills"]
    if not SHIM.exists():
        print(f"{SHIM} is missing")
        sys.exit(77)
    try:
        SHARED.make()
        unittest.main(argv=[sys.argv[0], *arguments])
    finally:
        shutil.rmtree(SHARED.folder, ignore_errors=True)
