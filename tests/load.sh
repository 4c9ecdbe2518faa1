#!/usr/bin/env bash
# 64 clients of four tenants for a minute against one `rollcall dev`, four queries to a command, and then as many at the
# bare engine, in the same run. Prints throughput, latency and memory; the exit code is the verdict: 1 if a request was
# not answered as it should be, or if the memory grew.
#
#   tests/load.sh [--short] [ROLLCALL [LOAD]]
#
# ROLLCALL and LOAD are the binaries, target/debug/rollcall and target/debug/load by default. --short takes 20 seconds
# instead of a minute. Needs bash and curl.
set -euo pipefail
export LC_ALL=C

readonly TENANTS=4 CLIENTS_OF_EACH=16 PATIENCE=60

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/servers.sh
source "$here/servers.sh"
binaries=() seconds=60 bare=15 warm_up=5
for argument in "$@"; do
  case $argument in
    --short) seconds=20 bare=8 warm_up=3 ;;
    -*) echo "usage: $0 [--short] [ROLLCALL [LOAD]]" >&2; exit 2 ;;
    *) binaries+=("$argument") ;;
  esac
done
rollcall=${binaries[0]:-$here/../target/debug/rollcall}
load=${binaries[1]:-$(dirname "$rollcall")/load}
[[ -x $rollcall ]] || { echo "there is no $rollcall: cargo build -p rollcall" >&2; exit 2; }
[[ -x $load ]] || { echo "there is no $load: cargo build -p acceptance --bin load" >&2; exit 2; }

work=$(mktemp -d) backend=''
trap 'end_with $?' EXIT
trap 'exit 130' INT TERM

main() {
  local port tokens='' tenant
  port=$(free_port)
  start_backend "$port" "$PATIENCE"
  for ((tenant = 1; tenant <= TENANTS; tenant++)); do
    # The limits are not what is looked at here.
    "$rollcall" limits set "tenant$tenant" --data "$work/data" \
      --commands 1000000/60 --queries 1000000/60 --shut-offs 1000000/60 >>"$work/limits"
    for ((client = 1; client <= CLIENTS_OF_EACH; client++)); do
      tokens+="$("$rollcall" token --data "$work/data" --tenant "tenant$tenant" --subject "client$client" --role owner) "
    done
  done
  local dynamodb
  dynamodb=$(sed -n 's/.*"dynamodb": "\([^"]*\)".*/\1/p' "$work/data/addresses.json")
  LOAD_API=127.0.0.1:$port LOAD_DYNAMODB=$dynamodb LOAD_PID=$backend LOAD_TOKENS=$tokens \
    LOAD_WARM_UP=$warm_up LOAD_SECONDS=$seconds LOAD_BARE_SECONDS=$bare "$load"
  local errors
  errors=$(grep -c '"level":"ERROR"' "$work/data/log.ndjson" || true)
  echo "errors in the log  $errors"
  [[ $errors = 0 ]]
}

main
