"""The floors of the README's table: a folder includes what stands above it, never what stands below."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
table = (root / "README.md").read_text().split("## How it is laid out")[1].split("## How to")[0]
floors = re.findall(r"`((?:core|app)[\w/]*)`", "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `")))
room_of = lambda path: next(str(up) for up in path.parents if str(up) in floors)
sources = [path.relative_to(root) for top in ("core", "app") for path in (root / top).rglob("*") if path.suffix in (".h", ".cpp")]
wrong = [f"{source} ({room_of(source)}) includes {include}" for source in sources
         for include in re.findall(r'^#include "((?:core|app)/[^"]+)"', (root / source).read_text(), re.M)
         if floors.index(room_of(pathlib.Path(include))) > floors.index(room_of(source))]
assert len(floors) > 15 and len(sources) > 300, "the README's table or the sources were not found"
sys.exit("\n".join(wrong) or 0)
