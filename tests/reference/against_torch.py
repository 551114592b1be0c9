#!/usr/bin/python3
"""Compares the program with PyTorch, both ways, over random models and texts; exits 1 on a mismatch.

(a) PyTorch's state dict in the program: written as safetensors without metadata, under names users meet
    (`rnn.` or `lstm.`, `head.` or `fc.`, ...), traced with and without --double.
(b) The program's checkpoint in PyTorch: trained briefly, its tensors loaded into torch.nn, and PyTorch's
    logits, losses and gradients compared with the program's own trace of the same file.

A difference is relative: the largest absolute difference over the largest absolute reference of a tensor.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import numpy
import torch

from torch_model import CharacterModel, Shape, State, Trace, model_of, read_safetensors, unrolled_trace, write_safetensors

TOLERANCES = {"double": 1e-9, "float": 1e-5}
CHARACTERS = "abcdefghijklmnopqrstuvwxyz ABC.,;!?0123456789\n'é∂ß漢"
HEAD_NAMES = ["head", "fc", "linear", "out", "decoder"]
EMBEDDING_NAMES = ["embedding", "emb", "encoder"]
QUANTITIES = ["logits", "loss", "parameters", "dL/dh", "dL/dc"]
TIME_LIMIT = 300  # seconds for one run of the program


class Mismatch(Exception):
    """The program failed, or its answer has the wrong form or the wrong numbers."""


@dataclass(frozen=True)
class Prefixes:
    """What the modules of a user's model are called."""

    rnn: str = "rnn"
    head: str = "head"
    embedding: str = "embedding"

    def rename(self, name: str) -> str:
        """`rnn.weight_ih_l0` as this user's state dict has it."""
        module, tensor = name.split(".", 1)
        return f"{getattr(self, module)}.{tensor}"


@dataclass(frozen=True)
class Case:
    """A model and a text, both ready to be given to the program."""

    title: str
    checkpoint: pathlib.Path
    vocabulary: list[str]
    text: str
    loss_at: str
    model: CharacterModel
    prefixes: Prefixes
    program_options: tuple[str, ...]

    def reference(self) -> Trace:
        """PyTorch's trace in double precision."""
        ids = torch.tensor([self.vocabulary.index(character) for character in self.text])
        return unrolled_trace(self.model, ids[:-1], ids[1:], self.loss_at)


# ---- running and reading the program ---------------------------------------------------------------


def run(program: pathlib.Path, *arguments: str) -> None:
    """Runs a subcommand; raises Mismatch with its standard error when it fails."""
    command = [str(program), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        raise Mismatch(f"took more than {TIME_LIMIT} s: {command}") from None
    if done.returncode != 0:
        raise Mismatch(f"exit code {done.returncode} from {command}: {done.stderr.strip() or '(nothing on stderr)'}")


def array_of(value: object, where: str) -> numpy.ndarray:
    """Numbers from nested lists (null is NaN) or from {"shape", "values"} with flat or nested values."""
    try:
        if isinstance(value, dict):
            return numpy.array(value["values"], dtype=float).reshape(value["shape"])
        return numpy.array(value, dtype=float)
    except (KeyError, TypeError, ValueError) as error:
        raise Mismatch(f"{where}: not an array of numbers: {error!r}") from None


def difference(actual: object, reference: torch.Tensor, where: str) -> float:
    """Relative difference; unscored steps (NaN) must be the same ones on both sides."""
    expected = reference.detach().numpy()
    found = array_of(actual, where)
    if found.shape != expected.shape:
        raise Mismatch(f"{where}: shape {found.shape}, should be {expected.shape}")
    if not (numpy.isnan(found) == numpy.isnan(expected)).all():
        raise Mismatch(f"{where}: other entries are null than the reference's {numpy.isnan(expected).sum()}")
    largest = numpy.nanmax(numpy.abs(found - expected))
    return float(largest / (numpy.nanmax(numpy.abs(expected)) or 1.0))


def entry(container: object, key: str | int, where: str) -> object:
    """container[key], or a Mismatch that says what was there instead."""
    try:
        return container[key]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        found = list(container) if isinstance(container, dict) else f"a {type(container).__name__}"
        raise Mismatch(f"{where}: no {key!r}, found {found}") from None


def differences(answer: dict, case: Case, reference: Trace) -> dict[str, tuple[float, str]]:
    """For every quantity the largest relative difference, and which tensor has it."""
    found: dict[str, list[tuple[float, str]]] = {quantity: [] for quantity in QUANTITIES}

    def compare(quantity: str, actual: object, expected: torch.Tensor, where: str) -> None:
        found[quantity].append((difference(actual, expected, where), where))

    compare("logits", entry(answer, "logits", "trace"), reference.logits, "logits")
    compare("loss", entry(answer, "loss", "trace"), reference.losses, "loss")
    gradients = entry(answer, "parameter_gradients", "trace")
    for name, gradient in reference.parameter_gradients.items():
        present = name if isinstance(gradients, dict) and name in gradients else case.prefixes.rename(name)
        where = f"parameter_gradients/{present}"
        compare("parameters", entry(gradients, present, "parameter_gradients"), gradient, where)
    layers = entry(answer, "layers", "trace")
    if not isinstance(layers, list) or len(layers) != len(reference.layers):
        raise Mismatch(f"layers: should be a list of {len(reference.layers)} (each direction of each layer)")
    for index, layer in enumerate(reference.layers):
        where = f"layers/{index}"
        direction = entry(layers[index], "direction", where)
        if direction != layer.direction:
            raise Mismatch(f"{where}/direction: {direction!r}, should be {layer.direction!r}")
        for symbol, gradient in layer.gradients.items():
            place = f"{where}/gradients/{symbol}"
            compare(f"dL/d{symbol}", entry(entry(layers[index], "gradients", where), symbol, place), gradient, place)
    return {quantity: max(values) for quantity, values in found.items() if values}


def check(case: Case, program: pathlib.Path, folder: pathlib.Path) -> bool:
    """Traces one case in both precisions and prints two lines; true when all is within tolerance."""
    reference = case.reference()
    right = True
    for precision, tolerance in TOLERANCES.items():
        out = folder / "trace.json"
        out.unlink(missing_ok=True)
        options = ["--double"] if precision == "double" else []
        try:
            run(program, "trace", "--model", str(case.checkpoint), *case.program_options, "--text", case.text,
                "--loss", case.loss_at, *options, "--out", str(out))
            largest = differences(json.loads(out.read_text(encoding="utf-8")), case, reference)
        except (Mismatch, OSError, json.JSONDecodeError) as error:
            print(f"{case.title:58} {precision:6}  FAILED: {error}")
            right = False
            continue
        wrong = {quantity: at for quantity, at in largest.items() if at[0] > tolerance}
        cells = " ".join(f"{largest[q][0]:10.1e}" if q in largest else f"{'-':>10}" for q in QUANTITIES)
        print(f"{case.title:58} {precision:6} {cells}  {'MISMATCH' if wrong else 'ok'}")
        for quantity, (value, where) in wrong.items():
            print(f"    {quantity}: {where} differs by {value:.2e} relative, more than {tolerance:.0e}; text {case.text!r}")
        right = right and not wrong
    return right


# ---- (a) PyTorch's models in the program -----------------------------------------------------------


def torch_case(generator: random.Random, folder: pathlib.Path) -> Case:
    """A random model as a PyTorch user would have saved it, without any metadata."""
    cell = generator.choice(["rnn", "lstm", "gru"])
    vocabulary = generator.sample(CHARACTERS, generator.randint(2, 40))
    shape = Shape(
        cell=cell,
        hidden=generator.randint(1, 48),
        layers=generator.randint(1, 3),
        bidirectional=generator.random() < 0.3,
        embedding=generator.choice([0, 0, generator.randint(1, 12)]),
        vocabulary=len(vocabulary),
    )
    prefixes = Prefixes(generator.choice(["rnn", cell]), generator.choice(HEAD_NAMES), generator.choice(EMBEDDING_NAMES))
    if not shape.embedding:
        prefixes = Prefixes(prefixes.rnn, prefixes.head)
    dtype = generator.choice([torch.float32, torch.float32, torch.float64])
    torch.manual_seed(generator.randrange(2**31))
    scale = generator.choice([1.0, 1.5])
    state: State = {name: (scale * tensor).to(dtype) for name, tensor in CharacterModel(shape).double().state_dict().items()}
    checkpoint = folder / "torch.safetensors"
    write_safetensors(checkpoint, {prefixes.rename(name): tensor for name, tensor in state.items()})
    vocabulary_file = folder / "vocabulary.json"
    vocabulary_file.write_text(json.dumps(vocabulary), encoding="utf-8")
    names = "+".join([prefixes.rnn, prefixes.head] + ([prefixes.embedding] if shape.embedding else []))
    text = "".join(generator.choices(vocabulary, k=generator.randint(2, 60)))
    loss_at = generator.choice(["all", "all", "last"])
    title = f"{cell} H={shape.hidden} L={shape.layers}{' bi' if shape.bidirectional else ''} V={len(vocabulary)} "
    title += f"E={shape.embedding} T={len(text) - 1} {loss_at} {str(dtype)[-2:]} {names}"
    return Case(title, checkpoint, vocabulary, text, loss_at, model_of(state), prefixes, ("--vocab", str(vocabulary_file)))


# ---- (b) the program's models in PyTorch -----------------------------------------------------------


def corpus(generator: random.Random) -> str:
    """A text of some 30,000 characters with words that repeat."""
    words = ["".join(generator.choices("abcdefghiklmnoprstuvé", k=generator.randint(1, 7))) for _ in range(200)]
    return " ".join(generator.choices(words, k=6000)) + "\n"


def trained_case(cell: str, layers: int, generator: random.Random, program: pathlib.Path, folder: pathlib.Path) -> Case:
    """Trains with the program and loads what it wrote into torch.nn."""
    text_file = folder / "corpus.txt"
    text = corpus(generator)
    text_file.write_text(text, encoding="utf-8")
    out = folder / f"trained_{cell}_{layers}"
    run(program, "train", "--text", str(text_file), "--cell", cell, "--hidden", "16", "--layers", str(layers),
        "--updates", "20", "--out", str(out))
    checkpoint = out / "model.safetensors"
    state, metadata = read_safetensors(checkpoint)
    for key in ("vocabulary", "experiment"):
        if key not in metadata:
            raise Mismatch(f"{checkpoint}: metadata has no {key!r}, only {sorted(metadata)}")
        json.loads(metadata[key])
    vocabulary = json.loads(metadata["vocabulary"])
    if not isinstance(vocabulary, list) or not set(text) <= set(vocabulary):
        raise Mismatch(f"{checkpoint}: metadata 'vocabulary' should be an array with every character of the text, is {vocabulary!r}")
    model = model_of(state)
    if (model.shape.cell, model.shape.hidden, model.shape.layers) != (cell, 16, layers):
        raise Mismatch(f"{checkpoint}: asked for {cell} H=16 L={layers}, the tensors make {model.shape}")
    start = generator.randrange(len(text) - 60)
    title = f"trained by the program: {cell} H=16 L={layers} V={len(vocabulary)}"
    return Case(title, checkpoint, vocabulary, text[start : start + 60], "all", model, Prefixes(), ())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=pathlib.Path("build/release/gatescope"))
    parser.add_argument("--cases", type=int, default=12, help="random PyTorch models to try (default 12)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not arguments.program.is_file():
        parser.error(f"--program {arguments.program}: no such file; build it first")

    torch.set_num_threads(1)
    generator = random.Random(arguments.seed)
    failed = 0
    print(f"{'case':58} {'':6} " + " ".join(f"{quantity:>10}" for quantity in QUANTITIES))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for _ in range(arguments.cases):
            failed += not check(torch_case(generator, folder), arguments.program, folder)
        for cell, layers in (("lstm", 1), ("gru", 2), ("rnn", 1)):
            try:
                case = trained_case(cell, layers, generator, arguments.program, folder)
            except (Mismatch, OSError, KeyError, ValueError, RuntimeError) as error:
                print(f"trained by the program: {cell} L={layers}  FAILED: {error}")
                failed += 1
            else:
                failed += not check(case, arguments.program, folder)
    if failed:
        print(f"{failed} of {arguments.cases + 3} cases differ from PyTorch", file=sys.stderr)
        sys.exit(1)
    print(f"all {arguments.cases + 3} cases agree with PyTorch")


if __name__ == "__main__":
    main()
