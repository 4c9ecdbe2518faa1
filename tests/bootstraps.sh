#!/usr/bin/env bash
# The functions as they are deployed: release binaries, each a process under AWS's Lambda Runtime Interface
# Emulator, on DynamoDB Local and ElasticMQ. Builds the functions for x86_64, gets the emulator, and runs the
# suite `bootstraps` of tests/conformance.sh.
#
#   tests/bootstraps.sh [ARGUMENT…]
#
#   ARGUMENT   goes to `cargo test`, for instance: -- a_panic
#
# The emulator is in the wheel of aws-sam-cli on PyPI and comes into the target folder, once. Needs what
# infra/build and tests/conformance.sh need, on x86_64; without it nothing is tested, which is a failure only
# with CONFORMANCE_REQUIRED=1.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly SAM_CLI=1.170.0 EMULATOR=samcli/local/rapid/aws-lambda-rie-x86_64
readonly CHECKSUM=6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5
target=${CARGO_TARGET_DIR:-target}
rie=$target/aws-lambda-rie-$SAM_CLI

main() {
  [[ $(uname -sm) = 'Linux x86_64' ]] || skip "the emulator is taken for Linux on x86_64, this is $(uname -sm)"
  local tool
  for tool in java mvn python3; do
    command -v "$tool" >/dev/null || skip "there is no $tool on the PATH"
  done
  infra/build x86_64 --package yardsticks --locked
  get_emulator
  target=$(cd "$target" && pwd)
  export BOOTSTRAPS=$target/lambda LAMBDA_RIE=$target/aws-lambda-rie-$SAM_CLI
  exec tests/conformance.sh bootstraps "$@"
}

# Nothing of the wheel but the emulator is used, so nothing else is installed.
get_emulator() {
  is_whole "$rie" && return
  echo "=== getting the emulator out of aws-sam-cli $SAM_CLI"
  local wheel=$target/sam-cli-wheel
  rm -rf "$wheel"
  python3 -m pip --quiet --disable-pip-version-check download --no-deps --only-binary :all: \
    --dest "$wheel" "aws-sam-cli==$SAM_CLI"
  python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
    "$wheel"/*.whl "$EMULATOR" >"$rie"
  rm -rf "$wheel"
  is_whole "$rie" || {
    echo "=== what came is not the emulator of aws-sam-cli $SAM_CLI" >&2
    exit 1
  }
  chmod +x "$rie"
}

is_whole() { sha256sum --check --status <<<"$CHECKSUM  $1" 2>/dev/null; }

skip() {
  echo "=== bootstraps: skipped: $*"
  [[ ${CONFORMANCE_REQUIRED:-} != 1 ]] || exit 1
  exit 0
}

main "$@"
