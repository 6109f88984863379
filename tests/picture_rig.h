/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scene of one or more streams, drawn off-screen, and its pixels. Values are set row by
 * row; time is whatever the test says. */
#ifndef VIZ_PICTURE_RIG_H
#define VIZ_PICTURE_RIG_H

#include "../src/draw/layout.h"

#include <viz/alloc.h>
#include <viz/renderer.h>
#include <viz/role.h>
#include <viz/sample.h>
#include <viz/surface.h>

#include <criterion/criterion.h>
#include <stdlib.h>

#define SECOND 1000000000LL
#define STREAMS 3
#define CHANNELS 8

struct studio {
    struct viz_surface *surface;
    struct viz_renderer *renderer;
    struct viz_view view;
    struct viz_scene scene;
    struct viz_scene_stream stream[STREAMS];
    struct viz_scene_channel channel[STREAMS][CHANNELS];
    struct viz_layout *layout; /* as of the last frame */
    int width, height;
    uint8_t *pixels; /* RGBA of the last frame, top row first */
};

/* One red channel of one stream, no rows, a frozen view: nothing moves by itself. */
static inline struct studio *studio_open(int width, int height)
{
    struct studio *s = viz_zalloc(sizeof(*s));
    struct viz_surface_params params = {
        .width_px = width, .height_px = height, .headless = true};
    struct viz_error err;
    viz_role_assume_render();
    if (viz_surface_create(&params, &s->surface, &err) < 0)
        cr_skip("%s", err.text);
    cr_assert_eq(viz_renderer_create(s->surface, &s->renderer, &err), 0, "%s",
                 err.text);
    viz_view_init(&s->view, SECOND);
    s->view.hud = false;
    s->view.frozen = true;
    s->layout = viz_zalloc(sizeof(*s->layout));
    for (uint32_t i = 0; i < STREAMS; i++) {
        s->stream[i] = (struct viz_scene_stream){"S", NULL, s->channel[i], 1};
        for (uint32_t c = 0; c < CHANNELS; c++)
            s->channel[i][c] = (struct viz_scene_channel){
                "name", "unit", VIZ_COLOUR_AUTO, i * CHANNELS + c + 1, true};
    }
    s->channel[0][0].colour = 0xff0000;
    s->scene = (struct viz_scene){
        .view = &s->view, .stream = s->stream, .streams = 1, .now_ns = SECOND};
    return s;
}

static inline void studio_close(struct studio *s)
{
    viz_role_assume_render();
    for (uint32_t i = 0; i < STREAMS; i++)
        viz_series_destroy((struct viz_series *)s->stream[i].series);
    viz_renderer_destroy(s->renderer);
    viz_surface_destroy(s->surface);
    free(s->layout);
    free(s->pixels);
    free(s);
}

/* Append rows [from, to) of @step_ns; @value tells the value of a channel in a row, @flags
 * (may be NULL) its flags. */
typedef float studio_value(uint32_t channel, int64_t row);
typedef unsigned studio_flags(int64_t row);

static inline void studio_feed(struct studio *s, uint32_t stream, int64_t from,
                               int64_t to, int64_t step_ns, studio_value *value,
                               studio_flags *flags)
{
    enum { ROWS = 256 };
    static struct viz_row row[ROWS];
    static float values[ROWS * CHANNELS];
    uint32_t channels = s->stream[stream].channels;
    struct viz_series *series = (struct viz_series *)s->stream[stream].series;
    if (!series)
        s->stream[stream].series = series = viz_series_create(CHANNELS, 1 << 20);
    struct viz_block block = {
        .capacity = ROWS, .channels = channels, .row = row, .value = values};
    for (; from < to; from += block.rows) {
        block.rows = to - from < ROWS ? (uint32_t)(to - from) : ROWS;
        for (uint32_t i = 0; i < block.rows; i++) {
            row[i] = (struct viz_row){.time_ns = (from + i) * step_ns,
                                      .flags = (uint16_t)(flags ? flags(from + i) : 0)};
            for (uint32_t c = 0; c < channels; c++)
                viz_block_channel(&block, c)[i] = value(c, from + i);
        }
        viz_series_append(series, &block);
    }
}

/* Draw one frame of @window_ns that ends at @right_ns. */
static inline void studio_shoot(struct studio *s, int64_t right_ns, int64_t window_ns)
{
    float scale;
    viz_role_assume_render();
    s->view.right_ns = right_ns;
    s->view.window_ns = window_ns;
    viz_renderer_upload(s->renderer, &s->scene);
    viz_renderer_draw(s->renderer, &s->scene);
    viz_surface_size(s->surface, &s->width, &s->height, &scale);
    viz_layout_update(s->layout, &s->scene, s->width, s->height, scale);
    free(s->pixels);
    s->pixels = viz_zalloc((size_t)s->width * (size_t)s->height * 4);
    viz_surface_read(s->surface, s->pixels);
    viz_surface_present(s->surface);
}

static inline uint32_t studio_pixel(const struct studio *s, int x, int y)
{
    const uint8_t *p = s->pixels + ((size_t)y * (size_t)s->width + (size_t)x) * 4;
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* Red by half at least: the red channel's curve, on a dark or a light ground. */
static inline bool studio_red(const struct studio *s, int x, int y)
{
    uint32_t rgb = studio_pixel(s, x, y);
    int red = rgb >> 16, green = rgb >> 8 & 255, blue = rgb & 255;
    return red - green > 100 && red - blue > 100;
}

/* Red pixels of columns [left, right) and rows [top, bottom). */
static inline int studio_count_red(const struct studio *s, int left, int right, int top,
                                   int bottom)
{
    int count = 0;
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            count += studio_red(s, x, y);
    return count;
}

static inline int studio_count_red_plot(const struct studio *s)
{
    const struct viz_layout *l = s->layout;
    return studio_count_red(s, l->plot_left, l->plot_right, 0, s->height);
}

#endif
