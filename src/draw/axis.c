/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chrome.h"

#include <viz/scale.h>
#include <viz/text.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Pixels at scale 1. */
#define TICK_PITCH 26
#define TICK_PITCH_ROOMY 48 /* in lanes higher than ROOMY */
#define ROOMY 240
#define OUTSIDE 2         /* a label reaches half way into the gap between lanes */
#define FEW_LABELS 3      /* up to so many are chosen with care for each */
#define LEAST_LABELLED 20 /* lanes lower than this have no ticks */
#define GRID_PITCH 16     /* closer than this only zero has a line through the lane */
#define TIME_PITCH 84
#define TICKS_MOST 64

float viz_chrome_baseline(const struct viz_chrome *chrome, enum viz_font_size size,
                          float y)
{
    return y + viz_font_capital(chrome->font, size) / 2;
}

void viz_chrome_minus(char *text, size_t size)
{
    static const char minus[] = "\u2212";
    char from[160];
    size_t used = 0;
    snprintf(from, sizeof(from), "%s", text);
    for (const char *at = from; *at && used + 4 < size; at++) {
        if (*at == '-' && at[1] >= '0' && at[1] <= '9') {
            memcpy(text + used, minus, 3);
            used += 3;
        } else {
            text[used++] = *at;
        }
    }
    text[used] = 0;
}

static void hline(const struct viz_chrome *chrome, float left, float right, float y,
                  uint32_t rgb)
{
    float top = floorf(y), thick = fmaxf(1, floorf(chrome->layout->scale));
    viz_canvas_rect(chrome->canvas, left, top, right, top + thick, rgb);
}

static void vline(const struct viz_chrome *chrome, float x, float top, float bottom,
                  uint32_t rgb)
{
    float left = floorf(x), thick = fmaxf(1, floorf(chrome->layout->scale));
    viz_canvas_rect(chrome->canvas, left, top, left + thick, bottom, rgb);
}

/* The height of a label and of the space around it. */
static float label_height(const struct viz_chrome *chrome)
{
    return viz_font_capital(chrome->font, VIZ_FONT_SMALL) + viz_chrome_px(chrome, 4);
}

/* Whether the label of @value stands clear of the next lane's. */
static bool has_room(const struct viz_chrome *chrome, const struct viz_lane *lane,
                     double value)
{
    float y = viz_layout_y(lane, value);
    float half = viz_font_capital(chrome->font, VIZ_FONT_SMALL) / 2 -
                 viz_chrome_px(chrome, OUTSIDE);
    return y - half >= (float)lane->top && y + half <= (float)lane->bottom;
}

/* A prefix alone reads as a unit: "20 m". In overlay units differ. */
static void add_unit(const struct viz_chrome *chrome, const struct viz_lane *lane,
                     char *text, size_t size)
{
    const struct viz_layout *layout = chrome->layout;
    const char *unit = chrome->scene->stream[lane->stream].channel[lane->channel].unit;
    if (!unit || !strchr(text, ' ') || (layout->overlay && layout->lanes > 1))
        return;
    char whole[80];
    snprintf(whole, sizeof(whole), "%s%s", text, unit);
    float room = (float)(layout->plot_left - layout->label_right);
    if (viz_font_width(chrome->font, VIZ_FONT_SMALL, whole) <=
        room - viz_chrome_px(chrome, 10))
        snprintf(text, size, "%s", whole);
}

static void tick_label(const struct viz_chrome *chrome, const struct viz_lane *lane,
                       double value, double step)
{
    float y = viz_layout_y(lane, value);
    char text[80];
    const char *unit = chrome->scene->stream[lane->stream].channel[lane->channel].unit;
    double largest =
        viz_text_tick_largest(fmax(fabs(lane->low), fabs(lane->high)), unit);
    struct viz_text_style style = {VIZ_FONT_SMALL, VIZ_ALIGN_RIGHT,
                                   chrome->theme->faint, 0};
    viz_text_tick(text, sizeof(text), value, step, largest);
    viz_chrome_minus(text, sizeof(text));
    add_unit(chrome, lane, text, sizeof(text));
    viz_canvas_text(chrome->canvas, &style,
                    (float)chrome->layout->plot_left - viz_chrome_px(chrome, 7),
                    viz_chrome_baseline(chrome, VIZ_FONT_SMALL, y), text);
}

static struct viz_ticks choose_ticks(const struct viz_chrome *chrome,
                                     const struct viz_lane *lane)
{
    float height = (float)(lane->bottom - lane->top) / chrome->layout->scale;
    unsigned most =
        (unsigned)(height / (height > ROOMY ? TICK_PITCH_ROOMY : TICK_PITCH));
    struct viz_ticks ticks;
    if (most <= FEW_LABELS)
        return viz_layout_few_ticks(lane, label_height(chrome),
                                    viz_chrome_px(chrome, OUTSIDE));
    double edge = label_height(chrome) / 2 - viz_chrome_px(chrome, OUTSIDE);
    edge *= ((double)lane->high - lane->low) / (lane->bottom - lane->top);
    ticks.step =
        viz_scale_ticks(lane->low + edge, lane->high - edge, most, &ticks.first);
    ticks.round = ticks.step;
    return ticks;
}

static void tick(const struct viz_chrome *chrome, const struct viz_lane *lane,
                 double value, const struct viz_ticks *ticks)
{
    const struct viz_layout *layout = chrome->layout;
    float y = viz_layout_y(lane, value);
    double pitch =
        ticks->step / ((double)lane->high - lane->low) * (lane->bottom - lane->top);
    if (fabs(value) >= ticks->round / 2 && pitch >= viz_chrome_px(chrome, GRID_PITCH))
        hline(chrome, (float)layout->plot_left, (float)layout->plot_right, y,
              chrome->theme->grid);
    if (!layout->ticks)
        return;
    hline(chrome, (float)layout->plot_left - viz_chrome_px(chrome, 4),
          (float)layout->plot_left, y, chrome->theme->edge);
    tick_label(chrome, lane, value, ticks->round);
}

static void lane_axis(const struct viz_chrome *chrome, const struct viz_lane *lane)
{
    float height = (float)(lane->bottom - lane->top) / chrome->layout->scale;
    if (height < LEAST_LABELLED)
        return;
    if (lane->low <= 0 && lane->high >= 0)
        hline(chrome, (float)chrome->layout->plot_left,
              (float)chrome->layout->plot_right, viz_layout_y(lane, 0),
              chrome->theme->grid);
    struct viz_ticks ticks = choose_ticks(chrome, lane);
    if (!(ticks.step > 0))
        return;
    for (unsigned i = 0; i < TICKS_MOST; i++) {
        double value = ticks.first + i * ticks.step;
        if (value <= lane->high && has_room(chrome, lane, value))
            tick(chrome, lane, value, &ticks);
    }
}

static void lane_outline(const struct viz_chrome *chrome, const struct viz_lane *lane)
{
    if (lane->bottom - lane->top >= 6)
        vline(chrome, (float)chrome->layout->plot_left - 1, (float)lane->top,
              (float)lane->bottom, chrome->theme->edge);
}

/* Ticks count back from the right edge, which is the newest sample while live: they
 * stand still while the curves move. */
static void time_axis(const struct viz_chrome *chrome)
{
    const struct viz_layout *layout = chrome->layout;
    int64_t bin_ns = chrome->extent->bin_ns;
    int64_t window_ns = bin_ns * viz_layout_columns(layout);
    float width = (float)viz_layout_columns(layout);
    unsigned most = (unsigned)(width / viz_chrome_px(chrome, TIME_PITCH));
    int64_t step = viz_scale_time_ticks(window_ns, most < 2 ? 2 : most);
    float baseline = (float)layout->plot_bottom + viz_chrome_px(chrome, 6) +
                     viz_font_capital(chrome->font, VIZ_FONT_SMALL);
    struct viz_text_style style = {VIZ_FONT_SMALL, VIZ_ALIGN_CENTRE,
                                   chrome->theme->muted, 0};
    for (int64_t back = 0; back <= window_ns; back += step) {
        float x = (float)((double)layout->plot_right - (double)back / (double)bin_ns);
        char text[40];
        viz_text_time_tick(text, sizeof(text), -back, step);
        viz_chrome_minus(text, sizeof(text));
        if (back)
            vline(chrome, x, (float)layout->plot_top, (float)layout->plot_bottom,
                  chrome->theme->grid);
        vline(chrome, x, (float)layout->plot_bottom,
              (float)layout->plot_bottom + viz_chrome_px(chrome, 3),
              chrome->theme->edge);
        viz_canvas_text(chrome->canvas, &style, x, baseline, text);
    }
    hline(chrome, (float)layout->plot_left, (float)layout->plot_right,
          (float)layout->plot_bottom, chrome->theme->edge);
}

void viz_axis_draw(const struct viz_chrome *chrome)
{
    const struct viz_layout *layout = chrome->layout;
    uint32_t lanes = layout->overlay && layout->lanes ? 1 : layout->lanes;
    if (lanes)
        time_axis(chrome);
    for (uint32_t i = 0; i < lanes; i++) {
        lane_axis(chrome, &layout->lane[i]);
        lane_outline(chrome, &layout->lane[i]);
    }
}
