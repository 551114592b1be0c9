#!/usr/bin/env python3
"""Writes pairs/*.json: encoder-decoders in PyTorch operations, as their papers have them.

A batch of sources and targets of unequal lengths, padded and masked; the loss is the sum over all target
characters, the end among them, in nats. All in double, values flat and row-major.

    /usr/bin/python3 tests/reference/make_pairs.py
"""
from __future__ import annotations

import json
import pathlib

import torch
from torch import Tensor, nn

FILL, START, END = 0, 1, 2
SYMBOLS, EMBEDDING, HIDDEN = 8, 5, 6
PAIRS = [([3, 4, 5, 6], [6, 5]), ([7, 3], [3, 3, 4, 5]), ([5], [4, 7, 6]), ([6, 5, 4], [7])]
FOLDER = pathlib.Path(__file__).parent / "pairs"


class Model(nn.Module):
    def __init__(self, cell: str, attention: str, bidirectional: bool, feeding: bool, shared: bool) -> None:
        super().__init__()
        self.attention, self.feeding, self.cell, self.bidirectional = attention, feeding, cell, bidirectional
        annotation = HIDDEN * (2 if bidirectional else 1)
        of = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.embedding = nn.Embedding(SYMBOLS, EMBEDDING)
        self.rnn = of(EMBEDDING, HIDDEN, bidirectional=bidirectional)
        beside = annotation if attention == "bahdanau" else HIDDEN if feeding else 0
        self.decoder = {"gru": nn.GRUCell, "lstm": nn.LSTMCell}[cell](EMBEDDING + beside, HIDDEN)
        self.decoder_embedding = self.embedding if shared else nn.Embedding(SYMBOLS, EMBEDDING)
        features = HIDDEN
        if attention == "bahdanau":
            self.bridge = nn.Linear(HIDDEN, HIDDEN, bias=False)
            features = HIDDEN + annotation + EMBEDDING
        if attention in ("bahdanau", "concat"):
            self.query = nn.Linear(HIDDEN, HIDDEN, bias=False)
            self.energy = nn.Parameter(torch.empty(HIDDEN))
        if attention in ("bahdanau", "general", "concat"):
            self.key = nn.Linear(annotation, HIDDEN, bias=False)
        if attention in ("dot", "general", "concat"):
            self.combine = nn.Linear(annotation + HIDDEN, HIDDEN, bias=False)
        self.head = nn.Linear(features, SYMBOLS)

    def named(self) -> dict[str, Tensor]:
        """The parameters under the names of our files."""
        names = {"embedding.weight": self.embedding.weight}
        names |= {f"rnn.{name}": value for name, value in self.rnn.named_parameters()}
        if self.decoder_embedding is not self.embedding:
            names["decoder.embedding.weight"] = self.decoder_embedding.weight
        names |= {f"decoder.{name}_l0": value for name, value in self.decoder.named_parameters()}
        if self.attention == "bahdanau":
            names["bridge.weight_l0"] = self.bridge.weight
        for part in ("query", "key", "combine"):
            if hasattr(self, part):
                names[f"attention.{part}.weight"] = getattr(self, part).weight
        if hasattr(self, "energy"):
            names["attention.energy.weight"] = self.energy
        return names | {"head.weight": self.head.weight, "head.bias": self.head.bias}

    def attend(self, query: Tensor, annotations: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """query (B, H), annotations (B, S, E), mask (B, S): the weights (B, S) and the context (B, E)."""
        if self.attention in ("bahdanau", "concat"):
            energies = torch.tanh(self.query(query).unsqueeze(1) + self.key(annotations)) @ self.energy
        elif self.attention == "general":
            energies = (self.key(annotations) * query.unsqueeze(1)).sum(-1)
        else:
            energies = (annotations * query.unsqueeze(1)).sum(-1)
        alpha = torch.softmax(energies.masked_fill(~mask, -torch.inf), -1)
        return alpha, (alpha.unsqueeze(-1) * annotations).sum(1)

    def forward(self, sources: list[list[int]], targets: list[list[int]]) -> tuple[Tensor, list[list[list[float]]]]:
        lengths = torch.tensor([len(source) for source in sources])
        longest, batch = int(lengths.max()), len(sources)
        padded = torch.tensor([source + [FILL] * (longest - len(source)) for source in sources])
        mask = torch.arange(longest) < lengths.unsqueeze(1)
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(padded), lengths, batch_first=True,
                                                   enforce_sorted=False)
        read, ended = self.rnn(packed)
        annotations, _ = nn.utils.rnn.pad_packed_sequence(read, batch_first=True)
        states = list(ended) if self.cell == "lstm" else [ended]
        states = [state[-1] for state in states]  # of two directions the backward one
        if self.attention == "bahdanau":
            states[0] = torch.tanh(self.bridge(states[0]))
        fed = torch.zeros(batch, HIDDEN)
        loss = torch.zeros(())
        weights: list[list[list[float]]] = [[] for _ in sources]
        for step in range(max(len(target) for target in targets) + 1):
            read_now = [START if step == 0 else target[step - 1] if step <= len(target) else FILL
                        for target in targets]
            embedded = self.decoder_embedding(torch.tensor(read_now))
            if self.attention == "bahdanau":
                alpha, context = self.attend(states[0], annotations, mask)
                x = torch.cat([embedded, context], -1)
            else:
                x = torch.cat([embedded, fed], -1) if self.feeding else embedded
            after = self.decoder(x, tuple(states) if self.cell == "lstm" else states[0])
            states = list(after) if self.cell == "lstm" else [after]
            if self.attention == "none":
                features = states[0]
            elif self.attention == "bahdanau":
                features = torch.cat([states[0], context, embedded], -1)
            else:
                alpha, context = self.attend(states[0], annotations, mask)
                features = fed = torch.tanh(self.combine(torch.cat([context, states[0]], -1)))
            logits = self.head(features)
            for b, target in enumerate(targets):
                if step > len(target):
                    continue
                right = END if step == len(target) else target[step]
                loss = loss - torch.log_softmax(logits[b], -1)[right]
                if self.attention != "none":
                    weights[b].append(alpha[b, : len(sources[b])].tolist())
        return loss, weights


def main() -> None:
    torch.set_default_dtype(torch.float64)
    FOLDER.mkdir(exist_ok=True)
    cases = [("gru", "bahdanau", True, False, True), ("lstm", "bahdanau", False, False, False),
             ("lstm", "none", False, False, True), ("gru", "dot", False, True, True),
             ("lstm", "general", True, True, True), ("gru", "concat", True, False, False)]
    for number, (cell, attention, bidirectional, feeding, shared) in enumerate(cases):
        torch.manual_seed(number)
        model = Model(cell, attention, bidirectional, feeding, shared)
        for value in model.parameters():
            nn.init.uniform_(value, -0.7, 0.7)
        loss, weights = model([source for source, _ in PAIRS], [target for _, target in PAIRS])
        loss.backward()
        named = model.named()

        def flat(tensors: dict[str, Tensor]) -> dict[str, object]:
            return {name: {"shape": list(value.shape), "values": value.detach().flatten().tolist()}
                    for name, value in tensors.items()}

        fixture = {"cell": cell, "hidden": HIDDEN, "embedding": EMBEDDING, "bidirectional": bidirectional,
                   "decoder": {"attention": attention, "input_feeding": feeding, "shared_embedding": shared},
                   "symbols": SYMBOLS, "pairs": [{"source": s, "target": t} for s, t in PAIRS],
                   "loss": loss.item(), "alpha": weights, "state": flat(named),
                   "gradients": flat({name: value.grad for name, value in named.items()})}
        name = f"{cell}_{attention}{'_bidirectional' if bidirectional else ''}{'_fed' if feeding else ''}"
        (FOLDER / f"{name}.json").write_text(json.dumps(fixture) + "\n")
        print(name, loss.item())


if __name__ == "__main__":
    main()
