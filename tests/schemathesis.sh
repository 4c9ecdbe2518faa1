#!/usr/bin/env bash
# schemathesis against one `rollcall dev`, with the committed functions/openapi.json: every operation with requests that
# the document allows, that it does not allow, and in sequences that lead from one answer to the next request. All checks.
#
#   tests/schemathesis.sh [--seed N] [ROLLCALL] [-- OPTIONS]
#
# The same seed makes up the same requests, but for the ids that the backend gives; it is 1 if nothing is said. ROLLCALL is
# the binary, target/debug/rollcall by default. OPTIONS go to `schemathesis run`: `--max-examples 100`, which is ten times
# the usual ones, or `--phases fuzzing --include-path /v1/users` for a part. The exit code is the verdict. Needs bash, curl,
# timeout and Python with venv; the tool comes from PyPI, once, into a virtual environment under the target folder. Where
# there is no Python, it says so and ends well.
set -euo pipefail
export LC_ALL=C

# Seconds; nothing that is well takes so long.
readonly LIMIT=600

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/servers.sh
source "$here/servers.sh"
target=${CARGO_TARGET_DIR:-$here/../target}
rollcall=$target/debug/rollcall seed=1 options=()
while (($#)); do
  case $1 in
    --seed) seed=$2; shift 2 ;;
    --) shift; options=("$@"); break ;;
    -*) echo "usage: $0 [--seed N] [ROLLCALL] [-- OPTIONS]" >&2; exit 2 ;;
    *) rollcall=$1; shift ;;
  esac
done
[[ -x $rollcall ]] || { echo "there is no $rollcall: cargo build -p rollcall" >&2; exit 2; }
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  echo 'python3 with venv is not installed here: schemathesis is not run'
  exit 0
fi

mkdir -p "$target"
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

# Somebody who may do everything, so that no operation ends at the door, and who is held back by no rate. The tenant is none
# that a request could set limits for by chance.
tenant=schemathesis
token=$("$rollcall" token --data "$work/data" --role owner --role replay_operator --tenant "$tenant")
"$rollcall" limits set "$tenant" --commands 1000000/10 --queries 1000000/10 --shut-offs 1000000/10 --data "$work/data" \
  >/dev/null
# With options it may be a part only.
whole=true
((${#options[@]})) && whole=false
(umask 077 && sed "s|@TOKEN@|$token|; s|@HERE@|$here/schemathesis|; s|@WHOLE@|$whole|" \
  "$here/schemathesis/schemathesis.toml" >"$work/schemathesis.toml")

# The role of the examples, without which they are refused.
curl --silent --fail --output /dev/null --max-time 10 "$api/v1/roles" -H "Authorization: Bearer $token" \
  -H 'Idempotency-Key: engineer' -H 'Content-Type: application/json' --data '{ "name": "engineer" }'

# It leaves things where it runs. The order of Python's sets is a part of what the seed decides.
cd "$work"
PYTHONHASHSEED=0 timeout --kill-after 10 "$LIMIT" "$venv/bin/schemathesis" --config-file "$work/schemathesis.toml" \
  run "$here/../functions/openapi.json" --url "$api" --seed "$seed" --no-color ${options[@]+"${options[@]}"}
