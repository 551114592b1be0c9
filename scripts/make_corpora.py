#!/usr/bin/env python3
"""Writes the two generated corpora in assets/corpora, byte for byte as committed.

    scripts/make_corpora.py            writes brackets.txt and agreement.txt
    scripts/make_corpora.py --check    exits 1 where a committed file differs from what is generated

Each language is a grammar whose next character is known for certain at some places, and only to a reader
who remembers: a good place to watch what a cell's gates do. The same seed gives the same bytes on every
Python 3, because every draw comes from random.Random.random(), whose sequence Python promises to keep.

brackets.txt: brackets of three kinds, and quotes in which brackets do not count

    text    ::= (line "\\n")*
    line    ::= item+                          brackets nest at most 6 deep; every line closes what it opens
    item    ::= word | nest | quote
    nest    ::= "(" item+ ")" | "[" item+ "]" | "{" item+ "}"
    quote   ::= '"' inside+ '"'                3 to 10 characters; a quote holds no quote
    inside  ::= letter | "(" | ")" | "[" | "]" | "{" | "}"
    word    ::= letter letter? letter?
    letter  ::= "a" | "b" | "c" | "d" | "e"

    What must be remembered: which brackets are open, in order, and whether a quote is.

agreement.txt: words that must agree with words far behind them

    text     ::= (line "\\n")*
    line     ::= name " was born in " country ". " (filler " ")? pronoun " speaks " language "."
    filler   ::= clause+                       0 to 80 characters, clauses parted by a blank
    name, country, clause: the tables below; a clause names no person, country or language

    What must be remembered: the name for "he" or "she", and the country for the language. No two languages
    begin with the same letter, so that the loss there says whether it was.
"""

import argparse
import random
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "corpora"
SIZE = 60_000  # bytes; generation stops before the line that would pass it

# brackets.txt

LETTERS = "abcde"
PAIRS = ["()", "[]", "{}"]
DEEPEST = {1: 2, 2: 4, 3: 5, 4: 4, 5: 3, 6: 2}  # a line's greatest depth: weight
QUOTE_SHARE = 0.22  # of the items that open no bracket
SIDE_NEST_SHARE = 0.3  # of the items beside the one that leads to the greatest depth

# agreement.txt

SHE = ["anna", "clara", "emma", "julia", "maria", "nora"]
HE = ["adam", "bruno", "felix", "hugo", "oscar", "paul"]
LANGUAGE_OF = {
    "france": "french",
    "germany": "german",
    "italy": "italian",
    "poland": "polish",
}
CLAUSES = [
    "it was a cold day.",
    "the house was small.",
    "many years went by.",
    "the summers were long.",
    "it rained all night.",
    "the garden had an old wall.",
    "that was long ago.",
    "the trains were slow in those days.",
    "there was a river behind the school.",
    "snow lay on the roof until april.",
    "the town had one road and two bells.",
    "now the letters come every week.",
]
LONGEST_FILLER = 80


def pick(rng, options):
    """One of the options, each as likely as any other."""
    return options[int(rng.random() * len(options))]


def pick_weighted(rng, weights):
    """A key of `weights`, as often as its weight says."""
    rest = rng.random() * sum(weights.values())
    for key, weight in weights.items():
        rest -= weight
        if rest < 0:
            return key
    return key


def between(rng, low, high):
    """A whole number, low and high included."""
    return low + int(rng.random() * (high - low + 1))


def plain_item(rng):
    """A word or a quote: an item that opens no bracket."""
    if rng.random() >= QUOTE_SHARE:
        return "".join(pick(rng, LETTERS) for _ in range(between(rng, 1, 3)))
    inside = LETTERS + "".join(PAIRS)
    return '"' + "".join(pick(rng, inside) for _ in range(between(rng, 3, 10))) + '"'


def bracket_items(rng, depth):
    """One to three items; exactly one path among them leads `depth` brackets down, others less far."""
    count = between(rng, 1, 3)
    deep = between(rng, 0, count - 1)
    items = []
    for position in range(count):
        if position == deep and depth > 0:
            items.append(nest(rng, depth))
        elif depth > 1 and rng.random() < SIDE_NEST_SHARE:
            items.append(nest(rng, between(rng, 1, min(2, depth - 1))))
        else:
            items.append(plain_item(rng))
    return "".join(items)


def nest(rng, depth):
    """A pair of brackets around items that go `depth - 1` further down."""
    opening, closing = pick(rng, PAIRS)
    return opening + bracket_items(rng, depth - 1) + closing


def bracket_line(rng):
    return bracket_items(rng, pick_weighted(rng, DEEPEST))


def filler(rng):
    """Clauses, none of them twice, up to a random length of 0 to LONGEST_FILLER characters."""
    room = between(rng, 0, LONGEST_FILLER)
    clauses = list(CLAUSES)
    text = ""
    while fitting := [c for c in clauses if len(text) + len(c) + 1 <= room]:
        clause = pick(rng, fitting)
        clauses.remove(clause)
        text += (" " if text else "") + clause
    return text


def agreement_line(rng):
    pronoun, names = pick(rng, [("she", SHE), ("he", HE)])
    country = pick(rng, list(LANGUAGE_OF))
    parts = [f"{pick(rng, names)} was born in {country}.", filler(rng), f"{pronoun} speaks {LANGUAGE_OF[country]}."]
    return " ".join(part for part in parts if part)


def corpus(seed, line):
    """Lines drawn by `line(rng)` until the next would pass SIZE bytes."""
    rng = random.Random(seed)
    text = ""
    while len(text) + len(drawn := line(rng) + "\n") <= SIZE:
        text += drawn
    return text.encode("ascii")


def main():
    parser = argparse.ArgumentParser(description="Writes the generated corpora in assets/corpora.")
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    check = parser.parse_args().check
    different = 0
    for name, seed, line in [("brackets.txt", 1, bracket_line), ("agreement.txt", 2, agreement_line)]:
        path = FOLDER / name
        generated = corpus(seed, line)
        if not check:
            path.write_bytes(generated)
        elif not path.is_file() or path.read_bytes() != generated:
            print(f"'{path}' is not what scripts/make_corpora.py generates; run it to write the file", file=sys.stderr)
            different = 1
    return different


if __name__ == "__main__":
    sys.exit(main())
