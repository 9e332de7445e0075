#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: install_test.sh BUILD-FOLDER SOURCE-FOLDER
# Installs the program into an empty folder and walks through what is there. Tools that are not installed are named as skipped.
set -uo pipefail
build=$1
source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/usr
export HOME=$folder/home LC_ALL=C.UTF-8
mkdir "$HOME"
unset DISPLAY WAYLAND_DISPLAY QT_QPA_PLATFORM
failures=0

fail()
{
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}
must() # TEXT COMMAND...: it has to succeed and to say nothing on standard error
{
    local what=$1 said
    shift
    said=$("$@" 2>&1 >/dev/null) || fail "$what: $said"
    [ -z "$said" ] || fail "$what says: $said"
}
has() { command -v "$1" >/dev/null || { printf 'skipped: %s is not installed\n' "$1" && false; }; }
same() { [ "$2" = "$3" ] || fail "$1: expected \"$3\", got \"$2\""; }

cmake --install "$build" --prefix "$prefix" --component program --strip >"$folder/install.log" 2>&1 || {
    cat "$folder/install.log"
    exit 1
}

# --- what is there, and nothing else -------------------------------------------------------------------------------------------
listed=$(cd "$prefix" && find . -type f | sed 's,^\./,,' | grep -v '^share/nmscope/docs/\|^share/nmscope/lessons/\|^share/nmscope/samples/\|^share/doc/nmscope/html/' | LC_ALL=C sort)
expected='bin/nmscope
libexec/nmscope/nms_hdf5_helper
share/applications/nmscope.desktop
share/bash-completion/completions/nmscope
share/doc/nmscope/changelog.Debian.gz
share/doc/nmscope/changelog.gz
share/doc/nmscope/copyright
share/fish/vendor_completions.d/nmscope.fish
share/icons/hicolor/scalable/apps/nmscope.svg
share/man/man1/nmscope.1.gz
share/metainfo/io.github.nmscope.nmscope.metainfo.xml
share/mime/packages/nmscope.xml
share/nmscope/bench/torch_baseline.py
share/zsh/vendor-completions/_nmscope'
same 'installed files' "$listed" "$expected"
for folderOfFiles in docs lessons samples; do
    must "share/nmscope/$folderOfFiles" diff -r "$source/assets/$folderOfFiles" "$prefix/share/nmscope/$folderOfFiles"
done
links=$(find "$prefix" -type l)
same 'links' "$links" ''

# --- nothing refers to this machine --------------------------------------------------------------------------------------------
for place in "$build" "$source"; do
    named=$(grep -rlaF -- "$(realpath "$place")/" "$prefix")
    same "files that name $place" "$named" ''
done
if has readelf; then
    for file in bin/nmscope libexec/nmscope/nms_hdf5_helper; do
        same "search path of $file" "$(readelf -d "$prefix/$file" | grep -E 'R(UN)?PATH')" ''
        same "symbols of $file" "$(readelf -S "$prefix/$file" | grep -F .symtab)" ''
    done
fi

# --- the program, from another folder ------------------------------------------------------------------------------------------
cd "$folder" || exit 1
program=$prefix/bin/nmscope
sample=$prefix/share/nmscope/samples/minilm-layer0.h5
version=$("$program" --version)
for line in 'nmscope [0-9.]+' 'HDF5 [0-9.]+' 'window: built in' 'CUDA: .+' 'MPI: .+' 'reads: .*\.safetensors.*' 'writes: \.h5 or \.safetensors'; do
    grep -qxE "$line" <<<"$version" || fail "--version has no line \"$line\""
done
must 'inspect' "$program" inspect "$sample"
same 'tensors of the sample' "$("$program" inspect "$sample" --json | grep -c '"path"')" 6
must 'solve' "$program" solve "$sample" -o m.h5 --pattern 8:16 --method greedy --tensor '*query*'
must 'verify' "$program" verify m.h5 --weights "$sample"
must 'bench on the sample' "$program" bench --patterns 2:4 --data sample --methods greedy --tiles 64 --repetitions 1 --seconds 1
# Without the helper process the message says where it was looked for.
mv "$prefix/libexec/nmscope/nms_hdf5_helper" "$folder/helper"
said=$("$program" inspect "$sample" 2>&1)
grep -q 'libexec/nmscope/nms_hdf5_helper is missing' <<<"$said" || fail "the missing helper is not named: $said"
mv "$folder/helper" "$prefix/libexec/nmscope/nms_hdf5_helper"

# --- documentation ---------------------------------------------------------------------------------------------------------------
# Every command of its examples is one that the program takes: 2 would be wrong usage. Files that are not there are another matter.
docs=$prefix/share/nmscope/docs
# A block with the name of a language, such as ```text, holds no commands.
examples=$(awk '/^```/ {isOpen = !isOpen; inside = isOpen && $0 == "```"; next} inside && /^nmscope [a-z]/' "$docs"/*.md)
[ "$(wc -l <<<"$examples")" -ge 10 ] || fail 'the documentation has no examples'
while IFS= read -r example; do
    (eval "$(sed "s,^nmscope,'$program',; s,SAMPLE,'$sample',g" <<<"$example")" >"$folder/said" 2>&1 </dev/null)
    status=$?
    [ "$status" -ne 2 ] || fail "example \"$example\": $(cat "$folder/said")"
    case "$example" in *SAMPLE*) [ "$status" -eq 0 ] || fail "example \"$example\": $(cat "$folder/said")" ;; esac
done <<<"$examples"
if [ -d "$prefix/share/doc/nmscope/html" ]; then
    for page in "$docs"/*.md commands.md; do
        name=$(basename "$page" .md).html
        [ -s "$prefix/share/doc/nmscope/html/$name" ] || fail "the HTML edition has no $name"
    done
else
    echo 'skipped: the documentation was not built as HTML (python3-markdown)'
fi

# --- man page ----------------------------------------------------------------------------------------------------------------------
if has man; then
    page=$prefix/share/man/man1/nmscope.1.gz
    must 'man page' env MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page"
    text=$(MANWIDTH=100 man -E UTF-8 -l "$page" 2>/dev/null | col -bx)
    for command in $("$program" completion fish | sed -nE "s/^complete -c nmscope -n __fish_use_subcommand -a ([a-z]+) .*/\1/p"); do
        "$program" "$command" --help >"$folder/help" || fail "$command --help"
        grep -q "nmscope $command" <<<"$text" || fail "the man page has no $command"
        # Every option that --help names is in the man page and in each completion.
        for option in $(grep -oE '^ +(-[a-z],)?--[a-z-]+' "$folder/help" | grep -oE -- '--[a-z-]+'); do
            grep -qF -- "$option" <<<"$text" || fail "the man page has no $option of $command"
            for script in bash-completion/completions/nmscope zsh/vendor-completions/_nmscope; do
                grep -qF -- "$option" "$prefix/share/$script" || fail "$script has no $option of $command"
            done
            grep -qE -- "from $command'.* -l ${option#--} " "$prefix/share/fish/vendor_completions.d/nmscope.fish" ||
                fail "nmscope.fish has no $option of $command"
        done
    done
fi

# --- completions -------------------------------------------------------------------------------------------------------------------
script=$prefix/share/bash-completion/completions/nmscope
must 'bash completion' bash -n "$script"
library=/usr/share/bash-completion/bash_completion
completed() # WORD...: what bash offers for the last word, sorted
{
    bash -c '
        . "$1"; . "$2"; shift 2
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
        compopt() { :; }
        _nmscope
        printf "%s\n" "${COMPREPLY[@]}" | LC_ALL=C sort' bash "$library" "$script" "$@" 2>&1 | paste -sd' '
}
if [ -r "$library" ]; then
    : >model.h5
    same 'bash: a command' "$(completed nmscope so)" solve
    same 'bash: an option' "$(completed nmscope solve --pa)" '--packed --pattern'
    same 'bash: a value' "$(completed nmscope solve --method dy)" dykstra
    same 'bash: the last of a list' "$(completed nmscope compare --methods exact,dy)" exact,dykstra
    same 'bash: a file' "$(completed nmscope solve mod)" model.h5
    same 'bash: an option of the window' "$(completed nmscope --scr)" --screenshot
    same 'bash: a panel' "$(completed nmscope --panel st)" 'statistics steps'
else
    echo 'skipped: bash-completion is not installed'
fi
if has zsh; then
    must 'zsh completion' zsh -n "$prefix/share/zsh/vendor-completions/_nmscope"
fi
if has fish; then
    script=$prefix/share/fish/vendor_completions.d/nmscope.fish
    must 'fish completion' fish -n "$script"
    offered() { fish -c "source $script; complete -C '$1'" 2>&1 | cut -f1 | LC_ALL=C sort | paste -sd' '; }
    same 'fish: a command' "$(offered 'nmscope solv')" solve
    same 'fish: an option' "$(offered 'nmscope solve --pa')" '--packed --pattern'
    same 'fish: a value' "$(offered 'nmscope solve --method dy')" dykstra
    same 'fish: the last of a list' "$(offered 'nmscope compare --methods exact,dy')" exact,dykstra
fi

# --- the desktop ----------------------------------------------------------------------------------------------------------------
if has desktop-file-validate; then
    said=$(desktop-file-validate "$prefix/share/applications/nmscope.desktop" 2>&1)
    same 'desktop entry' "$said" ''
fi
if has appstreamcli; then
    said=$(appstreamcli validate --no-net "$prefix/share/metainfo/io.github.nmscope.nmscope.metainfo.xml" 2>&1) || fail "metainfo: $said"
fi
if has update-mime-database; then
    cp -r "$prefix/share/mime" "$folder/mime"
    must 'MIME types' env XDG_DATA_DIRS="$folder" update-mime-database "$folder/mime"
    same 'MIME types' "$(ls "$folder/mime/application" | paste -sd' ')" \
        'x-keras.xml x-nmscope-session.xml x-nmscope-tile.xml x-npy.xml x-npz.xml x-safetensors.xml'
fi
# Every type that the desktop entry claims is defined here or by the desktop.
for type in $(sed -n 's/^MimeType=//p' "$prefix/share/applications/nmscope.desktop" | tr ';' ' '); do
    [ "$type" = application/x-hdf ] || grep -q "mime-type type=\"$type\"" "$prefix/share/mime/packages/nmscope.xml" || fail "$type is not defined"
    grep -qF "<mediatype>$type</mediatype>" "$prefix/share/metainfo/io.github.nmscope.nmscope.metainfo.xml" || fail "the metainfo lacks $type"
done

[ "$failures" -eq 0 ] && echo 'The installed program is complete.'
exit "$failures"
