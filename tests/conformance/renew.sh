#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Writes the decisions of all cases anew when images or the library have changed, and with them the digests;
# stops at the first case in which anything else has changed. From the root: `make conformance; sh tests/conformance/renew.sh`.
B=${B:-build}
cases=tests/conformance made=$(mktemp) || exit 1
trap 'rm -f "$made"' EXIT
undated() { sed 's/"source":"[0-9a-f]*","program":"[0-9a-f]*"/"source":"","program":""/g' "$1"; }

B=$B sh tests/conformance/run.sh images >"$made" || { cat "$made"; exit 1; }
for decisions in "$cases"/*.decisions.jsonl; do
  name=$(basename "$decisions" .decisions.jsonl)
  "$B/tests/conformance_runner" "$B/conformance" "$cases" "$name" >"$made" || exit 1
  if [ "$(undated "$made")" != "$(undated "$decisions")" ]; then
    echo "$name: more has changed than digests; nothing is written. Find out why:"
    diff "$decisions" "$made" | head -4
    exit 1
  fi
  cp "$made" "$decisions"
done
