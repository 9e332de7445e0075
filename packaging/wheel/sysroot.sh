#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: sysroot.sh SYSROOT
# A folder to compile and link against (gcc --sysroot) for systems with glibc 2.27 or later: Ubuntu 18.04's glibc, libgcc_s and kernel headers, and
# from this machine's Debian packages headers and static libraries. Those were compiled for a later glibc, but a static library names
# functions without a version: the linker fails where glibc 2.27 lacks one. Needs Debian 12 on x86-64 and the network.
set -euo pipefail
sysroot=$1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
libraries=usr/lib/x86_64-linux-gnu
mkdir -p "$sysroot"

# The last versions of Ubuntu 18.04. That these checksums are Ubuntu's was verified once, by the signature of its archive
# (key 790BC7277767219C42C86F933B4FE6ACC0B21F32); from then on they stand for it.
fetched='5b813d4512491cd8fb30b2eb9192349ee75ffe3c9f21ae136cc7b2429f70c3b2 glibc/libc6_2.27-3ubuntu1.6
96ae7d2cf38f0547ca3cccb3344c8802fdf5bcd71c4b6d9aed09558ac8cc87db glibc/libc6-dev_2.27-3ubuntu1.6
116dadf4ceaba7150eb46a6598dd3defa62b1b2a6578fb494f4c932878634994 gcc-8/libgcc1_8.4.0-1ubuntu1~18.04
06d9f16644d3a1b2ab7dd01730e833d516b6f575d975855f496eea6463fef2f6 linux/linux-libc-dev_4.15.0-213.224'
mirror=${NMS_UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}
while read -r checksum path; do
    package=$(basename "$path")_amd64.deb
    curl -fsSL -o "$sysroot/$package" "$mirror/pool/main/${path:0:1}/${path}_amd64.deb"
    sha256sum --quiet --check <<<"$checksum  $sysroot/$package"
    dpkg-deb -x "$sysroot/$package" "$sysroot"
    rm "$sysroot/$package"
done <<<"$fetched"

# Absolute links would lead to this machine's glibc.
find "$sysroot" -type l -lname '/*' | while read -r link; do
    ln -sfr "$sysroot$(readlink "$link")" "$link"
done
# As since glibc 2.34, threads and dlopen() need no library of their own: libstdc++.a expects it, and libstdc++'s headers then see for
# certain that there are threads.
cat >"$sysroot/$libraries/libc.so" <<'TEXT'
OUTPUT_FORMAT(elf64-x86-64)
GROUP(/lib/x86_64-linux-gnu/libc.so.6 /usr/lib/x86_64-linux-gnu/libc_nonshared.a
    /lib/x86_64-linux-gnu/libpthread.so.0 /usr/lib/x86_64-linux-gnu/libpthread_nonshared.a
    AS_NEEDED(/lib/x86_64-linux-gnu/libdl.so.2 /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2))
TEXT
# The compiler's own libgcc_s.so.1 needs a later glibc.
echo 'GROUP(/lib/x86_64-linux-gnu/libgcc_s.so.1 -lgcc)' >"$sysroot/$libraries/libgcc_s.so"
gcc "--sysroot=$sysroot" -isystem "$here/include" -O2 -fPIC -Wall -Wextra -Werror -c "$here/newer_glibc.c" -o "$sysroot/newer_glibc.o"
ar r "$sysroot/$libraries/libc_nonshared.a" "$sysroot/newer_glibc.o"
rm "$sysroot/newer_glibc.o"

# Of the packages on this machine: everything but shared libraries. Neither compiler nor CMake may look for them in /usr/include, where
# they would find a later glibc, too.
packages=(libexpected-dev libcli11-dev nlohmann-json3-dev libopenblas-pthread-dev liblemon-dev
    zlib1g-dev libdeflate-dev libpng-dev libxxhash-dev libaec-dev "libpython$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')-dev")
mapfile -t files < <(dpkg -L "${packages[@]}" | grep -E '^/usr/(include/|share/cmake/|lib/cmake/|.*\.(pc|cmake)$|lib/x86_64-linux-gnu/lib(z|deflate|png|png16|xxhash|sz|aec)\.a$)' | sort -u)
for file in "${files[@]}"; do
    if [ -d "$file" ]; then
        continue
    fi
    mkdir -p "$sysroot$(dirname "$file")"
    cp -d "$file" "$sysroot$file"
done
# For what ends up in programs and libraries.
for package in libc6-dev libstdc++-12-dev libexpected-dev libcli11-dev nlohmann-json3-dev liblemon-dev zlib1g-dev libdeflate-dev libpng-dev libxxhash-dev libaec-dev; do
    install -Dm644 "/usr/share/doc/$package/copyright" "$sysroot/licenses/$package"
done
