#!/usr/bin/python3
"""PyTorch's held-out loss on a text: the figure that this program's training is held against.

Trains a character model on the first part of the text in parallel streams with carried state (truncated
BPTT, Adam, clipping by global norm) and evaluates it on the rest: cut into equal contiguous streams, a
zero state at the start of each, every position with a successor scored. Prints one JSON line.
"""
from __future__ import annotations

import argparse
import json
import math
import pathlib

import torch
from torch import Tensor, nn

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
EVALUATION_STREAMS = 32
REPORTED_UPDATES = 100  # the training loss is the mean over this many last updates


def streams_of(ids: Tensor, count: int) -> Tensor:
    """Cuts ids (N) into `count` equal contiguous streams, (N / count, count); a remainder is dropped."""
    return ids[: len(ids) // count * count].view(count, -1).t().contiguous()


def detached(state: Tensor | tuple[Tensor, Tensor]) -> Tensor | tuple[Tensor, Tensor]:
    """The carried state, cut from the graph that made it."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def train(rnn: nn.RNNBase, head: nn.Linear, streams: Tensor, arguments: argparse.Namespace) -> float:
    """Trains in place; returns the mean training loss in nats over the last updates."""
    eye = torch.eye(head.out_features)
    parameters = [*rnn.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=arguments.rate)
    losses: list[float] = []
    position, state = 0, None
    for _ in range(arguments.updates):
        if position + arguments.steps + 1 > len(streams):
            position, state = 0, None
        x = streams[position : position + arguments.steps]
        y = streams[position + 1 : position + arguments.steps + 1]
        position += arguments.steps
        outputs, state = rnn(eye[x], state)
        state = detached(state)
        loss = nn.functional.cross_entropy(head(outputs).flatten(0, 1), y.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, arguments.clip)
        optimizer.step()
        losses.append(loss.item())
    reported = losses[-REPORTED_UPDATES:]
    return sum(reported) / len(reported)


@torch.no_grad()
def evaluate(rnn: nn.RNNBase, head: nn.Linear, streams: Tensor, steps: int) -> float:
    """Mean loss in nats over every position that has a successor; `steps` only bounds the memory."""
    eye = torch.eye(head.out_features)
    total, state = 0.0, None
    for start in range(0, len(streams) - 1, steps):
        stop = min(start + steps, len(streams) - 1)
        outputs, state = rnn(eye[streams[start:stop]], state)
        targets = streams[start + 1 : stop + 1]
        total += nn.functional.cross_entropy(head(outputs).flatten(0, 1), targets.flatten(), reduction="sum").item()
    return total / ((len(streams) - 1) * streams.shape[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=pathlib.Path, required=True)
    parser.add_argument("--cell", default="lstm", choices=CELLS)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--clip", type=float, default=5.0)
    parser.add_argument("--held-out", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    text = arguments.text.read_bytes().decode("utf-8")
    vocabulary = {character: index for index, character in enumerate(sorted(set(text)))}
    ids = torch.tensor([vocabulary[character] for character in text])
    boundary = len(ids) - round(len(ids) * arguments.held_out)
    train_streams = streams_of(ids[:boundary], arguments.batch)
    held_out_streams = streams_of(ids[boundary:], EVALUATION_STREAMS)
    if len(train_streams) < arguments.steps + 1 or len(held_out_streams) < 2:
        parser.error(f"--text {arguments.text} has {len(text)} characters: too few for this batch, steps and held-out share")

    rnn = CELLS[arguments.cell](len(vocabulary), arguments.hidden, arguments.layers)
    head = nn.Linear(arguments.hidden, len(vocabulary))
    train_loss = train(rnn, head, train_streams, arguments)
    held_out_loss = evaluate(rnn, head, held_out_streams, arguments.steps)
    print(json.dumps({
        "cell": arguments.cell,
        "hidden": arguments.hidden,
        "layers": arguments.layers,
        "seed": arguments.seed,
        "updates": arguments.updates,
        "characters": arguments.updates * arguments.batch * arguments.steps,
        "train_nats": train_loss,
        "train_bits": train_loss / math.log(2),
        "held_out_nats": held_out_loss,
        "held_out_bits": held_out_loss / math.log(2),
    }))


if __name__ == "__main__":
    main()
