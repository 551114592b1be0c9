#!/usr/bin/env python3
"""scripts/slurm on a Slurm of its own: a part is killed, named, run again alone, and the parts join to one run's numbers.

    tests/end_to_end/slurm_test.py build/release/gatescope scripts/slurm

munged, slurmctld and slurmd run on the loopback interface with their key, states and logs in a folder that is removed
at the end; no other Slurm of this machine is touched. Needs root, as slurmd does. 77: there is no Slurm here, or it
cannot start.
"""

import getpass
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = Path(sys.argv[1] if len(sys.argv) > 1 else "build/release/gatescope").resolve()
SCRIPT = Path(sys.argv[2] if len(sys.argv) > 2 else "scripts/slurm").resolve()
SKIPPED = 77
PATIENCE = 90  # seconds until something that must happen is given up, on a machine that has much else to do
NEEDED = ["munged", "slurmctld", "slurmd", "sbatch", "scancel", "squeue", "sinfo"]
PARTS = 3
# Of each part four trainings, long enough for one to be killed between two of them.
PRESET = {
    "task": {"kind": "parity", "length": 40, "modulus": 2},
    "models": [{"name": "it's one", "cell": "lstm", "hidden": 8}],
    "training": {"updates": 1000, "evaluate_every": 0, "bptt": "full"},
}
ASKED = ["my preset.json", "--vary", "models.0.hidden=8,12,16", "--vary", "seed=1..4"]


class Skip(Exception):
    """Slurm is not here, or this machine does not let it start."""


def until(what, condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.1)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Cluster:
    """One machine that is a whole cluster, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        for name in ["state", "spool"]:
            (folder / name).mkdir()
        self.configuration = folder / "slurm.conf"
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("SLURM", "SBATCH"))}
        self.environment |= {"SLURM_CONF": str(self.configuration), "GATESCOPE": str(PROGRAM)}

    def configure(self):
        at, host = self.folder, socket.gethostname().split(".")[0]
        key = at / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self.configuration.write_text(
            f"""ClusterName=gatescope
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser={getpass.getuser()}
SlurmdUser={getpass.getuser()}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={at}/munge.socket
StateSaveLocation={at}/state
SlurmdSpoolDir={at}/spool
SlurmctldPidFile={at}/slurmctld.pid
SlurmdPidFile={at}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SlurmdParameters=config_overrides
KillWait=2
ReturnToService=2
NodeName=localhost NodeHostname={host} NodeAddr=127.0.0.1 CPUs={PARTS} State=UNKNOWN
PartitionName=all Nodes=localhost Default=YES MaxTime=5 State=UP
""")

    def start(self, name, *words):
        with open(self.folder / f"{name}.out", "wb") as out:
            process = subprocess.Popen([name, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                       env=self.environment)
        self.daemons.append((name, process))

    def open(self):
        self.configure()
        at = self.folder
        self.start("munged", "--foreground", "--force", f"--key-file={at}/munge.key", f"--socket={at}/munge.socket",
                   f"--pid-file={at}/munged.pid", f"--log-file={at}/munged.log", f"--seed-file={at}/munged.seed")
        self.wait_for("munged", lambda: (at / "munge.socket").exists())
        self.start("slurmctld", "-D", "-f", str(self.configuration))
        self.start("slurmd", "-D", "-N", "localhost", "-f", str(self.configuration))
        self.wait_for("slurmd", lambda: self.run("sinfo", "--noheader", "--format=%T", check=False).strip() == "idle")

    def wait_for(self, name, condition):
        """Until a daemon is ready; that it cannot be is this machine's, not the script's fault."""
        def ready():
            for each, process in self.daemons:
                if process.poll() is not None:
                    raise Skip(f"{each} does not start here: {self.last_words(each)}")
            return condition()
        try:
            until(f"{name} is ready", ready)
        except AssertionError as error:
            raise Skip(f"{error}: {self.last_words(name)}") from error

    def last_words(self, name):
        return (self.folder / f"{name}.out").read_text(errors="replace")[-600:].strip()

    def run(self, *words, check=True):
        done = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)
        if check and done.returncode != 0:
            raise AssertionError(f"{shlex.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def jobs(self):
        return self.run("squeue", "--noheader", "--array", "--format=%i %T").splitlines()

    def wait_for_jobs(self):
        until("the end of all jobs", lambda: not self.jobs(), 2 * PATIENCE)

    def close(self):
        """Jobs first: what a job runs outlives the daemon that began it."""
        try:
            if len(self.daemons) == 3:
                self.run("scancel", "--full", "--signal=KILL", f"--user={getpass.getuser()}", check=False)
                self.run("scancel", f"--user={getpass.getuser()}", check=False)
                until("the end of all jobs", lambda: not self.run("squeue", "--noheader", check=False).strip(), 10)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            print(f"slurm_test: {error}", file=sys.stderr)
        for _, process in reversed(self.daemons):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def numbers(folder):
    """All that was measured, without the seconds that it took."""
    report = json.loads((folder / "claims.json").read_text())
    for card in report["cards"]:
        del card["seconds"]
    return report, (folder / "claims.csv").read_bytes()


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def test(cluster):
    folder = cluster.folder
    out, whole = folder / "it's 100 % mine", folder / "whole"
    (folder / ASKED[0]).write_text(json.dumps(PRESET))
    cluster.environment["SBATCH"] = '--partition=all --comment="two words"'
    said = cluster.run(str(SCRIPT), str(PARTS), out.name, *ASKED)
    array = said.split()[2].rstrip(",")

    # The second part dies once it has kept something.
    kept = out / "part-2" / "jobs"
    until("a first result of part 2", lambda: kept.is_dir() and any(kept.glob("*.json")))
    cluster.run("scancel", "--full", "--signal=KILL", f"{array}_2")
    cluster.wait_for_jobs()
    some = {file: file.stat().st_mtime_ns for file in kept.glob("*.json")}
    expect(0 < len(some) < 4, f"part 2 was to be killed between its trainings, it kept {len(some)} of 4")
    log = (out / "claims.log").read_text()
    expect(f"part 2/{PARTS}" in log and "lacks" in log, f"the merge does not name the lost part: {log}")
    expect("part 1/" not in log and "part 3/" not in log, f"the merge names parts that are there: {log}")
    expect(not (out / "claims.csv").exists(), "there is a table of parts that lack something")

    # A part that never began is named as well.
    part, aside = out / "part-2", out / "aside"
    part.rename(aside)
    lost = subprocess.run(["sh", out / "merge.sh"], capture_output=True, text=True, timeout=PATIENCE)
    expect(lost.returncode != 0 and f"part 2/{PARTS} is missing" in lost.stderr, f"a missing part is not named: {lost.stderr}")
    aside.rename(part)

    # Alone it goes on from what it kept, then all are joined.
    cluster.run("sbatch", "--array=2", str(out / "part.sh"))
    cluster.wait_for_jobs()
    expect(all(file.stat().st_mtime_ns == when for file, when in some.items()), "what part 2 had kept was run again")
    cluster.run("sbatch", str(out / "merge.sh"))
    cluster.wait_for_jobs()
    expect((out / "claims.csv").exists(), f"the parts were not joined: {(out / 'claims.log').read_text()}")

    cluster.run(str(PROGRAM), "verify", *ASKED, "--jobs", "2", "--out", str(whole))
    expect(numbers(out) == numbers(whole), "the joined parts have other numbers than one run")
    expect(len(numbers(whole)[1].splitlines()) == 1 + 12, "the table lacks settings or seeds")


def alone():
    """Goes on as the first process of a namespace, where that is allowed: whatever Slurm began ends with it, even where
    this test is killed."""
    enter = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=SIGTERM"]
    if os.getpid() == 1 or not shutil.which("unshare"):
        return
    if subprocess.run([*enter, "true"], capture_output=True).returncode == 0:
        sys.stdout.flush()
        os.execvp(enter[0], [*enter, sys.executable, *sys.argv])


def main():
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        raise Skip(f"{', '.join(missing)} not found; Debian's package slurm-wlm has them")
    if os.geteuid() != 0:
        raise Skip("slurmd wants root")
    alone()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the end is reached
    folder = Path(tempfile.mkdtemp(prefix="gatescope-slurm-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    try:
        cluster.open()
        test(cluster)
    except AssertionError:
        for name, _ in cluster.daemons:
            print(f"== {name}\n{cluster.last_words(name)}", file=sys.stderr)
        raise
    finally:
        cluster.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        main()
    except Skip as reason:
        print(f"slurm_test: skipped, {reason}")
        sys.exit(SKIPPED)
