// SPDX-License-Identifier: Apache-2.0
// The policies that fuzz_image mutates and fuzz_event decides by. Small, and with much of the language in
// them.
#include "tests/fuzz/fuzz.h"

static const char operators[] =
    "policy operators as 运算 title \"t\" version \"1\" zone \"Asia/Shanghai\" calendar days undetermined "
    "hold\n"
    "effective from 1970-01-01\n"
    "calendar days as 日子 covers 2025-01-01..2026-01-01 { rest 2025-01-01, 2025-10-01..2025-10-09 work "
    "2025-09-28 }\n"
    "severities minor as 轻微 < material as 重大\n"
    "event order \"shop.order\" as 订单 enforceable identity id time at zone place.tz default policy {\n"
    "  id as 编号: text  at as 时点: instant\n"
    "  kind as 类别: one of {marketing as 营销, service as 服务, news as 新闻}\n"
    "  count? as 数量: number  price? as 价格: decimal  urgent? as 紧急: flag  seen? as 已看: instant\n"
    "  day? as 日子栏: date  hour? as 钟点: clock  pause? as 间歇: duration\n"
    "  body? as 正文: text sensitive  labels? as 标签: list of text  numbers? as 数组: list of number\n"
    "  kinds? as 颜色: list of one of {red as 红, green as 绿, blue as 蓝}\n"
    "  place as 地点 { tz? as 时区栏: zone  city? as 城市: text }\n"
    "  buyer? as 买家 { name as 姓名: text  birth? as 生日: date }\n"
    "}\n"
    "parameter most as 上限 = 3 from 1970-01-01, 5 from 2026-01-01\n"
    "parameter rest as 休息 = 22:00..08:00\n"
    "lexicon banned as 禁用 = {\"最好\", \"第一\", \"best\"} evasion strict\n"
    "table cap as 上限表 (kind, place.city) -> number first\n"
    "| kind | city | n |\n|---|---|---|\n| marketing | \"a\" | 0 |\n| marketing | any | 2 |\n| any | any | 9 "
    "|\n"
    "define busy as 忙 = (count default 0) > most and not (urgent default false)\n"
    "rule kinds_rule as 类别规则 on order where kind in {marketing, news}\n"
    "  forbid when clock(at) in rest unless urgent severity minor action defer until 08:00 for at most 1 "
    "days\n"
    "  because \"类别 {kind} 于 {at} 数量 {count}\"\n"
    "rule numbers_rule as 数量规则 on order forbid when busy or price * 2 > 1.5 or count / 3 > 1.0 or count "
    "- 1 in {4, 6}\n"
    "  severity material action block because \"{price} {count}\" cites \"x\", \"y\"\n"
    "rule text_rule as 文字规则 on order where kind is not service\n"
    "  forbid when body contains any of banned or body matches /a[0-9]{2,3}b|诺+/ or body starts with "
    "\"广告\"\n"
    "  or length(body) > 20 action label \"词 {kind}\"\n"
    "rule list_rule as 列表规则 on order require labels contains \"ad\" and labels all in {\"ad\", \"x\"} "
    "and size(numbers) < 4\n"
    "  unless kinds contains green action strip body\n"
    "rule time_rule as 时间规则 on order forbid when not is_workday(at) or weekday(at) is 7 or day > "
    "date(at) + 30 days\n"
    "  or at + 2 workdays > seen or seen - at > pause or hour < clock(at) undetermined note action hold\n"
    "rule table_rule as 表规则 on order forbid when count > cap(kind, place.city) action block because "
    "\"{place.city}\"\n"
    "rule age_rule as 年龄规则 on order require years_since(buyer.birth) >= 18 or buyer.name is missing "
    "action hold\n"
    "exception old as 旧 to age_rule when count is 1 unless urgent\n";

static const char *const operator_events[] = {
    "{\"id\":\"o1\",\"at\":1751328000000,\"kind\":\"marketing\"}",
    "{\"id\":\"o2\",\"at\":\"2025-07-01T23:30:00+08:00\",\"kind\":\"news\",\"count\":7,\"price\":1.25,"
    "\"urgent\":false,"
    "\"body\":\"这是最 好的 "
    "a123b\",\"labels\":[\"ad\",\"x\"],\"numbers\":[1,2,3,4],\"kinds\":[\"red\"],\"place\":{\"city\":\"a\","
    "\"tz\":\"Europe/Paris\"},\"buyer\":{\"name\":\"n\",\"birth\":\"2015-02-28\"}}",
    "{\"id\":\"o3\",\"at\":1759300000000,\"kind\":\"service\",\"count\":1,\"price\":-9223372036854.775808,"
    "\"urgent\":true,"
    "\"seen\":1751328000001,\"day\":\"2025-12-31\",\"hour\":\"08:00\",\"pause\":0,\"labels\":[],\"kinds\":["
    "\"green\",\"blue\"]}",
    "{\"id\":\"o4\",\"at\":-62135596800000,\"kind\":\"marketing\",\"count\":-9223372036854775808,\"body\":"
    "\"\",\"hour\":\"24:00\","
    "\"numbers\":[],\"place\":{\"tz\":\"+14:00\"}}",
    "{\"id\":\"o5\",\"at\":253402300799999,\"kind\":\"news\",\"count\":9223372036854775807,\"price\":"
    "9223372036854.775807,"
    "\"body\":\"广告诺诺诺\",\"seen\":0,\"day\":\"0001-01-01\",\"labels\":[\"ad\",\"ad\"],\"place\":{"
    "\"city\":\"b\"}}",
    "{\"id\":\"o6\"}",
    NULL,
};

// The other skin; two types of one name of field, requirements, exceptions to an exception.
static const char types[] =
    "政策 类型 亦称 types 版本 \"2\" 时区 \"UTC\" 不明时 拦截\n"
    "事件 推送 亦称 push 可拦截 标识 编号 时间 时间 { 编号 亦称 id: 文本 时间 亦称 time: 时点 量? 亦称 x: "
    "整数 词? 亦称 w: 文本 敏感 }\n"
    "事件 投诉 亦称 complaint 仅记录 标识 编号 时间 时间 { 编号 亦称 id: 整数 时间 亦称 time: 时点 量 亦称 "
    "x: 文本 }\n"
    "规则 甲 亦称 a 针对 推送 要求 量 多于 3 处置 拦截 理由 \"{量}\"\n"
    "规则 乙 亦称 b 针对 推送 禁止 当 词 为 \"x\" 或 量 缺失 处置 延后至 (时间 + 90 分钟)\n"
    "规则 丙 亦称 c 针对 投诉 禁止 当 量 含有 \"坏\"\n"
    "例外 丁 亦称 d 于 甲 当 词 开头为 \"免\"\n"
    "例外 戊 亦称 e 于 丁 当 量 为 0\n";

static const char *const type_events[] = {
    "{\"type\":\"push\",\"id\":\"1\",\"time\":0,\"x\":4}",
    "{\"type\":\"push\",\"id\":\"2\",\"time\":0,\"x\":0,\"w\":\"免检\"}",
    "{\"type\":\"push\",\"id\":\"3\",\"time\":0,\"w\":\"免\"}",
    "{\"type\":\"complaint\",\"id\":4,\"time\":0,\"x\":\"坏了\"}",
    "{\"specversion\":\"1.0\",\"id\":\"5\",\"time\":1,\"type\":\"push\",\"data\":{\"w\":\"x\"}}",
    NULL,
};

// Two versions whose fields are of other types: which one is asked comes out only of the event's own time.
static const char earlier[] =
    "policy versions version \"1\" effective from 2025-01-01 until 2025-06-30 zone \"UTC\" undetermined "
    "hold\n"
    "event e enforceable identity id time time { id: text time: instant n?: number l?: list of text }\n"
    "rule r on e forbid when n > 3 or l contains \"a\" action block because \"{n}\"\n";
static const char later[] =
    "policy versions version \"2\" effective from 2025-07-01 zone \"UTC\" undetermined hold\n"
    "event e enforceable identity id time time { id: text time: instant n?: text l?: list of number }\n"
    "rule r on e forbid when n is \"4\" or l contains 5 action hold because \"{n}\"\n";

static const char *const version_events[] = {
    "{\"id\":\"1\",\"time\":\"2025-06-30T23:59:59Z\",\"n\":4,\"l\":[\"\\u0061\"]}",
    "{\"id\":\"2\",\"time\":\"2025-07-01T00:00:00Z\",\"n\":\"\\u0034\",\"l\":[5]}",
    "{\"id\":\"3\",\"time\":\"2025-07-01T00:00:00Z\"}",
    "{\"id\":\"4\",\"time\":0,\"l\":[]}",
    "{\"id\":\"5\",\"time\":\"2025-07-01T00:00:00Z\",\"n\":4}",
    NULL,
};

static const char memory[] =
    "policy memory version \"1\" zone \"Asia/Shanghai\" undetermined hold\n"
    "event push enforceable lateness 1 hours { id: text time: instant user: text kind: one of {ad, news}\n"
    "  cap?: number zone_of?: zone }\n"
    "event grant observed lateness 10 minutes { id: text time: instant user: text cap?: number }\n"
    "event stop observed lateness 10 minutes { id: text time: instant user: text }\n"
    "fact allowed (user: text): number starts on grant for (user) with cap ends on stop for (user)\n"
    "fact seen (user: text, kind: kind_of) starts on push where kind is ad for (user, one) ends on stop for "
    "(user, one)\n"
    "type kind_of = one of {one, two}\n"
    "rule consent on push where kind is ad require allowed(user) is present action block because \"{since "
    "allowed(user)}\"\n"
    "rule day on push limit least(allowed(user), cap, 3) per user this day action defer until 08:00\n"
    "rule hours on push limit 2 attempts per (user, kind) in last 90 minutes unless seen(user, two) action "
    "hold\n"
    "rule gap on push forbid when elapsed since last push per user less than 1 minutes action note\n"
    "rule many on push forbid when count of grant per user in last 3 days at least 2 action note\n";

static const char *const memory_events[] = {
    "{\"type\":\"grant\",\"id\":\"g\",\"time\":\"2025-07-01T08:00:00+08:00\",\"user\":\"u\",\"cap\":2}",
    "{\"type\":\"push\",\"id\":\"1\",\"time\":\"2025-07-01T09:00:00+08:00\",\"user\":\"u\",\"kind\":\"ad\"}",
    "{\"type\":\"push\",\"id\":\"2\",\"time\":\"2025-07-01T09:00:00+08:00\",\"user\":\"u\",\"kind\":\"ad\","
    "\"cap\":1}",
    "{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"2\",\"time\":\"2025-07-01T09:30:00+08:00\"}",
    "{\"type\":\"stop\",\"id\":\"s\",\"time\":\"2025-07-01T09:29:00+08:00\",\"user\":\"u\"}",
    "{\"type\":\"push\",\"id\":\"3\",\"time\":\"2025-07-01T08:45:00+08:00\",\"user\":\"u\",\"kind\":"
    "\"news\"}",
    NULL,
};

static const char duties[] =
    "policy duties version \"1\" zone \"Asia/Shanghai\" calendar days undetermined note\n"
    "calendar days as 日子 covers 2025-01-01..2026-01-01 { rest 2025-10-01..2025-10-09 work 2025-09-28 }\n"
    "severities minor as 轻微 < material as 重大\n"
    "event complaint observed identity id time time subject user { id: text time: instant user: text\n"
    "  topic: one of {ads, fees} promised?: date tags?: list of text }\n"
    "event reply observed identity id time time lateness 2 hours { id: text time: instant complaint: text\n"
    "  user: text final?: flag }\n"
    "event hired observed identity id time time { id: text time: instant user: text shop: text }\n"
    "event order enforceable identity id time time { id: text time: instant shop: text }\n"
    "event opened observed identity id time time { id: text time: instant user: text why?: text }\n"
    "fact staff (user: text, shop: text) starts on hired for (user, shop)\n"
    "fact frozen (user: text) starts on complaint where topic is fees for (user) ends on reply for (user)\n"
    "parameter few = 2 from 2025-01-01, 3 from 2025-10-01\n"
    "duty answer on complaint as c where topic is ads unless frozen(\"x\")\n"
    "  must reply as r where r.complaint is c.id within 2 workdays\n"
    "    then reply where complaint is c.id and final within 1 months then reply where complaint is c.id\n"
    "      no later than promised\n"
    "  warn at 1 hours warn at 1 days suspended while frozen(c.user) severity material\n"
    "  discharged by complaint as d where d.id is c.id and d.topic is fees\n"
    "  otherwise must reply where complaint is c.id within 3 days\n"
    "  because \"{c.id} {due} {step}\" raise opened { user: c.user, why: \"late\" }\n"
    "duty attend on order as o for each person where staff(person, shop)\n"
    "  must reply as r where r.user is person and r.complaint is o.id within 90 minutes because "
    "\"{person}\"\n"
    "duty review every month must at least few reply where final spread 4 hours due 5 days after the period\n"
    "  because \"{counted} {from}\"\n"
    "rule again on breach where severity is material limit 1 per user this year action note because "
    "\"{rule} {action}\"\n"
    "rule caught on opened forbid when why is \"late\" action note severity minor\n"
    "rule shop on order forbid when shop is \"bad\" action hold\n";

static const char *const duty_events[] = {
    "{\"type\":\"hired\",\"id\":\"h\",\"time\":\"2025-09-29T08:00:00+08:00\",\"user\":\"li\",\"shop\":\"s\"}",
    "{\"type\":\"hired\",\"id\":\"i\",\"time\":\"2025-09-29T09:00:00+08:00\",\"user\":\"wu\",\"shop\":\"s\"}",
    "{\"type\":\"complaint\",\"id\":\"c\",\"time\":\"2025-09-30T10:00:00+08:00\",\"user\":\"u\",\"topic\":"
    "\"ads\",\"promised\":\"2025-12-01\",\"tags\":[\"a\"]}",
    "{\"type\":\"complaint\",\"id\":\"d\",\"time\":\"2025-09-30T11:00:00+08:00\",\"user\":\"u\",\"topic\":"
    "\"fees\"}",
    "{\"type\":\"order\",\"id\":\"o\",\"time\":\"2025-09-30T12:00:00+08:00\",\"shop\":\"s\"}",
    "{\"type\":\"reply\",\"id\":\"r\",\"time\":\"2025-09-30T13:00:00+08:00\",\"complaint\":\"o\",\"user\":"
    "\"wu\",\"final\":true}",
    "{\"type\":\"complaint\",\"id\":\"c\",\"time\":\"2025-09-30T14:00:00+08:00\",\"user\":\"v\",\"topic\":"
    "\"ads\"}",
    "{\"type\":\"complaint\",\"id\":\"e\",\"time\":\"2026-01-30T10:00:00+08:00\",\"user\":\"u\",\"topic\":"
    "\"fees\"}",
    "{\"type\":\"reply\",\"id\":\"t\",\"time\":\"2026-01-30T10:00:00+08:00\",\"complaint\":\"c\",\"user\":"
    "\"u\"}",
    NULL,
};

// Every way in which an adapter finds and converts a value.
static const char adapters[] =
    "policy adapters version \"1\" zone \"Asia/Shanghai\" undetermined hold\n"
    "event letter enforceable identity id time time zone user.tz default policy { id: text time: instant\n"
    "  kind?: one of {news, advert} left?: duration at?: instant labels?: list of text draft?: flag\n"
    "  score?: decimal count?: number sender?: text name?: text day?: date user { id: text tz?: zone } }\n"
    "rule all on letter forbid when kind is advert or left more than 1 hours or at after time or "
    "size(labels) is 2\n"
    "  or draft or score more than 1.5 or count more than 3 or sender is \"a@b.example\" or name contains "
    "\"x\"\n"
    "  or day after 2025-01-01 or user.id is \"u\" or clock(time) is 08:00 action note\n"
    "adapter a to letter {\n"
    "  time from \"sent\" timestamp in milliseconds, \"s\" timestamp in seconds,\n"
    "    \"local\" local time in \"Europe/Paris\"\n"
    "  for each user.id from \"to\" separated by commas, \"who\", header \"To\" mail address\n"
    "  refuse groups \"all\", header \"X\" { \"no\": false, otherwise true }\n"
    "  kind from \"k\" { \"n\": news, 2: advert } default advert\n"
    "  left from \"for\" { \"-1\": 0 seconds } in seconds, \"ms\" in milliseconds,\n"
    "    \"end\" expiring at timestamp in either unit\n"
    "  at from header \"Date\" mail date, \"gate\" gateway time\n"
    "  labels from \"tags\" separated by commas\n"
    "  draft from \"test\" or not \"live\"\n"
    "  score from \"points\" * 100\n"
    "  count from \"list.1.n\" * 7\n"
    "  sender from header \"From\" mail address\n"
    "  name from header \"Subject\" mail text\n"
    "  day from \"day\"\n"
    "  user.tz from \"tz\" utc offset\n"
    "}\n"
    "adapter way from \"what\" { \"x\": a, 1: b }\n"
    "adapter b to letter { at from \"local\" local time in \"Asia/Shanghai\" left from \"gate\" "
    "expiring at gateway time }\n";
static const char *const adapter_events[] = {
    "{\"adapter\":\"a\",\"body\":{\"sent\":1795355910000,\"to\":\"a\",\"k\":2,\"for\":\"90s\",\"tags\":\"x,"
    "y\",\"test\":0,"
    "\"live\":\"false\",\"points\":\"0.12345\",\"list\":[{\"n\":1},{\"n\":\"2.5\"}],\"day\":\"2026-01-02\","
    "\"tz\":\"GMT+09:00\"},"
    "\"headers\":{\"date\":\"Sun, 22 Nov 2026 21:58:30 +0800 (x)\",\"FROM\":\"A <a@b.example>\","
    "\"Subject\":\"=?utf-8?Q?caf=C3=A9?= =?UTF-8?B?eHg=?=\",\"X\":\"no\"},\"event\":{\"id\":\"1\"}}",
    "{\"body\":\"local=2026-11-22+14%3A58%3A30&who=7&end=1795355910500&list.1.n=3&ms=5\",\"event\":{\"id\":"
    "\"2\","
    "\"labels\":[\"p\",\"q\"]},\"adapter\":\"a\"}",
    "{\"adapter\":\"a\",\"headers\":{\"To\":\"\\\"u, v\\\" <u@x.y> "
    "(c)\"},\"body\":{\"s\":\"1795355910\",\"points\":1e2},"
    "\"event\":{\"id\":\"3\"}}",
    "{\"adapter\":\"way\",\"body\":{\"what\":1,\"gate\":\"261122215830032+\",\"local\":\"2611222158\"},"
    "\"event\":{\"id\":\"5\",\"time\":0,\"user\":{\"id\":\"u\"}}}",
    "{\"adapter\":\"way\",\"body\":\"what=x&gate=000002000000000R&s=1795355910&who=u\",\"event\":{\"id\":"
    "\"6\"}}",
    "{\"adapter\":\"way\",\"body\":[{\"what\":1},\"what=x&who=u\",{\"what\":\"x\",\"s\":1795355910}],"
    "\"headers\":{\"X\":\"no\"},\"event\":{\"id\":\"7\"}}",
    "{\"type\":\"letter\",\"id\":\"4\",\"time\":0,\"user\":{\"id\":\"u\"}}",
    NULL,
};

const struct fuzz_policy fuzz_policies[] = {
    {operators, operator_events, NULL, false}, {types, type_events, NULL, false},
    {earlier, version_events, later, false},   {memory, memory_events, NULL, true},
    {duties, duty_events, NULL, true},         {adapters, adapter_events, NULL, false},
};
const size_t fuzz_policy_count = sizeof fuzz_policies / sizeof *fuzz_policies;
