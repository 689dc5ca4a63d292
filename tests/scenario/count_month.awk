# SPDX-License-Identifier: Apache-2.0
#
# The same for the policy of a whole platform (rules/platform_cn): awk -f count.awk -f count_month.awk.

# ---- what is judged by itself ----
type == "call.received" && member("elderly") == "true" && member("first_handler") != "human" { count["miit_guide.human_for_elderly"]++ }
type == "call.completed" && member("ivr_steps") > 2 { count["miit_guide.easy_transfer"]++ }
type == "rights.refused" && !/"reason":/ { count["miit_guide.refusal_with_reason"]++; count["cn_personal_information.pi_refusal_reasoned"]++ }
type == "consent.requested" && member("prechecked") == "true" { count["cn_personal_information.pi_no_prechecked"]++ }
type == "consent.requested" && member("bundled") == "true" { count["cn_personal_information.pi_no_bundled"]++ }
type == "consent.requested" && (member("prechecked") == "true" || member("bundled") == "true") { count["miit_guide.request_not_forced"]++ }
type == "push.requested" && /"transport":{"tls":false/ { count["pledge_l3.encrypted"]++ }
type == "push.requested" && chooses_not() { count["pledge_l3.choice_respected"]++ }

# Whether the settings keep out the class of the push, or do not list its channel.
function chooses_not(    settings) {
  settings = substr($0, index($0, "\"prefs\":"))
  settings = substr(settings, 1, index(settings, "}"))
  return settings ~ "\"blocked_classes\":\\[\"" member("class") "\"" || settings !~ "[[,]\"" member("channel") "\"[],]"
}

# ---- subscriptions ----
type == "consent.granted" && member("purpose") == "auto_renew" { agreed[id_of("user")] = 1 }
type == "consent.withdrawn" && (member("purpose") == "" || member("purpose") == "auto_renew") { delete agreed[id_of("user")] }
type == "renewal.scheduled" { planned[id_of("renewal")] = time; charge[id_of("renewal")] = member("at") }
type == "renewal.cancelled" { cancelled[id_of("renewal")] = time }
type == "push.sent" && member("purpose") == "renewal_reminder" && !(id_of("renewal") in reminded) { reminded[id_of("renewal")] = time }
type == "renewal.charged" && (!(id_of("user") in agreed) || (id_of("renewal") in cancelled)) { count["miit_guide.renewal_consent"]++ }

# ---- rights, withdrawals, accounts ----
type == "rights.requested" { request[id_of("request")] = time }
type == "rights.fulfilled" || (type == "rights.refused" && /"reason":/) { settled[id_of("request")] = time }
type == "rights.fulfilled" || type == "rights.refused" { answered[id_of("request")] = time }
type == "consent.withdraw_requested" { asked[id_of("user")] = time }
type == "consent.withdrawn" { done[id_of("user")] = time }
type == "user.deleted" { closed[id_of("user")] = time }
type == "data.erased" { erased[id_of("user")] = time }
type == "complaint.received" { received[id] = time }
type == "complaint.closed" && member("resolution") != "none" { ended[id] = ended[id] " " time }
type == "complaint.withdrawn" { ended[id] = ended[id] " " time }

# Counts what had to be in `list` under `key` by `due`, and was not.
function miss(rule, list, key, due) {
  if (mark > due + 600000 && !((key in list) && list[key] <= due)) count[rule]++
}

# The last millisecond of a day.
function end_of(d) {
  return (d + 1) * 86400000 - 1
}

END {
  for (key in request) {
    due = end_of(workdays_on(day(request[key]), 15))
    miss("miit_guide.rights_in_time", settled, key, due)
    miss("cn_personal_information.pi_rights_answered", answered, key, due)
  }
  for (key in asked) {
    miss("pledge_l3.withdrawal_done", done, key, asked[key] + 60000)
    miss("cn_personal_information.pi_withdrawal_handled", done, key, asked[key] + 3600000)
  }
  for (key in closed) miss("cn_personal_information.pi_erased_after_closing", erased, key, end_of(workdays_on(day(closed[key]), 15)))
  for (key in planned) {
    due = planned[key] + 4 * 86400000
    if (!((key in cancelled) && cancelled[key] <= due)) miss("miit_guide.remind_before_renewal", reminded, key, due)
  }
  for (key in received) {
    due = end_of(days_on(day(received[key]), 30))
    if (mark > due + 600000 && !happens_by(ended[key], due)) count["pledge_l3.complaint_handled"]++
  }
  for (rule in count) print rule, count[rule]
}
