#!/bin/sh
# finish.sh FOLDER REPOSITORY: what a release needs beside its archives, which lie in FOLDER: SHA256SUMS, the installer
# and Homebrew's formula. REPOSITORY is the address of the repository that the release belongs to.
set -eu
folder=$(cd "$1" && pwd) repository=$2 here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../Cargo.toml" | head -n 1)

cd "$folder"
sha256sum -- clarlint-v"$version"-* > SHA256SUMS
sum() {
    sed -n "s/ .clarlint-v$version-$1\.tar\.gz\$//p" SHA256SUMS
}
fill() {
    sed -e "s|@VERSION@|$version|g" -e "s|@REPOSITORY@|$repository|g" \
        -e "s|@LINUX_X64@|$(sum x86_64-unknown-linux-musl)|" -e "s|@LINUX_ARM64@|$(sum aarch64-unknown-linux-musl)|" \
        -e "s|@MACOS_X64@|$(sum x86_64-apple-darwin)|" -e "s|@MACOS_ARM64@|$(sum aarch64-apple-darwin)|" "$1"
}
fill "$here/install.sh" > install.sh
fill "$here/homebrew/clarlint.rb" > clarlint.rb
