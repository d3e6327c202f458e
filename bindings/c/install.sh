#!/usr/bin/env bash
# Installs what cargo has built: both libraries, the headers, a pkg-config file and a CMake package.
#
# usage: bindings/c/install.sh BUILT PREFIX        BUILT: the folder with libmoesaic.a, such as target/release
# DESTDIR is put before PREFIX, for those who make packages.
set -euo pipefail

if [ $# -ne 2 ]; then
    echo "usage: bindings/c/install.sh BUILT PREFIX" >&2
    exit 2
fi

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
built="$1"
case "$2" in
    /*) prefix="$2" ;;
    *) prefix="$PWD/$2" ;;
esac
target="${DESTDIR:-}$prefix"

version="$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/Cargo.toml" | head -n 1)"
# The name in the library itself, which build.rs gave it.
case "$version" in
    0.*) abi="$(cut -d . -f 1,2 <<<"$version")" ;;
    *) abi="${version%%.*}" ;;
esac

case "$(uname)" in
    Darwin)
        library=libmoesaic.dylib
        soname="libmoesaic.$abi.dylib"
        shared="libmoesaic.$version.dylib"
        system="-framework CoreFoundation -lSystem -lc -lm"
        ;;
    *)
        library=libmoesaic.so
        soname="libmoesaic.so.$abi"
        shared="libmoesaic.so.$version"
        # What rustc --print native-static-libs says.
        system="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"
        ;;
esac

mkdir -p "$target/include" "$target/lib/pkgconfig" "$target/lib/cmake/moesaic"
install -m 644 "$here/../../include/moesaic.h" "$here/../../include/moesaic.hpp" "$target/include/"
install -m 644 "$built/libmoesaic.a" "$target/lib/"
install -m 755 "$built/$library" "$target/lib/$shared"
ln -sf "$shared" "$target/lib/$soname"
ln -sf "$soname" "$target/lib/$library"

# fill FROM TO: a template with its places filled in.
fill() {
    sed -e "s|@PREFIX@|$prefix|g" -e "s|@VERSION@|$version|g" -e "s|@ABI@|$abi|g" -e "s|@SONAME@|$soname|g" \
        -e "s|@SHARED_FILE@|$shared|g" -e "s|@SYSTEM_LIBRARIES@|$system|g" "$here/install/$1" >"$2"
}
fill moesaic.pc.in "$target/lib/pkgconfig/moesaic.pc"
fill moesaic-config.cmake.in "$target/lib/cmake/moesaic/moesaic-config.cmake"
fill moesaic-config-version.cmake.in "$target/lib/cmake/moesaic/moesaic-config-version.cmake"
