# SPDX-License-Identifier: Apache-2.0
#
# The findings in decisions (JSON Lines), for the golden tests: awk -f "$ROOT/tests/findings.awk". One line each:
#
#   RULE EVENT TIME          breached
#   RULE? EVENT TIME         undetermined
#
# Of a missed duty EVENT is what began it (of a periodic one the first day of its period), TIME its deadline.

function member(name,    at, value) {
  at = index($0, "\"" name "\":\"")
  if (at == 0) return ""
  value = substr($0, at + length(name) + 4)
  match(value, /^([^"\\]|\\.)*/)
  return substr(value, 1, RLENGTH)
}

function print_list(name, mark,    at, rest, list, n, i) {
  at = index($0, ",\"" name "\":[{\"rule\":\"")
  if (at == 0) return
  rest = substr($0, at)
  if (match(substr(rest, 2), /,"(undetermined|excepted|raised|duties|policy)":/)) rest = substr(rest, 1, RSTART)
  n = split(rest, list, /\{"rule":"/)
  for (i = 2; i <= n; i++) print substr(list[i], 1, index(list[i], "\"") - 1) mark, member("event"), member("time")
}

{
  print_list("breaches", "")
  print_list("undetermined", "?")
}
