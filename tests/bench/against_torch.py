#!/usr/bin/env python3
"""Characters per second of full training updates: ours beside PyTorch's, in alternation on the same machine.

    against_torch.py --program build/release/gatescope --peer char_lm_torch.py --text FILE [--rounds 3]

The peer trains the same model in PyTorch and prints "... N chars/s ..." (options --cell --hidden --threads --text). It
runs with one thread and with two, and its better figure counts. A round times every case once; the table gives the
median of each side over the rounds and the ratio.
"""
import argparse
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

CELLS = ["rnn", "gru", "lstm"]
HIDDEN = [32, 64, 128, 256]


def ours(program: str, text: str, cell: str, hidden: int, threads: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "bench.json"
        subprocess.run([program, "bench", "--text", text, "--cells", cell, "--hidden", str(hidden), "--threads",
                        str(threads), "--seconds", "0.7", "--json", str(out)], check=True, stdout=subprocess.DEVNULL)
        return json.loads(out.read_text())["rows"][0]


def torchs(peer: str, text: str, cell: str, hidden: int, threads: int) -> float:
    line = subprocess.run(["/usr/bin/python3", peer, "--text", text, "--cell", cell, "--hidden", str(hidden), "--threads",
                           str(threads), "--updates", "30"], check=True, capture_output=True, text=True).stdout
    return float(re.search(r"(\d+) chars/s", line).group(1))


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--program", required=True)
    p.add_argument("--peer", required=True)
    p.add_argument("--text", required=True)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--threads", type=int, default=2)
    a = p.parse_args()
    cases = [(cell, hidden) for cell in CELLS for hidden in HIDDEN]
    mine: dict = {case: [] for case in cases}
    torch: dict = {case: [] for case in cases}
    fraction: dict = {case: [] for case in cases}
    for _ in range(a.rounds):
        for case in cases:
            row = ours(a.program, a.text, *case, a.threads)
            mine[case].append(row["chars_per_second"])
            fraction[case].append(row["fraction"])
            torch[case].append(max(torchs(a.peer, a.text, *case, t) for t in range(1, a.threads + 1)))
    print("| cell | H | Gatescope, chars/s | PyTorch, chars/s | ratio | of the machine's rate |")
    print("|---|---|---|---|---|---|")
    ratios = []
    for case in cases:
        m, t = statistics.median(mine[case]), statistics.median(torch[case])
        ratios.append(m / t)
        print(f"| {case[0]} | {case[1]} | {m:,.0f} | {t:,.0f} | {m / t:.1f} | {statistics.median(fraction[case]):.2f} |")
    print(f"\ngeometric mean {math.exp(statistics.mean(map(math.log, ratios))):.1f}, least {min(ratios):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
