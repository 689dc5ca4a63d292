// SPDX-License-Identifier: Apache-2.0
// The words of the sample events: titles and sentences for each class of push. In a phrase @s stands for a
// shop,
// @i for a thing, @c for a city, @n for a number from 10 to 99 and @t for a clock time. None of them is in
// breach of anything; the generator plants the mistakes. Included by generate.c only.
#ifndef NUO_TESTS_SAMPLE_PHRASES_H
#define NUO_TESTS_SAMPLE_PHRASES_H

#include <stdint.h>

struct phrases {
  const char *const *titles;
  uint32_t title_count;
  const char *const *sentences;
  uint32_t sentence_count;
};

static const char *const things[] = {"线装诗集", "当季蔬果", "明前绿茶", "露营帐篷", "全麦吐司", "降噪耳机",
                                     "素描课程", "瑜伽垫",   "双人影票", "原木书架", "手冲套装", "接机服务"};
static const char *const cities[] = {"北京", "上海", "杭州", "济南", "广州",
                                     "成都", "西安", "武汉", "昆明", "沈阳"};

static const char *const ad_titles[] = {"广告｜@s本周上新", "@s邀您周末到店", "【广告】@i到货了",
                                        "@s满减进行中",     "秋天适合@i",     "@s会员日：@i专场"};
static const char *const ad_sentences[] = {
    "@s新到一批@i，第一时间为您预留，数量以门店公示为准。",
    "活动期间满一百减@n元，每人限用一次，特价商品不参加。",
    "@c各门店同步开放，营业时间上午@t起。",
    "凭会员码可领取@i体验装一份，领完即止，详见活动规则。",
    "购买@i两件八折，运费由@s承担，七日内可无理由退货。",
    "现场设有讲解，工作人员会为您演示\"@i\"的使用方法。",
    "活动截止到本月@n日以前，具体日期以页面公告为准。",
};
static const char *const news_titles[] = {"@c地铁新线今日试运行", "@c发布出行提示", "本周书评：@i之外",
                                          "@c今秋展览一览"};
static const char *const news_sentences[] = {
    "记者从@c市有关部门获悉，新线路共设@n座车站，首班车上午@t发出。",
    "本次展览展出藏品@n件，部分为首次与公众见面。",
    "气象部门预计，@c未来三天以多云为主，早晚温差较大。",
    "受访者表示，社区图书角开放以来，借阅量比去年同期增加@n%。",
    "主办方提醒，参观请提前预约，入场时出示身份证件。",
    "有关情况我们会继续关注，欢迎读者提供线索。",
};
static const char *const social_titles[] = {"您有@n条新互动", "好友在@c发布了动态", "您关注的话题有更新"};
static const char *const social_sentences[] = {
    "好友评论了您在@c拍的照片：\"那天的晚霞真好看\"。", "您参与的话题新增@n条讨论，点开可以查看。",
    "有@n位书友赞了您的读书笔记，其中一位给您留了言。", "您关注的小组定于@t线上分享@i的使用心得。",
    "群主发布了新的活动安排，集合地点在@c站东口。",
};
static const char *const public_titles[] = {"@c无偿献血倡议", "防灾减灾小知识", "@c志愿者招募"};
static const char *const public_sentences[] = {
    "本周末@c中心血站开放至晚间，现有@n位工作人员值守。",
    "遇到地震请护住头部，就近躲避，不要乘坐电梯。",
    "社区招募敬老志愿者@n名，服务时间为周六上午@t。",
    "雨季出行请绕开低洼路段，发现井盖缺失请拨打市政热线。",
    "陌生来电要求您转账的，请先与家人商量，也可以拨打九六一一〇咨询。",
};
static const char *const notice_titles[] = {"服务进度更新", "@s预约提醒", "证件即将到期", "系统维护通知"};
static const char *const notice_sentences[] = {
    "您在@s预约的服务定于明天@t开始，请提前十分钟到店。",
    "您提交的资料已经收到，预计@n小时内给出结果。",
    "系统将于凌晨维护，期间查询功能暂停，已办业务不受影响。",
    "您的借阅证还有@n天到期，可在窗口或者线上续期。",
    "您报修的项目已派给师傅，联系电话可在订单页查看。",
    "如有疑问，请在工作时间与@s客服联系。",
};
static const char *const trade_titles[] = {"订单已发货", "支付成功", "退款进度", "包裹待取"};
static const char *const trade_sentences[] = {
    "您购买的@i已从@c仓库发出，预计@n小时内送达。",
    "您尾号@n@n的账户支出@n.00元，商户为@s。",
    "您的退款已受理，款项将原路退回，到账时间以银行为准。",
    "包裹已到代收点，取件码@n-@n，请于今日@t以后领取。",
    "电子发票已开具，可在订单详情中下载。",
};
static const char *const security_titles[] = {"登录提醒", "验证码", "账号安全通知", "密码已修改"};
static const char *const security_sentences[] = {
    "您的账号于@t在@c登录，如非本人操作，请立即修改密码。",
    "本次操作的验证码为@n@n@n，五分钟内有效，请勿告诉他人。",
    "我们发现一台新设备使用了您的账号，已要求它重新验证。",
    "您的密码已经修改，其他设备需要重新登录。",
};
static const char *const dispatch_titles[] = {"新的派单", "路线调整", "班次确认"};
static const char *const dispatch_sentences[] = {
    "您有一单新的配送，取货点在@c@s，请于@t以前到达。",
    "前方道路施工，已为您改走备用路线，预计多用@n分钟。",
    "明日班次已经排定，请确认是否到岗。",
    "收件人要求送到前台，请在送达后拍照上传。",
};
static const char *const emergency_titles[] = {"暴雨红色预警", "台风蓝色预警", "地震速报"};
static const char *const emergency_sentences[] = {
    "@c气象台发布暴雨红色预警，请立即停止户外活动。",
    "低洼地区居民请尽快转移到高处，听从社区工作人员指挥。",
    "应急避难场所已经开放，可容纳@n百人。",
    "如遇险情请拨打一一九或者一一〇求助。",
};

#define PHRASES(name)                                                               \
  {                                                                                 \
    name##_titles, sizeof(name##_titles) / sizeof *name##_titles, name##_sentences, \
        sizeof(name##_sentences) / sizeof *name##_sentences                         \
  }

// In the order of the generator's enum push_class.
static const struct phrases class_phrases[] = {
    PHRASES(ad),    PHRASES(news),     PHRASES(social),   PHRASES(public),    PHRASES(notice),
    PHRASES(trade), PHRASES(security), PHRASES(dispatch), PHRASES(emergency),
};

#undef PHRASES

#endif
