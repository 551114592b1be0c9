#!/usr/bin/env python3
"""The peer of triangle_bench: gradients at all steps for one loss, and dL_s/dh_t of every loss s and step t, by PyTorch's
autograd over 200 steps.

    triangle_torch.py [--rounds 3] [--steps 200] [CELL ...]

"one-loss" runs forward and takes the last loss's gradient with respect to every h_t. "loop" takes each loss's in turn;
"batched" takes all at once (is_grads_batched, where this PyTorch has it). The forward pass of these two is not counted.
One thread, milliseconds; the better of the two is what to compare with.
"""
import argparse
import statistics
import time

import torch

INPUTS = 65
CELLS = {"rnn": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}


def forward(cell, lstm, head, inputs, targets):
    """The losses of all steps and the hidden states they follow from, which are nodes of the graph."""
    h = torch.zeros(1, cell.hidden_size, requires_grad=True)
    c = torch.zeros(1, cell.hidden_size)
    losses, hidden = [], []
    for x, target in zip(inputs, targets):
        if lstm:
            h, c = cell(x, (h, c))
        else:
            h = cell(x, h)
        hidden.append(h)
        losses.append(torch.nn.functional.cross_entropy(head(h), target))
    return losses, hidden


def one_loss(cell, lstm, head, inputs, targets):
    losses, hidden = forward(cell, lstm, head, inputs, targets)
    return torch.autograd.grad(losses[-1], hidden)


def loop(losses, hidden):
    norms = torch.zeros(len(losses), len(hidden))
    for s, loss in enumerate(losses):
        for t, g in enumerate(torch.autograd.grad(loss, hidden[: s + 1], retain_graph=True)):
            norms[s, t] = g.norm()
    return norms


def batched(losses, hidden):
    stacked = torch.stack(losses)
    rows = torch.autograd.grad(stacked, hidden, torch.eye(len(losses)), retain_graph=True, is_grads_batched=True)
    return torch.stack([r.flatten(1).norm(dim=1) for r in rows], 1)


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
    p.add_argument("--steps", type=int, default=200)
    p.add_argument("cells", nargs="*", default=list(CELLS))
    a = p.parse_args()
    torch.set_num_threads(1)
    print("cell H T one-loss loop batched")
    for name in a.cells:
        for hidden_size in (32, 64, 128, 256):
            torch.manual_seed(1)
            cell, lstm, head = CELLS[name](INPUTS, hidden_size), name == "lstm", torch.nn.Linear(hidden_size, INPUTS)
            numbers = [k * k % INPUTS for k in range(a.steps + 1)]
            inputs = [torch.nn.functional.one_hot(torch.tensor([k]), INPUTS).float() for k in numbers[:-1]]
            targets = [torch.tensor([k]) for k in numbers[1:]]
            losses, hidden = forward(cell, lstm, head, inputs, targets)
            row = [f"{milliseconds(lambda: one_loss(cell, lstm, head, inputs, targets), a.rounds):.2f}"]
            for way in (loop, batched):
                try:
                    row.append(f"{milliseconds(lambda: way(losses, hidden), a.rounds):.1f}")
                except (RuntimeError, TypeError):  # a way that this PyTorch has not
                    row.append("-")
            print(name, hidden_size, a.steps, *row, flush=True)


if __name__ == "__main__":
    main()
