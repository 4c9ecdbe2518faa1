# shellcheck shell=bash
# Servers that a script starts, and the end of such a script. Sourced, not run.
#
# `start_backend` and `end_with` want of the script: `rollcall`, the binary; `work`, a folder of its own; and `backend`,
# which is the process of a running backend and empty otherwise.

# Below the ports that the system hands out itself, so that it is still free for a second start.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); listening "$port"; do :; done
  echo "$port"
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts `rollcall dev` on a port, and waits until it answers: so many seconds at most.
start_backend() {
  local port=$1 deadline=$((SECONDS + $2))
  "${rollcall:?}" dev --port "$port" --data "$work/data" </dev/null >>"${work:?}/console" 2>&1 &
  backend=$!
  until curl --silent --fail --output "$work/health" --max-time 5 "http://127.0.0.1:$port/healthz"; do
    kill -0 "$backend" 2>/dev/null || { echo 'the backend did not start' >&2; return 1; }
    ((SECONDS < deadline)) || { echo 'the backend did not answer' >&2; return 1; }
    sleep 0.1
  done
}

# Ends the backend, and the script with this status. What went well leaves nothing behind.
end_with() {
  local status=$1
  trap - EXIT
  if [[ -n $backend ]]; then
    kill -9 "$backend" 2>/dev/null || true
    wait "$backend" 2>/dev/null || true
  fi
  if [[ $status = 0 ]]; then
    rm -rf "$work"
  else
    echo
    echo "Everything is in $work; the end of the console and of the log, and the last errors:"
    tail -n 5 "$work/console" "$work/data/log.ndjson" 2>/dev/null || true
    grep '"level":"ERROR"' "$work/data/log.ndjson" 2>/dev/null | tail -n 5 || true
  fi
  exit "$status"
}
