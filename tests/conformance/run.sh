#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh WAY: decides all cases by one way, compares, prints the differences and, last, "RESULT passed failed":
#   images     compiles the policies to $B/conformance, which all other ways but `run` need
#   c          the C library       run    nuo run        serve    nuo serve
# Called by tests/run.sh with B set, and with CASES and IMAGES for other folders; README.md says what a case is.
B=${B:-build}
cases=${CASES:-tests/conformance} images=${IMAGES:-$B/conformance} out=$B/results/conformance
passed=0 failed=0
mkdir -p "$images" "$out" || exit 1

each() { for events in "$cases"/*.events.jsonl; do name=$(basename "$events" .events.jsonl); "$@"; done; }
policy() { ls "$cases/$name$1.nuo" "$cases/$name$1.nuo.md" 2>/dev/null; }
holds() { passed=$((passed + 1)); }
fails() {
  failed=$((failed + 1))
  echo "$name: $1"
}

compile() {
  for part in '' .with; do
    source=$(policy $part)
    image=$images/$name$part.nuoi
    [ -n "$source" ] || continue
    if [ -z "$(find "$image" -newer "$source" -newer "$B/nuo" 2>/dev/null)" ]; then
      "$B/nuo" build -o "$image" "$source" 2>"$out/said" || { rm -f "$image"; fails "does not compile"; cat "$out/said"; return; }
    fi
  done
  holds
}

undated() { sed 's/"source":"[0-9a-f]*","program":"[0-9a-f]*"//g' "$1"; }
# Of two files of lines: the first that differs.
differ() {
  if cmp -s "$1" "$2"; then
    holds
  elif [ "$(undated "$1")" = "$(undated "$2")" ]; then
    fails "only digests differ, because images or the library have changed: sh tests/conformance/renew.sh"
  else
    fails "decided otherwise"
    diff "$1" "$2" | sed -n 's/^</  expected/p; s/^>/  decided /p' | head -2
  fi
}

# The name of the file of events is told in refusals.
by_run() {
  until=
  [ -f "$cases/$name.until" ] && until="--until $(cut -d' ' -f2 "$cases/$name.until")"
  second=$(policy .with)
  "$B/nuo" run -q $until ${second:+--with "$second"} "$(policy)" "$cases/$name.events.jsonl" 2>"$out/said" |
    sed 's/^\({"refused":.*\),"file":"[^"]*",\("line":[0-9]*,"offset":[0-9]*}\)$/\1,\2/' >"$out/got"
  differ "$cases/$name.decisions.jsonl" "$out/got"
}

# Time does not pass behind the last event: of what is left nothing comes from an event itself.
by_serve() {
  second=$images/$name.with.nuoi
  [ -f "$second" ] || second=
  "$B/nuo" serve --listen "unix:$out/socket" ${second:+--with "$second"} "$images/$name.nuoi" >"$out/said" 2>&1 &
  server=$!
  "$B/tests/request_runner" "$out/socket" POST /v1/decide 'Content-Type: application/x-ndjson' \
    <"$cases/$name.events.jsonl" | sed 1d >"$out/got"
  kill "$server"
  wait "$server" 2>/dev/null
  lines=$(wc -l <"$out/got")
  if [ -f "$cases/$name.until" ] && ! sed "1,${lines}d" "$cases/$name.decisions.jsonl" | grep -qvE '"deadline":true|"caused_by":'; then
    head -n "$lines" "$cases/$name.decisions.jsonl" >"$out/want"
  else
    cp "$cases/$name.decisions.jsonl" "$out/want"
  fi
  differ "$out/want" "$out/got"
}

case $1 in
  images) each compile ;;
  run) each by_run ;;
  serve) each by_serve ;;
  c) exec "$B/tests/conformance_runner" "$images" "$cases" ;;
  *) echo "run.sh images|c|run|serve" >&2; exit 2 ;;
esac
echo "RESULT $passed $failed"
[ $failed -eq 0 ]
