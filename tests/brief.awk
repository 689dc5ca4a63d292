# SPDX-License-Identifier: Apache-2.0
#
# Decisions (JSON Lines) in few words, for the golden tests: awk -f "$ROOT/tests/brief.awk". One line each:
#
#   ID [again] VERDICT [until TIME] [breach RULE,…] [unclear RULE(REASON NAME; …),…] [excepted RULE(EXCEPTION),…] [FORCE]
#
# and `refused LINE:OFFSET MESSAGE` for a refusal. Within a JSON string every quote is escaped, so a member's
# name between bare quotes is never part of a value.

function member(text, name,    at, value) {
  at = index(text, "\"" name "\":\"")
  if (at == 0) return ""
  value = substr(text, at + length(name) + 4)
  match(value, /^([^"\\]|\\.)*/)
  return substr(value, 1, RLENGTH)
}

function number(text, name) {
  return substr(text, index(text, "\"" name "\":") + length(name) + 3) + 0
}

# The text of the list NAME of findings, up to the next list.
function findings(name,    at, rest, i, end, stop) {
  at = index($0, ",\"" name "\":[{\"rule\":")
  if (at == 0) return ""
  rest = substr($0, at + length(name) + 5)
  stop = length(rest)
  split(",\"breaches\":[{ ,\"undetermined\":[{ ,\"excepted\":[{ ,\"policy\":{", ends, " ")
  for (i = 1; i <= 4; i++) {
    end = index(rest, ends[i])
    if (end > 0 && end < stop) stop = end
  }
  return substr(rest, 1, stop)
}

function reasons(one,    list, n, i, out) {
  n = split(one, list, /\{"reason":"/)
  for (i = 2; i <= n; i++) {
    out = out (i > 2 ? "; " : "") substr(list[i], 1, index(list[i], "\"") - 1)
    if (member(list[i], "name") != "") out = out " " member(list[i], "name")
  }
  return out == "" ? "" : "(" out ")"
}

function exceptions(one,    at, out) {
  at = index(one, "\"exceptions\":[")
  if (at == 0) return ""
  out = substr(one, at + 14)
  out = substr(out, 1, index(out, "]") - 1)
  gsub(/"/, "", out)
  return "(" out ")"
}

function brief(word, name,    text, list, n, i, out) {
  text = findings(name)
  if (text == "") return ""
  n = split(text, list, /\{"rule":"/)
  for (i = 2; i <= n; i++) {
    out = out (i > 2 ? "," : "") substr(list[i], 1, index(list[i], "\"") - 1)
    out = out (name == "undetermined" ? reasons(list[i]) : name == "excepted" ? exceptions(list[i]) : "")
  }
  return " " word " " out
}

/^\{"refused":/ {
  print "refused " number($0, "line") ":" number($0, "offset") " " member($0, "refused")
  next
}

{
  # What belongs to the whole decision stands before its first finding.
  head = $0
  if (match(head, /,"(amendments|breaches|undetermined|excepted|policy)":/)) head = substr(head, 1, RSTART)
  until = member(head, "until")
  force = member($0, "force")
  again = index(head, ",\"replayed\":true") > 0 ? " again" : ""
  print member(head, "event") again " " member(head, "verdict") (until == "" ? "" : " until " until) \
    brief("breach", "breaches") brief("unclear", "undetermined") brief("excepted", "excepted") \
    (force == "" ? "" : " " force)
}
