// SPDX-License-Identifier: Apache-2.0
// Numbers in Chinese characters: 三, 十五, 一百八十.
#ifndef NUO_COMPILER_NUMERAL_H
#define NUO_COMPILER_NUMERAL_H

#include "compiler/base.h"

// The bytes of the number that begins `text`, and its value; 0: none does, or it is written digit by digit.
uint32_t nuo__numeral_read(struct str text, int64_t *value);
// The bytes of the number when a unit follows it, and nothing else but perhaps 内: 三个工作日, 十五日内; else
// 0.
uint32_t nuo__numeral_before_unit(struct str text, int64_t *value);
// The bytes of the unit that begins `text` when nothing else follows but perhaps 内, 以内 or 之内; else 0.
uint32_t nuo__unit_read(struct str text);

#endif
