#!/usr/bin/env bash
# schemathesis against one `rollcall dev`, with the committed functions/openapi.json: every operation with requests that
# the document allows, that it does not allow, and in sequences that lead from one answer to the next request. All checks.
#
#   tests/schemathesis.sh [--seconds N] [ROLLCALL] [-- OPTIONS]
#
# N is the time that requests are made up for, 60 by default; ROLLCALL is the binary, target/debug/rollcall by default;
# OPTIONS go to `schemathesis run`, for example `--include-path /v1/users` or `--seed 7`. The exit code is the verdict.
# Needs bash, curl and Python with venv; the tool comes from PyPI, once, into a virtual environment under the target
# folder. Where there is no Python, it says so and ends well.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/servers.sh
source "$here/servers.sh"
target=${CARGO_TARGET_DIR:-$here/../target}
rollcall=$target/debug/rollcall seconds=60 options=()
while (($#)); do
  case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --) shift; options=("$@"); break ;;
    -*) echo "usage: $0 [--seconds N] [ROLLCALL] [-- OPTIONS]" >&2; exit 2 ;;
    *) rollcall=$1; shift ;;
  esac
done
[[ -x $rollcall ]] || { echo "there is no $rollcall: cargo build -p rollcall" >&2; exit 2; }
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  echo 'python3 with venv is not installed here: schemathesis is not run'
  exit 0
fi

venv=$(cd "$target" && pwd)/schemathesis
if ! cmp -s "$here/schemathesis/requirements.txt" "$venv/requirements.txt"; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/schemathesis/requirements.txt"
  cp "$here/schemathesis/requirements.txt" "$venv/requirements.txt"
fi

work=$(mktemp -d) backend=''
trap 'end_with $?' EXIT
trap 'exit 130' INT TERM

port=$(free_port)
api=http://127.0.0.1:$port
start_backend "$port" 60

# Somebody who may do everything, so that no operation ends at the door, and who is held back by no rate.
token=$("$rollcall" token --data "$work/data" --role owner --role replay_operator --tenant acme)
"$rollcall" limits set acme --commands 1000000/10 --queries 1000000/10 --shut-offs 1000000/10 --data "$work/data" >/dev/null
(umask 077 && sed "s|@TOKEN@|$token|; s|@HERE@|$here/schemathesis|" "$here/schemathesis/schemathesis.toml" >"$work/schemathesis.toml")

# It leaves things where it runs.
cd "$work"
"$venv/bin/schemathesis" --config-file "$work/schemathesis.toml" run "$here/../functions/openapi.json" \
  --url "$api" --max-time "$seconds" --no-color ${options[@]+"${options[@]}"}
