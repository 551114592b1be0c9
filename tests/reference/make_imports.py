#!/usr/bin/python3
"""Makes the committed small models of other programs, tests/reference/imports/NAME.safetensors, and NAME.json with what
they tell of a text: its entries' numbers and the logits (T, V), in double.

Each model is written out here from its program's equations, with that program's names and shapes.
"""
from __future__ import annotations

import json
import math
import pathlib

import torch
from torch import Tensor, nn

from torch_model import State, layer_norm, write_safetensors

IMPORTS = pathlib.Path(__file__).resolve().parent / "imports"


def rwkv4(width: int, blocks: int, vocabulary: int) -> State:
    """A random state dict of RWKV-4 (BlinkDL/RWKV-LM, RWKV-v4), gates off the neighbourhood of 0.5."""
    state: State = {"emb.weight": torch.randn(vocabulary, width)}

    def norm(name: str) -> None:
        state[name + ".weight"] = 0.5 + torch.rand(width)
        state[name + ".bias"] = 0.3 * torch.randn(width)

    def matrix(name: str, rows: int, columns: int) -> None:
        state[name + ".weight"] = 1.5 * torch.randn(rows, columns) / math.sqrt(columns)

    for block in range(blocks):
        here = f"blocks.{block}."
        for name in ("ln1", "ln2", *(["ln0"] if block == 0 else [])):
            norm(here + name)
        state[here + "att.time_decay"] = 2 * torch.randn(width) - 1
        state[here + "att.time_first"] = torch.randn(width)
        for name in ("att.time_mix_k", "att.time_mix_v", "att.time_mix_r", "ffn.time_mix_k", "ffn.time_mix_r"):
            state[here + name] = torch.rand(1, 1, width)
        for name in ("att.key", "att.value", "att.receptance", "att.output", "ffn.receptance"):
            matrix(here + name, width, width)
        matrix(here + "ffn.key", 4 * width, width)
        matrix(here + "ffn.value", width, 4 * width)
    norm("ln_out")
    matrix("head", vocabulary, width)
    return state


def rwkv4_logits(w: State, tokens: list[int]) -> Tensor:
    """(T, V), step by step from the sums of weighted values and of weights over a common power of e."""
    blocks = 1 + max(int(name.split(".")[1]) for name in w if name.startswith("blocks."))
    zero = torch.zeros(w["emb.weight"].shape[1])

    def norm(x: Tensor, name: str) -> Tensor:
        return layer_norm(x, w[name + ".weight"], w[name + ".bias"])

    def mixed(now: Tensor, before: Tensor, name: str) -> Tensor:
        return now * w[name][0, 0] + before * (1 - w[name][0, 0])

    read = [zero] * blocks  # what time mixing read at the step before
    mixed_before = [zero] * blocks  # and channel mixing
    sums = [(zero, zero, zero - math.inf)] * blocks  # of values, of weights, and the power of e beneath them
    logits = []
    for token in tokens:
        x = norm(w["emb.weight"][token], "blocks.0.ln0")
        for block in range(blocks):
            att, ffn = f"blocks.{block}.att.", f"blocks.{block}.ffn."
            now = norm(x, f"blocks.{block}.ln1")
            k, v, r = (w[f"{att}{name}.weight"] @ mixed(now, read[block], f"{att}time_mix_{letter}")
                       for name, letter in (("key", "k"), ("value", "v"), ("receptance", "r")))
            read[block] = now
            a, b, p = sums[block]
            present = w[att + "time_first"] + k
            top = torch.maximum(p, present)
            wkv = ((p - top).exp() * a + (present - top).exp() * v) / ((p - top).exp() * b + (present - top).exp())
            faded = p - torch.exp(w[att + "time_decay"])
            top = torch.maximum(faded, k)
            sums[block] = ((faded - top).exp() * a + (k - top).exp() * v, (faded - top).exp() * b + (k - top).exp(), top)
            x = x + w[att + "output.weight"] @ (torch.sigmoid(r) * wkv)
            now = norm(x, f"blocks.{block}.ln2")
            key = w[ffn + "key.weight"] @ mixed(now, mixed_before[block], ffn + "time_mix_k")
            receptance = w[ffn + "receptance.weight"] @ mixed(now, mixed_before[block], ffn + "time_mix_r")
            mixed_before[block] = now
            x = x + torch.sigmoid(receptance) * (w[ffn + "value.weight"] @ nn.functional.relu(key) ** 2)
        logits.append(w["head.weight"] @ norm(x, "ln_out"))
    return torch.stack(logits)


def main() -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(4)
    IMPORTS.mkdir(exist_ok=True)
    state = {name: tensor.float() for name, tensor in rwkv4(width=12, blocks=2, vocabulary=11).items()}
    tokens = torch.randint(11, (20,)).tolist()
    logits = rwkv4_logits({name: tensor.double() for name, tensor in state.items()}, tokens)
    write_safetensors(IMPORTS / "rwkv4.safetensors", state)
    (IMPORTS / "rwkv4.json").write_text(json.dumps({"tokens": tokens, "logits": logits.tolist()}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
