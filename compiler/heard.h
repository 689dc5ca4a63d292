// SPDX-License-Identifier: Apache-2.0
// Names that are not declared, and what their writer probably meant (heard.def). Used where a name is found
// to be unknown.
#ifndef NUO_COMPILER_HEARD_H
#define NUO_COMPILER_HEARD_H

#include "compiler/base.h"

enum heard_place { HEARD_VALUE, HEARD_TYPE };

// What to write instead of `wrong`, in its script; .at NULL when nothing is known. Static.
struct str nuo__heard(enum heard_place place, struct str wrong);

// Whether a name is a number, clock time or date in Chinese words: 十八, 早上8点, 二〇二五年七月一日.
bool nuo__heard_numeral(struct str name);

#endif
