#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: appimage.sh BUILD-FOLDER RUNTIME OUT.AppImage
# Makes an AppImage of the built program: the installed files, the libraries and Qt plug-ins that they need, and in front of them RUNTIME, the
# program that mounts an AppImage (https://github.com/AppImage/type2-runtime). Needs patchelf and mksquashfs.
#
# It runs on systems whose glibc and libstdc++ are not older than those of the build machine.
set -euo pipefail
build=$1
runtime=$(realpath "$2")
out=$(realpath -m "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
app=$work/nmscope.AppDir
cmake --install "$build" --prefix "$app/usr" --component program --strip >/dev/null

# Left to the system: the C and C++ runtime, and what has to fit to its graphics drivers, display and fonts (after the list of libraries that
# AppImages are advised not to contain: https://github.com/AppImage/pkg2appimage/blob/master/excludelist).
leftOut='^(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|stdc\+\+|gcc_s|GL|EGL|GLX|OpenGL|GLdispatch|drm|gbm|glapi|X11|X11-xcb|xcb|wayland-client|fontconfig|freetype|expat|z|com_err|gpg-error|p11-kit|asound))\.so\..*'

qtPlugins=$(qtpaths6 --query QT_INSTALL_PLUGINS 2>/dev/null || qmake6 -query QT_INSTALL_PLUGINS)
plugins=(platforms/libqxcb.so platforms/libqwayland-egl.so platforms/libqwayland-generic.so wayland-shell-integration/libxdg-shell.so
    wayland-decoration-client/libbradient.so imageformats/libqsvg.so iconengines/libqsvgicon.so platforminputcontexts/libcomposeplatforminputcontextplugin.so
    platforminputcontexts/libibusplatforminputcontextplugin.so platformthemes/libqxdgdesktopportal.so)
for plugin in "${plugins[@]}"; do
    [ -e "$qtPlugins/$plugin" ] || { echo "appimage: without $plugin, which is not installed here" >&2 && continue; }
    install -D "$qtPlugins/$plugin" "$app/usr/plugins/$plugin"
done
[ -e "$app/usr/plugins/platforms/libqxcb.so" ] || { echo "appimage: Qt's plug-ins are not in $qtPlugins" >&2 && exit 1; }
printf '[Paths]\nPrefix = ..\nPlugins = plugins\n' >"$app/usr/bin/qt.conf"

# --- libraries: those of program, helper and plug-ins, and OpenBLAS, which is loaded at run time --------------------------------
mkdir -p "$app/usr/lib"
openblas=$(ldconfig -p | awk '/libopenblas\.so\.0 / && !found {found = $NF} END {print found}')
[ -n "$openblas" ] || { echo 'appimage: libopenblas.so.0 is not installed' >&2 && exit 1; }
cp -L "$openblas" "$app/usr/lib/"
mapfile -t roots < <(find "$app/usr/bin/nmscope" "$app/usr/libexec" "$app/usr/plugins" "$app/usr/lib" -type f)
ldd "${roots[@]}" | awk '/=> \// {print $3}' | sort -u | while read -r library; do
    name=$(basename "$library")
    [[ $name =~ $leftOut ]] || [ -e "$app/usr/lib/$name" ] || cp -L "$library" "$app/usr/lib/"
done
if missing=$(ldd "${roots[@]}" | grep 'not found'); then
    echo "appimage: $missing" >&2
    exit 1
fi

# RPATH, not RUNPATH: it also holds for the libraries that these libraries need.
patchelf --force-rpath --set-rpath '$ORIGIN/../lib' "$app/usr/bin/nmscope"
patchelf --force-rpath --set-rpath '$ORIGIN/../../lib' "$app/usr/libexec/nmscope/nms_hdf5_helper"
find "$app/usr/lib" -type f -exec patchelf --force-rpath --set-rpath '$ORIGIN' {} \;
find "$app/usr/plugins" -type f -exec patchelf --force-rpath --set-rpath '$ORIGIN/../../lib' {} \;

# Licences of what is contained, as Debian installs them.
find "$app/usr/lib" -type f -printf '%f\n' | while read -r name; do
    package=$(dpkg-query -S "*/$name" 2>/dev/null | awk -F: 'NR == 1 {print $1}')
    [ -z "$package" ] || [ ! -e "/usr/share/doc/$package/copyright" ] || install -Dm644 "/usr/share/doc/$package/copyright" "$app/usr/share/doc/$package/copyright"
done

# --- fonts: other systems have them seldom --------------------------------------------------------------------------------------
for font in Inter-{Regular,Medium,SemiBold,Bold}.otf JetBrainsMono-{Regular,Bold}.ttf; do
    file=$(fc-list --format '%{file}\n' | awk -v name="/$font" 'index($0, name) {found = $0} END {print found}')
    [ -n "$file" ] || { echo "appimage: without $font, which is not installed here" >&2 && continue; }
    install -Dm644 "$file" "$app/usr/share/nmscope/fonts/$font"
    package=$(dpkg-query -S "$file" | cut -d: -f1)
    install -Dm644 "/usr/share/doc/$package/copyright" "$app/usr/share/doc/$package/copyright"
done

# --- what the runtime and desktops look for ---------------------------------------------------------------------------------------
cp "$app/usr/share/applications/nmscope.desktop" "$app/usr/share/icons/hicolor/scalable/apps/nmscope.svg" "$app/"
ln -s nmscope.svg "$app/.DirIcon"
ln -s usr/bin/nmscope "$app/AppRun"

mksquashfs "$app" "$work/image" -root-owned -noappend -comp zstd -quiet -no-progress
mkdir -p "$(dirname "$out")"
cat "$runtime" "$work/image" >"$out"
chmod +x "$out"
