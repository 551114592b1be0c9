#!/usr/bin/env python3
"""Claims as a job array of a real Slurm, which the test starts by itself and stops again.

    tests/end_to_end/slurm_test.py build/release/gatescope

A part is killed on its way; the others are joined only once that one has run again, to the same as one run. Skipped,
with the reason, where there is no Slurm, where nobody may start it, or where the machine does not let it run.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = Path(sys.argv[1] if len(sys.argv) > 1 else "build/release/gatescope").resolve()
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "slurm"
SLOW = 60  # seconds until something that must happen is given up
SKIP = 77
PARTS = 3
# Two settings times three seeds, some seconds a part: long enough to be killed on the way.
UPDATES = 3000
VARY = ["--vary", "models.0.hidden=12,16", "--vary", "seed=1..3"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, done, seconds=SLOW):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return
        time.sleep(0.1)
    raise TimeoutError(f"after {seconds} s: {what}")


class Slurm:
    """munged, slurmctld and slurmd of one machine, all they write in one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []
        self.environment = dict(os.environ, SLURM_CONF=str(folder / "slurm.conf"), GATESCOPE=str(PROGRAM))

    def start(self):
        for name in ("state", "spool", "munge"):
            (self.folder / name).mkdir(mode=0o755)
        key = self.folder / "munge" / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        munge_socket = self.folder / "munge" / "socket"
        self.run_daemon("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge_socket}",
                        f"--pid-file={self.folder}/munge/pid", f"--log-file={self.folder}/munge/log",
                        f"--seed-file={self.folder}/munge/seed")
        wait_until("munged makes its socket", munge_socket.exists)
        host = socket.gethostname().split(".")[0]
        (self.folder / "slurm.conf").write_text(f"""\
ClusterName=gatescope
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={munge_socket}
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
SlurmctldLogFile={self.folder}/slurmctld.log
SlurmdLogFile={self.folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MailProg=/bin/true
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
""")
        self.run_daemon("slurmctld", "-D", "-i")
        self.run_daemon("slurmd", "-D", "-N", host)
        wait_until("the node is idle", lambda: self.ask("sinfo", "-h", "-o", "%t").strip() == "idle")

    def run_daemon(self, name, *arguments):
        with open(self.folder / f"{name}.out", "wb") as out:
            self.running.append(subprocess.Popen([shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"), *arguments],
                                                 env=self.environment, stdout=out, stderr=out, start_new_session=True))

    def ask(self, *words):
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=SLOW).stdout

    def stop(self):
        for daemon in reversed(self.running):
            daemon.terminate()
        for daemon in reversed(self.running):
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(daemon.pid, signal.SIGKILL)
                daemon.wait()

    def submit(self, parts, out, preset):
        done = subprocess.run([SCRIPT, parts, out, preset, *VARY], env=self.environment, capture_output=True,
                              text=True, timeout=SLOW)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        words = done.stdout.split()
        return words[2].rstrip(","), words[6].rstrip(":")  # the array's job and the one that joins

    def states(self):
        """Of what is not over: its number ("4_2"; "4_[3]" of what waits) and its state."""
        return dict(line.split() for line in self.ask("squeue", "-h", "-o", "%i %t").splitlines())

    def wait_for_all(self):
        wait_until("all jobs are over", lambda: not self.states())


class OnSlurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A name that a shell would take apart.
        cls.folder = Path(tempfile.mkdtemp(prefix="gatescope slurm's-"))
        cls.slurm = Slurm(Path(tempfile.mkdtemp(prefix="gatescope-slurm-")))
        try:
            cls.slurm.start()
        except (TimeoutError, OSError) as error:
            cls.tearDownClass(keep=True)
            print(f"skipped: Slurm does not run here: {error}; its logs are in {cls.slurm.folder}")
            sys.exit(SKIP)

    @classmethod
    def tearDownClass(cls, keep=False):
        cls.slurm.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)
        if not keep:
            shutil.rmtree(cls.slurm.folder, ignore_errors=True)

    def test_a_killed_part_is_named_runs_again_alone_and_all_join_to_the_same_as_one_run(self):
        preset = self.folder / "it's a preset.json"
        preset.write_text(json.dumps({
            "task": {"kind": "parity", "length": 20, "modulus": 2},
            "models": [{"name": "LSTM", "hidden": 8}],
            "training": {"updates": UPDATES, "evaluate_every": 100, "batch": 16, "bptt": "full"}}))
        out = self.folder / "out of parts"
        array, merge = self.slurm.submit(str(PARTS), out, preset)
        wait_until("part 2 runs", lambda: self.slurm.states().get(f"{array}_2") == "R")
        wait_until("part 2 has begun", (out / "part-2" / "shard.json").exists)
        self.slurm.ask("scancel", "--signal=KILL", "--full", f"{array}_2")
        self.slurm.ask("scancel", f"{array}_2")
        self.slurm.wait_for_all()
        log = (out / "claims.log").read_text()
        self.assertIn("part 2/3 in", log)
        self.assertIn("lacks", log)
        self.assertNotIn("part 1/3", log)
        self.assertNotIn("part 3/3", log)
        self.assertFalse((out / "claims.csv").exists())
        self.slurm.submit(f"2/{PARTS}", out, preset)
        self.slurm.wait_for_all()
        self.assertIn("measured", (out / "claims.log").read_text())
        one = self.folder / "one"
        subprocess.run([PROGRAM, "verify", preset, *VARY, "--jobs", "1", "--out", one], check=True,
                       capture_output=True, timeout=SLOW)
        self.assertEqual((out / "claims.csv").read_bytes(), (one / "claims.csv").read_bytes())
        numbers = [json.loads((folder / "claims.json").read_text()) for folder in (out, one)]
        for all_of_it in numbers:
            for card in all_of_it["cards"]:
                del card["seconds"]
        self.assertEqual(numbers[0], numbers[1])

    def test_mistakes_are_said_before_anything_is_queued(self):
        for parts in ("0", "x", "3/2", "0/2", "1/2/3", "", "/2"):
            done = subprocess.run([SCRIPT, parts, self.folder / "never"], env=self.slurm.environment,
                                  capture_output=True, text=True, timeout=SLOW)
            self.assertEqual(done.returncode, 2, parts)
            self.assertIn("such as 2/8", done.stderr)
        self.assertFalse((self.folder / "never").exists())


def main():
    tools = os.environ["PATH"] + ":/usr/sbin"
    missing = [tool for tool in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(tool, path=tools)]
    if missing:
        print(f"skipped: {', '.join(missing)} is not installed (package slurm-wlm)")
        return SKIP
    if os.geteuid() != 0:
        print("skipped: only root can start Slurm's daemons")
        return SKIP
    return 0 if unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
