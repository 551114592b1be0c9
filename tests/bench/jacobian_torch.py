#!/usr/bin/env python3
"""The peer of jacobian_bench: ds_t/ds_{t-k} over 100 lags from the last of 200 steps, by PyTorch's autograd.

    jacobian_torch.py [--rounds 3] [CELL ...]

Two ways, one thread each: "jacobian" takes every step's Jacobian by torch.autograd.functional.jacobian (vectorized where
this PyTorch has it) and multiplies them; "grad" takes the gradient of every number of s_t with respect to all states of
the last 100 steps at once. The better one is what to compare with. Milliseconds.
"""
import argparse
import statistics
import time

import torch

STEPS, LAGS, INPUTS = 200, 100, 65
CELLS = {"rnn": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}


def one_step(cell, lstm, x, s):
    """s is (S): h, or h and c."""
    if not lstm:
        return cell(x, s[None])[0]
    h, c = s.chunk(2)
    return torch.cat([v[0] for v in cell(x, (h[None], c[None]))])


def read(cell, lstm, hidden, inputs):
    states = [torch.zeros(hidden * (2 if lstm else 1))]
    with torch.no_grad():
        for x in inputs:
            states.append(one_step(cell, lstm, x, states[-1]))
    return states


def by_jacobian(cell, lstm, inputs, states):
    product, norms = torch.eye(states[0].numel()), 0.0
    for k in range(LAGS):
        t = STEPS - 1 - k
        step = torch.autograd.functional.jacobian(lambda s: one_step(cell, lstm, inputs[t], s), states[t], vectorize=True)
        product = product @ step
        norms += float(product.norm())
    return norms


def by_grad(cell, lstm, inputs, states):
    chain = [states[STEPS - LAGS].clone().requires_grad_()]
    for t in range(STEPS - LAGS, STEPS):
        chain.append(one_step(cell, lstm, inputs[t], chain[-1]))
    size = chain[-1].numel()
    rows = torch.autograd.grad(chain[-1], chain[:-1], torch.eye(size), is_grads_batched=True)
    return sum(float(r.norm()) for r in rows)


def milliseconds(work, rounds):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("cells", nargs="*", default=list(CELLS))
    a = p.parse_args()
    torch.set_num_threads(1)
    print("cell H jacobian grad")
    for name in a.cells:
        for hidden in (32, 64, 128, 256):
            torch.manual_seed(1)
            cell, lstm = CELLS[name](INPUTS, hidden), name == "lstm"
            inputs = [torch.nn.functional.one_hot(torch.tensor([k * k % INPUTS]), INPUTS).float() for k in range(STEPS)]
            states = read(cell, lstm, hidden, inputs)
            row = []
            for way in (by_jacobian, by_grad):
                try:
                    row.append(f"{milliseconds(lambda: way(cell, lstm, inputs, states), a.rounds):.1f}")
                except (RuntimeError, TypeError):  # a way that this PyTorch has not
                    row.append("-")
            print(name, hidden, *row, flush=True)


if __name__ == "__main__":
    main()
