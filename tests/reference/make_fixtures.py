#!/usr/bin/python3
"""Makes the committed reference numbers, tests/reference/fixtures/NAME.json.

Every case is one small model in double precision and one short text, run forward and backward from a
zero state; names as arguments make these alone. Each is checked against PyTorch's own fused module before it is written; an sLSTM, which has none,
against its authors' equations, S6, Mamba, minLSTM, RG-LRU, RWKV-4 (and its whole blocks) and matrix memories against the same without a recurrence, the delta
rule as products of whole matrices.
"""
from __future__ import annotations

import json
import math
import pathlib
import sys
from dataclasses import dataclass

import torch
from torch import Tensor

from torch_model import MIXED, CharacterModel, Shape, Trace, difference_from_fused, unrolled_trace

FIXTURES = pathlib.Path(__file__).resolve().parent / "fixtures"
WEIGHT_SCALE = 1.5  # beyond the default initialisation, so that gates leave the neighbourhood of 0.5
FUSED_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Case:
    """One fixture; the vocabulary is the text's characters and `unused`, sorted."""

    name: str
    cell: str
    hidden: int
    text: str
    layers: int = 1
    bidirectional: bool = False
    embedding: int = 0
    loss_at: str = "all"
    unused: str = ""
    heads: int = 1
    token_shift: bool = False
    conv: int = 0
    options: tuple[str, ...] = ()  # of every layer: the names of Shape's switches
    width: int = 0
    state_size: int = 0  # 0: the cell's
    last_norm: str = "none"
    norm_epsilon: float = 1e-6


AROUND = ("norm", "projection", "residual")  # of every block of the field


CASES = [
    Case("rnn_1layer", "rnn", 6, "the hat the tea", unused="o"),
    Case("rnn_2layer", "rnn", 5, "a bad cab ad b", layers=2, unused="e"),
    Case("rnn_bidirectional", "rnn", 6, "no onion soon n", bidirectional=True, unused="t"),
    Case("rnn_last_step", "rnn", 7, "(()(a)((b)))b", loss_at="last", unused="cd"),
    Case("rnn_relu_1layer", "rnn_relu", 7, "sees the tests", unused="a"),
    Case("rnn_relu_2layer", "rnn_relu", 6, "abba cab accab", layers=2, unused="xy"),
    Case("rnn_relu_bidirectional", "rnn_relu", 5, "to root or to", bidirectional=True, unused="sn"),
    Case("lstm_1layer", "lstm", 6, "lallen alle neu", unused="é"),
    Case("lstm_2layer", "lstm", 5, "été\nété et thé", layers=2),
    Case("lstm_bidirectional", "lstm", 6, "noon no moon on", bidirectional=True, unused="qu"),
    Case("lstm_2layer_bidirectional", "lstm", 5, "a cabbed decade", layers=2, bidirectional=True),
    Case("lstm_embedding", "lstm", 6, "banana bandana", embedding=4, unused="xz"),
    Case("gru_1layer", "gru", 7, "mississippi miss", unused="te"),
    Case("gru_2layer", "gru", 5, "1+1=2\n2+1=3\n1=1", layers=2),
    Case("gru_bidirectional", "gru", 6, "∂a∂b ab ∂∂ ba", bidirectional=True, unused="cd"),
    Case("slstm_1layer", "slstm", 6, "she sells shells", unused="ty"),
    Case("slstm_2layer", "slstm", 5, "1+1=2\n2+1=3\n1=1", layers=2),
    Case("slstm_bidirectional", "slstm", 6, "no lemon no mel", bidirectional=True, unused="a"),
    Case("slstm_last_step", "slstm", 7, "(()(a)((b)))b", loss_at="last", unused="cd"),
    Case("s6_1layer", "s6", 6, "sell the shells", unused="ty"),
    Case("s6_2layer", "s6", 5, "1+1=2\n2+1=3", layers=2),
    Case("s6_bidirectional", "s6", 5, "no lemon no", bidirectional=True, unused="a"),
    Case("s6_wide_last_step", "s6", 18, "(()(b)b", loss_at="last"),
    Case("slstm_2heads", "slstm", 6, "she sells shells", unused="ty", heads=2),
    Case("slstm_3heads_2layer_bidirectional", "slstm", 6, "no lemon no", layers=2, bidirectional=True, heads=3),
    Case("lstm_token_shift", "lstm", 5, "lallen alle neu", unused="t", token_shift=True),
    Case("gru_conv_embedding", "gru", 5, "mississippi miss", embedding=4, conv=4),
    Case("rnn_token_shift_conv", "rnn", 6, "the hat the tea", token_shift=True, conv=3),
    Case("lstm_token_shift_conv_2layer_bidirectional", "lstm", 4, "noon no moon", layers=2, bidirectional=True, token_shift=True, conv=3),
    Case("s6_conv", "s6", 5, "sell the shells", conv=4),
    Case("minlstm_1layer", "minlstm", 6, "she sells shells", unused="ty"),
    Case("minlstm_2layer_bidirectional", "minlstm", 5, "no lemon no mel", layers=2, bidirectional=True),
    Case("minlstm_last_step", "minlstm", 18, "(()(a)((b)))b", loss_at="last", unused="cd"),
    Case("rg_lru_1layer", "rg_lru", 6, "she sells shells", unused="ty"),
    Case("rg_lru_2heads", "rg_lru", 6, "the hat the tea", unused="o", heads=2),
    Case("rg_lru_2layer_bidirectional", "rg_lru", 5, "no lemon no mel", layers=2, bidirectional=True),
    Case("rg_lru_wide_last_step", "rg_lru", 18, "(()(b)b", loss_at="last"),
    Case("rwkv4_1layer", "rwkv4", 6, "she sells shells", unused="ty"),
    Case("rwkv4_2layer_bidirectional", "rwkv4", 5, "no lemon no", layers=2, bidirectional=True),
    Case("rwkv4_wide_last_step", "rwkv4", 18, "(()(b)b", loss_at="last"),
    Case("rwkv4_token_shift_conv", "rwkv4", 5, "the hat the tea", token_shift=True, conv=3),
    Case("rwkv4_block_1layer", "rwkv4_block", 6, "she sells she", unused="ty"),
    Case("rwkv4_block_bidirectional", "rwkv4_block", 4, "no lemon", bidirectional=True),
    Case("rwkv4_block_wide_last_step", "rwkv4_block", 10, "(()b", loss_at="last"),
    Case("mlstm_1layer", "mlstm", 5, "sell the shells", unused="ty"),
    Case("mlstm_3heads", "mlstm", 6, "the hat the tea", unused="o", heads=3),
    Case("mlstm_2heads_2layer_bidirectional", "mlstm", 4, "no lemon", layers=2, bidirectional=True, heads=2),
    Case("mlstm_wide_last_step", "mlstm", 20, "(()b", loss_at="last", heads=5),
    Case("mamba2_1layer", "mamba2", 5, "sell the shells", unused="ty"),
    Case("mamba2_2heads_2layer_bidirectional", "mamba2", 4, "no lemon", layers=2, bidirectional=True, heads=2),
    Case("mamba2_wide_last_step", "mamba2", 20, "(()b", loss_at="last", heads=5),
    Case("gla_1layer", "gla", 5, "sell the shells", unused="ty"),
    Case("gla_2heads_2layer_bidirectional", "gla", 4, "no lemon", layers=2, bidirectional=True, heads=2),
    Case("gla_wide_last_step", "gla", 20, "(()b", loss_at="last", heads=5),
    Case("rwkv6_1layer", "rwkv6", 5, "sell the shells", unused="ty"),
    Case("rwkv6_2heads_2layer_bidirectional", "rwkv6", 4, "no lemon", layers=2, bidirectional=True, heads=2),
    Case("rwkv6_token_shift", "rwkv6", 6, "the hat the tea", heads=2, token_shift=True),
    Case("gated_deltanet_1layer", "gated_deltanet", 5, "sell the shells", unused="ty"),
    Case("gated_deltanet_2heads_2layer_bidirectional", "gated_deltanet", 4, "no lemon", layers=2, bidirectional=True, heads=2),
    Case("gated_deltanet_wide_last_step", "gated_deltanet", 20, "(()b", loss_at="last", heads=5),
    Case("gated_deltanet_conv", "gated_deltanet", 6, "the hat the tea", heads=3, conv=4),
    Case("retnet_1layer", "retnet", 5, "sell the shells", unused="ty"),
    Case("retnet_3heads", "retnet", 6, "the hat the tea", heads=3),
    Case("s6_mamba_block", "s6", 5, "sell the shells", embedding=5, conv=4, options=AROUND),
    Case("gru_mamba_block", "gru", 5, "mississippi miss", embedding=5, conv=4, options=(*AROUND, "output_gate")),
    Case("mlstm_xlstm_block_2layer", "mlstm", 6, "no lemon", layers=2, heads=2, conv=4, options=(*AROUND, "head_norm")),
    Case("slstm_xlstm_block", "slstm", 6, "lallen alle neu", embedding=6, heads=3, conv=4, options=(*AROUND, "head_norm")),
    Case("rwkv6_rwkv_block", "rwkv6", 6, "the hat the tea", embedding=6, heads=2, token_shift=True, options=(*AROUND, "head_norm")),
    Case("rwkv4_rwkv_block", "rwkv4", 5, "sell the shells", embedding=5, options=("norm", "residual")),
    Case("lstm_every_option_2layer", "lstm", 6, "noon no moon", layers=2, heads=2, token_shift=True, conv=3,
         options=(*AROUND, "head_norm", "output_gate")),
    Case("rnn_projection", "rnn", 5, "a bad cab ad b", options=("projection",)),
    Case("gru_gate_bidirectional", "gru", 4, "no onion soon n", bidirectional=True, options=("head_norm", "output_gate")),
    *(Case(f"{cell}_1layer", cell, 5, "sell the she", unused="ty") for cell in MIXED),
    *(Case(f"{cell}_2heads", cell, 6, "no lemon", heads=2, bidirectional="delta" in cell) for cell in MIXED),
    Case("mamba_1layer", "mamba", 6, "sell the shells", unused="ty", state_size=3),
    Case("mamba_2layer_bidirectional", "mamba", 4, "no lemon", layers=2, bidirectional=True),
    Case("mamba_wide_last_step", "mamba", 18, "(()(b)b", loss_at="last", state_size=5, embedding=20),
    Case("mamba_whole_model", "mamba", 10, "sell the shells", embedding=5, options=AROUND, width=5, state_size=4,
         last_norm="rms", norm_epsilon=1e-5),
    Case("minlstm_narrow_last_layer_norm_bidirectional", "minlstm", 5, "no lemon", layers=2, bidirectional=True,
         options=("projection",), width=3, last_norm="layer"),
    Case("lstm_last_layer_norm", "lstm", 5, "sell the shells", last_norm="layer"),
    Case("rwkv4_prenorm_1layer", "rwkv4_prenorm", 6, "she sells she", unused="ty"),
    Case("rwkv4_prenorm_2layer_embedding", "rwkv4_prenorm", 4, "no lemon", layers=2, embedding=4),
    Case("rwkv4_prenorm_bidirectional", "rwkv4_prenorm", 4, "no lemon", bidirectional=True),
    Case("rwkv4_prenorm_wide_last_step", "rwkv4_prenorm", 19, "(()b", loss_at="last"),
]


def packed(tensor: Tensor) -> dict[str, list]:
    """A tensor as shape and flat row-major values."""
    return {"shape": list(tensor.shape), "values": tensor.flatten().tolist()}


def fixture(case: Case, vocabulary: list[str], model: CharacterModel, trace: Trace) -> dict[str, object]:
    """The whole content of one fixture file."""
    return {
        "cell": case.cell,
        "hidden": case.hidden,
        "layers": case.layers,
        "bidirectional": case.bidirectional,
        "embedding": case.embedding,
        **({"heads": case.heads} if case.heads > 1 else {}),
        **({"token_shift": True} if case.token_shift else {}),
        **({"conv": case.conv} if case.conv else {}),
        **{option: True for option in case.options},
        **({"width": case.width} if case.width else {}),
        **({"state_size": case.state_size} if case.state_size else {}),
        **({"last_norm": case.last_norm} if case.last_norm != "none" else {}),
        **({"norm_epsilon": case.norm_epsilon} if case.norm_epsilon != 1e-6 else {}),
        "vocabulary": vocabulary,
        "text": case.text,
        "loss_at": case.loss_at,
        "state": {name: packed(tensor) for name, tensor in model.state_dict().items()},
        "logits": trace.logits.tolist(),
        "loss": [None if math.isnan(loss) else loss for loss in trace.losses.tolist()],
        "total_loss": trace.total_loss.item(),
        "layers_trace": [
            {
                "direction": layer.direction,
                "layer": layer.layer,
                "channels": {symbol: torch.stack(steps).tolist() for symbol, steps in layer.channels.items()},
                "gradients": {symbol: gradient.tolist() for symbol, gradient in layer.gradients.items()},
            }
            for layer in trace.layers
        ],
        "parameter_gradients": {name: packed(gradient) for name, gradient in trace.parameter_gradients.items()},
    }


def one_line_an_entry(content: dict[str, object]) -> str:
    """Compact JSON, a line per top-level entry; floats print as the shortest text that reads back the same."""
    lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'), ensure_ascii=False)}" for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def make(case: Case, seed: int) -> None:
    """Builds, checks and writes one fixture."""
    torch.manual_seed(seed)
    vocabulary = sorted(set(case.text + case.unused))
    shape = Shape(case.cell, case.hidden, case.layers, case.bidirectional, case.embedding, len(vocabulary),
                  case.heads, case.token_shift, case.conv, **{option: True for option in case.options}, width=case.width,
                  state_size=case.state_size or 16, last_norm=case.last_norm, norm_epsilon=case.norm_epsilon)
    model = CharacterModel(shape).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(WEIGHT_SCALE)
    ids = torch.tensor([vocabulary.index(character) for character in case.text])
    trace = unrolled_trace(model, ids[:-1], ids[1:], case.loss_at)
    difference = difference_from_fused(model, ids[:-1], ids[1:], trace, case.loss_at)
    if not difference <= FUSED_TOLERANCE:
        raise AssertionError(f"{case.name}: unrolled and fused differ by {difference:.1e}, more than {FUSED_TOLERANCE:.0e}")
    path = FIXTURES / f"{case.name}.json"
    path.write_text(one_line_an_entry(fixture(case, vocabulary, model, trace)), encoding="utf-8")
    print(f"{case.name:28} V={len(vocabulary)} H={case.hidden} T={len(ids) - 1}  "
          f"differs from fused by {difference:.1e}  {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    FIXTURES.mkdir(exist_ok=True)
    names = sys.argv[1:]
    for seed, case in enumerate(CASES, start=1):
        if not names or case.name in names:
            make(case, seed)


if __name__ == "__main__":
    main()
