# SPDX-License-Identifier: Apache-2.0
# Compares rules/coverage.tsv with rules/obligations.tsv and with what nuo says of the policies. Prints a line for
# each mistake, and last how many rows there are of each status; exit status 1 if there is a mistake.
#
#   awk -v least=150 -f tests/coverage.awk rules/obligations.tsv rules/coverage.tsv TOLD
#
# TOLD: what `nuo cover --format json` and `nuo test --format json` print of the policies named. A row of
# coverage.tsv, below its headings: row, status (encoded, organisational, deferred), policy, clause, rules separated
# by commas, tests separated by " | ". Of an encoded row all is there; at one expectation of its tests one of its
# rules is breached, at another none is; a definition needs no tests. The clause of any other row says that it is
# organisational or deferred.
BEGIN { FS = "\t" }

function complain(what) {
  print place ": " what
  bad++
}

# The JSON string that `text` begins with, without its quotes; the rest goes to `after`.
function take(text,   at, c, out) {
  for (at = 2; (c = substr(text, at, 1)) != "\""; at++) {
    if (c == "\\") c = substr(text, ++at, 1)
    out = out c
  }
  after = substr(text, at + 1)
  return out
}

function member(text, name,   at) {
  at = index(text, "\"" name "\":")
  return at == 0 ? "" : take(substr(text, at + length(name) + 3))
}

# Sets known[key, item] for every text of the list called `name`.
function keep_list(text, name, key, known,   at) {
  at = index(text, "\"" name "\":[")
  after = substr(text, at + length(name) + 4)
  while (at > 0 && substr(after, 1, 1) == "\"") {
    known[key, take(after)] = 1
    sub(/^,/, "", after)
  }
}

# Tells of a policy come clause by clause.
function read_cover(   policy, count, i, clauses, number) {
  policy = member($0, "policy")
  policies[policy] = 1
  paths[member($0, "file")] = policy
  count = split($0, clauses, /\{"number":/)
  for (i = 2; i <= count; i++) {
    number = take(clauses[i])
    status[policy, number] = member(clauses[i], "status")
    is_partly[policy, number] = index(clauses[i], "\"why\":") > 0
    keep_list(clauses[i], "names", policy, declared)
  }
}

# told[test, n, rule] is set for each rule that is breached at the n-th expectation of the test.
function read_test(   test, lists, i) {
  test = paths[member($0, "file")] SUBSEP member($0, "test")
  passed[test] = index($0, "\"passed\":true") > 0
  sub(/.*"breached":\[/, "")
  expectations[test] = split($0, lists, /\],?/) - 2
  for (i = 1; i <= expectations[test]; i++)
    keep_list("\"breached\":" lists[i] "]", "breached", test SUBSEP i, told)
}

/^#/ || NF == 0 { next }
FILENAME != file { file = FILENAME; files++ }
files == 1 { kind[$1] = $2; rows[++row_count] = $1; next }
files == 2 && $1 == "row" { next }
files == 2 { lines[++line_count] = $0; next }
/^\{"file":/ { read_cover(); next }
/^\{"test":/ { read_test() }

# Whether one of the rules is breached at the n-th expectation of the test.
function breaches(test, n, names, count,   i) {
  for (i = 1; i <= count; i++)
    if ((test, n, names[i]) in told) return 1
  return 0
}

function check_tests(policy, row,   names, tests, name_count, test_count, i, n, test, against, along) {
  name_count = split(row[5], names, / *, */)
  for (i = 1; i <= name_count; i++)
    if (!((policy, names[i]) in declared)) complain("policy " policy " declares no " names[i])
  if (name_count == 0) complain("no rules are named")
  test_count = split(row[6], tests, / \| /)
  for (i = 1; i <= test_count; i++) {
    test = policy SUBSEP tests[i]
    if (!(test in passed)) { complain("policy " policy " has no test \"" tests[i] "\""); continue }
    if (!passed[test]) complain("test \"" tests[i] "\" fails")
    for (n = 1; n <= expectations[test]; n++)
      if (breaches(test, n, names, name_count)) against++
      else along++
  }
  if (kind[row[1]] == "DEF") return
  if (!against) complain("no test breaches " row[5])
  if (!along) complain("no test keeps " row[5])
}

function check_row(line,   row, fields, clause) {
  fields = split(line, row, FS)
  place = row[1]
  if (!(row[1] in kind)) complain("no such obligation")
  if (seen[row[1]]++) complain("stands twice")
  if (row[2] !~ /^(encoded|organisational|deferred)$/) complain("the status is encoded, organisational or deferred, not " row[2])
  if (fields != 6) complain("six columns, not " fields)
  counts[row[2]]++
  if (!(row[3] in policies)) { complain("no policy " row[3]); return }
  clause = row[3] SUBSEP row[4]
  if (!(clause in status)) { complain("policy " row[3] " has no clause " row[4]); return }
  if (row[2] == "encoded") {
    if (status[clause] != "encoded") complain("clause " row[4] " is " status[clause] ", not encoded")
    check_tests(row[3], row)
  } else if (status[clause] != row[2] && !(status[clause] == "encoded" && is_partly[clause])) {
    complain("clause " row[4] " does not say that it is " row[2])
  }
}

END {
  for (i = 1; i <= line_count; i++) check_row(lines[i])
  for (i = 1; i <= row_count; i++)
    if (!seen[rows[i]]) { place = rows[i]; complain("missing") }
  place = "all"
  if (counts["encoded"] < least) complain("at least " least " rows have to be encoded, not " counts["encoded"] + 0)
  print "obligations: " row_count ", encoded " counts["encoded"] + 0 ", organisational " counts["organisational"] + 0 \
    ", deferred " counts["deferred"] + 0
  exit bad > 0
}
