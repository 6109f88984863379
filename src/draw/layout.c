/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layout.h"

#include "theme.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MARKER_ROOM 2.6   /* pixels at scale 1 */
#define MARKER_SHARE 0.08 /* of a lane's height, at most */
#define FINEST_TICKS 64u  /* steps that divide a lane's range further are not tried */

/* At content scale 1. */
enum {
    HEADER = 32,
    FOOTER = 26,
    MARGIN = 10,
    RIGHT_MARGIN = 20, /* half of the last time label stands there */
    STREAM_NAME = 20,
    NAME_ONLY = 56,
    NAME_AND_VALUE = 104,
    LEGEND = 132,         /* in overlay all stand in one line: name, value, unit... */
    STREAMS_LEGEND = 190, /* ...and the stream's name before them */
    SHORT_NAME = 7,       /* letters that fit beside a value in NAME_AND_VALUE */
    SHORT_LINE = 14,      /* ...and in a line of their own */
    LETTER = 7,
    TICKS = 68,
    LANE_GAP = 4,
    GROUP_GAP = 8,
    LEGEND_ROW = 18,
    PANEL_LEAST = 204,
    PANEL_MOST = 240,
    PANEL_FROM_WIDTH = 560,
    TICKS_FROM_WIDTH = 480,
    VALUES_FROM_WIDTH = 400,
    LEGEND_FROM_WIDTH = 560,
};

static int px(const struct viz_layout *layout, float at_scale_1)
{
    return (int)lrintf(at_scale_1 * layout->scale);
}

static int panel_width(const struct viz_layout *layout)
{
    float share = (float)layout->width / layout->scale * 0.16f;
    return px(layout, fminf(fmaxf(share, PANEL_LEAST), PANEL_MOST));
}

/* Letters of the longest name that is shown. */
static int longest_name(const struct viz_scene *scene)
{
    size_t longest = 0;
    for (uint32_t s = 0; s < scene->streams; s++)
        for (uint32_t c = 0; c < scene->stream[s].channels; c++) {
            const struct viz_scene_channel *channel = &scene->stream[s].channel[c];
            size_t letters =
                channel->shown && channel->name ? strlen(channel->name) : 0;
            longest = letters > longest ? letters : longest;
        }
    return (int)longest;
}

/* At content scale 1; of @width, which lacks the panel. */
static int label_width(const struct viz_layout *layout, float width,
                       const struct viz_scene *scene)
{
    if (!layout->values)
        return NAME_ONLY;
    if (width < LEGEND_FROM_WIDTH)
        return NAME_AND_VALUE;
    if (layout->overlay)
        return scene->streams > 1 ? STREAMS_LEGEND : LEGEND;
    float lane = ((float)layout->height / layout->scale - HEADER - FOOTER) /
                 (float)(layout->lanes ? layout->lanes : 1);
    bool one_line = lane < VIZ_LAYOUT_TWO_ROWS; /* a name gets half of it */
    int more = longest_name(scene) - (one_line ? SHORT_NAME : SHORT_LINE);
    int needed = NAME_AND_VALUE + (more > 0 ? more * LETTER * (one_line ? 2 : 1) : 0);
    return needed < STREAMS_LEGEND ? needed : STREAMS_LEGEND;
}

static void place_columns(struct viz_layout *layout, const struct viz_scene *scene)
{
    bool hud = scene->view->hud && scene->hud_lines;
    float width = (float)layout->width / layout->scale;
    bool panel = hud && width >= PANEL_FROM_WIDTH;
    layout->panel_left = layout->width - (panel ? panel_width(layout) : 0);
    if (panel)
        width -= (float)panel_width(layout) / layout->scale;
    layout->values = width >= VALUES_FROM_WIDTH;
    layout->ticks = width >= TICKS_FROM_WIDTH;
    int x = px(layout, MARGIN);
    layout->stream_x = 0;
    if (!layout->overlay && layout->values) {
        layout->stream_x = x + px(layout, 8);
        x += px(layout, STREAM_NAME);
    }
    layout->label_left = x;
    x += px(layout, (float)label_width(layout, width, scene));
    layout->label_right = x;
    x += px(layout, layout->ticks ? TICKS : MARGIN);
    layout->plot_left =
        (x + 3) & ~3; /* software renderers shade blocks of four by four */
    layout->plot_right = layout->panel_left - px(layout, RIGHT_MARGIN);
    if (layout->plot_right <= layout->plot_left)
        layout->plot_right = layout->plot_left + 1;
    layout->plot_top = px(layout, HEADER);
    layout->plot_bottom = layout->height - px(layout, FOOTER);
    if (layout->plot_bottom <= layout->plot_top)
        layout->plot_bottom = layout->plot_top + 1;
}

/* Lists the shown channels; returns how many streams have one. */
static uint32_t list_lanes(struct viz_layout *layout, const struct viz_scene *scene)
{
    const struct viz_theme *theme = viz_theme_find(scene->view->light);
    uint32_t groups = 0;
    layout->lanes = 0;
    for (uint32_t s = 0; s < scene->streams; s++) {
        uint32_t before = layout->lanes;
        for (uint32_t c = 0; c < scene->stream[s].channels; c++) {
            const struct viz_scene_channel *channel = &scene->stream[s].channel[c];
            if (!channel->shown || layout->lanes == VIZ_MAX_LANES)
                continue;
            struct viz_lane *lane = &layout->lane[layout->lanes++];
            lane->stream = s;
            lane->channel = c;
            lane->rgb = viz_theme_channel(theme, channel);
        }
        groups += layout->lanes > before;
    }
    return groups;
}

static void place_overlay(struct viz_layout *layout)
{
    layout->pitch = (float)px(layout, LEGEND_ROW);
    for (uint32_t i = 0; i < layout->lanes; i++) {
        layout->lane[i].top = layout->plot_top;
        layout->lane[i].bottom = layout->plot_bottom;
    }
}

/* Even heights, whole pixels: rounding goes to the edges, never to a running sum. */
static void place_lanes(struct viz_layout *layout, uint32_t groups)
{
    if (!layout->lanes)
        return;
    float height = (float)(layout->plot_bottom - layout->plot_top);
    float group_gap = (float)px(layout, GROUP_GAP);
    float share = height / (float)layout->lanes;
    if (group_gap > share / 2)
        group_gap = floorf(share / 2);
    layout->pitch = (height - group_gap * (float)(groups - 1)) / (float)layout->lanes;
    float gap = fminf((float)px(layout, LANE_GAP), floorf(layout->pitch / 6));
    uint32_t group = 0;
    for (uint32_t i = 0; i < layout->lanes; i++) {
        struct viz_lane *lane = &layout->lane[i];
        group += i && lane->stream != lane[-1].stream;
        float top = (float)layout->plot_top + (float)i * layout->pitch +
                    (float)group * group_gap;
        lane->top = (int)lrintf(top);
        lane->bottom = (int)lrintf(top + layout->pitch - gap);
        if (lane->bottom <= lane->top)
            lane->bottom = lane->top + 1;
    }
}

void viz_layout_update(struct viz_layout *layout, const struct viz_scene *scene,
                       int width_px, int height_px, float scale)
{
    layout->width = width_px;
    layout->height = height_px;
    layout->scale = scale;
    layout->overlay = scene->view->overlay;
    uint32_t groups = list_lanes(layout, scene);
    place_columns(layout, scene);
    if (layout->overlay)
        place_overlay(layout);
    else
        place_lanes(layout, groups);
}

int viz_layout_columns(const struct viz_layout *layout)
{
    return layout->plot_right - layout->plot_left;
}

float viz_layout_y(const struct viz_lane *lane, double value)
{
    double range = (double)lane->high - lane->low;
    double share = (value - lane->low) / range;
    return (float)(lane->bottom - share * (lane->bottom - lane->top));
}

void viz_layout_set_range(struct viz_lane *lane, float low, float high, float scale)
{
    double height = lane->bottom - lane->top;
    double margin = fmin(MARKER_ROOM * (double)scale, height * MARKER_SHARE);
    double more = ((double)high - low) * margin / (height - 2 * margin);
    lane->low = (float)fmax(low - more, -FLT_MAX);
    lane->high = (float)fmin(high + more, FLT_MAX);
}

/* How many of @ticks lie in [low, high]. */
static int count_ticks(const struct viz_ticks *ticks, double high)
{
    return (int)floor((high - ticks->first) / ticks->step + 1e-9) + 1;
}

/* Every second, third, ... of the ticks @step apart, so that labels are @apart: with zero among
 * them if that leaves two, else from the first that fits. */
static struct viz_ticks thin_out(double low, double high, double step, double apart)
{
    struct viz_ticks ticks = {.step = step * ceil(apart / step - 1e-9)};
    ticks.round = ticks.step;
    ticks.first = ceil(low / ticks.step - 1e-9) * ticks.step;
    if (count_ticks(&ticks, high) >= 2)
        return ticks;
    ticks.first = ceil(low / step - 1e-9) * step;
    ticks.round = step;
    return ticks;
}

/* From coarse steps to fine ones: the first that has two labels is the roundest. */
struct viz_ticks viz_layout_few_ticks(const struct viz_lane *lane, float label_px,
                                      float outside_px)
{
    double unit = ((double)lane->high - lane->low) / (lane->bottom - lane->top);
    double margin = (label_px / 2 - outside_px) * unit;
    double low = lane->low + margin, high = lane->high - margin;
    if (!isfinite(unit) || !(high - low >= label_px * unit))
        return (struct viz_ticks){0};
    double last = 0;
    for (unsigned most = 2; most <= FINEST_TICKS; most++) {
        double first, step = viz_scale_ticks(low, high, most, &first);
        if (!(step > 0) || step == last)
            continue;
        struct viz_ticks ticks = thin_out(low, high, step, label_px * unit);
        if (count_ticks(&ticks, high) >= 2)
            return ticks;
        last = step;
    }
    return (struct viz_ticks){0};
}
