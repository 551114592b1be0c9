#!/usr/bin/python3
"""Makes small models as other programs write them, formats/NAME.safetensors, and what these compute, formats/NAME.json.

The models are written out here from their papers' equations, with the names that the programs give their tensors.
Weights are single precision, what they compute is double.
"""
from __future__ import annotations

import json
import math
import pathlib

import torch
from torch import Tensor, nn

from torch_model import write_safetensors

FORMATS = pathlib.Path(__file__).resolve().parent / "formats"


class RmsNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.5 + torch.rand(width))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x / torch.sqrt((x**2).mean(-1, keepdim=True) + 1e-5)


class Mixer(nn.Module):
    """Mamba's mixer (Gu and Dao 2024, section 3.4), its scan as a loop over the steps."""

    def __init__(self, width: int, inner: int, state: int) -> None:
        super().__init__()
        self.rank, self.state = math.ceil(width / 16), state
        self.in_proj = nn.Linear(width, 2 * inner, bias=False)
        self.conv1d = nn.Conv1d(inner, inner, 4, groups=inner, padding=3)
        self.x_proj = nn.Linear(inner, self.rank + 2 * state, bias=False)
        self.dt_proj = nn.Linear(self.rank, inner)
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, state + 1)).repeat(inner, 1) + 0.1 * torch.randn(inner, state))
        self.D = nn.Parameter(1 + 0.3 * torch.randn(inner))
        self.out_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, width)."""
        read, gate = self.in_proj(x).chunk(2, dim=-1)
        u = nn.functional.silu(self.conv1d(read.T[None])[0, :, : len(x)].T)
        r, B, C = self.x_proj(u).split([self.rank, self.state, self.state], dim=-1)
        step = nn.functional.softplus(self.dt_proj(r))
        memory = torch.zeros_like(self.A_log)
        read_out = []
        for t in range(len(x)):
            kept = torch.exp(-step[t][:, None] * torch.exp(self.A_log))
            memory = kept * memory + (step[t] * u[t])[:, None] * B[t]
            read_out.append(memory @ C[t] + self.D * u[t])
        return self.out_proj(torch.stack(read_out) * nn.functional.silu(gate))


class Block(nn.Module):
    def __init__(self, width: int, inner: int, state: int) -> None:
        super().__init__()
        self.mixer, self.norm = Mixer(width, inner, state), RmsNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mixer(self.norm(x))


class Mamba(nn.Module):
    """The names are those of mamba-minimal; the read-out is the embedding's matrix, of which a file keeps one copy."""

    def __init__(self, vocabulary: int, width: int, inner: int, state: int, layers: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Block(width, inner, state) for _ in range(layers))
        self.norm_f = RmsNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x)
        return self.norm_f(x) @ self.embedding.weight.T


def write(name: str, model: nn.Module, tokens: list[int]) -> None:
    write_safetensors(FORMATS / f"{name}.safetensors", model.state_dict())
    logits = model.double()(torch.tensor(tokens))
    (FORMATS / f"{name}.json").write_text(json.dumps({"tokens": tokens, "logits": logits.tolist()}) + "\n")


def main() -> None:
    FORMATS.mkdir(exist_ok=True)
    torch.manual_seed(1)
    write("mamba", Mamba(vocabulary=11, width=12, inner=24, state=4, layers=2), [3, 1, 4, 1, 5, 9, 2, 6, 10, 0, 7, 8])


if __name__ == "__main__":
    main()
