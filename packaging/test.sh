#!/usr/bin/env bash
# test.sh PROGRAM [WHEELS]: packs PROGRAM, a clarlint for x86-64 Linux, and installs it in every way that needs no network,
# each into an empty folder. With the folder WHEELS also as a wheel and as a hook of pre-commit; those fetch setuptools
# and pre-commit from PyPI.
set -euo pipefail
program=$(realpath "$1") wheels=${2:+$(realpath "$2")}
here=$(realpath "$(dirname "$0")") root=$(realpath "$(dirname "$0")/..")
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0

# Runs an installed clarlint on a sound project and on a broken one.
check() {
    local name=$1 code=0
    shift
    test "$("$@" --version)" = "clarlint $version"
    (cd "$root/fixtures/projects/clean" && "$@" --isolated --quiet)
    (cd "$root/fixtures/projects/broken" && "$@" --isolated --quiet > /dev/null) || code=$?
    test $code = 1 || { echo "$name ends with $code where something is broken"; exit 1; }
    echo "ok: $name"
    passed=$((passed + 1))
}

# An archive, its checksum, and the installer that reads both.
mkdir "$scratch/v$version"
sh "$here/archive.sh" "$program" x86_64-unknown-linux-musl "$scratch/v$version"
sh "$here/finish.sh" "$scratch/v$version" https://example.com/clarlint
export CLARLINT_RELEASES=file://$scratch
CLARLINT_INSTALL_DIR=$scratch/bin sh "$scratch/v$version/install.sh" > /dev/null
check installer "$scratch/bin/clarlint"
grep -q 'sha256 "[0-9a-f]\{64\}"' "$scratch/v$version/clarlint.rb"
echo tampered >> "$scratch/v$version/clarlint-v$version-x86_64-unknown-linux-musl.tar.gz"
code=0
CLARLINT_INSTALL_DIR=$scratch/none sh "$scratch/v$version/install.sh" 2> "$scratch/said" || code=$?
test $code = 2 && test ! -e "$scratch/none" && grep -q "nothing was installed" "$scratch/said"
echo "ok: the installer refuses what has another checksum"
passed=$((passed + 1))

# npm: the packages of the other platforms are optional, and are not to be had here.
node "$here/npm/build.mjs" "$scratch/npm" "linux-x64=$program"
mkdir "$scratch/app"
cd "$scratch/npm"
npm pack --silent ./clarlint ./clarlint-linux-x64 > /dev/null
cd "$scratch/app"
npm init --yes > /dev/null
npm install --silent --offline --no-audit --no-fund ../npm/clarlint-linux-x64-*.tgz ../npm/clarlint-"$version".tgz
check npm "$PWD/node_modules/.bin/clarlint"
rm -r node_modules/clarlint-linux-x64
code=0
node_modules/.bin/clarlint 2> "$scratch/said" || code=$?
test $code = 2 && grep -q "clarlint-linux-x64 is not installed" "$scratch/said"
echo "ok: npm says which package is missing"
passed=$((passed + 1))
cd "$root"

if [ -n "$wheels" ]; then
    python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/pip" install --quiet --no-index --find-links "$wheels" clarlint
    check wheel "$scratch/venv/bin/clarlint"

    # pre-commit clones a repository and installs what stands in its root.
    export PIP_FIND_LINKS=$wheels PRE_COMMIT_HOME=$scratch/pre-commit
    git clone --quiet "$root" "$scratch/clone"
    cp "$root/pyproject.toml" "$root/.pre-commit-hooks.yaml" "$scratch/clone"
    "$scratch/venv/bin/pip" install --quiet pre-commit
    cp -r "$root/fixtures/projects/broken" "$scratch/project"
    cd "$scratch/project"
    git init --quiet
    git add .
    code=0
    "$scratch/venv/bin/pre-commit" try-repo "$scratch/clone" clarlint --all-files > "$scratch/said" 2>&1 || code=$?
    if [ $code != 1 ] || ! grep -q 'error\[syntax-error\]' "$scratch/said"; then
        cat "$scratch/said"
        exit 1
    fi
    echo "ok: pre-commit"
    passed=$((passed + 1))
fi
echo "$passed passed, 0 failed"
