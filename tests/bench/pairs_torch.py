#!/usr/bin/env python3
"""Pairs a second of an encoder-decoder, ours and PyTorch's as people write it, in turn on one thread.

The task is to reverse words of 20 letters: a bidirectional GRU reads, a GRU cell with Bahdanau's attention or
none writes, 32 pairs side by side. PyTorch has its fused encoder, and a loop over the decoder's steps; what
does not change in that loop is computed once before it.

    /usr/bin/python3 tests/bench/pairs_torch.py --program build/release/gatescope
"""
from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"
import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

BATCH, LENGTH, SYMBOLS, EMBEDDING = 32, 20, 13, 32


class Model(nn.Module):
    def __init__(self, hidden: int, attention: bool) -> None:
        super().__init__()
        self.hidden, self.attention = hidden, attention
        self.embedding = nn.Embedding(SYMBOLS, EMBEDDING)
        self.encoder = nn.GRU(EMBEDDING, hidden, bidirectional=True)
        self.decoder = nn.GRUCell(EMBEDDING + (2 * hidden if attention else 0), hidden)
        self.bridge = nn.Linear(hidden, hidden, bias=False)
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.key = nn.Linear(2 * hidden, hidden, bias=False)
        self.energy = nn.Linear(hidden, 1, bias=False)
        self.head = nn.Linear(3 * hidden + EMBEDDING if attention else hidden, SYMBOLS)

    def forward(self, source: Tensor, fed: Tensor) -> Tensor:
        """source (S, B), fed (D, B): logits (D, B, SYMBOLS)."""
        annotations, ended = self.encoder(self.embedding(source))
        state = torch.tanh(self.bridge(ended[-1])) if self.attention else ended[-1]
        keys = self.key(annotations) if self.attention else None
        features = []
        for x in self.embedding(fed):
            if self.attention:
                energies = self.energy(torch.tanh(keys + self.query(state))).squeeze(-1)
                context = (torch.softmax(energies, 0).unsqueeze(-1) * annotations).sum(0)
                state = self.decoder(torch.cat([x, context], -1), state)
                features.append(torch.cat([state, context, x], -1))
            else:
                state = self.decoder(x, state)
                features.append(state)
        return self.head(torch.stack(features))


def torch_rate(hidden: int, attention: bool, updates: int) -> float:
    torch.manual_seed(1)
    model = Model(hidden, attention)
    optimizer = torch.optim.Adam(model.parameters(), 0.005)
    source = torch.randint(3, SYMBOLS, (LENGTH, BATCH))
    fed = torch.randint(3, SYMBOLS, (LENGTH + 1, BATCH))
    right = torch.randint(2, SYMBOLS, (LENGTH + 1, BATCH))

    def update() -> None:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(source, fed).flatten(0, 1), right.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()

    update()
    began = time.perf_counter()
    for _ in range(updates):
        update()
    return BATCH * updates / (time.perf_counter() - began)


def our_rate(program: pathlib.Path, hidden: int, attention: bool, updates: int) -> float:
    """The time of many updates less that of one, so that neither start nor end counts."""

    def seconds(count: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            subprocess.run(
                [program, "train", "--task", "reverse", "--source", str(LENGTH), "--cell", "gru", "--hidden",
                 str(hidden), "--bidirectional", "--attention", "bahdanau" if attention else "none",
                 "--embedding", str(EMBEDDING), "--batch", str(BATCH), "--clip", "1", "--updates", str(count),
                 "--evaluate-every", "0", "--threads", "1", "--out", pathlib.Path(folder) / "run"],
                check=True, capture_output=True)
            return time.perf_counter() - began

    return BATCH * (updates - 1) / (seconds(updates) - seconds(1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, default=pathlib.Path("build/release/gatescope"))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for attention in (True, False):
        for hidden in (32, 64, 128):
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(our_rate(options.program, hidden, attention, 60))
                theirs.append(torch_rate(hidden, attention, 20))
            ratios = sorted(mine / other for mine, other in zip(ours, theirs))
            print(f"{'bahdanau' if attention else 'none':9} H = {hidden:3}: ours {max(ours):7.0f} pairs/s, "
                  f"PyTorch {max(theirs):6.0f}, ratio {ratios[0]:.1f} to {ratios[-1]:.1f}", flush=True)


if __name__ == "__main__":
    main()
