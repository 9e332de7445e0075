#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: wheel_test.sh ROOT WHEEL PROGRAM
# On Ubuntu 18.04, whose glibc 2.27 is older than what the wheel asks for: its command line runs and writes, byte for byte, what PROGRAM
# (build/release/nmscope) writes here. ROOT is a folder with such a system; if it does not exist, debootstrap makes it. Needs root rights
# and the network.
set -euo pipefail
root=$1
wheel=$(realpath "$2")
program=$(realpath "$3")
source=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
work=$(mktemp -d)
leave()
{
    [ ! -e "$root/proc/self" ] || umount "$root/proc"
    rm -rf "$work"
}
trap leave EXIT

if [ ! -d "$root" ]; then
    # The key of Ubuntu's archive, by the checksum of the package that has it.
    curl -fsSL -o "$work/keyring.deb" 'http://archive.ubuntu.com/ubuntu/pool/main/u/ubuntu-keyring/ubuntu-keyring_2018.09.18.1~18.04.2_all.deb'
    sha256sum --quiet --check <<<"5d8609563fb3074026b254d7d5248f90d393c7dbafcac48916f333bf3c90fed9  $work/keyring.deb"
    dpkg-deb -x "$work/keyring.deb" "$work/keyring"
    debootstrap --variant=minbase --keyring="$work/keyring/usr/share/keyrings/ubuntu-archive-keyring.gpg" bionic "$root" http://archive.ubuntu.com/ubuntu >/dev/null
fi
mount -t proc proc "$root/proc"
rm -rf "$root/opt/nmscope" "$root/work"
mkdir -p "$root/opt/nmscope" "$root/work" "$work/work"
unzip -q "$wheel" -d "$root/opt/nmscope"
# A wheel has no permissions that pip would not set itself.
chmod +x "$root/opt/nmscope/nmscope/bin/nmscope" "$root/opt/nmscope/nmscope/nms_hdf5_helper"

inside() { chroot "$root" env -i HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 sh -c 'cd /work && exec /opt/nmscope/nmscope/bin/nmscope "$@"' nmscope "$@"; }
here() { (cd "$work/work" && env -i HOME="$work" PATH=/usr/bin:/bin LANG=C.UTF-8 "$program" "$@"); }
commands=0
same() # COMMAND...: the same text, and the same files in /work
{
    inside "$@" >"$work/inside.txt"
    here "$@" >"$work/here.txt"
    # Seconds differ.
    diff <(sed -E 's/ +/ /g; s/ [0-9.]+ (ms|µs|s)\b/ T/g' "$work/here.txt") <(sed -E 's/ +/ /g; s/ [0-9.]+ (ms|µs|s)\b/ T/g' "$work/inside.txt")
    diff -r "$work/work" "$root/work"
    commands=$((commands + 1))
}

inside --version
chroot "$root" getconf GNU_LIBC_VERSION
for folder in "$root/work" "$work/work"; do cp "$source/assets/samples/minilm-layer0.h5" "$folder/w.h5"; done
same inspect w.h5
same convert w.h5 w.safetensors
same inspect w.safetensors
for method in exact greedy+swap dykstra; do
    for kind in h5 safetensors; do
        same solve "w.$kind" -o "$method.$kind" --pattern 8:16 --method "$method" --backend cpu
        same verify "$method.$kind" --weights "w.$kind"
    done
done
same render w.h5 --tensor '*query*' --view mask -o query.png
# An error passes through the helper and the program as one line.
if said=$(inside inspect missing.h5 2>&1); then exit 1; fi
[ "$said" = "$(here inspect missing.h5 2>&1 || true)" ]
echo "$commands commands wrote the same text and the same files as here"
