#!/usr/bin/env bash
# Suites of tests against servers that others wrote, instead of what is embedded here. The servers' jars come
# from Maven Central, once, into the target folder; the servers run one after the other, keep everything in
# memory, and end with this script.
#
#   tests/conformance.sh [SUITE] [ARGUMENT…]
#
#   SUITE       one of these instead of all:
#                 store   the event store, on Amazon's DynamoDB Local
#                 queue   the queue and what stands around it, on ElasticMQ
#                 smtp    the sending of mail, on GreenMail
#                 bootstraps   the release binaries, on DynamoDB Local and ElasticMQ; not one of all, because
#                         tests/bootstraps.sh has to build them first
#   ARGUMENT    goes to `cargo test`, for instance: -- --test-threads=8
#
# CONFORMANCE_SKIP names servers to do without (dynamodb-local, or dynamodb for short; elasticmq; greenmail):
# they are neither downloaded nor started, and suites that need them are skipped.
#
# The exit code is that of the tests. Needs bash, Rust, a JDK or JRE from 17 on, and Maven; without Java or
# Maven nothing is tested, which is a failure only with CONFORMANCE_REQUIRED=1.
set -euo pipefail
export LC_ALL=C

readonly PATIENCE=60 PORTS_TO_TRY=5 OLDEST_JAVA=17

# Each with its servers, and with the tests as `cargo test` is told of them: as parts of the workspace, whose
# dependencies with all their features are built already where its tests were run.
readonly SUITES=(
  'store dynamodb-local --workspace --test store'
  'queue elasticmq --workspace --test sqs'
  'smtp greenmail --workspace --test smtp'
  'bootstraps dynamodb-local+elasticmq --workspace --test bootstraps'
)

cd "$(dirname "$0")/.."
# shellcheck source=tests/servers.sh
source tests/servers.sh
self=$PWD/tests/${0##*/}
unwanted=" ${CONFORMANCE_SKIP:-} "
unwanted=${unwanted//,/ }
work='' name='' server='' servers=() ports=() chosen=()
trap finish EXIT
trap 'exit 130' INT TERM

main() {
  local only='' suite
  if (($# > 0)) && [[ $1 != -* ]]; then
    only=$1
    shift
  fi
  choose "$only"
  if [[ -z ${CONFORMANCE_ENCLOSED:-} ]]; then
    require_tools
    for suite in "${chosen[@]}"; do
      for name in $(servers_of "$suite"); do download "$name"; done
      build "$suite"
    done
    enclose ${only:+"$only"} "$@"
  fi
  work=$(mktemp -d)
  for suite in "${chosen[@]}"; do
    conform "$suite" "$@"
  done
  say "all of it passed: $(names "${chosen[@]}")"
}

# Which suites there are to run, in `chosen`. A name that is not known might be one that is misspelt, and
# then something would run, or not run, that should not.
choose() {
  local only=$1 suite word
  for word in $unwanted; do
    [[ " dynamodb dynamodb-local elasticmq greenmail " == *" $word "* ]] ||
      fail "CONFORMANCE_SKIP names $word, which is no server of these tests"
  done
  [[ -z $only || " $(names "${SUITES[@]}") " == *" $only "* ]] ||
    fail "there is no suite $only, only $(names "${SUITES[@]}")"
  [[ $only != bootstraps || -n ${BOOTSTRAPS:-} ]] ||
    fail "the suite bootstraps needs what tests/bootstraps.sh builds: run that"
  for suite in "${SUITES[@]}"; do
    [[ ${only:-${suite%% *}} == "${suite%% *}" ]] || continue
    [[ ${suite%% *} != bootstraps || -n ${BOOTSTRAPS:-} ]] || continue
    if is_unwanted "$suite"; then
      [[ -n ${CONFORMANCE_ENCLOSED:-} ]] || say "${suite%% *}: skipped, as CONFORMANCE_SKIP says"
    else
      chosen+=("$suite")
    fi
  done
  ((${#chosen[@]} > 0)) || exit 0
}

is_unwanted() {
  local server
  for server in $(servers_of "$1"); do
    [[ ${unwanted/ dynamodb / dynamodb-local } != *" $server "* ]] || return 0
  done
  return 1
}

# shellcheck disable=SC2086 # A suite is several words.
servers_of() {
  set -- $1
  echo "${2//+/ }"
}

# shellcheck disable=SC2086
tests_of() {
  set -- $1
  echo "${*:3} --locked"
}

names() { echo "${@%% *}"; }

require_tools() {
  local tool
  for tool in java mvn; do
    command -v "$tool" >/dev/null || skip "there is no $tool on the PATH"
  done
  local release
  release=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.specification.version = //p')
  ((${release%%.*} >= OLDEST_JAVA)) || skip "the servers need Java $OLDEST_JAVA, this is $release"
}

jars_of() { echo "${CARGO_TARGET_DIR:-target}/$1"; }

# The pom beside the jars is the one that they were downloaded for. It comes last, so a download that was
# cut short is not taken for a whole one.
download() {
  local pom=tests/conformance/$1.pom.xml jars
  jars=$(jars_of "$1")
  if cmp -s "$pom" "$jars/pom.xml"; then
    say "$1 is in $jars"
    return
  fi
  say "downloading $1 into $jars"
  rm -rf "$jars"
  mkdir -p "$jars"
  mvn --batch-mode --quiet --strict-checksums --file "$pom" dependency:copy-dependencies \
    -DoutputDirectory="$(cd "$jars" && pwd)"
  cp "$pom" "$jars/pom.xml"
}

# While there is a network, and before a server starts.
build() {
  say "building the tests of ${1%% *}"
  # shellcheck disable=SC2046
  cargo test $(tests_of "$1") --no-run
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

# Runs a suite on its server.
conform() {
  local suite=$1 arguments
  shift
  for name in $(servers_of "$suite"); do
    start
    say "${suite%% *}: $name is on 127.0.0.1, port ${ports[*]}"
    case $name in
      dynamodb-local) export EVENT_STORE_ENDPOINT=http://127.0.0.1:${ports[0]} ;;
      elasticmq) export SQS_ENDPOINT=http://127.0.0.1:${ports[0]} ;;
      greenmail) export SMTP_ENDPOINT=smtp://127.0.0.1:${ports[0]} POP3_ENDPOINT=127.0.0.1:${ports[1]} ;;
    esac
  done
  read -ra arguments <<<"$(tests_of "$suite")"
  arguments+=("$@")
  case ${suite%% *} in
    smtp | bootstraps)
      # Nothing is embedded that these tests could run on, so they are ignored unless they are asked for.
      [[ " ${arguments[*]} " == *" -- "* ]] || arguments+=(--)
      arguments+=(--ignored)
      ;;
  esac
  cargo test "${arguments[@]}"
  stop
}

start() {
  local try
  for ((try = 1; try <= PORTS_TO_TRY; try++)); do
    ports=("$(free_port)")
    [[ $name != greenmail ]] || ports+=("$(free_port)")
    say "starting $name on port ${ports[*]}"
    "launch_$name" "$(jars_of "$name")" "${ports[@]}" </dev/null >"$work/$name.log" 2>&1 &
    server=$!
    servers+=("$server")
    ! answers || return 0
    kill "$server" 2>/dev/null || true
  done
  say "$name did not start"
  return 1
}

launch_dynamodb-local() {
  exec java -Djava.library.path="$1" -cp "$1/*" com.amazonaws.services.dynamodbv2.local.main.ServerRunner \
    -inMemory -sharedDb -disableTelemetry -port "$2"
}

launch_elasticmq() {
  exec java -Drest-sqs.bind-hostname=127.0.0.1 -Drest-sqs.bind-port="$2" -Drest-stats.enabled=false \
    -Dnode-address.host=127.0.0.1 -Dnode-address.port="$2" -Daws.region=local -Daws.accountId=000000000000 \
    -cp "$1/*" org.elasticmq.server.Main
}

launch_greenmail() {
  # Java 17 reads what comes over the wire in the locale's character set, which is ASCII here.
  exec java -Dfile.encoding=UTF-8 -Dgreenmail.smtp.hostname=127.0.0.1 -Dgreenmail.smtp.port="$2" \
    -Dgreenmail.pop3.hostname=127.0.0.1 -Dgreenmail.pop3.port="$3" -Dgreenmail.auth.disabled \
    -cp "$1/*" com.icegreen.greenmail.standalone.GreenMailStandaloneRunner
}

# A server whose port another process took in the meantime ends by itself.
answers() {
  local deadline=$((SECONDS + PATIENCE)) port
  for port in "${ports[@]}"; do
    until listening "$port"; do
      kill -0 "$server" 2>/dev/null || return 1
      ((SECONDS < deadline)) || return 1
      sleep 0.1
    done
  done
  kill -0 "$server" 2>/dev/null
}

stop() {
  for server in ${servers[@]+"${servers[@]}"}; do
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  done
  servers=()
}

say() { echo "=== $*"; }

skip() {
  say "skipped: $*"
  [[ ${CONFORMANCE_REQUIRED:-} != 1 ]] || exit 1
  exit 0
}

fail() {
  say "$*" >&2
  exit 2
}

finish() {
  local status=$?
  trap - EXIT
  stop
  if [[ $status != 0 && -n $work ]]; then
    local log
    for log in "$work"/*.log; do
      [[ -e $log ]] || continue
      say "the end of ${log##*/}"
      tail -n 20 "$log"
    done
  fi
  [[ -z $work ]] || rm -rf "$work"
  exit "$status"
}

main "$@"
