#!/bin/sh
# Installs clarlint: fetches the archive of this platform, compares its checksum, and puts the program into a folder.
#
#   CLARLINT_INSTALL_DIR  the folder; default: ~/.local/bin
#   CLARLINT_VERSION      another version than the one that this script came with
#   CLARLINT_RELEASES     where archives are, for mirrors: below it lies v0.1.0/SHA256SUMS
set -eu

version=${CLARLINT_VERSION:-@VERSION@}
releases=${CLARLINT_RELEASES:-@REPOSITORY@/releases/download}
folder=${CLARLINT_INSTALL_DIR:-$HOME/.local/bin}

fail() {
    echo "error: $1" >&2
    echo "  help: $2" >&2
    exit 2
}

case $(uname -m) in
    x86_64 | amd64) processor=x86_64 ;;
    aarch64 | arm64) processor=aarch64 ;;
    *) fail "there is no program for $(uname -m)" "build it: cargo install --locked clarlint" ;;
esac
suffix=tar.gz
program=clarlint
case $(uname -s) in
    # Linked statically: it runs on every Linux.
    Linux) target=$processor-unknown-linux-musl ;;
    Darwin) target=$processor-apple-darwin ;;
    MINGW* | MSYS* | CYGWIN*)
        target=x86_64-pc-windows-msvc
        suffix=zip
        program=clarlint.exe
        ;;
    *) fail "there is no program for $(uname -s)" "build it: cargo install --locked clarlint" ;;
esac

if command -v curl >/dev/null; then
    fetch() { curl --fail --silent --show-error --location --retry 2 --output "$2" "$1"; }
elif command -v wget >/dev/null; then
    fetch() { wget --quiet --output-document="$2" "$1"; }
else
    fail "neither curl nor wget is here" "install one of them"
fi
if command -v sha256sum >/dev/null; then
    sum() { sha256sum "$1"; }
elif command -v shasum >/dev/null; then
    sum() { shasum -a 256 "$1"; }
else
    fail "neither sha256sum nor shasum is here" "install one of them: nothing is installed unchecked"
fi

name=clarlint-v$version-$target
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for file in SHA256SUMS "$name.$suffix"; do
    fetch "$releases/v$version/$file" "$scratch/$file" ||
        fail "$releases/v$version/$file cannot be fetched" "look whether there is a release of that version"
done
wanted=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$name\.$suffix\$/\1/p" "$scratch/SHA256SUMS")
found=$(sum "$scratch/$name.$suffix")
found=${found%% *}
if [ -z "$wanted" ] || [ "$wanted" != "$found" ]; then
    fail "the checksum of $name.$suffix is $found and not ${wanted:-listed}" "nothing was installed; try again, and report it if it stays"
fi

case $suffix in
    zip) unzip -q "$scratch/$name.zip" -d "$scratch" ;;
    *) tar -xzf "$scratch/$name.tar.gz" -C "$scratch" ;;
esac
mkdir -p "$folder"
# Beside its place first: whoever runs it meanwhile runs the old one or the new one.
cp "$scratch/$name/$program" "$folder/.$program.new"
chmod 755 "$folder/.$program.new"
mv "$folder/.$program.new" "$folder/$program"
echo "installed $("$folder/$program" --version) as $folder/$program"
case :$PATH: in
    *:"$folder":*) ;;
    *) echo "note: $folder is not in PATH" ;;
esac
