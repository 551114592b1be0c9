#!/usr/bin/env python3
"""Steps per second of training on a series, and rows forecast per second, ours beside PyTorch's as people write it.

    series_torch.py --program build/release/gatescope [--rounds 3]

Mackey-Glass, windows of 48 rows and 40 ahead, 16 side by side, Adam, gradients clipped to a norm of 5, one thread. Forecasts
feed themselves for 40 rows from 200 origins; PyTorch runs all origins side by side. Our training is timed as a run of the
program, less one of a single update, our forecasts by forecast_bench beside it.
"""
import argparse
import io
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch

WINDOW, HORIZON, BATCH, UPDATES, ORIGINS = 48, 40, 16, 300, 200


class Forecaster(torch.nn.Module):
    def __init__(self, cell: str, hidden: int):
        super().__init__()
        self.rnn = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](1, hidden)
        self.head = torch.nn.Linear(hidden, 1)

    def forward(self, x, state=None):
        h, state = self.rnn(x, state)
        return self.head(h), state


def torchs(series, cell: str, hidden: int) -> tuple[float, float]:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    values = torch.tensor(series)
    split = int(0.8 * len(values))
    values = (values - values[:split].mean()) / values[:split].std()
    model = Forecaster(cell, hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    steps = WINDOW + HORIZON - 1
    began = time.perf_counter()
    for _ in range(UPDATES):
        first = torch.randint(0, split - steps - 1, (BATCH,))
        rows = torch.stack([values[k:k + steps + 1] for k in first.tolist()], dim=1).unsqueeze(-1)
        told, _ = model(rows[:-1])
        loss = torch.nn.functional.mse_loss(told, rows[1:])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
    trained = UPDATES * BATCH * steps / (time.perf_counter() - began)
    rates = []
    for _ in range(7):
        began = time.perf_counter()
        with torch.no_grad():
            x = torch.stack([values[o - WINDOW:o] for o in range(split, split + ORIGINS)], dim=1).unsqueeze(-1)
            told, state = model(x)
            last = told[-1:]
            for _ in range(HORIZON - 1):
                last, state = model(last, state)
        rates.append(ORIGINS * HORIZON / (time.perf_counter() - began))
    return trained, statistics.median(rates)


def ours(program: str, cell: str, hidden: int) -> tuple[float, float]:
    def seconds(*arguments: str) -> float:
        began = time.perf_counter()
        subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - began

    with tempfile.TemporaryDirectory() as out:
        def train(updates: int) -> float:
            return seconds("train", "--series", "mackey_glass", "--window", str(WINDOW), "--horizon", str(HORIZON), "--cell",
                           cell, "--hidden", str(hidden), "--batch", str(BATCH), "--rate", "0.01", "--updates", str(updates),
                           "--evaluate-every", "0", "--threads", "1", "--out", f"{out}/run{updates}")

        trained = train(UPDATES) - train(1)
    bench = pathlib.Path(program).parent / "tests" / "bench" / "forecast_bench"
    rows = subprocess.run([bench, cell], check=True, capture_output=True, text=True).stdout.split("\n")
    rate = next(float(row.split()[2]) for row in rows if row.startswith(f"{cell} {hidden} "))
    return (UPDATES - 1) * BATCH * (WINDOW + HORIZON - 1) / trained, rate


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--program", required=True)
    p.add_argument("--rounds", type=int, default=3)
    a = p.parse_args()
    table = subprocess.run([a.program, "series", "mackey_glass"], check=True, capture_output=True, text=True).stdout
    series = [float(line) for line in io.StringIO(table).read().split()[1:]]
    print("| cell | H | trained, steps/s | PyTorch | ratio | forecast, rows/s | PyTorch | ratio |\n|---|---|---|---|---|---|---|---|")
    for cell in ("rnn", "gru", "lstm"):
        for hidden in (16, 32, 64):
            pairs = [(ours(a.program, cell, hidden), torchs(series, cell, hidden)) for _ in range(a.rounds)]
            t, ft, pt, fpt = (statistics.median(x) for x in zip(*[(m[0], m[1], p[0], p[1]) for m, p in pairs]))
            print(f"| {cell} | {hidden} | {t:,.0f} | {pt:,.0f} | {t / pt:.1f} | {ft:,.0f} | {fpt:,.0f} | {ft / fpt:.1f} |")


if __name__ == "__main__":
    main()
