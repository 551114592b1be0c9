#!/usr/bin/env python3
"""Trains the presets that open with what they have learnt, and puts that into presets/trained/NAME.

    scripts/trained.py PROGRAM            writes presets/trained
    scripts/trained.py PROGRAM --check    exits 1 where that is not what the presets learn here and now

PROGRAM is the built gatescope. The presets' own seeds are used. With --check every number has to be the same,
bit for bit; processors without AVX2 round otherwise, and on these the last held-out loss has to agree
within 0.1 bits.
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PRESETS = Path(__file__).resolve().parent.parent / "presets"
STATE = "training.safetensors"
EVERY = 10  # updates between two rows of the table, beside those with a held-out loss
TIMED = "characters_per_second"  # another one each time


def trained_presets():
    return [p for p in sorted(PRESETS.glob("*.json")) if json.loads(p.read_text()).get("opening", {}).get("trained")]


def tensors(path):
    """The numbers of a safetensors file: its bytes after the header, which holds texts for people as well."""
    data = path.read_bytes()
    return data[8 + int.from_bytes(data[:8], "little") :]


def thinned(table):
    """The rows of a table that a curve needs, without what depends on the machine."""
    rows = list(csv.DictReader(table.open(newline="")))
    columns = [name for name in rows[0] if name != TIMED]
    kept = [row for row in rows if row["held_out_nats"] or int(row["update"]) % EVERY == 0]
    return "\n".join([",".join(columns)] + [",".join(row[name] for name in columns) for row in kept]) + "\n"


def held_out(table):
    """The last held-out loss of every model, in bits."""
    return {row["model"]: float(row["held_out_bits"]) for row in csv.DictReader(table.open(newline="")) if row["held_out_bits"]}


def train(program, preset, folder):
    subprocess.run([program, "train", str(preset), "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)
    table = folder / "metrics.csv"
    table.write_text(thinned(table))


def same(old, new):
    if tensors(old / STATE) == tensors(new / STATE):
        return True
    was, now = held_out(old / "metrics.csv"), held_out(new / "metrics.csv")
    return was.keys() == now.keys() and all(abs(was[m] - now[m]) < 0.1 for m in was)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = []
    for preset in trained_presets():
        kept = PRESETS / "trained" / preset.stem
        with tempfile.TemporaryDirectory() as work:
            made = Path(work) / "run"
            train(options.program, preset, made)
            if options.check:
                if not (kept / STATE).exists() or not same(kept, made):
                    stale.append(preset.stem)
                continue
            kept.mkdir(parents=True, exist_ok=True)
            for name in (STATE, "metrics.csv"):
                shutil.copyfile(made / name, kept / name)
    if stale:
        sys.exit(f"presets/trained is not what these learn: {', '.join(stale)}; scripts/trained.py writes it anew")


if __name__ == "__main__":
    main()
