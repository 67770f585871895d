#!/bin/sh
# archive.sh PROGRAM TARGET FOLDER: writes the archive of a release into FOLDER: the program, its manual page and
# completions, the licence. PRINTER is a clarlint that runs here, if PROGRAM is for another machine.
set -eu
program=$1 target=$2 folder=$(cd "$3" && pwd) root=$(cd "$(dirname "$0")/.." && pwd)
printer=${PRINTER:-$program}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
name=clarlint-v$version-$target

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/$name/completions"
case $target in
    *windows*) file=clarlint.exe ;;
    *) file=clarlint ;;
esac
cp "$program" "$scratch/$name/$file"
chmod 755 "$scratch/$name/$file"
cp "$root/LICENSE" "$root/README.md" "$root/CHANGELOG.md" "$scratch/$name"
"$printer" man > "$scratch/$name/clarlint.1"
for shell in bash elvish fish powershell zsh; do
    "$printer" completions $shell > "$scratch/$name/completions/clarlint.$shell"
done
cd "$scratch"
case $target in
    *windows*) "$(command -v python3 || command -v python)" -m zipfile -c "$folder/$name.zip" "$name" ;;
    *) tar -czf "$folder/$name.tar.gz" "$name" ;;
esac
