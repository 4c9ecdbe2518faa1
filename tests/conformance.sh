#!/usr/bin/env bash
# The event store's tests against Amazon's DynamoDB Local instead of the embedded engine. Its jars come
# from Maven Central, once, into target/dynamodb-local; it keeps everything in memory, and ends with this
# script.
#
#   tests/conformance.sh [ARGUMENT…]     the arguments go to `cargo test`, for instance: -- --test-threads=8
#
# The exit code is that of the tests. Needs bash, Rust, a JDK or JRE from 17 on, and Maven; without Java or
# Maven nothing is tested, which is a failure only with CONFORMANCE_REQUIRED=1.
set -euo pipefail
export LC_ALL=C

readonly PATIENCE=60 PORTS_TO_TRY=5 OLDEST_JAVA=17
readonly TESTS=(cargo test -p event-store --test store --locked)

cd "$(dirname "$0")/.."
self=$PWD/tests/${0##*/}
pom=tests/conformance/pom.xml
jars=${CARGO_TARGET_DIR:-target}/dynamodb-local
work='' server='' port=''
trap finish EXIT
trap 'exit 130' INT TERM

main() {
  if [[ -z ${CONFORMANCE_ENCLOSED:-} ]]; then
    require_tools
    download
    build
    enclose "$@"
  fi
  work=$(mktemp -d)
  start
  say "testing against http://127.0.0.1:$port"
  EVENT_STORE_ENDPOINT=http://127.0.0.1:$port "${TESTS[@]}" "$@"
}

require_tools() {
  local tool
  for tool in java mvn; do
    command -v "$tool" >/dev/null || skip "there is no $tool on the PATH"
  done
  local release
  release=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.specification.version = //p')
  ((${release%%.*} >= OLDEST_JAVA)) || skip "DynamoDB Local needs Java $OLDEST_JAVA, this is $release"
}

# The pom beside the jars is the one that they were downloaded for. It comes last, so a download that was
# cut short is not taken for a whole one.
download() {
  if cmp -s "$pom" "$jars/pom.xml"; then
    say "DynamoDB Local is in $jars"
    return
  fi
  say "downloading DynamoDB Local into $jars"
  rm -rf "$jars"
  mkdir -p "$jars"
  mvn --batch-mode --quiet --strict-checksums --file "$pom" dependency:copy-dependencies \
    -DoutputDirectory="$(cd "$jars" && pwd)"
  cp "$pom" "$jars/pom.xml"
}

# While there is a network, and before the server starts.
build() {
  say "building the tests"
  "${TESTS[@]}" --no-run
}

# DynamoDB Local listens on every address of the machine and has no option against it. So this script
# starts anew where there is no other address than 127.0.0.1, in a network namespace of its own.
enclose() {
  if unshare --map-root-user --net ip link set lo up 2>/dev/null; then
    export CONFORMANCE_ENCLOSED=yes
    exec unshare --map-root-user --net bash -c 'ip link set lo up && exec "$@"' - "$self" "$@"
  fi
  say "there are no network namespaces here: DynamoDB Local will listen on every address"
}

start() {
  local try
  for ((try = 1; try <= PORTS_TO_TRY; try++)); do
    port=$(free_port)
    say "starting DynamoDB Local on port $port"
    java -Djava.library.path="$jars" -cp "$jars/*" \
      com.amazonaws.services.dynamodbv2.local.main.ServerRunner \
      -inMemory -sharedDb -disableTelemetry -port "$port" </dev/null >"$work/log" 2>&1 &
    server=$!
    ! answers || return 0
    stop
  done
  say "DynamoDB Local did not start"
  return 1
}

# Below the ports that the system hands out itself.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); listening "$port"; do :; done
  echo "$port"
}

# A server whose port another process took in the meantime ends by itself.
answers() {
  local deadline=$((SECONDS + PATIENCE))
  until listening "$port"; do
    kill -0 "$server" 2>/dev/null || return 1
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
  kill -0 "$server" 2>/dev/null
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

stop() {
  [[ -n $server ]] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=''
}

say() { echo "=== $*"; }

skip() {
  say "skipped: $*"
  [[ ${CONFORMANCE_REQUIRED:-} != 1 ]] || exit 1
  exit 0
}

finish() {
  local status=$?
  trap - EXIT
  stop
  if [[ $status != 0 && -e $work/log ]]; then
    say "the end of DynamoDB Local's log"
    tail -n 20 "$work/log"
  fi
  [[ -z $work ]] || rm -rf "$work"
  exit "$status"
}

main "$@"
