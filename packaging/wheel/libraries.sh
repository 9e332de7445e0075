#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: libraries.sh SYSROOT
# Builds into the folder of sysroot.sh what Debian has no fitting static library of, from Debian's sources: oneTBB, and HDF5, whose own
# package reads from the network and so needs libcurl with all that it needs. HDF5 is shared: its filter plug-ins call it back.
# Sources are fetched with a configuration of apt's own; the system's is neither read nor changed.
set -euo pipefail
sysroot=$(realpath "$1")
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
work=$(mktemp -d -p "$(dirname "$sysroot")")
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/apt/etc/apt/{apt.conf.d,preferences.d} "$work"/apt/var/lib/apt/lists/partial "$work"/apt/var/cache/apt/archives/partial
cat >"$work/sources.list" <<'TEXT'
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian-security bookworm-security main
TEXT
cat >"$work/apt.conf" <<TEXT
Dir "$work/apt";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Status "/dev/null";
APT::Sandbox::User "$(id -un)";
TEXT
export APT_CONFIG=$work/apt.conf
cd "$work"
apt-get -qq update
apt-get -qq --download-only source hdf5 onetbb
dpkg-source --no-check -x hdf5_*.dsc hdf5
dpkg-source --no-check -x onetbb_*.dsc onetbb

build() # NAME [CMAKE-ARGUMENT...]
{
    local name=$1
    shift
    mkdir "$name-build"
    # From within, because HDF5 reads there what its test programs wrote to the current folder.
    (cd "$name-build" && cmake "../$name" -G Ninja "-DCMAKE_TOOLCHAIN_FILE=$here/toolchain.cmake" "-DCMAKE_INSTALL_PREFIX=$sysroot/usr/local" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON "$@")
    cmake --build "$name-build"
    cmake --install "$name-build"
    install -Dm644 "$name/debian/copyright" "$sysroot/licenses/$name"
}
build onetbb -DBUILD_SHARED_LIBS=OFF -DTBB_TEST=OFF -DTBB_STRICT=OFF -DTBBMALLOC_BUILD=OFF -DTBB_DISABLE_HWLOC_AUTOMATIC_SEARCH=ON
# As Debian configures it, with the plug-ins of Debian's packages; zlib and szip are linked into it and not seen from outside.
build hdf5 -DONLY_SHARED_LIBS=ON -DBUILD_TESTING=OFF -DHDF5_BUILD_EXAMPLES=OFF -DHDF5_BUILD_TOOLS=OFF -DHDF5_BUILD_HL_LIB=OFF -DHDF5_BUILD_CPP_LIB=OFF -DHDF5_BUILD_UTILS=OFF -DHDF5_INSTALL_CMAKE_DIR=lib/cmake/hdf5 \
    -DHDF5_ENABLE_THREADSAFE=ON -DHDF5_ENABLE_Z_LIB_SUPPORT=ON -DHDF5_ENABLE_SZIP_SUPPORT=ON -DHDF5_ENABLE_SZIP_ENCODING=ON \
    -DH5_DEFAULT_PLUGINDIR=/usr/lib/x86_64-linux-gnu/hdf5/serial/plugins \
    -DCMAKE_SHARED_LINKER_FLAGS=-Wl,--exclude-libs,ALL,-z,defs -DCMAKE_C_STANDARD_LIBRARIES=-laec
