#!/usr/bin/python3
"""Makes tests/reference/jacobians/NAME.json: ds_t/ds_{t-k} of RNN, GRU and LSTM by PyTorch's autograd, free and forced.

Every case is one small model in double precision that reads one short text from a zero state. Free cases run PyTorch's own
cells; forced ones the same equations written out, which are checked against PyTorch's cells with no rule first. A rule sets
used = scale * raw + shift of one channel, of some units, at some steps; derivatives are of used values with respect to used
values. Rows and columns of a Jacobian are h, or h and then c.
"""
from __future__ import annotations

import json
import pathlib

import torch
from torch import Tensor

FOLDER = pathlib.Path(__file__).resolve().parent / "jacobians"
STEP = 9
# channel, units, first and last step, scale, shift; and the same as the program writes it
FORCED = {
    "rnn": [("h", [1, 2], 3, 6, 0.5, 0.0, "h[1,2]@3-6=*0.5")],
    "gru": [("z", [0, 1, 2, 3, 4], 4, 9, 0.0, 0.3, "z@4-9=0.3"), ("r", [2], 0, 9, 0.5, 0.1, "r[2]=*0.5+0.1"),
            ("h", [0], 5, 5, 0.0, 0.2, "h[0]@5=0.2")],
    "lstm": [("f", [0, 1, 2, 3, 4], 2, 9, 0.0, 1.0, "f@2-9=1"), ("o", [3], 0, 9, 0.4, 0.0, "o[3]=*0.4"),
             ("c", [1], 6, 7, 0.5, 0.0, "c[1]@6-7=*0.5"), ("i", [4], 5, 8, 0.0, 0.0, "i[4]@5-8=0")],
}


def forced(channel: str, raw: Tensor, rules: list, t: int) -> Tensor:
    for name, units, first, last, scale, shift, _ in rules:
        if name == channel and first <= t <= last:
            mask = torch.zeros_like(raw, dtype=torch.bool)
            mask[units] = True
            raw = torch.where(mask, scale * raw + shift, raw)
    return raw


def step(cell: str, module: torch.nn.Module, x: Tensor, s: Tensor, rules: list, t: int) -> Tensor:
    h = s[: module.hidden_size]
    wx, uh = module.weight_ih @ x + module.bias_ih, module.weight_hh @ h + module.bias_hh
    use = lambda channel, raw: forced(channel, raw, rules, t)
    if cell == "rnn":
        return use("h", torch.tanh(wx + uh))
    if cell == "gru":
        (xr, xz, xn), (hr, hz, hn) = wx.chunk(3), uh.chunk(3)
        r, z = use("r", torch.sigmoid(xr + hr)), use("z", torch.sigmoid(xz + hz))
        n = use("n", torch.tanh(xn + r * hn))
        return use("h", (1 - z) * n + z * h)
    i, f, g, o = (wx + uh).chunk(4)
    i, f, g, o = use("i", torch.sigmoid(i)), use("f", torch.sigmoid(f)), use("g", torch.tanh(g)), use("o", torch.sigmoid(o))
    c = use("c", f * s[module.hidden_size :] + i * g)
    return torch.cat([use("h", o * torch.tanh(c)), c])


def module_step(cell: str, module: torch.nn.Module, x: Tensor, s: Tensor) -> Tensor:
    if cell != "lstm":
        return module(x[None], s[None])[0]
    h, c = s.chunk(2)
    return torch.cat([v[0] for v in module(x[None], (h[None], c[None]))])


def make(cell: str, with_rules: bool, seed: int) -> None:
    torch.manual_seed(seed)
    text, hidden = "she sells shells", 5
    vocabulary = sorted(set(text))
    module = {"rnn": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}[cell](len(vocabulary), hidden)
    head = torch.nn.Linear(hidden, len(vocabulary))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(1.5)
    rules = FORCED[cell] if with_rules else []
    inputs = torch.eye(len(vocabulary))[[vocabulary.index(c) for c in text]]
    states = [torch.zeros(hidden * (2 if cell == "lstm" else 1))]
    for t in range(STEP + 1):
        s = step(cell, module, inputs[t], states[-1], rules, t) if rules else module_step(cell, module, inputs[t], states[-1])
        written = step(cell, module, inputs[t], states[-1], [], t)
        assert (written - module_step(cell, module, inputs[t], states[-1])).abs().max() < 1e-14
        states.append(s.detach())
    jacobians = []
    for lag in range(STEP + 1):
        def onwards(s: Tensor) -> Tensor:
            for t in range(STEP - lag + 1, STEP + 1):
                s = step(cell, module, inputs[t], s, rules, t) if rules else module_step(cell, module, inputs[t], s)
            return s
        jacobians.append(torch.autograd.functional.jacobian(onwards, states[STEP - lag + 1]).tolist())
    state = {f"rnn.{name}_l0": p for name, p in module.state_dict().items()}
    state |= {f"head.{name}": p for name, p in head.state_dict().items()}
    content = {"cell": cell, "hidden": hidden, "vocabulary": vocabulary, "text": text, "rules": [r[-1] for r in rules],
               "state": {name: {"shape": list(p.shape), "values": p.flatten().tolist()} for name, p in state.items()},
               "step": STEP, "jacobians": jacobians}
    path = FOLDER / f"{cell}{'_forced' if with_rules else ''}.json"
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    print(path.name, path.stat().st_size // 1000, "kB")


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    FOLDER.mkdir(exist_ok=True)
    for number, name in enumerate(("rnn", "gru", "lstm")):
        make(name, False, 10 + number)
        make(name, True, 20 + number)
