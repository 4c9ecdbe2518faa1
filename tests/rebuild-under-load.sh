#!/usr/bin/env bash
# The directory of users is rebuilt from the events, verified whole and put in place of the old one, while up to
# 50 commands and 50 queries a second go on, and through two kill -9: one while it is built, one while it is
# verified. No query fails or goes back in time, and afterwards every row is what a fresh fold of its events says.
#
#   tests/rebuild-under-load.sh [CARGO-OPTION...]     such as --release
#
# Prints figures; the exit code is the verdict. Takes two to three minutes, most of it waiting for what the killed
# workers had taken to be delivered again. The load is infra/cli/tests/dev/under_load.rs; cargo is all it needs.
set -euo pipefail

cd "$(dirname "$0")/.."
exec cargo test "$@" --workspace --test dev -- --ignored --nocapture --exact \
  under_load::queries_neither_fail_nor_go_back_in_time_while_a_read_model_is_rebuilt
