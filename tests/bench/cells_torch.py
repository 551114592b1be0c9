#!/usr/bin/env python3
"""Characters a second of the cells of the field, ours and PyTorch's as people write it, in turn on one thread.

PyTorch has the products of the input for all steps at once, and a loop over time for what is left of each
cell; an update is forward, backward, clipping and Adam on B sequences of T characters. The LSTM stands beside
them, as such a loop as well. The table is what README shows: its last column is the share of this machine's
own rate of multiplications and additions that our products reach, as `gatescope bench` measures it.

    /usr/bin/python3 tests/bench/cells_torch.py --program build/release/gatescope --hidden 64 128
"""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
from typing import Callable

os.environ["OMP_NUM_THREADS"] = "1"
import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.nn import functional  # noqa: E402

BATCH, STEPS, CHARACTERS = 32, 64, 65


class Weights(nn.Module):
    """Matrices and vectors by name, made when they are first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.held = nn.ParameterDict()

    def matrix(self, name: str, rows: int, columns: int) -> Tensor:
        if name not in self.held:
            self.held[name] = nn.Parameter(torch.randn(rows, columns) / columns**0.5)
        return self.held[name]

    def vector(self, name: str, size: int) -> Tensor:
        if name not in self.held:
            self.held[name] = nn.Parameter(torch.zeros(size))
        return self.held[name]


# Each takes the embedded characters (T, B, H) and gives the hidden states, a list of (B, H).


def lstm(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    entering = x @ w.matrix("W", 4 * hidden, hidden).T + w.vector("b", 4 * hidden)
    recurrent = w.matrix("U", 4 * hidden, hidden).T
    h = c = x.new_zeros(BATCH, hidden)
    states = []
    for now in entering:
        i, f, z, o = (now + h @ recurrent).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(z)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    return states


def minlstm(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    f, i, z = (x @ w.matrix("W", 3 * hidden, hidden).T + w.vector("b", 3 * hidden)).chunk(3, -1)
    f, i = torch.sigmoid(f), torch.sigmoid(i)
    keep, written = f / (f + i), i / (f + i) * z
    h = x.new_zeros(BATCH, hidden)
    states = []
    for t in range(len(x)):
        h = keep[t] * h + written[t]
        states.append(h)
    return states


def rg_lru(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    u = x @ w.matrix("W", hidden, hidden).T + w.vector("b", hidden)
    r = torch.sigmoid(u @ w.matrix("R", hidden, hidden).T + w.vector("r", hidden))
    i = torch.sigmoid(u @ w.matrix("I", hidden, hidden).T + w.vector("i", hidden))
    a = torch.exp(-8 * r * functional.softplus(w.vector("Lambda", hidden)))
    written = torch.sqrt(1 - a**2 + 1e-6) * i * u
    h = x.new_zeros(BATCH, hidden)
    states = []
    for t in range(len(x)):
        h = a[t] * h + written[t]
        states.append(h)
    return states


def rwkv4(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    e = x @ w.matrix("W", hidden, hidden).T + w.vector("b", hidden)
    before = torch.cat([torch.zeros_like(e[:1]), e[:-1]])
    mixed = {name: w.vector("mu" + name, hidden) * e + (1 - w.vector("mu" + name, hidden)) * before for name in "kvr"}
    r = torch.sigmoid(mixed["r"] @ w.matrix("R", hidden, hidden).T)
    k, v = mixed["k"] @ w.matrix("K", hidden, hidden).T, mixed["v"] @ w.matrix("V", hidden, hidden).T
    fade, bonus = -torch.exp(w.vector("decay", hidden)), w.vector("bonus", hidden)
    a = b = x.new_zeros(BATCH, hidden)
    top = x.new_full((BATCH, hidden), -1e30)
    read = []
    for t in range(len(x)):
        highest = torch.maximum(top, bonus + k[t])
        past, now = torch.exp(top - highest), torch.exp(bonus + k[t] - highest)
        read.append((past * a + now * v[t]) / (past * b + now))
        highest = torch.maximum(top + fade, k[t])
        past, now = torch.exp(top + fade - highest), torch.exp(k[t] - highest)
        a, b, top = past * a + now * v[t], past * b + now, highest
    return list((r * torch.stack(read)) @ w.matrix("O", hidden, hidden).T)


def slstm(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    entering = x @ w.matrix("W", 4 * hidden, hidden).T + w.vector("b", 4 * hidden)
    recurrent = w.matrix("U", 4 * hidden, hidden).T
    h = c = n = x.new_zeros(BATCH, hidden)
    m = x.new_full((BATCH, hidden), -1e30)
    states = []
    for now in entering:
        i, f, z, o = (now + h @ recurrent).chunk(4, -1)
        from_past = functional.logsigmoid(f) + m
        m = torch.maximum(from_past, i)
        keep, write = torch.exp(from_past - m), torch.exp(i - m)
        c, n = keep * c + write * torch.tanh(z), keep * n + write
        h = torch.sigmoid(o) * c / n
        states.append(h)
    return states


def s6(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    memories, rank = 16, max(1, hidden // 16)
    n = x @ w.matrix("W", hidden, hidden).T + w.vector("b", hidden)
    u, z = functional.silu(n), x @ w.matrix("Z", hidden, hidden).T
    step = functional.softplus(u @ w.matrix("R", rank, hidden).T @ w.matrix("D", hidden, rank).T + w.vector("d", hidden))
    enters, reads = u @ w.matrix("B", memories, hidden).T, u @ w.matrix("C", memories, hidden).T
    speed, skip = -torch.exp(w.matrix("A", hidden, memories)), w.vector("skip", hidden)
    m = x.new_zeros(BATCH, hidden, memories)
    states = []
    for t in range(len(x)):
        m = torch.exp(step[t].unsqueeze(-1) * speed) * m + (step[t] * u[t]).unsqueeze(-1) * enters[t].unsqueeze(1)
        y = (m * reads[t].unsqueeze(1)).sum(-1) + skip * u[t]
        states.append(y * functional.silu(z[t]))
    return states


def mlstm(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    q, k, v, o = (x @ w.matrix("W", 4 * hidden, hidden).T).chunk(4, -1)
    i, f = (x @ w.matrix("V", 2, hidden).T + w.vector("gates", 2)).chunk(2, -1)
    f, o = functional.logsigmoid(f), torch.sigmoid(o + w.vector("o", hidden))
    c, n = x.new_zeros(BATCH, hidden, hidden), x.new_zeros(BATCH, hidden)
    m = x.new_full((BATCH, 1), -1e30)
    states = []
    for t in range(len(x)):
        highest = torch.maximum(f[t] + m, i[t])
        keep, write, m = torch.exp(f[t] + m - highest), torch.exp(i[t] - highest), highest
        c = keep.unsqueeze(-1) * c + (write * v[t]).unsqueeze(-1) * k[t].unsqueeze(1)
        n = keep * n + write * k[t]
        read = (c @ q[t].unsqueeze(-1)).squeeze(-1)
        size = (n * q[t]).sum(-1, keepdim=True).abs()
        states.append(o[t] * read / torch.maximum(size, torch.exp(-m)))
    return states


def of_matrix(w: Weights, x: Tensor, hidden: int, update: Callable[..., Tensor], rows: int) -> list[Tensor]:
    """Those that read y = m q and let it out by SiLU(z); `rows` blocks of W."""
    q, k, v, z, *more = (x @ w.matrix("W", rows * hidden, hidden).T).chunk(rows, -1)
    m = x.new_zeros(BATCH, hidden, hidden)
    states = []
    for t in range(len(x)):
        m = update(m, t, k[t], v[t], *more)
        states.append((m @ q[t].unsqueeze(-1)).squeeze(-1) * functional.silu(z[t]))
    return states


def outer(v: Tensor, k: Tensor) -> Tensor:
    return v.unsqueeze(-1) * k.unsqueeze(1)


def decays(w: Weights, x: Tensor, hidden: int) -> tuple[Tensor, Tensor]:
    """Step and decay of a head, as Mamba-2 and Gated DeltaNet have them: (T, B, 1)."""
    step = functional.softplus(x @ w.matrix("T", 1, hidden).T + w.vector("t", 1))
    return step, torch.exp(-step * torch.exp(w.vector("a", 1)))


def mamba2(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    step, keep = decays(w, x, hidden)
    bias = w.vector("v", hidden)
    return of_matrix(w, x, hidden, lambda m, t, k, v: keep[t].unsqueeze(-1) * m + outer(functional.silu(v + bias) * step[t], k), 4)


def gla(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    bias = w.vector("a", hidden)
    return of_matrix(w, x, hidden, lambda m, t, k, v, a: (torch.sigmoid(a[t] + bias) ** (1 / 16)).unsqueeze(1) * m + outer(v, k), 5)


def rwkv6(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    q, k, v, z, a = (x @ w.matrix("W", 5 * hidden, hidden).T).chunk(5, -1)
    keep, bonus = torch.exp(-torch.exp(a + w.vector("a", hidden))), w.vector("bonus", hidden)
    m = x.new_zeros(BATCH, hidden, hidden)
    states = []
    for t in range(len(x)):
        written = outer(v[t], k[t])
        y = ((m + bonus * written) @ q[t].unsqueeze(-1)).squeeze(-1)
        m = keep[t].unsqueeze(1) * m + written
        states.append(y * functional.silu(z[t]))
    return states


def gated_deltanet(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    _, keep = decays(w, x, hidden)
    strength = torch.sigmoid(x @ w.matrix("B", 1, hidden).T + w.vector("b", 1))

    def update(m: Tensor, t: int, k: Tensor, v: Tensor) -> Tensor:
        key = functional.normalize(k, dim=-1)
        m = keep[t].unsqueeze(-1) * m
        found = (m @ key.unsqueeze(-1)).squeeze(-1)
        return m + outer(strength[t] * (v - found), key)

    return of_matrix(w, x, hidden, update, 4)


def retnet(w: Weights, x: Tensor, hidden: int) -> list[Tensor]:
    keep = torch.exp(-torch.exp(w.vector("a", 1)))
    return of_matrix(w, x, hidden, lambda m, t, k, v: keep * m + outer(v, k), 4)


CELLS = {each.__name__: each for each in (lstm, minlstm, rg_lru, rwkv4, slstm, s6, mlstm, mamba2, gla, rwkv6, gated_deltanet, retnet)}


def torch_rate(cell: str, hidden: int, seconds: float) -> float:
    torch.manual_seed(1)
    weights, embedding, head = Weights(), nn.Embedding(CHARACTERS, hidden), nn.Linear(hidden, CHARACTERS)
    ids, right = torch.randint(CHARACTERS, (STEPS, BATCH)), torch.randint(CHARACTERS, (STEPS, BATCH))

    def loss() -> Tensor:
        states = CELLS[cell](weights, embedding(ids), hidden)
        return functional.cross_entropy(head(torch.stack(states)).flatten(0, 1), right.flatten())

    loss()  # makes the weights
    parameters = [*weights.parameters(), *embedding.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, 0.002)
    updates, began = -1, time.perf_counter()
    while updates < 1 or time.perf_counter() - began < seconds:
        if updates == 0:
            began = time.perf_counter()
        optimizer.zero_grad()
        loss().backward()
        nn.utils.clip_grad_norm_(parameters, 1)
        optimizer.step()
        updates += 1
    return BATCH * STEPS * updates / (time.perf_counter() - began)


def our_row(program: pathlib.Path, cell: str, hidden: int, seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        to = pathlib.Path(folder, "rows.json")
        subprocess.run([program.resolve(), "bench", "--cells", cell, "--hidden", str(hidden), "--batch", str(BATCH), "--steps", str(STEPS),
                        "--threads", "1", "--seconds", str(seconds), "--json", str(to)], check=True, capture_output=True, cwd=folder)
        rows = json.loads(to.read_text())
    return rows["rows"][0] if isinstance(rows, dict) else rows[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--hidden", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--cells", nargs="+", default=list(CELLS), choices=list(CELLS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| cell | H | Gatescope, chars/s | PyTorch, chars/s | ratio | share of the machine's rate |\n|---|---|---|---|---|---|")
    for cell in options.cells:
        for hidden in options.hidden:
            ours, theirs, shares = [], [], []
            for _ in range(options.rounds):
                row = our_row(options.program, cell, hidden, options.seconds)
                ours.append(row["chars_per_second"])
                shares.append(row["fraction_of_product"])
                theirs.append(torch_rate(cell, hidden, options.seconds))
            ratio = statistics.median(a / b for a, b in zip(ours, theirs))
            print(f"| {cell} | {hidden} | {statistics.median(ours):,.0f} | {statistics.median(theirs):,.0f} | {ratio:.1f} | "
                  f"{statistics.median(shares):.2f} |", flush=True)


if __name__ == "__main__":
    main()
