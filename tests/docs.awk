# SPDX-License-Identifier: Apache-2.0
#
# Turns a page of the documentation into a golden case, so that every example in it runs:
#   awk -f tests/docs.awk docs/language.md >language.case
#
#   ```nuo …```              all of a page's blocks together have to compile: the page is a policy document
#   ```json events.jsonl     (any language, then a file name) is written to the scratch directory
#   ```console               lines after "$ " are commands; what follows is what they print, as on a terminal
#                            a line "$ export …" holds for the rest of the page
#   ```console needs go      the examples are only shown where that language is not installed, or sanitizers are at work
#   ```console exit 3        the last of them ends with this status
#   ```text bad.nuo          on a page of docs/lint/: `nuo lint` reports the page's code there, and not in good.nuo
# Other fences are only shown. The page itself lies in the scratch directory under its own name.

function flush_run(last) {
  if (!in_run) return
  if (expected != "") printf "-- stdout --\n%s", expected
  if (last && status != "") printf "-- exit --\n%s\n", status
  in_run = 0
}

# runtime/bindings/README.md says what 77 means.
function has_language(name) {
  if (ENVIRON["SAN"] != "") return 0
  if (system("sh runtime/bindings/" name "/run.sh have \"${B:-build}\" >/dev/null 2>&1; [ $? -ne 77 ]") == 0) return 1
  print page ": the language " name " is not installed; its example is skipped" >"/dev/stderr"
  return 0
}

BEGIN {
  # The compiler, and the sanitizers, that the libraries were built with; not the jobs of the make around.
  exports = "unset MAKEFLAGS MFLAGS\ncc() { ${CC:-gcc} ${SAN:+-fsanitize=$SAN} \"$@\"; }\n"
  page = ARGV[1]
  name = page
  sub(/.*\//, "", name)
}

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
  if (word[2] == "needs" && !has_language(word[3])) {
    word[1] = "text"
    count = 1
  }
  kind = word[1] == "console" ? "console" : count >= 2 ? "file" : "shown"
  is_code = word[1] == "nuo" && count == 1
  if (is_code) has_policy = 1
  if (kind == "file") print "-- file " word[2] " --"
  if (kind == "file" && page ~ /docs\/lint\//) lint[word[2]] = 1
  next
}
in_fence && /^```[ \t]*$/ {
  if (kind == "console") flush_run(1)
  in_fence = 0
  next
}
in_fence && is_code && /^(rule|规则) / { rules++ }
in_fence && is_code && /^(duty|义务) / { duties++ }
/nuo lint --fix mends it/ { mends = 1 }
in_fence && kind == "file" { print; next }
in_fence && kind == "console" && /^\$ export / { exports = exports substr($0, 3) "\n"; next }
in_fence && kind == "console" && /^\$ / {
  flush_run(0)
  printf "-- run --\n%s", exports
  print "{ " substr($0, 3)
  print "} 2>&1"
  in_run = 1
  expected = ""
  next
}
in_fence && kind == "console" && in_run { expected = expected $0 "\n" }

# What --only asks for is all that it can report: good examples end with 0, bad ones tell the code.
function lint_run(file, code, found) {
  print "-- run --"
  print "nuo lint --today 2026-01-01 --fail-level note --format json --only " code " " file " | grep -o \"" code "\" | sort -u"
  if (found) print "-- stdout --\n" code
  print "-- run --"
  print "nuo lint --today 2026-01-01 --fail-level note --format json --only " code " " file " >/dev/null"
  if (found) print "-- exit --\n1"
  if (!found || !mends) return
  print "-- run --"
  print "cp " file " mended.nuo; nuo lint --today 2026-01-01 --fix --fail-level note --only " code " mended.nuo"
  print "-- stdout --\nfindings: 0"
  print "-- stderr --\nmended.nuo: mended: <*>"
}

END {
  code = name
  sub(/\.md$/, "", code)
  for (file in lint) lint_run(file, code, file ~ /^bad/)
  if (has_policy) printf "-- run --\nnuo check %s 2>&1\n-- stdout --\n%s: good, rules: %d%s\n", name, name, rules, (duties ? ", duties: " duties : "")
}
