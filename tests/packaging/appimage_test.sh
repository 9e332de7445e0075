#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: appimage_test.sh FILE.AppImage ROOT
# ROOT: a folder with a minimal system, such as mmdebstrap makes. What every desktop has is installed there (X and EGL libraries, fonts, a Vulkan
# driver); then the AppImage has to do what the program does. Needs root rights and the network.
set -euo pipefail
image=$(realpath "$1")
root=$2
mounted=()
leave()
{
    local place
    for place in ${mounted[@]+"${mounted[@]}"}; do umount -l "$place"; done
}
trap leave EXIT
for place in proc dev sys; do
    mount --rbind "/$place" "$root/$place"
    mount --make-rslave "$root/$place"
    mounted+=("$root/$place")
done
cp /etc/resolv.conf "$root/etc/resolv.conf"
inside() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
apt() { inside apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" >/dev/null; }

apt update
apt install --no-install-recommends libegl1 libglx0 libopengl0 libx11-6 libx11-xcb1 libxcb1 libfontconfig1 libfreetype6 libwayland-client0 fonts-dejavu-core mesa-vulkan-drivers \
    libcom-err2 libp11-kit0 libgpg-error0 xvfb xauth
cp "$image" "$root/tmp/nmscope.AppImage"
inside sh -c '. /etc/os-release; echo "$PRETTY_NAME"'
# Mounted where there is FUSE, else unpacked.
run() { inside /tmp/nmscope.AppImage "$@"; }
if ! run --version >/dev/null 2>&1; then
    run() { inside env APPIMAGE_EXTRACT_AND_RUN=1 /tmp/nmscope.AppImage "$@"; }
    echo 'without FUSE: unpacked for every run'
fi
run --version
cp "$(dirname "${BASH_SOURCE[0]}")/../../assets/samples/minilm-layer0.h5" "$root/tmp/sample.h5"
run solve /tmp/sample.h5 -o /tmp/m.h5 --pattern 8:16
run verify /tmp/m.h5 --weights /tmp/sample.h5 >/dev/null
run convert /tmp/sample.h5 /tmp/x.safetensors >/dev/null
# Pruning loads OpenBLAS; the weights themselves serve as activations: they have as many columns.
run prune /tmp/sample.h5 --tensor '*query*' --calibration /tmp/x.safetensors --framework sparsegpt --pattern 8:16 --damping 0.01 -o /tmp/p.h5 >/dev/null
start=$(date +%s%N)
inside env APPIMAGE_EXTRACT_AND_RUN= xvfb-run -a -s '-screen 0 1600x1000x24' /tmp/nmscope.AppImage --size 1600x1000 --run-to end --screenshot /tmp/window.png
echo "window opened, run and drawn in $((($(date +%s%N) - start) / 1000000)) ms"
cp "$root/tmp/window.png" "${image%.AppImage}-window.png"
