#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compiles every kernel for the given architectures (default: 80, 90 and 120) and reads nvcc's resource report: no kernel for
# tiles up to 32 × 32 may spill registers. Prints a table. Needs only nvcc.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
[ $# -gt 0 ] || set -- 80 90 120
nvcc=$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for architecture in "$@"; do
    for unit in gpu/cuda/*_kernels.cu; do
        printf '%s %s\0' "$architecture" "$unit"
    done
done | xargs -0 -P "$(nproc)" -I{} bash -c '
    read -r architecture unit <<<"$3"
    "$1" -std=c++20 -O3 -I. -cubin -arch="sm_$architecture" --resource-usage -o /dev/null "$unit" \
        >"$2/$architecture.$(basename "$unit").txt" 2>&1 || { cat "$2/$architecture.$(basename "$unit").txt" >&2; exit 255; }
' resources "$nvcc" "$scratch" {}

# "Compiling entry function 'NAME' for 'sm_X'", then stack and spills, then registers and shared memory.
cat "$scratch"/*.txt | awk '
    /Compiling entry function/ {
        side = launch = "?"
        if (match($0, /tileKernelILi[0-9]+E/)) side = substr($0, RSTART + 13, RLENGTH - 14) + 0
        if (match($0, /[A-Z][A-Za-z]*LaunchE/)) launch = substr($0, RSTART, RLENGTH - 7)
        match($0, /sm_[0-9]+/); architecture = substr($0, RSTART, RLENGTH)
    }
    /spill loads/ { spilled = $0; sub(/.*frame, /, "", spilled); bytes = spilled + 0 }
    /Used [0-9]+ registers/ && side != "?" {
        match($0, /Used [0-9]+/); registers = substr($0, RSTART + 5, RLENGTH - 5)
        match($0, /[0-9]+ bytes smem/); shared = substr($0, RSTART, RLENGTH) + 0
        printf "%-7s %-14s M = %-2d %4d registers %6d bytes of shared memory %4d bytes spilled\n",
            architecture, launch, side, registers, shared, bytes
        ++kernels
        if (bytes > 0 && side <= 32) { print "FAIL  it spills registers"; failed = 1 }
    }
    END {
        if (kernels == 0) { print "FAIL  the report tells of no kernel"; failed = 1 }
        exit failed
    }'
