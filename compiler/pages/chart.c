// SPDX-License-Identifier: Apache-2.0
// Bars one beside the other, each in parts one above the other, with a scale on the left and as many labels
// below as there is room for.
#include "compiler/pages/chart.h"

#include "compiler/pages/html.h"

enum { WIDTH = 760, HEIGHT = 190, LEFT = 56, BOTTOM = 22, TOP = 8, LABEL = 84, MOST_LINES = 4 };

static void attribute(struct text_out *out, const char *name, int64_t hundredths) {
  nuo__out_string(out, " ");
  nuo__out_string(out, name);
  nuo__out_string(out, "=\"");
  nuo__out_decimal(out, hundredths * 10000);
  nuo__out_string(out, "\"");
}

static uint64_t sum_of(const struct chart *c, uint32_t bar) {
  uint64_t sum = 0;
  for (uint32_t part = 0; part < c->parts; part++) sum += c->value(c->context, bar, part);
  return sum;
}

// The distance of the lines of the scale: 1, 2 or 5 times a power of ten.
static uint64_t step_for(uint64_t most) {
  static const uint64_t steps[] = {1, 2, 5};
  for (uint64_t power = 1;; power *= 10)
    for (int i = 0; i < 3; i++)
      if (steps[i] * power * MOST_LINES >= most) return steps[i] * power;
}

static void write_text(struct text_out *out, int64_t x, int64_t y, const char *anchor) {
  nuo__out_string(out, "<text");
  attribute(out, "x", x);
  attribute(out, "y", y);
  nuo__out_string(out, " text-anchor=\"");
  nuo__out_string(out, anchor);
  nuo__out_string(out, "\">");
}

static void write_scale(struct text_out *out, uint64_t top, uint64_t step) {
  const int64_t plot = HEIGHT - BOTTOM - TOP;
  for (uint64_t at = 0; at <= top; at += step) {
    const int64_t y =
        100 * (int64_t)(HEIGHT - BOTTOM) - (int64_t)(100.0 * (double)plot * (double)at / (double)top);
    nuo__out_string(out, "<line");
    attribute(out, "x1", 100 * LEFT);
    attribute(out, "x2", 100 * WIDTH);
    attribute(out, "y1", y);
    attribute(out, "y2", y);
    nuo__out_string(out, "/>");
    write_text(out, 100 * (LEFT - 8), y + 400, "end");
    nuo__html_integer(out, (int64_t)at);
    nuo__out_string(out, "</text>");
  }
}

static void write_bar(struct text_out *out, const struct chart *c, uint32_t bar, uint64_t top) {
  const double slot = (double)(WIDTH - LEFT) / c->bars, plot = HEIGHT - BOTTOM - TOP;
  const double width = slot > 60 ? 44 : slot > 4 ? slot * 0.76 : slot;
  double y = HEIGHT - BOTTOM;
  for (uint32_t part = 0; part < c->parts; part++) {
    const uint64_t value = c->value(c->context, bar, part);
    const double height = plot * (double)value / (double)top;
    if (value == 0) continue;
    y -= height;
    nuo__out_string(out, "<rect class=\"p");
    nuo__out_integer(out, part % CHART_COLOURS);
    nuo__out_string(out, "\"");
    attribute(out, "x", (int64_t)(100 * (LEFT + bar * slot + (slot - width) / 2)));
    attribute(out, "y", (int64_t)(100 * y));
    attribute(out, "width", (int64_t)(100 * width));
    attribute(out, "height", (int64_t)(100 * height + 0.5));
    nuo__out_string(out, "/>");
  }
}

static void write_labels(struct text_out *out, const struct chart *c) {
  const uint32_t room = (WIDTH - LEFT) / LABEL, every = (c->bars + room - 1) / room;
  const double slot = (double)(WIDTH - LEFT) / c->bars;
  for (uint32_t bar = 0; bar < c->bars; bar += every) {
    char text[16];
    write_text(out, (int64_t)(100 * (LEFT + (bar + 0.5) * slot)), 100 * (HEIGHT - 6), "middle");
    nuo__html_text(out, c->label(c->context, bar, text));
    nuo__out_string(out, "</text>");
  }
}

void nuo__chart(struct text_out *out, const struct chart *c) {
  uint64_t most = 0;
  for (uint32_t bar = 0; bar < c->bars; bar++)
    if (sum_of(c, bar) > most) most = sum_of(c, bar);
  if (most == 0) return;
  const uint64_t step = step_for(most), top = (most + step - 1) / step * step;
  nuo__out_string(out, "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 ");
  nuo__out_integer(out, WIDTH);
  nuo__out_string(out, " ");
  nuo__out_integer(out, HEIGHT);
  nuo__out_string(out, "\">");
  write_scale(out, top, step);
  for (uint32_t bar = 0; bar < c->bars; bar++) write_bar(out, c, bar, top);
  write_labels(out, c);
  nuo__out_string(out, "</svg>\n");
}
