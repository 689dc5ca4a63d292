// SPDX-License-Identifier: Apache-2.0
// Writes a push request as one line of JSON: most in the format of their vendor, in an envelope with what the
// gateway knows besides; others as a flat object, or one in twenty as a CloudEvents envelope. Members that
// the request lacks are left out.
#include <stdio.h>
#include <string.h>

#include "tests/sample/json.h"
#include "tests/sample/push.h"
#include "tests/sample/random.h"
#include "tests/sample/vendor.h"

// Of the push at hand, or NULL.
static const struct vendor_format *format;

static void put_event_time(const struct push *push) {
  if (push->number % 10 == 3)
    put_number("time", push->time);
  else
    put_time("time", push->time, push->number % 8 == 5 ? 0 : 8);
}

static bool has(const struct push *push, enum slip_bit slip) {
  return (push->slips & slip) != 0;
}

static void put_message(const struct push *push) {
  open_record("message");
  if (format == NULL || !format->id) put_id("id", "m-", push->number);
  put_hash("content_hash", scramble(push->number + 1));
  close_record();
  open_record("sender");
  put_id("id", "s-", push->sender->number);
  put_text("name", has(push, SLIP_NAMELESS) ? "" : push->sender->name);
  put_text("contact", push->contact);
  put_list("licences", has(push, SLIP_UNLICENSED)     ? ""
                       : push->sender->trade == MEDIA ? "news_service"
                       : push->industry != NULL && strcmp(push->industry, "health_food") == 0
                           ? "health_food_ad"
                           : NULL);
  close_record();
  open_record("campaign");
  put_id("id", "c-", push->sender->number);
  put_text("scope_id", has(push, SLIP_UNDECLARED) ? "lottery" : purpose_of(push->class));
  close_record();
}

static void put_content(const struct push *push) {
  if (format == NULL) {
    put_text("channel", push->channel);
    put_text("vendor", push->vendor);
  }
  put_text("vendor_class", format != NULL && format->vendor_class ? NULL : push->vendor_class);
  put_text("class", class_name(push->class));
  put_text("purpose", push->purpose);
  put_flag("essential", push->essential);
  put_text("lawful_basis", push->lawful_basis);
  put_text("industry", push->industry);
  put_text("title", push->has_title && !(format != NULL && format->title) ? push->title : NULL);
  put_text("body", push->has_body && !(format != NULL && format->body) ? push->body : NULL);
  put_text("subject_line", format == NULL ? push->subject_line : NULL);
  put_text("lang", "zh-Hans");
  put_list("labels", push->labels);
  put_list("disclosures", push->disclosures);
  put_text("antifraud", push->antifraud);
  put_flag("paid_service", push->paid_service);
  put_flag("ai_generated", push->ai_generated);
  put_flag("qrcode", has(push, SLIP_DIVERTS) ? YES : NO);
  put_flag("third_party_link", NO);
}

static void put_price(const struct push *push) {
  if (push->price < 0) return;
  open_record("price");
  put_number("amount", push->price);
  put_text("currency", "CNY");
  put_number("original", push->price_before);
  put_id("sku", "g-", push->thing);
  close_record();
}

static void put_optout(const struct push *push) {
  bool is_text = strcmp(push->channel, "sms") == 0;
  if (push->class == SECURITY || push->class == EMERGENCY) return;
  open_record("optout");
  put_flag("present", has(push, SLIP_NO_OPTOUT) ? NO : YES);
  put_text("kind", push->renewal >= 0 ? "cancel_link" : is_text ? "reply" : "in_app");
  put_number("steps", push->optout_steps >= 0 ? push->optout_steps : 1);
  put_number("cost", has(push, SLIP_CHARGED) ? 100 : 0);
  if (strcmp(push->channel, "email") == 0)
    put_time("works_until", push->time + (has(push, SLIP_SHORT_OPTOUT) ? 9 : 60) * DAY_MS, 8);
  close_record();
}

// How it travels, and where it arrives: the app on the device, a worker on the road.
static void put_delivery(const struct push *push) {
  open_record("transport");
  put_flag("tls", push->tls);
  close_record();
  open_record("payload");
  put_flag("encrypted", push->tls);
  close_record();
  put_flag("sensitive", push->sensitive);
  open_record("app");
  put_text("stage", push->app_stage);
  close_record();
  if (push->class != DISPATCH || has(push, SLIP_UNTOLD_HOURS)) return;
  open_record("worker");
  put_time("working_since", push->time - push->work_minutes * MINUTE_MS, 8);
  put_time("rest_since", push->time - (push->work_minutes + 30) * MINUTE_MS, 8);
  put_number("shift_hours", push->work_minutes / 60 + (has(push, SLIP_LONG_SHIFT) ? 9 : 1));
  close_record();
}

static void put_terms(const struct push *push) {
  put_price(push);
  put_flag("personalised", push->personalised);
  put_list("profile_fields", push->profile_fields);
  if (push->personalised == YES) {
    open_record("algo");
    put_text("id", has(push, SLIP_NEW_ALGORITHM) ? "rec-9" : "rec-2");
    close_record();
  }
  put_text("topic", push->topic);
  if (push->renewal >= 0) {
    open_record("renewal");
    put_id("id", "rn-", (uint32_t)push->renewal);
    close_record();
  }
  put_number("relevance", push->relevance);
  put_optout(push);
  if (strcmp(push->channel, "popup") == 0) {
    open_record("close");
    put_flag("present", YES);
    put_number("clicks", push->close_clicks);
    put_number("countdown_ms", has(push, SLIP_COUNTDOWN) ? 5000 : 0);
    close_record();
  }
  put_delivery(push);
  if (format == NULL || !format->schedule) put_time("scheduled_at", push->scheduled_at, 8);
  if (format == NULL || !format->ttl) put_number("ttl_ms", 7200000);
}

static void put_review(const struct push *push) {
  open_record("author");
  put_text("id", has(push, SLIP_ANONYMOUS) ? NULL : push->author);
  close_record();
  open_record("review");
  put_id("id", "r-", push->number);
  put_text("status", "pass");
  put_text("auto", push->auto_result);
  put_flag("manual", YES);
  put_text("by", push->reviewer);
  put_text("role", "review");
  put_time("submitted_at", push->time - 5 * HOUR_MS, 8);
  put_time("auto_time", push->time - 5 * HOUR_MS + (has(push, SLIP_SLOW_SCAN) ? 20000 : 2000), 8);
  put_time("time", push->time - (has(push, SLIP_OLD_REVIEW) ? 40 * DAY_MS : 3 * HOUR_MS), 8);
  put_hash("content_hash", scramble(push->number + (push->stale_review ? 2 : 1)));
  put_list("facets", push->facets);
  close_record();
}

static void put_approval(const struct push *push) {
  char chain[32];
  if (push->class == EMERGENCY) return;
  snprintf(chain, sizeof chain, "%s%s%s", push->one_signature ? "" : push->reviewer,
           push->one_signature ? "" : ",", push->approver);
  open_record("approval");
  put_text("status", "approved");
  put_text("by", push->approver);
  put_text("role", has(push, SLIP_WRONG_ROLE) ? "other" : "approver");
  put_time("time", push->time - 2 * HOUR_MS, 8);
  put_list("chain", chain);
  close_record();
}

static void put_age(const struct push *push) {
  char birth[40];
  if (!push->age_known) return;
  if (!push->user.birth) {
    put_number("age", push->user.age);
    return;
  }
  snprintf(birth, sizeof birth, "%04d-%02d-%02d", 2026 - push->user.age, (int)(1 + push->user.number % 8),
           (int)(1 + push->user.number % 28));
  put_text("birth", birth);
}

static void put_hour(const char *name, int hour) {
  char clock[16];
  if (hour == 0) return;
  snprintf(clock, sizeof clock, "%02d:00", hour);
  put_text(name, clock);
}

static void put_user(const struct push *push) {
  open_record("user");
  if (format == NULL || strcmp(format->adapter, "apns") == 0 || strcmp(format->adapter, "mail") == 0)
    put_id("id", "U", push->user.number);
  put_age(push);
  put_text("group", push->user.group);
  put_text("tz", push->user.zone);
  put_text("region", push->user.region);
  put_flag("member", push->user.member ? YES : NO);
  put_flag("algo_off", has(push, SLIP_UNSWITCHED) ? ABSENT : push->user.algo_off ? YES : NO);
  put_hour("active_from", push->user.active_from);
  put_hour("active_to", push->user.active_to);
  put_flag("installed", strcmp(push->app_stage, "uninstalled") == 0 ? NO : YES);
  close_record();
}

static void put_settings(const struct push *push) {
  open_record("prefs");
  put_flag("loaded", YES);
  put_list("blocked_classes", push->user.blocks == CLASSES ? "" : class_name(push->user.blocks));
  put_list("channels", "app_push,sms,email,popup,inapp,web_push,im");
  put_hour("quiet_from", push->user.quiet_from);
  put_hour("quiet_to", push->user.quiet_to);
  close_record();
}

static void put_caps(const struct user *user) {
  if (user->daily_cap == 0 && user->weekly_cap == 0) return;
  open_record("freq_cap");
  put_number("n", user->daily_cap > 0 ? user->daily_cap : user->weekly_cap);
  put_text("per", user->daily_cap > 0 ? "day" : "week");
  close_record();
}

static void put_consent(const struct push *push) {
  char purposes[64];
  snprintf(purposes, sizeof purposes, "%s%s", push->consent_purpose,
           push->personalisation_consent == YES ? ",personalisation" : "");
  open_record("consent");
  put_text("status", push->consent_status);
  put_flag("explicit", YES);
  put_text("method", "in_app_switch");
  put_time("time", push->consent_time, 8);
  put_time("expires_at", push->expires_at, 8);
  put_list("purposes", purposes);
  put_list("channels", push->consent_channel);
  put_list("fields", "interest");
  put_caps(&push->user);
  open_record("notice");
  put_text("version", has(push, SLIP_UNPUBLISHED) ? "v5" : "v4");
  put_time("time", START_MS - 300 * DAY_MS, 8);
  put_list("items", push->notice_items);
  close_record();
  put_id("proof_id", "p-", push->user.number);
  put_flag("guardian", push->guardian);
  put_flag("forced", has(push, SLIP_FORCED) ? YES : NO);
  close_record();
}

static void put_fields(const struct push *push) {
  put_text("tenant", "bookfair");
  if (!has(push, SLIP_UNTRACED)) put_id("trace_id", "t-", push->number);
  put_message(push);
  put_content(push);
  put_terms(push);
  put_review(push);
  put_approval(push);
  put_user(push);
  put_settings(push);
  put_consent(push);
  if (push->extra != NULL) put_raw(push->extra);
}

static void put_head(const struct push *push) {
  put_text("type", "push.requested");
  put_id("id", "e-", push->number);
  put_text("source", "/app/bookfair");
  put_event_time(push);
}

void print_push(const struct push *push, bool canonical) {
  begin_line();
  format = canonical ? NULL : vendor_format_of(push);
  if (format != NULL) {
    put_text("adapter", format->adapter);
    format->put_request(push);
    open_record("event");
    put_head(push);
    put_fields(push);
    close_record();
  } else if (push->number % 20 == 7) {
    put_text("specversion", "1.0");
    put_head(push);
    open_record("data");
    put_fields(push);
    close_record();
  } else {
    put_head(push);
    put_fields(push);
  }
  end_line();
}
