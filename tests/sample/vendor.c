// SPDX-License-Identifier: Apache-2.0
// Push requests as Google, Apple, Huawei and the others want them: each with its own places, units and
// clocks.
#include "tests/sample/vendor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sample/json.h"

#define TTL_SECONDS 7200

static void put_user_list(const char *name, const struct push *push) {
  char user[24];
  snprintf(user, sizeof user, "U%06" PRIu32, push->user.number);
  put_list(name, user);
}

static void put_message_id(const char *name, const struct push *push) {
  put_id(name, "m-", push->number);
}

static void put_words(const struct push *push, const char *title, const char *body) {
  put_text(title, push->has_title ? push->title : NULL);
  put_text(body, push->has_body ? push->body : NULL);
}

// ---- JSON ----
static void put_fcm(const struct push *push) {
  open_record("body");
  open_record("message");
  put_id("token", "U", push->user.number);
  open_record("notification");
  put_words(push, "title", "body");
  close_record();
  open_record("android");
  put_text("ttl", "7200s");
  put_text("priority", "NORMAL");
  if (push->vendor_class != NULL) {
    open_record("notification");
    put_text("channel_id", push->vendor_class);
    close_record();
  }
  close_record();
  open_record("fcm_options");
  put_message_id("analytics_label", push);
  close_record();
  close_record();
  close_record();
}

static void put_apns(const struct push *push) {
  char expiration[24];
  snprintf(expiration, sizeof expiration, "%" PRId64, push->time / 1000 + TTL_SECONDS);
  open_record("headers");
  put_text("apns-topic", "cn.example.bookfair");
  put_text("apns-push-type", "alert");
  put_text("apns-priority", "5");
  put_text("apns-expiration", expiration);
  put_message_id("apns-id", push);
  close_record();
  open_record("body");
  open_record("aps");
  open_record("alert");
  put_words(push, "title", "body");
  close_record();
  put_text("category", push->vendor_class);
  close_record();
  close_record();
}

static void put_huawei(const struct push *push) {
  open_record("body");
  put_flag("validate_only", NO);
  open_record("message");
  open_record("android");
  put_text("urgency", "NORMAL");
  put_text("category", push->vendor_class);
  put_text("ttl", "7200s");
  put_message_id("bi_tag", push);
  open_record("notification");
  put_words(push, "title", "body");
  close_record();
  close_record();
  put_user_list("token", push);
  close_record();
  close_record();
}

static void put_oppo(const struct push *push) {
  open_record("body");
  put_number("target_type", 2);
  put_id("target_value", "U", push->user.number);
  open_record("notification");
  put_message_id("app_message_id", push);
  put_words(push, "title", "content");
  put_text("category", push->vendor_class);
  put_flag("off_line", YES);
  put_number("off_line_ttl", TTL_SECONDS);
  put_number("show_start_time", push->scheduled_at);
  close_record();
  close_record();
}

static void put_vivo(const struct push *push) {
  open_record("body");
  put_id("regId", "U", push->user.number);
  put_words(push, "title", "content");
  put_number("notifyType", 4);
  put_number("timeToLive", TTL_SECONDS);
  put_text("classification", push->vendor_class);
  put_message_id("requestId", push);
  put_number("pushMode", 0);
  close_record();
}

static void put_jpush(const struct push *push) {
  open_record("body");
  put_message_id("cid", push);
  put_text("platform", "all");
  open_record("audience");
  put_user_list("alias", push);
  close_record();
  open_record("notification");
  open_record("android");
  put_words(push, "title", "alert");
  close_record();
  close_record();
  open_record("options");
  put_number("time_to_live", TTL_SECONDS);
  put_text("classification", push->vendor_class);
  put_flag("test_model", NO);
  close_record();
  close_record();
}

static void put_getui(const struct push *push) {
  open_record("body");
  put_message_id("request_id", push);
  open_record("audience");
  put_user_list("cid", push);
  close_record();
  open_record("settings");
  put_number("ttl", TTL_SECONDS * 1000);
  put_number("schedule_time", push->scheduled_at);
  close_record();
  open_record("push_message");
  open_record("notification");
  put_words(push, "title", "body");
  close_record();
  close_record();
  close_record();
}

static void put_umeng(const struct push *push) {
  open_record("body");
  put_number("timestamp", push->time);
  put_text("type", "listcast");
  put_id("device_tokens", "U", push->user.number);
  open_record("payload");
  put_text("display_type", "notification");
  open_record("body");
  put_words(push, "title", "text");
  close_record();
  close_record();
  open_record("policy");
  put_local_time("start_time", push->scheduled_at);
  put_local_time("expire_time", push->time + TTL_SECONDS * 1000);
  put_message_id("out_biz_no", push);
  close_record();
  put_flag("production_mode", YES);
  close_record();
}

static void put_mail(const struct push *push) {
  open_record("headers");
  put_text("From", "bookfair <letters@bookfair.example>");
  put_text("Subject", push->subject_line);
  put_text("List-Unsubscribe", "<https://bookfair.example/u>");
  put_text("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  put_text("Precedence", push->vendor_class);
  close_record();
  open_record("body");
  put_text("text", push->has_body ? push->body : NULL);
  close_record();
}

// ---- forms ----
struct form {
  char text[6000];
  size_t used;
};

static void add_field(struct form *form, const char *name, const char *value) {
  if (value == NULL) return;
  form->used += (size_t)snprintf(form->text + form->used, sizeof form->text - form->used,
                                 "%s%s=", form->used == 0 ? "" : "&", name);
  for (; *value != '\0' && form->used + 4 < sizeof form->text; value++) {
    const unsigned char byte = (unsigned char)*value;
    const bool plain =
        (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (plain)
      form->text[form->used++] = (char)byte;
    else
      form->used += (size_t)sprintf(form->text + form->used, "%%%02X", byte);
  }
  form->text[form->used] = '\0';
}

static void add_number(struct form *form, const char *name, const char *prefix, int64_t number, int digits) {
  char text[40];
  if (number < 0) return;
  snprintf(text, sizeof text, "%s%0*" PRId64, prefix, digits, number);
  add_field(form, name, text);
}

static void put_xiaomi(const struct push *push) {
  struct form form = {.used = 0};
  add_number(&form, "registration_id", "U", push->user.number, 6);
  add_field(&form, "title", push->has_title ? push->title : NULL);
  add_field(&form, "description", push->has_body ? push->body : NULL);
  add_field(&form, "pass_through", "0");
  add_number(&form, "time_to_live", "", TTL_SECONDS * 1000, 1);
  add_number(&form, "time_to_send", "", push->scheduled_at, 1);
  add_field(&form, "extra.channel_id", push->vendor_class);
  add_number(&form, "extra.jobkey", "m-", push->number, 6);
  put_text("body", form.text);
}

// The text is the template's, and the gateway knows it.
static void put_aliyun(const struct push *push) {
  struct form form = {.used = 0};
  add_number(&form, "PhoneNumbers", "U", push->user.number, 6);
  add_field(&form, "SignName", push->sender->name);
  add_field(&form, "TemplateCode", "SMS_15305");
  add_number(&form, "OutId", "m-", push->number, 6);
  put_text("body", form.text);
}

static void put_huawei_sms(const struct push *push) {
  struct form form = {.used = 0};
  add_field(&form, "from", "8824110605");
  add_number(&form, "to", "U", push->user.number, 6);
  add_field(&form, "templateId", "t-24");
  add_field(&form, "signature", push->sender->name);
  put_text("body", form.text);
}

static void put_twilio(const struct push *push) {
  struct form form = {.used = 0};
  add_number(&form, "To", "U", push->user.number, 6);
  add_field(&form, "From", "+15550002");
  add_field(&form, "Body", push->has_body ? push->body : NULL);
  add_number(&form, "ValidityPeriod", "", TTL_SECONDS, 1);
  add_number(&form, "MessageSid", "m-", push->number, 6);
  put_text("body", form.text);
}

// ---- which one ----
static const struct vendor_format formats[] = {
    {"fcm", "fcm", true, true, true, true, true, false, put_fcm},
    {"apns", "apns", true, true, true, true, true, false, put_apns},
    {"huawei", "huawei", true, true, true, true, true, false, put_huawei},
    {"xiaomi", "xiaomi", true, true, true, true, true, true, put_xiaomi},
    {"oppo", "oppo", true, true, true, true, true, true, put_oppo},
    {"vivo", "vivo", true, true, true, true, true, false, put_vivo},
    {"jpush", "jpush", true, true, true, true, true, false, put_jpush},
    {"getui", "getui", true, true, true, false, true, true, put_getui},
    {"umeng", "umeng", true, true, true, false, true, true, put_umeng},
    {"aliyun_sms", "aliyun_sms", true, false, false, false, false, false, put_aliyun},
    {"huawei_sms", "huawei_sms", false, false, false, false, false, false, put_huawei_sms},
    {"twilio", "twilio", true, false, true, false, true, false, put_twilio},
    {"smtp", "mail", false, true, true, true, false, false, put_mail},
};

const struct vendor_format *vendor_format_of(const struct push *push) {
  if (push->vendor == NULL || push->number % 4 == 3) return NULL;
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (strcmp(formats[i].vendor, push->vendor) == 0) return &formats[i];
  return NULL;
}
