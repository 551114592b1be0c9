"""The floors of the README's table: a folder includes what stands above it, never what stands below, and
nothing, by whatever way, that its row there says it does without."""
import pathlib
import re
import sys

# What a row of the table says, and the includes that would make it untrue.
SAYS = {
    "it knows nothing of networks": r"core/nn/.*",
    "without Dear ImGui": r"(.*/)?imgui\w*\.h|app/kit/imgui\w*\.h",
}


def rows_of(readme):
    """Every folder with what its row says of it, in the order of the floors."""
    table = readme.split("## How it is laid out")[1].split("## How to")[0]
    cells = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    return {floor: says for names, says in cells for floor in re.findall(r"`((?:core|app)[\w/]*)`", names)}


def faults(readme, texts):
    """A sentence for every include of the sources (path to text) that breaks what the README says."""
    rows = rows_of(readme)
    floors = list(rows)
    room_of = lambda path: next(str(up) for up in pathlib.PurePath(path).parents if str(up) in rows)
    includes = {path: re.findall(r'^ *# *include ["<]([^">]+)[">]', text, re.M) for path, text in texts.items()}
    wrong = [f"{path} ({room_of(path)}) includes {include}" for path in texts for include in includes[path]
             if include.startswith(("core/", "app/")) and floors.index(room_of(include)) > floors.index(room_of(path))]

    def way_to(path, forbidden, seen):
        """The includes that lead from a source to a forbidden one; none where none does."""
        for include in includes.get(path, []):
            if re.fullmatch(forbidden, include):
                return [include]
            if include not in seen:
                seen.add(include)
                if way := way_to(include, forbidden, seen):
                    return [include, *way]
        return []

    for phrase, forbidden in SAYS.items():
        saying = [floor for floor in floors if phrase in rows[floor]]
        if not saying:
            wrong.append(f"no row of the README's table says any more: {phrase}")
        for path in texts:
            if room_of(path) in saying and (way := way_to(path, forbidden, set())):
                wrong.append(f"{path} ({room_of(path)}: {phrase}) includes {' -> '.join(way)}")
    return wrong


# A file of each folder with an include that has to be found there, and one that has not.
PLANTS = [
    ("core/math/planted.h", "core/nn/network.h", True),
    ("core/plot/planted.h", "core/nn/force_rule.h", True),
    ("core/plot/planted.h", "core/math/types.h", False),
    ("app/kit/planted.cpp", "core/views/view.h", True),
    ("app/kit/planted.cpp", "imgui.h", False),
    ("app/desk/planted.cpp", "imgui.h", True),
    ("app/desk/planted.cpp", "backends/imgui_impl_opengl3.h", True),
    ("app/desk/planted.cpp", "app/kit/draw.h", True),
    ("app/desk/planted.cpp", "core/views/view.h", False),
]


def main(root):
    readme = (root / "README.md").read_text()
    texts = {str(path.relative_to(root)): path.read_text() for top in ("core", "app")
             for path in (root / top).rglob("*") if path.suffix in (".h", ".cpp")}
    assert len(rows_of(readme)) > 15 and len(texts) > 300, "the README's table or the sources were not found"
    wrong = faults(readme, texts)
    for path, include, is_wrong in [] if wrong else PLANTS:
        found = faults(readme, texts | {path: f'#include "{include}"\n'})
        if any(path in each for each in found) != is_wrong:
            wrong.append(f"{include} planted in {path} is {'not ' if is_wrong else ''}found")
    for phrase in SAYS:
        if not any(phrase in each for each in faults(readme.replace(phrase, ""), texts)):
            wrong.append(f"the README may lose the words: {phrase}")
    return "\n".join(wrong)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])) or 0)
