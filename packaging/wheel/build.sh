#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: build.sh PYTHON OUT
# Builds the manylinux_2_28 wheel into the folder OUT. PYTHON: the interpreter of build/python-venv, with scikit-build-core, nanobind and
# auditwheel. NMS_CUDA_ARCHITECTURES: for which GPUs, as CMake lists them; without it for compute capability 8.x and 9.0,
# whose PTX later GPUs compile at the first launch. The sysroot and its libraries are kept in build/wheel-sysroot until the scripts here or
# Debian's packages change.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
python=$(realpath -s "$1")
out=$(realpath -m "$2")
cd "$here/../.."
sysroot=$PWD/build/wheel-sysroot

made=$({ cat "$here"/*.sh "$here"/*.c "$here"/*.cmake "$here"/include/bits/* && dpkg-query -W g++ libstdc++-12-dev libxxhash-dev libpng-dev zlib1g-dev libdeflate-dev libaec-dev; } | sha256sum)
if [ "$(cat "$sysroot/made.txt" 2>/dev/null)" != "$made" ]; then
    echo "wheel: glibc 2.27 of Ubuntu 18.04, and HDF5 and oneTBB built for it" >&2
    rm -rf "$sysroot" build/wheel
    mkdir -p build
    if ! { "$here/sysroot.sh" "$sysroot" && "$here/libraries.sh" "$sysroot"; } >build/wheel-sysroot.log 2>&1; then
        tail -n 20 build/wheel-sysroot.log >&2
        echo 'wheel: the libraries could not be built; all of it is in build/wheel-sysroot.log' >&2
        exit 1
    fi
    printf '%s\n' "$made" >"$sysroot/made.txt"
fi

licenses=$PWD/build/wheel-licenses
rm -rf "$out" "$licenses"
cp -r "$sysroot/licenses" "$licenses"
nanobind=$("$python" -c 'import nanobind; print(nanobind.__path__[0])')
sed '/\*\//q' "$nanobind/ext/robin_map/include/tsl/robin_map.h" >"$licenses/robin_map"
cp "$nanobind"-*.dist-info/licenses/LICENSE "$licenses/nanobind"
if command -v nvcc >/dev/null; then
    echo 'The CUDA runtime library (cudart) is redistributed under the CUDA Toolkit End User License Agreement: https://docs.nvidia.com/cuda/eula/' >"$licenses/cuda"
fi
"$python" -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation . -w "$out/plain" --config-settings "build-dir=$PWD/build/wheel" \
    --config-settings "cmake.define.CMAKE_TOOLCHAIN_FILE=$here/toolchain.cmake" --config-settings "cmake.define.NMS_BUNDLED_LICENSES=$licenses" \
    --config-settings cmake.define.NMS_GUI=OFF --config-settings cmake.define.NMS_MPI=OFF \
    --config-settings "cmake.define.CMAKE_CUDA_ARCHITECTURES=${NMS_CUDA_ARCHITECTURES:-80-real;90}"
# Fails where anything needs a later glibc than 2.28.
PATH=$(dirname "$python"):$PATH LD_LIBRARY_PATH=$sysroot/usr/local/lib "$python" -m auditwheel repair --plat manylinux_2_28_x86_64 "$out"/plain/*.whl -w "$out"
"$here/check.sh" "$out"/*.whl
