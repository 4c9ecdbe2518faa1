#!/usr/bin/env bash
# 300 users from 16 clients at once against one `rollcall dev`, until all of them are provisioned; then
# everything is counted. With --kill the backend gets a kill -9 twice, in the middle of the creates and in
# the middle of the mails, and is started again each time.
#
#   tests/300-users.sh [--kill] [ROLLCALL]     ROLLCALL is the binary, target/debug/rollcall by default
#
# Prints figures; the exit code is the verdict. Needs bash, curl, grep, sed, awk, xargs, sort and uniq.
set -euo pipefail
export LC_ALL=C

readonly CLIENTS=16 KILL_AFTER=100 PATIENCE=120
# What provisioning a user with two roles comes to, whatever happened on the way.
readonly EVENTS_EACH=11 COMMITS_EACH=5 STEPS_EACH=3

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/servers.sh
source "$here/servers.sh"
rollcall=$here/../target/debug/rollcall kill_it=no
for argument in "$@"; do
  case $argument in
    --kill) kill_it=yes ;;
    -*) echo "usage: $0 [--kill] [ROLLCALL]" >&2; exit 2 ;;
    *) rollcall=$argument ;;
  esac
done
[[ -x $rollcall ]] || { echo "there is no $rollcall: cargo build -p rollcall" >&2; exit 2; }

fixture=$here/fixtures/users.ndjson
users=$(awk 'END { print NR }' "$fixture")
work=$(mktemp -d) api='' backend='' clients='' failures=0 kills=0
mkdir "$work"/{created,repeated,streams,streams-again}
trap 'finish $?' EXIT
trap 'exit 130' INT TERM

main() {
  port=$(free_port) api=http://127.0.0.1:$port
  start_backend "$port" "$PATIENCE"
  write_curl_settings
  # Nobody waits here for what a single client may ask for.
  "$rollcall" limits set demo --data "$work/data" --commands 1000000/60 --queries 1000000/60 >"$work/limits"
  for role in engineer oncall billing support; do create_role "$role"; done

  began=$(now)
  create_all created &
  clients=$!
  [[ $kill_it = no ]] || kill_when "$KILL_AFTER" count_created
  wait "$clients" || fail "not every user was created"
  clients='' created=$(now)
  [[ $kill_it = no ]] || kill_when "$KILL_AFTER" count_mails
  wait_until_provisioned
  provisioned=$(now)

  check_answers
  check_steps
  check_directory
  check_mails
  check_streams
  check_repetition
  check_dead_letters
  check_the_end
  figures
  [[ $failures = 0 ]]
}

# --- The backend ---------------------------------------------------------------------------------------

# Kills the backend as soon as there are so many of what is counted, and starts it again.
kill_when() {
  local deadline=$((SECONDS + PATIENCE))
  until (($($2) >= $1)); do
    ((SECONDS < deadline)) || give_up "too few for the kill: $($2) by $2"
    sleep 0.05
  done
  kill -9 "$backend"
  wait "$backend" 2>/dev/null || true
  local killed
  killed=$(now) kills=$((kills + 1))
  local stood="$(count_created) creates answered, $(count_mails) mails sent"
  start_backend "$port" "$PATIENCE"
  echo "$(seconds "$began" "$killed") s, with $stood; answering again $(seconds "$killed" "$(now)") s later" \
    >>"$work/kills"
}

# --- The clients ---------------------------------------------------------------------------------------

# In a file: what stands in arguments is seen by everyone on the machine.
write_curl_settings() {
  (umask 077 && printf 'silent\nshow-error\nmax-time = 30\nheader = "Authorization: Bearer %s"\n' \
    "$("$rollcall" token --data "$work/data" --role owner)" >"$work/curl")
}

create_role() {
  local status
  status=$(curl --config "$work/curl" --output "$work/role" --write-out '%{http_code}' \
    --header 'Content-Type: application/json' --data "{\"name\":\"$1\"}" "$api/v1/roles")
  [[ $status = 201 ]] || give_up "the role $1 was not created: $(<"$work/role")"
}

# One process for each line of the fixture, so many of them at a time. 255 tells xargs to stop.
create_all() {
  awk '{ print NR }' "$fixture" | xargs -n 1 -P "$CLIENTS" bash -c 'create_user "$0" "$1" || exit 255' "$1"
}

# A client that gets no answer sends the same request again, under the same key.
create_user() {
  local folder=$1 line=$2 status deadline=$((SECONDS + PATIENCE))
  while [[ -d $work ]] && ((SECONDS < deadline)); do
    status=$(sed -n "${line}p" "$fixture" | curl --config "$work/curl" --output "$work/answer.$line" \
      --write-out '%{http_code}' --header "Idempotency-Key: user-$line" \
      --header 'Content-Type: application/json' --data-binary @- "$api/v1/users" 2>"$work/refused.$line") ||
      status=none
    case $status in
      202) mv "$work/answer.$line" "$work/$folder/$line"; return ;;
      none | 503) sleep 0.2 ;;
      *) break ;;
    esac
  done
  echo "user $line was not created: $status $(cat "$work"/{answer,refused}."$line" 2>/dev/null)" >&2
  return 1
}
export -f create_user
export api fixture work PATIENCE

wait_until_provisioned() {
  local deadline=$((SECONDS + PATIENCE))
  ids created | awk '{ print $2 }' >"$work/ids"
  cp "$work/ids" "$work/left"
  until [[ ! -s $work/left ]]; do
    ((SECONDS < deadline)) || give_up "$(awk 'END { print NR }' "$work/left") users were not provisioned in time"
    sleep 0.5
    provisioning <"$work/left" | sed -n '/"status":"pending_confirmation"/!s/.*"userId":"\([^"]*\)".*/\1/p' \
      >"$work/still-left"
    mv "$work/still-left" "$work/left"
  done
}

# The provisioning status of the users whose ids come in, one JSON object a line.
provisioning() {
  sed "s|.*|url = $api/v1/users/&/provisioning|" | curl --config "$work/curl" --write-out '\n' --config -
}

# --- The counting --------------------------------------------------------------------------------------

check_answers() {
  expect "users created, each with an id of its own" "$users" "$(sort -u "$work/ids" | awk 'END { print NR }')"
}

check_steps() {
  provisioning <"$work/ids" | grep -o '"state":"[a-z]*"' | sort | uniq -c >"$work/steps"
  expect "steps, all of them succeeded" "$((users * STEPS_EACH)) \"state\":\"succeeded\"" \
    "$(awk '{ print $1, $2 }' "$work/steps")"
}

check_directory() {
  local next='' page=$work/page
  : >"$work/listed"
  while :; do
    curl --config "$work/curl" --output "$page" "$api/v1/users?status=pending_confirmation&limit=200$next"
    grep -o '"id":"[^"]*"' "$page" | awk -F '"' '{ print $4 }' >>"$work/listed" || true
    next=$(sed -n 's/.*"next":"\([^"]*\)".*/\&cursor=\1/p' "$page")
    [[ -n $next ]] || break
  done
  expect "users listed as pending_confirmation" "$(sort "$work/ids")" "$(sort "$work/listed")"
}

# Which user a mail is for stands in its Message-ID. The text has the link on a line of its own; in the
# HTML it is quoted-printable, with an = in it.
check_mails() {
  awk '
    function told() { print (id == "" || link == "" ? "unreadable" : id " " link) }
    { sub(/\r$/, "") }
    FNR == 1 { if (NR > 1) told(); id = link = "" }
    /^Message-ID: </ { id = substr($0, 14); sub(/[.].*/, "", id) }
    /^http.*\/confirm[?]token=[^=]*$/ { link = $0 }
    END { told() }' "$work"/data/outbox/*.eml | sort >"$work/mails"
  expect "users who were sent a mail" "$(sort "$work/ids")" "$(awk '{ print $1 }' "$work/mails" | uniq)"
  expect "links, one for each user however often it was sent" "$users $users" \
    "$(uniq "$work/mails" | awk 'END { print NR }') $(awk '{ print $2 }' "$work/mails" | sort -u | awk 'END { print NR }')"
  # A worker that dies between sending a mail and recording it is followed by one that sends the mail
  # again, with the identical link. One is in flight at a time.
  local extra
  extra=$(($(count_mails) - users))
  if ((extra <= kills)); then
    echo "ok    mails sent twice, at most one for each of $kills kills: $extra"
  else
    fail "mails sent twice, at most one for each of $kills kills: $extra"
  fi
}

check_streams() {
  show_streams streams
  expect "streams without a gap, with nothing in them twice" "$users" "$(whole_streams streams)"
}

show_streams() {
  xargs -n 1 -P 4 bash -c '"$0" events show "$3" --data "$1/data" --json >"$1/$2/$3"' \
    "$rollcall" "$work" "$1" <"$work/ids"
}

# How many streams are numbered 1, 2, 3 … in events and commits, and hold each event just once.
whole_streams() {
  awk -v events="$EVENTS_EACH" -v commits="$COMMITS_EACH" '
    function number(name) {
      match($0, "\"" name "\":[0-9]+")
      return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0
    }
    function close_stream() {
      if (seen && !broken && seen == events && commit == commits && created == 1 && done == 1) whole++
    }
    FNR == 1 { close_stream(); seen = commit = broken = created = done = 0 }
    {
      seen++
      if (number("sequence") != seen) broken = 1
      if (number("commit") != commit && number("commit") != ++commit) broken = 1
      if (/"type":"user.created"/) created++
      if (/"type":"user.provisioned"/) done++
    }
    END { close_stream(); print whole + 0 }' "$work/$1"/*
}

check_repetition() {
  create_all repeated || fail "not every create could be repeated"
  expect "ids when all creates are sent again under their keys" "$(ids created)" "$(ids repeated)"
  show_streams streams-again
  expect "streams after that" "$(cat "$work"/streams/*)" "$(cat "$work"/streams-again/*)"
  expect "mails after that" "$(awk 'END { print NR }' "$work/mails")" "$(count_mails)"
  check_directory
}

check_dead_letters() {
  local sqs
  sqs=$(sed -n 's/.*"sqs": "\([^"]*\)".*/\1/p' "$work/data/addresses.json")
  expect "dead letters" 0 "$(curl --silent --max-time 5 --header 'X-Amz-Target: AmazonSQS.GetQueueAttributes' \
    --header 'Content-Type: application/x-amz-json-1.0' --data "{\"AttributeNames\":[\"All\"],
      \"QueueUrl\":\"$sqs/000000000000/rollcall-steps-dead\"}" "$sqs" |
    sed -n 's/.*"ApproximateNumberOfMessages":"\([0-9]*\)".*/\1/p')"
}

check_the_end() {
  local status=0 deadline=$((SECONDS + PATIENCE))
  kill -TERM "$backend"
  while kill -0 "$backend" 2>/dev/null; do
    ((SECONDS < deadline)) || give_up "the backend did not end after SIGTERM"
    sleep 0.1
  done
  wait "$backend" || status=$?
  backend=''
  expect "exit code after SIGTERM" 0 "$status"
  expect "errors in the log" 0 "$(grep -c '"level":"ERROR"' "$work/data/log.ndjson" || true)"
}

figures() {
  echo
  echo "users                  $users, from $CLIENTS clients"
  echo "created in             $(seconds "$began" "$created") s, $(rate "$users" "$began" "$created") a second"
  [[ $kills = 0 ]] || sed 's/^/killed after           /' "$work/kills"
  echo "all provisioned after  $(seconds "$began" "$provisioned") s"
  echo "mails                  $(count_mails)"
}

# --- Small things --------------------------------------------------------------------------------------

# Line of the fixture and id, for each answer in a folder.
ids() {
  awk 'match($0, /"id":"[^"]*"/) { print FILENAME, substr($0, RSTART + 6, RLENGTH - 7) }' "$work/$1"/* |
    sed 's|.*/||' | sort -n
}

count_created() { find "$work/created" -type f | awk 'END { print NR }'; }
count_mails() { find "$work/data/outbox" -name '*.eml' | awk 'END { print NR }'; }
now() { echo "${EPOCHREALTIME:-$SECONDS}"; }
seconds() { awk -v from="$1" -v to="$2" 'BEGIN { printf "%.1f", to - from }'; }
rate() { awk -v n="$1" -v from="$2" -v to="$3" 'BEGIN { printf "%.0f", n / (to > from ? to - from : 1) }'; }

# Long values are compared whole and shown by their number of lines.
expect() {
  if [[ $2 = "$3" ]]; then
    echo "ok    $1: $(in_short "$3")"
  else
    fail "$1: $(in_short "$3") instead of $(in_short "$2")"
  fi
}

in_short() { awk 'NR == 1 { first = $0 } END { print (NR > 1 ? NR " lines" : first) }' <<<"$1"; }

fail() {
  echo "FAIL  $1"
  failures=$((failures + 1))
}

give_up() {
  fail "$1"
  exit 1
}

finish() {
  [[ -z $clients ]] || kill "$clients" 2>/dev/null || true
  end_with "$1"
}

main
