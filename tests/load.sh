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
trap finish EXIT
trap 'exit 130' INT TERM

main() {
  local port tokens='' tenant
  port=$(free_port)
  start "$port"
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

# Below the ports that the system hands out itself.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

start() {
  "$rollcall" dev --port "$1" --data "$work/data" </dev/null >>"$work/console" 2>&1 &
  backend=$!
  local deadline=$((SECONDS + PATIENCE))
  until curl --silent --fail --output "$work/health" --max-time 5 "http://127.0.0.1:$1/healthz"; do
    kill -0 "$backend" 2>/dev/null || { echo "the backend did not start" >&2; exit 1; }
    ((SECONDS < deadline)) || { echo "the backend did not answer" >&2; exit 1; }
    sleep 0.1
  done
}

finish() {
  local status=$?
  trap - EXIT
  if [[ -n $backend ]]; then
    kill -9 "$backend" 2>/dev/null || true
    wait "$backend" 2>/dev/null || true
  fi
  if [[ $status = 0 ]]; then
    rm -rf "$work"
  else
    echo
    echo "Everything is in $work; the end of the console and of the log:"
    tail -n 5 "$work/console" "$work/data/log.ndjson" 2>/dev/null || true
  fi
  exit "$status"
}

main
