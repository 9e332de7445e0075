#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: deb_test.sh ROOT nmscope_….deb [nmscope-mpi_….deb]
# On a clean Debian 12: the packages install, the program opens its sample in the window, and removing them leaves nothing. ROOT is a
# folder with such a system; if it does not exist, mmdebstrap makes it. Needs root rights and the network.
set -euo pipefail
root=$1
shift
packages=()
names=(nmscope)
for package; do
    packages+=("/tmp/packages/$(basename "$package")")
    [[ $package != *nmscope-mpi_* ]] || names+=(nmscope-mpi)
done
work=$(mktemp -d)
mounted=()

leave()
{
    local place
    for place in ${mounted[@]+"${mounted[@]}"}; do umount -l "$place"; done
    rm -rf --one-file-system "$work"
}
trap leave EXIT

if [ ! -d "$root" ]; then
    mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$root"
fi
for place in proc dev sys; do
    mount --rbind "/$place" "$root/$place"
    mount --make-rslave "$root/$place"
    mounted+=("$root/$place")
done
cp /etc/resolv.conf "$root/etc/resolv.conf"
inside() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
apt() { inside apt-get -qq -y -o Dpkg::Use-Pty=0 "$@"; }
files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./sys -o -path ./tmp -o -path ./var/cache -o -path ./var/log -o -path ./var/lib/apt \
    -o -path ./var/lib/dpkg \) -prune -o -print | LC_ALL=C sort); }

apt update
# What the test itself needs, and what the package depends on: so that the comparison below sees this package's own files only.
apt install xvfb xauth >/dev/null
mkdir -p "$root/tmp/packages"
cp "$@" "$root/tmp/packages/"
apt install "${packages[@]}" >/dev/null
apt purge "${names[@]}" >/dev/null
files >"$work/before"

apt install "${packages[@]}" >/dev/null
files >"$work/installed"
echo "installed: $(comm -13 "$work/before" "$work/installed" | wc -l) files and folders; $(inside dpkg-query -W -f '${Installed-Size}' nmscope) KiB"
inside nmscope --version
inside nmscope inspect /usr/share/nmscope/samples/minilm-layer0.h5
inside nmscope solve /usr/share/nmscope/samples/minilm-layer0.h5 -o /tmp/m.h5 --pattern 8:16 --method greedy
inside nmscope verify /tmp/m.h5 --weights /usr/share/nmscope/samples/minilm-layer0.h5 >/dev/null
# The window, on a screen without a graphics card, opens the sample by itself.
start=$(date +%s%N)
inside xvfb-run -a -s '-screen 0 1600x1000x24' nmscope --size 1600x1000 --run-to end --screenshot /tmp/window.png
echo "window opened, run and drawn in $((($(date +%s%N) - start) / 1000000)) ms"
cp "$root/tmp/window.png" "${1%.deb}-window.png"
if [ ${#names[@]} -gt 1 ]; then
    inside mpirun --allow-run-as-root --oversubscribe -n 2 nmscope solve /usr/share/nmscope/samples/minilm-layer0.h5 -o /tmp/two.h5 --pattern 8:16 --method greedy >/dev/null
    cmp "$root/tmp/m.h5" "$root/tmp/two.h5"
fi
inside rm -rf /root/.config/nmscope /root/.local/share/nmscope /root/.cache /root/.config /root/.local
files >"$work/used"

apt purge "${names[@]}" >/dev/null
files >"$work/after"
remains=$(comm -13 "$work/before" "$work/after")
if [ -n "$remains" ]; then
    printf 'FAILED: left after the removal:\n%s\n' "$remains"
    exit 1
fi
echo "${names[*]}: installed, used and removed without remains"
