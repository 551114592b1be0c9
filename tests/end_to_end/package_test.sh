#!/usr/bin/env bash
# package_test.sh FOLDER: tries the packages that scripts/package left there. The .deb is installed in a clean system of
# each release, used from / and removed again; the .tar.gz is unpacked into a folder with a space in its name. Needs root,
# debootstrap and a way to the distributions' servers; takes minutes. ROOTS (out/roots) keeps the clean systems.
set -euo pipefail
cd "$(dirname "$0")/../.."
packages=$(realpath "$1")
roots=$(realpath -m "${ROOTS:-out/roots}")
mkdir -p "$roots"
deb=$(ls "$packages"/*.deb) tar=$(ls "$packages"/*.tar.gz)
die() { echo "package_test: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "root is needed to make systems of their own"
command -v debootstrap >/dev/null || die "debootstrap is missing"

# clean_system RELEASE: makes it, once.
clean_system() {
  [ -e "$roots/$1/etc/os-release" ] && return
  if [ "$1" = noble ]; then
    local keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg
    [ -e "$keys" ] || keys=$roots/uk/usr/share/keyrings/ubuntu-archive-keyring.gpg
    [ -e "$keys" ] || die "the package ubuntu-keyring is missing"
    debootstrap --variant=minbase --components=main,universe --keyring="$keys" noble "$roots/noble" \
      http://archive.ubuntu.com/ubuntu /usr/share/debootstrap/scripts/gutsy >/dev/null
  else
    debootstrap --variant=minbase "$1" "$roots/$1" http://deb.debian.org/debian >/dev/null
  fi
}

work=$(mktemp -d)
mounted=()
clean_up() {
  for place in "${mounted[@]}"; do umount -l "$place"; done
  rm -rf "$work"
}
trap clean_up EXIT

for release in ${RELEASES:-bookworm trixie noble}; do
  echo "== $release"
  clean_system "$release"
  root=$work/$release
  cp -a "$roots/$release" "$root"
  cp "$deb" "$root/tmp/gatescope.deb"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  mount -t proc proc "$root/proc"; mounted+=("$root/proc")
  chroot "$root" /bin/bash -euo pipefail -s <<'INSIDE'
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cd /
apt-get update -qq
apt-get install -y -qq --no-install-recommends /tmp/gatescope.deb >/dev/null 2>&1 || apt-get install -y --no-install-recommends /tmp/gatescope.deb
gatescope --version
[ "$(gatescope presets | grep -c '^[^ ]')" -gt 5 ]
gatescope train race --updates 5 --out /tmp/run >/dev/null
gatescope train --text source.txt --hidden 8 --updates 5 --out /tmp/source >/dev/null
gatescope screenshot long_memory --updates 5 --out /tmp/window.png
gatescope figure gates --model /tmp/run/lstm.safetensors --text 'It was dark' --out /tmp/gates.svg
[ "$(stat -c %s /tmp/window.png)" -gt 50000 ]
dpkg -L gatescope | sort >/tmp/files
apt-get remove -y -qq gatescope >/dev/null
while read -r file; do
  case $file in */gatescope*|*/_gatescope|*/org.gatescope*) if [ -e "$file" ]; then echo "left: $file"; exit 1; fi ;; esac
done </tmp/files
echo "installed, used and removed"
INSIDE
  cp "$root/tmp/window.png" "$packages/window-$release.png"
done

echo "== $(basename "$tar")"
mkdir "$work/a folder"
tar -xf "$tar" -C "$work/a folder"
program=$(ls "$work/a folder"/*/bin/gatescope)
cd /
[ "$("$program" presets | grep -c '^[^ ]')" -gt 5 ] || die "the unpacked program finds no presets"
"$program" train --text source.txt --hidden 8 --updates 5 --out "$work/source" >/dev/null
"$program" screenshot long_memory --updates 5 --out "$work/window.png"
echo "unpacked and used"
