# SPDX-License-Identifier: Apache-2.0
#
# The same for letter L2: awk -f count.awk -f count_l2.awk.

type == "complaint.received" { received[id] = time }
type == "complaint.acknowledged" { response[id] = time }
type == "complaint.answered" { answer[id] = time }
type == "complaint.withdrawn" { withdrawn[id] = time }
type == "complaint.suspended" { stopped[id] = stopped[id] " " time }
type == "complaint.resumed" { started[id] = started[id] " " time }

type == "leak.found" { leaked[id_of("leak")] = time }
type == "leak.found" && /"phone"/ { count["privacy_leaked"]++ }
type == "regulator.notified" { notified[member("caused_by")] = time }
type == "data.collected" && /"phone"/ { count["collected_without_consent"]++ }
type == "regulator.response" && member("status") == "refused" { count["regulator_refused"]++ }
type == "evidence.verified" && member("result") == "forged" { count["forged_evidence"]++ }
type == "arbitration.filed" && /"body"/ { count["agreed_body?"]++ }

# Whether the list has a time that is not later than `due`.
function is_by(list, id, due) {
  return (id in list) && list[id] <= due
}

END {
  for (id in received) {
    first = clock_due(received[id], 24, stopped[id], started[id])
    second = clock_due(received[id], 72, stopped[id], started[id])
    in_time = is_by(response, id, first)
    if (mark > first + 600000 && !in_time && !is_by(withdrawn, id, first)) count["complaint_handled"]++
    # An answer counts after the response; when that was missed, once that has been judged: ten minutes after its deadline.
    counts = is_by(answer, id, second) && (in_time ? answer[id] >= response[id] : answer[id] > first + 600000)
    if (mark > second + 600000 && !counts && !is_by(withdrawn, id, second)) count["complaint_handled"]++
  }
  for (id in leaked)
    if (mark > leaked[id] + 86400000 + 600000 && !is_by(notified, id, leaked[id] + 86400000)) count["leak_notified"]++
  for (rule in count) print rule, count[rule]
}
