/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where everything of a frame goes, in pixels from the top left corner. Pure
 * arithmetic. Private to src/draw.
 *
 *   +------------------------------------------------+---------+
 *   | badge, what is shown                           |  HUD,   |
 *   +--------+--------+-------------------------------  when   |
 *   | stream | labels | ticks | lane                 |  it is  |
 *   |        | labels | ticks | lane                 |  on     |
 *   +--------+--------+-------+----------------------+         |
 *   |                           time axis            |         |
 *   +------------------------------------------------+---------+
 */
#ifndef VIZ_LAYOUT_H
#define VIZ_LAYOUT_H

#include <viz/scale.h>
#include <viz/scene.h>

#include <stdbool.h>
#include <stdint.h>

#define VIZ_MAX_LANES 4096 /* channels drawn at once; more are left out */

/* Height at content scale 1 from which a lane's name and value stand one above the other. */
#define VIZ_LAYOUT_TWO_ROWS 29

struct viz_lane {
    uint32_t stream, channel; /* indices into the scene */
    int top, bottom;          /* the curve stays within [top, bottom) */
    uint32_t rgb;
    float low, high; /* values at bottom and top */
};

struct viz_layout {
    int width, height;
    float scale;
    bool overlay;
    int plot_left, plot_right, plot_top, plot_bottom;
    int stream_x; /* baseline of the stream's upright name; 0: not shown */
    int label_left, label_right;
    bool values;    /* there is room for current values */
    bool ticks;     /* there is room for y tick labels */
    int panel_left; /* of the HUD; width: no panel */
    float pitch;    /* from lane to lane, or from legend row to row */
    uint32_t lanes;
    struct viz_lane lane[VIZ_MAX_LANES];
};

/* Lay @scene out for a framebuffer. Lanes' low and high are not touched. */
void viz_layout_update(struct viz_layout *layout, const struct viz_scene *scene,
                       int width_px, int height_px, float scale);

/* Columns of the plot, at least 1. */
int viz_layout_columns(const struct viz_layout *layout);

/* The pixel row (fractional) of @value in @lane. */
float viz_layout_y(const struct viz_lane *lane, double value);

/* Let @lane show @low to @high with room around for the whole of a marker. */
void viz_layout_set_range(struct viz_lane *lane, float low, float high, float scale);

/* Ticks at first, first + step, ... up to high. */
struct viz_ticks {
    double first, step; /* step 0: none */
    double round;       /* they are whole multiples of this: the step, or part of it */
};

/* The ticks of a lane too low for many: two or a few more whose labels, @label_px high,
 * stand clear of each other and reach no more than @outside_px out of the lane. One tick
 * says nothing about a scale, so a lane without room for two has none. */
struct viz_ticks viz_layout_few_ticks(const struct viz_lane *lane, float label_px,
                                      float outside_px);

#endif
