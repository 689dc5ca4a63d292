# SPDX-License-Identifier: Apache-2.0
#
# Counts, over events of tests/sample/generate, the breaches of some rules of letter L1 by their prose and nothing
# of the runtime: awk -f count.awk -f count_l1.awk. One line each, RULE COUNT. What comes after the end of the stream is not
# judged: a deadline counts as missed once an event more than ten minutes after it has been seen.

# Whether the user had taken back the purpose on the channel more than a minute before, and not come back to it since. (What was
# released after a withdrawal may be sent; it is released when the user has come back.)
function left_by(user, purpose, channel,    i, key, latest) {
  for (i = 0; i < 4; i++) {
    key = user SUBSEP (i % 2 ? purpose : "") SUBSEP (i > 1 ? channel : "")
    if ((key in left) && left[key] > latest) latest = left[key]
  }
  return latest != "" && time > latest + 60000 && !(came_back[user, purpose] > latest)
}

type == "complaint.received" && member("topic") == "push" { received[id] = time }
type == "complaint.acknowledged" { response[id] = response[id] " " time }
type == "complaint.answered" { response[id] = response[id] " " time; answer[id] = answer[id] " " time }
type == "complaint.withdrawn" { response[id] = response[id] " " time; answer[id] = answer[id] " " time }
type == "complaint.suspended" { stopped[id] = stopped[id] " " time }
type == "complaint.resumed" { started[id] = started[id] " " time }
type == "complaint.reopened" && ++reopened[id] > 1 { count["reopened_once"]++ }

type == "check.done" { checks[member("kind"), day(time)]++ }
type == "check.done" && member("result") == "excess" { excess[id_of("check")] = time }
type == "policy.changed" { changed[member("caused_by")] = time }
type == "report.published" && member("kind") == "compliance" {
  if ($0 !~ /"volume"/ || $0 !~ /"breaches"/ || $0 !~ /"complaints"/ || $0 !~ /"remedies"/) count["report_sections"]++
}

type == "consent.withdraw_requested" { asked[id_of("user")] = time }
type == "consent.withdrawn" { taken_back[id_of("user")] = time }
type == "consent.granted" { came_back[id_of("user"), member("purpose")] = time }
# A withdrawal without a purpose is one of all purposes, without a channel of all channels.
type == "consent.withdrawn" { left[id_of("user"), member("purpose"), member("channel")] = time }
type == "push.sent" && member("class") !~ /^(emergency|security)$/ && left_by(id_of("user"), member("purpose"), member("channel")) {
  count["nothing_sent_after"]++
}

type == "monitor.heartbeat" {
  if (beat != "" && time > beat + 300000) count["monitoring_alive"]++
  beat = time
}

END {
  for (id in received) {
    due = received[id] + 86400000
    if (mark > due + 600000 && !happens_by(response[id], due)) count["complaint_response"]++
    due = clock_due(received[id], 72, stopped[id], started[id])
    if (mark > due + 600000 && !happens_by(answer[id], due)) count["complaint_answer"]++
  }
  for (id in excess)
    if (mark > excess[id] + 86400000 + 600000 && !((id in changed) && changed[id] <= excess[id] + 86400000)) count["adjust_cadence"]++
  for (id in asked)
    if (mark > asked[id] + 60000 + 600000 && !((id in taken_back) && taken_back[id] <= asked[id] + 60000)) count["withdrawal_done"]++
  if (mark > beat + 300000 + 600000) count["monitoring_alive"]++
  # From 1 July, the first whole day, to the last one that is over.
  for (d = 181; (d + 1) * 86400000 + 600000 <= mark; d++) {
    count["daily_safety_checks"] += !(("safety", d) in checks)
    count["daily_frequency_reviews"] += !(("frequency", d) in checks)
    count["daily_anomaly_sweeps"] += !(("anomaly", d) in checks)
  }
  for (rule in count) print rule, count[rule]
}
