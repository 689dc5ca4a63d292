# SPDX-License-Identifier: Apache-2.0
#
# Turns a page of the documentation into a golden case, so that every example in it runs:
#   awk -f tests/docs.awk docs/language.md >language.case
#
#   ```nuo …```              all of a page's blocks together have to compile: the page is a policy document
#   ```json events.jsonl     (any language, then a file name) is written to the scratch directory
#   ```console               lines after "$ " are commands; what follows is what they print, as on a terminal
#   ```console exit 3        the last of them ends with this status
# Other fences are only shown. The page itself lies in the scratch directory under its own name.

function flush_run(last) {
  if (!in_run) return
  if (expected != "") printf "-- stdout --\n%s", expected
  if (last && status != "") printf "-- exit --\n%s\n", status
  in_run = 0
}

BEGIN { page = ARGV[1]; name = page; sub(/.*\//, "", name) }

FNR == 1 {
  print "# the examples of " page
  print "-- run --"
  print "cp \"$ROOT/" page "\" " name
}

!in_fence && /^```/ {
  in_fence = 1
  info = substr($0, 4)
  count = split(info, word, /[ \t]+/)
  status = word[1] == "console" && word[2] == "exit" ? word[3] : ""
  kind = word[1] == "console" ? "console" : count >= 2 ? "file" : "shown"
  is_code = word[1] == "nuo" && count == 1
  if (is_code) has_policy = 1
  if (kind == "file") print "-- file " word[2] " --"
  next
}
in_fence && /^```[ \t]*$/ {
  if (kind == "console") flush_run(1)
  in_fence = 0
  next
}
in_fence && is_code && /^(rule|规则) / { rules++ }
in_fence && is_code && /^(duty|义务) / { duties++ }
in_fence && kind == "file" { print; next }
in_fence && kind == "console" && /^\$ / {
  flush_run(0)
  print "-- run --"
  print "{ " substr($0, 3)
  print "} 2>&1"
  in_run = 1
  expected = ""
  next
}
in_fence && kind == "console" && in_run { expected = expected $0 "\n" }

END {
  if (has_policy) printf "-- run --\nnuo check %s 2>&1\n-- stdout --\n%s: good, rules: %d%s\n", name, name, rules, (duties ? ", duties: " duties : "")
}
