#!/usr/bin/env bash
# The console in a browser: tests/console against one `rollcall dev`, each screen with its failures, in light and dark, at
# 200 % and at the width of a phone, with axe.
#
#   tests/console.sh [ROLLCALL] [-- OPTIONS]
#
# ROLLCALL is the binary, target/debug/rollcall by default; OPTIONS go to `node --test`, for example
# `--test-name-pattern parked`. CONSOLE_SHOTS names a folder for screenshots of every screen, CHROMIUM the browser. The exit
# code is the verdict. Needs bash, curl, node 20 and Chromium; what the tests use comes from npm, once, into the target
# folder. Where there is no node or no Chromium, it says so and ends well.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/servers.sh
source "$here/servers.sh"
target=${CARGO_TARGET_DIR:-$here/../target}
rollcall=$target/debug/rollcall options=()
while (($#)); do
  case $1 in
    --) shift; options=("$@"); break ;;
    -*) echo "usage: $0 [ROLLCALL] [-- OPTIONS]" >&2; exit 2 ;;
    *) rollcall=$1; shift ;;
  esac
done
[[ -x $rollcall ]] || { echo "there is no $rollcall: cargo build -p rollcall" >&2; exit 2; }
rollcall=$(cd "$(dirname "$rollcall")" && pwd)/${rollcall##*/}
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}
if ! command -v npm >/dev/null || ! node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null; then
  echo 'node 20 with npm is not installed here: the console is not looked at'
  exit 0
fi
if [[ -z $chromium ]]; then
  echo 'Chromium is not installed here: the console is not looked at'
  exit 0
fi

# The tests run from a copy, beside what they use: nothing is left in the tree.
mkdir -p "$target/console"
tests=$(cd "$target/console" && pwd)
if ! cmp -s "$here/console/package-lock.json" "$tests/installed.json"; then
  cp "$here/console/package.json" "$here/console/package-lock.json" "$tests"
  npm ci --prefix "$tests" --ignore-scripts --no-audit --no-fund --loglevel error
  cp "$here/console/package-lock.json" "$tests/installed.json"
fi
rm -rf "$tests/support" "$tests"/*.test.mjs
cp -r "$here/console/support" "$here/console"/*.test.mjs "$tests"

work=$(mktemp -d) backend=''
trap 'end_with $?' EXIT
trap 'exit 130' INT TERM

port=$(free_port)
api=http://127.0.0.1:$port
start_backend "$port" 60

cd "$tests"
CONSOLE_API=$api CONSOLE_ROLLCALL=$rollcall CONSOLE_DATA=$work/data CONSOLE_CHROMIUM=$chromium \
  node --test --test-concurrency=3 ${options[@]+"${options[@]}"} ./*.test.mjs
