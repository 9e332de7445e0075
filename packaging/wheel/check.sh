#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: check.sh WHEEL
# auditwheel reads the versions of symbols. This finds what it does not see: functions without a version that no older system has, a
# library that was taken from this machine, programs that need a libstdc++, and search paths of the build machine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unzip -q "$1" -d "$work"
failures=0
fail()
{
    printf 'wheel: %s\n' "$*" >&2
    failures=$((failures + 1))
}
isElf() { [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }

system='lib(c|m|dl|rt|pthread|gcc_s)\.so\.[0-9]+|ld-linux-x86-64\.so\.2'
files=()
while IFS= read -r file; do
    isElf "$file" && files+=("$file")
done < <(find "$work" -type f | LC_ALL=C sort)
[ ${#files[@]} -ge 4 ] || fail "only ${#files[@]} programs and libraries: the module, nmscope, nms_hdf5_helper and libhdf5 are expected"
nm -D --defined-only --format=just-symbols "${files[@]}" | LC_ALL=C sort -u >"$work/defined"
for file in "${files[@]}"; do
    name=${file#"$work"/}
    readelf -d "$file" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' | { grep -vxE "$system|libhdf5-.*\.so.*" || true; } >"$work/needed"
    [ ! -s "$work/needed" ] || fail "$name needs $(paste -sd' ' "$work/needed")"
    readelf -d "$file" | sed -nE 's/.*\(R(UN)?PATH\).*\[(.*)\]/\2/p' | tr : '\n' | { grep -vE '^[$]ORIGIN(/|$)' || true; } >"$work/paths"
    [ ! -s "$work/paths" ] || fail "$name looks for libraries in $(paste -sd' ' "$work/paths")"
    # Python's own come from the interpreter; what is only weakly needed may be missing.
    nm -D --undefined-only "$file" | awk '$1 == "U" && $2 !~ /@/ {print $2}' | { grep -vE '^_?Py' || true; } | LC_ALL=C sort -u | LC_ALL=C comm -23 - "$work/defined" >"$work/missing"
    [ ! -s "$work/missing" ] || fail "$name asks for $(paste -sd' ' "$work/missing")"
done
libraries=$(cd "$work" && find . -path './*.libs/*' -type f -printf '%f\n' | LC_ALL=C sort | paste -sd' ')
[[ $libraries =~ ^libhdf5-[^\ ]*$ ]] || fail "bundled are \"$libraries\" instead of libhdf5 alone"
exit $((failures > 0))
