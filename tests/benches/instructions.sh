#!/usr/bin/env bash
# Counts the instructions of one append and of one load, and compares them with instructions.txt.
#
#   tests/benches/instructions.sh            fails when a count has grown by more than 10 %
#   tests/benches/instructions.sh --record   writes instructions.txt anew
#
# Unlike a time, a count is nearly the same in every run, also on a busy machine.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v valgrind > /dev/null; then
    echo "valgrind is not installed: no instructions were counted."
    exit 0
fi

recorded=instructions.txt
tolerance=10
subjects="append-warm append-cold load sdk-put sdk-query"
# The difference of two runs is what the start of the program does not count in. It is a multiple of the
# snapshot interval, so that each count holds its share of snapshots.
few=16
many=112

cargo build --release --quiet --bin instructions
program="${CARGO_TARGET_DIR:-target}/release/instructions"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

instructions() { # subject, times
    if ! valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2> "$scratch/log"; then
        cat "$scratch/log" >&2
        return 1
    fi
    awk '/Collected/ { print $NF }' "$scratch/log"
}

for subject in $subjects; do
    least="$(instructions "$subject" "$few")"
    most="$(instructions "$subject" "$many")"
    echo "$subject $(((most - least) / (many - few)))" >> "$scratch/counted"
done

if [ "${1:-}" = --record ]; then
    cp "$scratch/counted" "$recorded"
    column -t "$recorded"
    exit 0
fi

# One table, and the exit status.
awk -v tolerance="$tolerance" '
    NR == FNR { was[$1] = $2; next }
    {
        printf "%-12s %10d", $1, $2
        if (!($1 in was)) { printf "   not recorded\n"; grown = 1; next }
        change = ($2 / was[$1] - 1) * 100
        printf "   %+6.1f %%\n", change
        if (change > tolerance) grown = 1
    }
    END { exit grown }
' "$recorded" "$scratch/counted" || {
    echo "Instructions have grown by more than $tolerance %. If that is meant: $0 --record, and commit $recorded." >&2
    exit 1
}
