// SPDX-License-Identifier: Apache-2.0
// Writes a sample event as one line of JSON: push requests mostly as flat objects, one in twenty as a
// CloudEvents envelope. Members that the request lacks are left out. Called by generate.c only.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sample/push.h"

static const char *const class_names[CLASSES] = {"commercial_ad",   "news",           "social",
                                                 "public_interest", "service_notice", "transactional",
                                                 "security",        "work_dispatch",  "emergency"};

static const char *const class_scopes[CLASSES] = {"promo",  "news",    "social", "charity",      "service",
                                                  "orders", "account", "work",   "civil_defence"};

static bool need_comma;

static void put_key(const char *name) {
  printf("%s\"%s\":", need_comma ? "," : "", name);
  need_comma = true;
}

static void put_string(const char *text) {
  putchar('"');
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\') putchar('\\');
    if (*text == '\n')
      fputs("\\n", stdout);
    else
      putchar(*text);
  }
  putchar('"');
}

static void put_text(const char *name, const char *value) {
  if (value == NULL) return;
  put_key(name);
  put_string(value);
}

static void put_flag(const char *name, enum tri value) {
  if (value == ABSENT) return;
  put_key(name);
  fputs(value == YES ? "true" : "false", stdout);
}

static void put_number(const char *name, int64_t value) {
  if (value < 0) return;
  put_key(name);
  printf("%" PRId64, value);
}

// `items` are joined by commas; "" is the empty list.
static void put_list(const char *name, const char *items) {
  if (items == NULL) return;
  put_key(name);
  putchar('[');
  for (const char *at = items; *at != '\0';) {
    size_t len = strcspn(at, ",");
    printf("%s\"%.*s\"", at == items ? "" : ",", (int)len, at);
    at += len + (at[len] == ',');
  }
  putchar(']');
}

static void open_record(const char *name) {
  put_key(name);
  putchar('{');
  need_comma = false;
}

static void close_record(void) {
  putchar('}');
  need_comma = true;
}

void format_time(char out[40], int64_t time, int offset) {
  static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t local = time + offset * HOUR_MS, ms = local % DAY_MS;
  int day = (int)(local / DAY_MS) - 10957, year = 2000, month = 0;
  for (int length; day >= (length = year % 4 == 0 ? 366 : 365); year++) day -= length;
  for (int length; day >= (length = month_days[month] + (month == 1 && year % 4 == 0)); month++)
    day -= length;
  int used = snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d.%03d", year, month + 1, day + 1,
                      (int)(ms / HOUR_MS), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
  snprintf(out + used, 40 - (size_t)used, offset == 0 ? "Z" : "+%02d:00", offset);
}

static void put_time(const char *name, int64_t time) {
  char text[40];
  if (time < 0) return;
  format_time(text, time, 8);
  put_text(name, text);
}

static void put_event_time(const struct push *push) {
  char text[40];
  if (push->number % 10 == 3) {
    put_number("time", push->time);
    return;
  }
  format_time(text, push->time, push->number % 8 == 5 ? 0 : 8);
  put_text("time", text);
}

static void put_id(const char *name, const char *prefix, uint32_t number) {
  char text[32];
  snprintf(text, sizeof text, "%s%06" PRIu32, prefix, number);
  put_text(name, text);
}

static void put_hash(const char *name, uint32_t number) {
  char text[32];
  snprintf(text, sizeof text, "%016" PRIx64, scramble(number + 1));
  put_text(name, text);
}

static void put_message(const struct push *push, const char *sender_name) {
  open_record("message");
  put_id("id", "m-", push->number);
  put_hash("content_hash", push->number);
  close_record();
  open_record("sender");
  put_id("id", "s-", push->number % SENDERS);
  put_text("name", sender_name);
  put_text("contact", push->sender_contact);
  close_record();
  open_record("campaign");
  put_text("scope_id", class_scopes[push->class]);
  close_record();
}

static void put_content(const struct push *push) {
  put_text("channel", push->channel);
  put_text("vendor", push->vendor);
  put_text("vendor_class", push->vendor_class);
  put_text("class", class_names[push->class]);
  put_text("purpose", push->purpose);
  put_flag("essential", push->essential);
  put_text("lawful_basis", push->lawful_basis);
  put_text("industry", push->industry);
  put_text("title", push->has_title ? push->title : NULL);
  put_text("body", push->has_body ? push->body : NULL);
  put_text("subject_line", push->subject_line);
  put_text("lang", "zh-Hans");
  put_list("labels", push->labels);
}

static void put_terms(const struct push *push) {
  if (push->price >= 0) {
    open_record("price");
    put_number("amount", push->price);
    put_text("currency", "CNY");
    put_number("original", push->price_before);
    close_record();
  }
  put_flag("personalised", push->personalised);
  put_list("profile_fields", push->profile_fields);
  if (push->class != SECURITY && push->class != EMERGENCY) {
    open_record("optout");
    put_flag("present", YES);
    put_text("kind", strcmp(push->channel, "sms") == 0 ? "reply" : "in_app");
    put_number("steps", push->optout_steps >= 0 ? push->optout_steps : 1);
    put_number("cost", 0);
    close_record();
  }
  if (strcmp(push->channel, "popup") == 0) {
    open_record("close");
    put_flag("present", YES);
    put_number("clicks", push->close_clicks);
    close_record();
  }
  put_time("scheduled_at", push->scheduled_at);
  put_number("ttl_ms", 7200000);
}

static void put_review(const struct push *push) {
  open_record("author");
  put_text("id", push->author);
  close_record();
  open_record("review");
  put_id("id", "r-", push->number);
  put_text("status", "pass");
  put_text("auto", push->auto_result);
  put_flag("manual", YES);
  put_text("by", push->reviewer);
  put_time("time", push->time - 3 * HOUR_MS);
  put_hash("content_hash", push->number + (push->stale_review ? 1 : 0));
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
  snprintf(birth, sizeof birth, "%04d-%02d-%02d", 2025 - push->user.age, (int)(1 + push->user.number % 8),
           (int)(1 + push->user.number % 28));
  put_text("birth", birth);
}

static void put_user(const struct push *push) {
  open_record("user");
  put_id("id", "U", push->user.number);
  put_age(push);
  put_text("group", push->user.group);
  put_text("tz", push->user.zone);
  put_text("region", push->user.region);
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
  put_time("time", START_MS - (int64_t)(push->user.number % 200 + 1) * DAY_MS);
  put_time("expires_at", push->expires_at);
  put_list("purposes", purposes);
  put_list("channels", push->consent_channel);
  open_record("notice");
  put_time("time", START_MS - 300 * DAY_MS);
  put_list("items", "purpose,content_type,frequency");
  close_record();
  put_id("proof_id", "p-", push->user.number);
  put_flag("guardian", push->guardian);
  close_record();
}

static void put_fields(const struct push *push, const char *sender_name) {
  put_text("tenant", "bookfair");
  put_id("trace_id", "t-", push->number);
  put_message(push, sender_name);
  put_content(push);
  put_terms(push);
  put_review(push);
  put_approval(push);
  put_user(push);
  put_consent(push);
}

static void put_head(const struct push *push) {
  put_text("type", "push.requested");
  put_id("id", "e-", push->number);
  put_text("source", "/app/bookfair");
  put_event_time(push);
}

// One line: a flat object, or one in twenty a CloudEvents envelope.
void print_push(const struct push *push, const char *sender_name) {
  need_comma = false;
  putchar('{');
  if (push->number % 20 == 7) {
    put_text("specversion", "1.0");
    put_head(push);
    open_record("data");
    put_fields(push, sender_name);
    close_record();
  } else {
    put_head(push);
    put_fields(push, sender_name);
  }
  puts("}");
}

void print_consent(const struct consent *consent) {
  need_comma = false;
  putchar('{');
  put_text("type", consent->withdrawn ? "consent.withdrawn" : "consent.granted");
  put_id("id", "c-", consent->number);
  put_time("time", consent->time);
  put_text("tenant", "bookfair");
  open_record("user");
  put_id("id", "U", consent->user);
  close_record();
  put_text("purpose", consent->purpose);
  put_text("channel", consent->channel);
  if (!consent->withdrawn) {
    put_text("method", "in_app_switch");
    put_id("proof_id", "p-", consent->user);
  }
  puts("}");
}
