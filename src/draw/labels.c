/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chrome.h"

#include <viz/series.h>
#include <viz/text.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Lane pitches at scale 1 from which there is room. */
#define TEXT_ROW 16  /* one line of text size... */
#define SMALL_ROW 12 /* ...of a small one... */
#define ONE_ROW 9    /* ...of a tiny one; below, not every lane is named */

#define NAME_SHARE 0.5f /* of a line that holds name and value */

#define READING_STEPS 100 /* a current value tells at least so many parts of its axis */

/* Of the last digit shown: a signal that passes through 0 is hardly ever nearer to it. */
#define READING_LOST 0.02

static const struct viz_scene_channel *channel_of(const struct viz_chrome *chrome,
                                                  const struct viz_lane *lane)
{
    return &chrome->scene->stream[lane->stream].channel[lane->channel];
}

static float pitch(const struct viz_chrome *chrome)
{
    return chrome->layout->pitch / chrome->layout->scale;
}

/* Every how many lanes one is named. */
static uint32_t stride(const struct viz_chrome *chrome)
{
    if (chrome->layout->overlay)
        return 1;
    if (pitch(chrome) >= ONE_ROW)
        return 1;
    return (uint32_t)ceilf(SMALL_ROW / fmaxf(pitch(chrome), 0.01f));
}

/* Of names and values. */
static enum viz_font_size font_size(const struct viz_chrome *chrome)
{
    if (chrome->layout->overlay || pitch(chrome) >= TEXT_ROW)
        return VIZ_FONT_TEXT;
    bool small = pitch(chrome) >= SMALL_ROW || stride(chrome) > 1;
    return small ? VIZ_FONT_SMALL : VIZ_FONT_TINY;
}

struct row {
    float top, bottom;     /* of the swatch */
    float name_y, value_y; /* middles of the lines of text */
    bool one_line;
};

/* Where lane @i is labelled; false when it is not. */
static bool find_row(const struct viz_chrome *chrome, uint32_t i, struct row *row)
{
    const struct viz_layout *layout = chrome->layout;
    const struct viz_lane *lane = &layout->lane[i];
    if (layout->overlay) {
        row->top = (float)layout->plot_top + (float)i * layout->pitch;
        row->bottom = row->top + layout->pitch - viz_chrome_px(chrome, 4);
        row->one_line = true;
        row->name_y = row->value_y = (row->top + row->bottom) / 2;
        return row->bottom <= (float)layout->plot_bottom;
    }
    row->top = (float)lane->top;
    row->bottom = (float)lane->bottom;
    row->one_line = pitch(chrome) < VIZ_LAYOUT_TWO_ROWS;
    float middle = (row->top + row->bottom) / 2;
    float half = row->one_line ? 0 : viz_chrome_px(chrome, 7.5f);
    row->name_y = middle - half;
    row->value_y = middle + half;
    return true;
}

static float text_left(const struct viz_chrome *chrome)
{
    return (float)chrome->layout->label_left + viz_chrome_px(chrome, 10);
}

static void draw_swatch(const struct viz_chrome *chrome, const struct row *row,
                        uint32_t rgb)
{
    float left = (float)chrome->layout->label_left;
    viz_canvas_rect(chrome->canvas, left, row->top, left + viz_chrome_px(chrome, 3),
                    row->bottom, rgb);
}

static void draw_name(const struct viz_chrome *chrome, const struct viz_lane *lane,
                      const struct row *row)
{
    const struct viz_scene_channel *channel = channel_of(chrome, lane);
    float left = text_left(chrome);
    float room = (float)chrome->layout->label_right - left;
    struct viz_text_style style = {font_size(chrome), VIZ_ALIGN_LEFT,
                                   chrome->theme->text, room};
    if (row->one_line && chrome->layout->values)
        style.room = room * NAME_SHARE;
    char text[128];
    const char *stream = chrome->scene->stream[lane->stream].name;
    bool prefixed = chrome->layout->overlay && chrome->scene->streams > 1 && stream;
    snprintf(text, sizeof(text), "%s%s%s", prefixed ? stream : "", prefixed ? " " : "",
             channel->name ? channel->name : "");
    viz_canvas_text(chrome->canvas, &style, left,
                    viz_chrome_baseline(chrome, style.size, row->name_y), text);
}

/* The upright name of a stream beside its lanes [first, end). */
static void draw_group(const struct viz_chrome *chrome, uint32_t first, uint32_t end)
{
    const struct viz_layout *layout = chrome->layout;
    const struct viz_lane *lane = layout->lane;
    const char *name = chrome->scene->stream[lane[first].stream].name;
    float top = (float)lane[first].top, bottom = (float)lane[end - 1].bottom;
    struct viz_text_style style = {VIZ_FONT_SMALL, VIZ_ALIGN_CENTRE,
                                   chrome->theme->muted, bottom - top};
    float x = (float)layout->stream_x;
    if (name && bottom - top >= viz_chrome_px(chrome, 24))
        viz_canvas_text_up(chrome->canvas, &style, x, (top + bottom) / 2, name);
    float line = x + viz_chrome_px(chrome, 5);
    viz_canvas_rect(chrome->canvas, line, top, line + fmaxf(1, floorf(layout->scale)),
                    bottom, chrome->theme->edge);
}

static void draw_groups(const struct viz_chrome *chrome)
{
    const struct viz_layout *layout = chrome->layout;
    uint32_t first = 0;
    while (layout->stream_x && first < layout->lanes) {
        uint32_t end = first;
        while (end < layout->lanes &&
               layout->lane[end].stream == layout->lane[first].stream)
            end++;
        draw_group(chrome, first, end);
        first = end;
    }
}

static void draw_summary(const struct viz_chrome *chrome)
{
    const struct viz_layout *layout = chrome->layout;
    char window[40], text[128];
    viz_text_duration(window, sizeof(window), chrome->scene->view->window_ns);
    snprintf(text, sizeof(text), "%u channel%s  ·  %s window", layout->lanes,
             layout->lanes == 1 ? "" : "s", window);
    struct viz_text_style style = {VIZ_FONT_SMALL, VIZ_ALIGN_RIGHT,
                                   chrome->theme->muted, (float)layout->plot_right / 2};
    viz_canvas_text(
        chrome->canvas, &style, (float)layout->plot_right,
        viz_chrome_baseline(chrome, VIZ_FONT_SMALL, (float)layout->plot_top / 2), text);
}

void viz_labels_draw_names(const struct viz_chrome *chrome)
{
    const struct viz_layout *layout = chrome->layout;
    if (layout->lanes)
        draw_summary(chrome);
    draw_groups(chrome);
    uint32_t step = stride(chrome);
    for (uint32_t i = 0; i < layout->lanes; i++) {
        struct row row;
        if (!find_row(chrome, i, &row))
            break;
        draw_swatch(chrome, &row, layout->lane[i].rgb);
        if (i % step == 0)
            draw_name(chrome, &layout->lane[i], &row);
    }
}

/* The newest number of the lane's channel that the frame shows; NaN: none. */
static float reading(const struct viz_chrome *chrome, const struct viz_lane *lane)
{
    const struct viz_series *series = chrome->scene->stream[lane->stream].series;
    if (!series || lane->channel >= viz_series_channels(series))
        return NAN;
    int64_t end_ns = (chrome->extent->last_bin + 1) * chrome->extent->bin_ns;
    uint64_t row = viz_series_find(series, end_ns);
    if (row == viz_series_begin(series))
        return NAN;
    return viz_series_value(series, lane->channel, row - 1);
}

/* Decimals and prefix follow the lane's axis and not the value, so that figures stay in
 * their columns; but a value that is lost on its axis (beside one spike of 1e38) is told
 * by itself, and not as 0. */
static void write_reading(const struct viz_lane *lane, const char *unit, float value,
                          char *out, size_t size)
{
    double step =
        pow(10, floor(log10(((double)lane->high - lane->low) / READING_STEPS)));
    double largest =
        viz_text_tick_largest(fmax(fabs(lane->low), fabs(lane->high)), unit);
    if (value != 0 && fabs(value) < step * READING_LOST)
        viz_text_si(out, size, value, NULL);
    else
        viz_text_tick(out, size, value, step, largest);
}

/* What the name leaves of the legend's line, a gap between them. */
static float legend_room(const struct viz_chrome *chrome)
{
    float line = (float)chrome->layout->label_right - text_left(chrome);
    return fmaxf(1, line * (1 - NAME_SHARE) - viz_chrome_px(chrome, 6));
}

static void add_unit(const char *number, const char *unit, char *out, size_t size)
{
    size_t length = strlen(number);
    bool prefixed = length && !(number[length - 1] >= '0' && number[length - 1] <= '9');
    snprintf(out, size, "%s%s%s", number, prefixed || !*unit ? "" : " ", unit);
    viz_chrome_minus(out, size);
}

/* Where not all of it has room the unit goes first; a number never loses a part. */
static void fit_reading(const struct viz_chrome *chrome, const char *number,
                        const char *unit, float room, char *out, size_t size)
{
    const enum viz_font_size font = font_size(chrome);
    add_unit(number, unit, out, size);
    if (*unit && room > 0 && viz_font_width(chrome->font, font, out) > room)
        add_unit(number, "", out, size);
    if (room > 0 && viz_font_width(chrome->font, font, out) > room)
        snprintf(out, size, "…");
}

static void draw_reading(const struct viz_chrome *chrome, const struct viz_lane *lane,
                         const struct row *row)
{
    const char *unit = channel_of(chrome, lane)->unit;
    bool overlay = chrome->layout->overlay;
    char number[64], text[96];
    float value = reading(chrome, lane);
    write_reading(lane, unit, value, number, sizeof(number));
    bool with_unit = unit && isfinite(value) && (!row->one_line || overlay);
    fit_reading(chrome, number, with_unit ? unit : "",
                overlay ? legend_room(chrome) : 0, text, sizeof(text));
    struct viz_text_style style = {font_size(chrome), VIZ_ALIGN_RIGHT,
                                   chrome->theme->muted, 0};
    viz_canvas_text(chrome->canvas, &style, (float)chrome->layout->label_right,
                    viz_chrome_baseline(chrome, style.size, row->value_y), text);
}

static void draw_badge(const struct viz_chrome *chrome)
{
    const struct viz_scene *scene = chrome->scene;
    if (!scene->badge[0])
        return;
    char text[64];
    snprintf(text, sizeof(text), "●  %s", scene->badge);
    viz_chrome_minus(text, sizeof(text));
    struct viz_text_style style = {VIZ_FONT_TEXT, VIZ_ALIGN_LEFT,
                                   viz_theme_tone(chrome->theme, scene->badge_tone),
                                   (float)chrome->layout->plot_right / 2};
    viz_canvas_text(
        chrome->canvas, &style, viz_chrome_px(chrome, 10),
        viz_chrome_baseline(chrome, VIZ_FONT_TEXT, (float)chrome->layout->plot_top / 2),
        text);
}

static void draw_message(const struct viz_chrome *chrome)
{
    const struct viz_layout *layout = chrome->layout;
    if (!chrome->scene->message[0])
        return;
    struct viz_text_style style = {VIZ_FONT_TEXT, VIZ_ALIGN_CENTRE,
                                   chrome->theme->muted,
                                   (float)layout->panel_left * 0.9f};
    float middle = (float)(layout->plot_top + layout->plot_bottom) / 2;
    viz_canvas_text(chrome->canvas, &style, (float)layout->panel_left / 2,
                    viz_chrome_baseline(chrome, VIZ_FONT_TEXT, middle),
                    chrome->scene->message);
}

void viz_labels_draw_readings(const struct viz_chrome *chrome)
{
    const struct viz_layout *layout = chrome->layout;
    uint32_t step = stride(chrome);
    draw_badge(chrome);
    draw_message(chrome);
    for (uint32_t i = 0; layout->values && i < layout->lanes; i += step) {
        struct row row;
        if (!find_row(chrome, i, &row))
            break;
        draw_reading(chrome, &layout->lane[i], &row);
    }
}
