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
source_folder=$PWD
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
echo 'Dpkg::Use-Pty "0";' >/etc/apt/apt.conf.d/90no-terminal
cd /
apt-get update -qq
apt-get install -y -qq --no-install-recommends /tmp/gatescope.deb >/dev/null 2>&1 || apt-get install -y --no-install-recommends /tmp/gatescope.deb
gatescope --version
[ "$(gatescope presets | grep -c '^[^ ]')" -gt 5 ]
gatescope train race --updates 5 --out /tmp/run >/dev/null
gatescope train --text source.txt --hidden 8 --updates 5 --out /tmp/source >/dev/null
for _ in $(seq 40); do echo '日本 שלום'; done >/tmp/scripts.txt
gatescope train --text /tmp/scripts.txt --hidden 8 --updates 5 --batch 2 --steps 8 --out /tmp/scripts >/dev/null
gatescope screenshot long_memory --updates 5 --out /tmp/window.png
for kind in svg pdf png csv; do
  gatescope figure gates --model /tmp/scripts/model.safetensors --text '日本 שלום' --size 8.5cmx6cm --out "/tmp/gates.$kind"
done
[ "$(stat -c %s /tmp/window.png)" -gt 50000 ]
gzip -dc /usr/share/man/man1/gatescope.1.gz | tr -d '\\' >/tmp/manual
completions="/usr/share/bash-completion/completions/gatescope /usr/share/zsh/vendor-completions/_gatescope"
for option in $(gatescope figure --help | grep -o -e '--[a-z][a-z-]*' | sort -u); do
  for file in /tmp/manual $completions; do
    grep -qF -e "$option" "$file" || { echo "$file says nothing of $option"; exit 1; }
  done
  grep -qF -e "-l ${option#--}" /usr/share/fish/vendor_completions.d/gatescope.fish || { echo "fish does not know $option"; exit 1; }
done
dpkg -L gatescope | sort -r >/tmp/files
apt-get remove -y -qq gatescope >/dev/null
while read -r file; do
  if [ -e "$file" ] && ! dpkg -S "$file" >/dev/null 2>&1; then echo "left: $file"; exit 1; fi
done </tmp/files
echo "installed, used and removed"
INSIDE
  cp "$root/tmp/window.png" "$packages/window-$release.png"
  cp "$root/tmp/gates.png" "$packages/gates-$release.png"
done

echo "== $(basename "$tar")"
mkdir "$work/a folder"
tar -xf "$tar" -C "$work/a folder"
program=$(ls "$work/a folder"/*/bin/gatescope)
if grep -qaF "$source_folder" "$program"; then die "the program holds the folder '$source_folder'"; fi
cd /
[ "$("$program" presets | grep -c '^[^ ]')" -gt 5 ] || die "the unpacked program finds no presets"
"$program" train --text source.txt --hidden 8 --updates 5 --out "$work/source" >/dev/null
"$program" screenshot long_memory --updates 5 --out "$work/window.png"
echo "unpacked and used"
