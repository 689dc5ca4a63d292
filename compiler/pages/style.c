// SPDX-License-Identifier: Apache-2.0
// How pages look, on the screen and on A4. Fonts are those that the reader's system has: Chinese text in a
// Song face, as documents of law are set, English in a book face.
#include "compiler/pages/html.h"

static const char base[] =
    ":root{--ink:#1d2127;--soft:#5b6470;--line:#d9dde2;--pale:#f6f7f8;--good:#1d6b45;--warn:#8a5a00;"
    "--bad:#a3261c;--link:#1f4e8c;--serif:Charter,'Source Serif 4',Georgia,'Times New Roman','Songti SC',"
    "'Source Han Serif SC','Noto Serif CJK SC',SimSun,serif;--sans:system-ui,'Segoe UI',Helvetica,Arial,"
    "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;--mono:ui-monospace,Menlo,Consolas,"
    "'DejaVu Sans Mono','Noto Sans Mono CJK SC','PingFang SC','Microsoft YaHei',monospace}\n"
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%}\n"
    "body{margin:0;color:var(--ink);background:#fff;font:16.5px/1.75 "
    "var(--serif);text-rendering:optimizeLegibility}\n"
    "main{max-width:46rem;margin:0 auto;padding:3.2rem 1.4rem 5rem}\n"
    "h1,h2,h3,h4,h5,h6{line-height:1.35;font-weight:700;margin:2.1em 0 .6em;break-after:avoid}\n"
    "h1{font-size:1.75rem;margin-top:0;text-align:center;text-wrap:balance}\n"
    "h2{font-size:1.3rem;padding-bottom:.25em;border-bottom:1px solid var(--line)}\n"
    "h3{font-size:1.12rem}h4{font-size:1.02rem}h5,h6{font-size:1rem}\n"
    "p,ul,ol,blockquote{margin:.7em 0}\n"
    "li>p{margin:.2em 0}\n"
    "blockquote{padding-left:1em;border-left:3px solid var(--line);color:var(--soft)}\n"
    "a{color:var(--link)}\n"
    "hr{border:0;border-top:1px solid var(--line);margin:2em 0}\n"
    "code,pre{font-family:var(--mono);font-size:.86em}\n"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.6;margin:0}\n"
    "table{border-collapse:collapse;width:100%;margin:1em 0;font-size:.93em;line-height:1.5}\n"
    "th,td{text-align:left;vertical-align:top;padding:.38em .6em;border-bottom:1px solid var(--line)}\n"
    "th{font:600 .86em/1.5 var(--sans);color:var(--soft);border-bottom-color:#9aa3ad}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    "thead{display:table-header-group}tr{break-inside:avoid}\n"
    ".soft{color:var(--soft)}\n"
    ".small{font-size:.87em;line-height:1.55}\n"
    ".ui{font-family:var(--sans)}\n";

static const char languages[] =
    "input[name=words]{position:absolute;opacity:0;width:1px;height:1px}\n"
    "#en:checked~* [lang=zh],#zh:checked~* [lang=en]{display:none}\n"
    ".switch{position:absolute;top:.8rem;right:1rem;font:13px/1 var(--sans);color:var(--link);padding:.45em "
    ".8em;"
    "border:1px solid var(--line);border-radius:1em;cursor:pointer;background:#fff}\n"
    "#en:checked~label[for=en],#zh:checked~label[for=zh]{display:none}\n"
    "input:focus-visible~.switch{outline:2px solid var(--link)}\n";

static const char parts[] =
    ".lead{text-align:center;color:var(--soft);margin-bottom:1.6em}\n"
    ".facts{display:grid;grid-template-columns:max-content 1fr;gap:.15em 1.2em;margin:1.2em 0;padding:.9em "
    "1.1em;"
    "border:1px solid var(--line);border-radius:4px;font:.87em/1.6 var(--sans)}\n"
    ".facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}\n"
    ".badge{display:inline-block;font:500 .72rem/1.5 var(--sans);padding:0 "
    ".6em;border-radius:.8em;border:1px solid;"
    "vertical-align:.15em;margin-left:.5em;white-space:nowrap;color:var(--soft)}\n"
    ".encoded,.passed{color:var(--good)}.organisational{color:var(--soft)}.deferred{color:var(--warn)}\n"
    ".silent,.failed{color:var(--bad)}.new,.changed{color:var(--link)}.removed{color:var(--bad)}\n"
    ".bar{display:flex;height:.7rem;border-radius:.35rem;overflow:hidden;margin:.6em "
    "0;background:var(--pale)}\n"
    ".bar i{display:block}.bar .encoded{background:#2f8f63}.bar .organisational{background:#a9b2bc}\n"
    ".bar .deferred{background:#d9a441}.bar .silent{background:#c4473c}\n"
    ".tree td:first-child{white-space:nowrap}\n"
    ".d1{padding-left:1.6em}.d2{padding-left:2.6em}.d3{padding-left:3.6em}.d4{padding-left:4.6em}\n"
    ".chapter td{font-weight:700;padding-top:1em}\n"
    "tr.silent td{color:var(--bad)}\n";

static const char paper[] =
    "@page{size:A4;margin:24mm 22mm 22mm 25mm;@bottom-center{content:counter(page) ' / ' counter(pages);"
    "font:9pt sans-serif;color:#5b6470}}\n"
    "@media print{\n"
    "body{font-size:10.8pt;line-height:1.65}\n"
    "main{max-width:none;padding:0}\n"
    ".switch,nav{display:none!important}\n"
    "h1{font-size:18pt}h2{font-size:14pt}h3{font-size:12.2pt}h4,h5,h6{font-size:11.2pt}\n"
    "p,li{orphans:2;widows:2}\n"
    "a{color:inherit;text-decoration:none}\n"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}\n"
    "}\n"
    "@media(max-width:34rem){body{font-size:16px}main{padding-top:3rem}}\n";

const char *const nuo__page_style[] = {base, languages, parts, paper, NULL};
