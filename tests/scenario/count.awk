# SPDX-License-Identifier: Apache-2.0
#
# What count_l1.awk, count_l2.awk and count_month.awk have in common: members of an event, instants, clocks that stand
# still, days; and for
# each event its `type`, and of all but push requests its `time`, the identity `id` of its complaint, and the latest time so far, `mark`.

function member(name,    at, text) {
  at = index($0, "\"" name "\":")
  if (at == 0) return ""
  text = substr($0, at + length(name) + 3)
  if (substr(text, 1, 1) == "\"") return substr(text, 2, index(substr(text, 2), "\"") - 1)
  match(text, /^[^,}]*/)
  return substr(text, 1, RLENGTH)
}

# The member `id` of the group `name`.
function id_of(name,    at) {
  at = index($0, "\"" name "\":{\"id\":\"")
  if (at == 0) return ""
  at = substr($0, at + length(name) + 10)
  return substr(at, 1, index(at, "\"") - 1)
}

# Milliseconds since the year began in Shanghai; all times of interest are written with +08:00.
function when(text,    days, month) {
  month = substr(text, 6, 2) + 0
  days = substr("000031059090120151181212243273304334", 3 * month - 2, 3) + substr(text, 9, 2) - 1
  return ((days * 24 + substr(text, 12, 2)) * 60 + substr(text, 15, 2)) * 60000 + substr(text, 18, 6) * 1000
}

function day(time) {
  return int(time / 86400000)
}

# The first time in the list, if it is not after `due`.
function happens_by(list, due,    times, n, i) {
  n = split(list, times, " ")
  for (i = 1; i <= n; i++)
    if (times[i] + 0 <= due) return 1
  return 0
}

# So many hours of a clock that stands still from each of the instants `stops` to the one of `starts`.
function clock_due(from, hours, stops, starts,    stop, start, n, i, left, now) {
  n = split(stops, stop, " ")
  split(starts, start, " ")
  left = hours * 3600000
  now = from
  for (i = 1; i <= n; i++) {
    if (stop[i] - now >= left) break
    left -= stop[i] - now
    if (start[i] == "") return 1e15
    now = start[i] + 0
  }
  return now + left
}

# The last day of a time of `n` workdays, or of `n` days that end on a day off and so on the next workday, from the day
# `from`, which does not count; days since the year 2026 began on a Thursday.
function is_workday(d) {
  if (d == 262 || d == 282) return 1                                # 20 September, 10 October: made up for
  if ((d >= 267 && d <= 269) || (d >= 273 && d <= 279)) return 0  # Mid-Autumn, National Day
  return (d + 3) % 7 < 5
}

function workdays_on(from, n) {
  for (; n > 0; n -= is_workday(from)) from++
  return from
}

function days_on(from, n) {
  for (from += n; !is_workday(from); from++);
  return from
}

{
  type = member("type")
}
type != "push.requested" {
  time = when(member("time"))
  if (time > mark) mark = time
  id = id_of("complaint")
}
