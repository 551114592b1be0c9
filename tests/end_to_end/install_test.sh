#!/usr/bin/env bash
# install_test.sh BUILD SOURCE: installs into a folder whose name has a space, and uses the program from there.
set -euo pipefail
build=$1 source=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
prefix="$place/a folder"
die() { echo "install_test: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$prefix" >/dev/null
program="$prefix/bin/gatescope"
for folder in "$source" "$build"; do
  if grep -qaF "$folder" "$program"; then die "the program holds the folder '$folder'"; fi
done

cd /
ln -s "$program" "$place/link"
for name in "$program" "$place/link"; do
  [ "$("$name" presets | grep -c '^[^ ]')" = "$(ls "$source"/presets/*.json | wc -l)" ] || die "'$name presets' lists others than there are"
  "$name" train --text source.txt --hidden 4 --updates 2 --batch 2 --steps 8 --out "$place/run" >/dev/null 2>&1
done
cp "$program" "$place/alone"
if "$place/alone" presets 2>"$place/error"; then die "presets were found where there are none"; fi
grep -q "$place/share/gatescope/presets\|${place%/*}/share/gatescope/presets" "$place/error" || die "no word about where presets were looked for: $(cat "$place/error")"

ls "$prefix"/share/man/man1/gatescope.1* >/dev/null || die "the manual page is missing"
for file in bash-completion/completions/gatescope zsh/vendor-completions/_gatescope \
  fish/vendor_completions.d/gatescope.fish applications/gatescope.desktop mime/packages/gatescope.xml \
  metainfo/org.gatescope.Gatescope.metainfo.xml icons/hicolor/scalable/apps/gatescope.svg \
  icons/hicolor/48x48/apps/gatescope.png gatescope/assets/corpora/source.txt; do
  [ -s "$prefix/share/$file" ] || die "share/$file is missing"
done
# Those that are there say whether these files are right.
if command -v desktop-file-validate >/dev/null; then desktop-file-validate "$prefix/share/applications/gatescope.desktop"; fi
if command -v appstreamcli >/dev/null; then
  appstreamcli validate --no-net "$prefix/share/metainfo/org.gatescope.Gatescope.metainfo.xml" || die "the AppStream file is wrong"
fi
if command -v zsh >/dev/null; then zsh -n "$prefix/share/zsh/vendor-completions/_gatescope"; fi
if command -v fish >/dev/null; then fish -n "$prefix/share/fish/vendor_completions.d/gatescope.fish"; fi
bash -n "$prefix/share/bash-completion/completions/gatescope"
