#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ./dev packages under the os-release of other systems: which one it says it found, and which packages it then asks for.
set -euo pipefail
dev=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/dev
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

# LINE-IT-MUST-SAY WITH|WITHOUT the package that only some have, os-release on standard input
expect()
{
    cat >"$folder/os-release"
    local said qt=WITHOUT
    said=$(NMS_OS_RELEASE="$folder/os-release" "$dev" packages 2>&1)
    case "$said" in *libqt6opengl6-dev*) qt=WITH ;; esac
    if ! grep -qxF -- "dev: $1" <<<"$said" || [ "$qt" != "$2" ] || ! grep -q '^needed: .*libhdf5-dev' <<<"$said"; then
        printf 'expected "dev: %s" %s libqt6opengl6-dev, got:\n%s\n' "$1" "$2" "$said"
        failures=$((failures + 1))
    fi
}

expect 'Debian 12 (bookworm)' WITH <<'TEXT'
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
ID=debian
VERSION_ID="12"
VERSION_CODENAME=bookworm
TEXT
expect 'Debian 13 (trixie)' WITHOUT <<'TEXT'
PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
ID=debian
VERSION_ID="13"
VERSION_CODENAME=trixie
TEXT
expect 'Ubuntu 24.04 (noble)' WITH <<'TEXT'
PRETTY_NAME="Ubuntu 24.04.3 LTS"
ID=ubuntu
ID_LIKE=debian
VERSION_ID="24.04"
VERSION_CODENAME=noble
UBUNTU_CODENAME=noble
TEXT
expect 'Linux Mint 22, with the packages of Ubuntu 24.04 (noble)' WITH <<'TEXT'
PRETTY_NAME="Linux Mint 22"
ID=linuxmint
ID_LIKE="ubuntu debian"
VERSION_ID="22"
VERSION_CODENAME=wilma
UBUNTU_CODENAME=noble
TEXT
expect 'LMDE 6 (faye), with the packages of Debian 12 (bookworm)' WITH <<'TEXT'
PRETTY_NAME="LMDE 6 (faye)"
ID=linuxmint
ID_LIKE=debian
VERSION_ID="6"
VERSION_CODENAME=faye
DEBIAN_CODENAME=bookworm
TEXT
expect 'Debian GNU/Linux forky/sid' WITHOUT <<'TEXT'
PRETTY_NAME="Debian GNU/Linux forky/sid"
ID=debian
VERSION_CODENAME=forky
TEXT
expect 'Fedora Linux 42 (Workstation Edition)' WITHOUT <<'TEXT'
PRETTY_NAME="Fedora Linux 42 (Workstation Edition)"
ID=fedora
VERSION_ID=42
VERSION_CODENAME=""
TEXT
: >"$folder/os-release"
expect 'a system without /etc/os-release' WITHOUT </dev/null

# What cannot be installed by name is listed, and nothing is asked for.
printf 'ID=arch\nPRETTY_NAME="Arch Linux"\n' >"$folder/os-release"
said=$(NMS_OS_RELEASE="$folder/os-release" "$dev" packages 2>&1)
if ! grep -q 'names are not known here' <<<"$said" || grep -q '^missing:' <<<"$said"; then
    printf 'on an unknown system, got:\n%s\n' "$said"
    failures=$((failures + 1))
fi
exit "$failures"
