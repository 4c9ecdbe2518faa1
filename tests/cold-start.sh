#!/usr/bin/env bash
# How long functions take from their start to their first answer, beside a bare function built with them, and
# beside a Node.js one where Node.js is installed. See tests/cold-start/README.md.
#
#   tests/cold-start.sh [--quick]
#
#   --quick   seven starts each instead of 20, without Node.js; an HTTP function that takes more than twice as
#             long as the bare one is a failure
#
# Needs what infra/build needs, on x86_64.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly target=${CARGO_TARGET_DIR:-target} node=tests/cold-start/node

if [[ $(uname -sm) != 'Linux x86_64' ]]; then
  echo "=== cold-start: skipped: the functions are built for Linux on x86_64, this is $(uname -sm)"
  exit 0
fi
if ! command -v python3 >/dev/null; then
  echo '=== cold-start: skipped: there is no python3 on the PATH'
  exit 0
fi

infra/build x86_64 --package yardsticks --locked
cargo build --package cold-start --locked
measure=("$target/debug/cold-start" "$target/lambda")
if [[ ${1:-} = --quick ]]; then
  exec "${measure[@]}" --runs 7 --at-most 2
fi
if command -v npm >/dev/null; then
  mkdir -p "$target/cold-start-node"
  cp "$node"/* "$target/cold-start-node"
  npm --prefix "$target/cold-start-node" install --silent --no-audit --no-fund --ignore-scripts
  measure+=(--node "$target/cold-start-node/index.mjs")
else
  echo '=== there is no npm on the PATH: without Node.js'
fi
exec "${measure[@]}"
