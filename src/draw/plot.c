/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plot.h"

#include "gl.h"
#include "points.h"
#include "theme.h"

#include <viz/alloc.h>
#include <viz/sample.h>

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_RING 2048u
#define VALUE_UNIT                                                                     \
    8.0 /* shaders divide values by it: no difference overflows a float */
#define LINE_WIDTH_PX 1.3f /* at scale 1 */

/* Pixels from sample to sample: farther apart they are drawn as points, closer together as
 * bands; between the two figures it stays as it is. Bands follow the line to its places
 * on the columns' edges, points to the samples' own and cost more. */
#define POINTS_FROM_PX 2.5f
#define BANDS_BELOW_PX 2.0f

/* One stream's data. Made when its first row is seen, made anew when it gains channels
 * or the window outgrows the ring. */
struct trail {
    uint32_t channels, ring;
    const struct viz_series *series;
    struct viz_columns *columns;
    struct viz_bands *bands;
    struct viz_points *points;
    bool as_points;
    float spacing_px; /* between samples */
};

/* What the shaders know of a lane: two texels. */
struct lane_texels {
    float low, px_per_unit; /* in units of VALUE_UNIT */
    float bottom, top;      /* pixels from the framebuffer's bottom */
    float red, green, blue, row;
};

struct viz_plot {
    struct viz_bands_program bands;
    struct viz_points_program points;
    GLuint array, indices; /* no vertices: shaders make them from their number */
    GLuint lanes;
    uint32_t lanes_sent;
    struct lane_texels *texels; /* [VIZ_MAX_LANES], as the GPU has them */
    struct trail trail[VIZ_MAX_STREAMS];
    struct viz_scale overlay_scale;
    struct viz_scale (*scale)[VIZ_MAX_CHANNELS]; /* [VIZ_MAX_STREAMS] */
};

/* The largest texture here has a row a lane. Rings of columns need as many texels as the
 * framebuffer has pixels across, and no driver makes framebuffers larger than textures. */
static int check_textures(struct viz_error *err)
{
    GLint most = 0;
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &most);
    if (most >= VIZ_MAX_LANES)
        return 0;
    return viz_fail(err, -ENOTSUP,
                    "the driver's textures end at %d texels across, viz needs %d",
                    (int)most, VIZ_MAX_LANES);
}

int viz_plot_create(struct viz_plot **out, struct viz_error *err)
{
    struct viz_plot *plot = viz_zalloc(sizeof(*plot));
    plot->texels = viz_map(VIZ_MAX_LANES * sizeof(*plot->texels));
    plot->scale = viz_map(VIZ_MAX_STREAMS * sizeof(*plot->scale));
    int ret = check_textures(err);
    if (ret == 0)
        ret = viz_bands_program_init(&plot->bands, err);
    if (ret == 0)
        ret = viz_points_program_init(&plot->points, err);
    if (ret < 0) {
        viz_plot_destroy(plot);
        return ret;
    }
    glGenVertexArrays(1, &plot->array);
    glBindVertexArray(plot->array);
    plot->indices = viz_gl_quad_indices();
    plot->lanes = viz_gl_texture(GL_RGBA32F, 2, VIZ_MAX_LANES, GL_RGBA, GL_FLOAT, NULL);
    *out = plot;
    return 0;
}

static void drop_trail(struct trail *trail)
{
    viz_columns_destroy(trail->columns);
    viz_bands_destroy(trail->bands);
    viz_points_destroy(trail->points);
    *trail = (struct trail){0};
}

void viz_plot_destroy(struct viz_plot *plot)
{
    if (!plot)
        return;
    for (size_t i = 0; i < VIZ_MAX_STREAMS; i++)
        drop_trail(&plot->trail[i]);
    viz_bands_program_finish(&plot->bands);
    viz_points_program_finish(&plot->points);
    glDeleteTextures(1, &plot->lanes);
    glDeleteVertexArrays(1, &plot->array);
    glDeleteBuffers(1, &plot->indices);
    viz_unmap(plot->texels, VIZ_MAX_LANES * sizeof(*plot->texels));
    viz_unmap(plot->scale, VIZ_MAX_STREAMS * sizeof(*plot->scale));
    free(plot);
}

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct viz_extent viz_plot_extent(const struct viz_view *view, int columns)
{
    struct viz_extent extent;
    extent.bin_ns = view->window_ns / columns;
    if (extent.bin_ns < 1)
        extent.bin_ns = 1;
    extent.last_bin = divide_down(view->right_ns, extent.bin_ns);
    extent.first_bin = extent.last_bin - columns + 1;
    return extent;
}

static uint32_t power_of_two_from(uint32_t least)
{
    uint32_t power = 1;
    while (power < least)
        power *= 2;
    return power;
}

static void fit_trail(struct trail *trail, const struct viz_series *series,
                      const struct viz_extent *extent)
{
    uint32_t channels = viz_series_channels(series);
    uint32_t bins = (uint32_t)(extent->last_bin - extent->first_bin + 1);
    if (trail->series == series && trail->channels >= channels &&
        trail->ring >= bins + 2)
        return;
    bool as_points = trail->as_points;
    uint32_t ring = power_of_two_from(bins + 2);
    drop_trail(trail);
    trail->series = series;
    trail->ring = ring > LEAST_RING ? ring : LEAST_RING;
    trail->channels = power_of_two_from(channels ? channels : 1);
    trail->columns = viz_columns_create(trail->channels, trail->ring);
    trail->bands = viz_bands_create(trail->channels, trail->ring);
    trail->points = viz_points_create(trail->channels, trail->ring);
    trail->as_points = as_points;
}

/* By how far apart the samples in view really are, so that a stream that has just begun
 * is drawn as it will be when it fills the window. */
static void choose_method(struct trail *trail, const struct viz_extent *extent)
{
    const struct viz_series *series = trail->series;
    uint64_t from = viz_series_find(series, extent->first_bin * extent->bin_ns);
    uint64_t to = viz_series_find(series, (extent->last_bin + 1) * extent->bin_ns);
    trail->spacing_px = INFINITY;
    if (to - from >= 2) {
        int64_t span_ns =
            viz_series_time(series, to - 1) - viz_series_time(series, from);
        trail->spacing_px =
            (float)((double)span_ns / (double)extent->bin_ns / (double)(to - from - 1));
    }
    float limit = trail->as_points ? BANDS_BELOW_PX : POINTS_FROM_PX;
    trail->as_points = trail->spacing_px > limit && to - from < trail->ring - 2;
}

static uint64_t upload_trail(struct trail *trail, const struct viz_extent *extent)
{
    choose_method(trail, extent);
    viz_columns_update(trail->columns, trail->series, extent->bin_ns, extent->first_bin,
                       extent->last_bin);
    if (!trail->as_points)
        return viz_bands_upload(trail->bands, trail->columns,
                                viz_series_channels(trail->series), extent);
    viz_bands_forget(trail->bands);
    return viz_points_upload(trail->points, trail->series, extent);
}

static const struct trail *trail_of(const struct viz_plot *plot,
                                    const struct viz_lane *lane)
{
    const struct trail *trail = &plot->trail[lane->stream];
    bool there = trail->series && lane->channel < viz_series_channels(trail->series);
    return there ? trail : NULL;
}

static void apply(struct viz_lane *lane, const struct viz_scale *scale, float px)
{
    viz_layout_set_range(lane, scale->set ? scale->low : -1,
                         scale->set ? scale->high : 1, px);
}

static void update_scales(struct viz_plot *plot, struct viz_layout *layout,
                          const struct viz_extent *extent, int64_t now_ns)
{
    float all_low = INFINITY, all_high = -INFINITY;
    for (uint32_t i = 0; i < layout->lanes; i++) {
        struct viz_lane *lane = &layout->lane[i];
        struct viz_scale *scale = &plot->scale[lane->stream][lane->channel];
        const struct trail *trail = trail_of(plot, lane);
        float low, high;
        if (trail && viz_columns_range(trail->columns, lane->channel, extent->first_bin,
                                       extent->last_bin, &low, &high)) {
            viz_scale_update(scale, low, high, now_ns);
            all_low = fminf(all_low, low);
            all_high = fmaxf(all_high, high);
        }
        apply(lane, scale, layout->scale);
    }
    if (!layout->overlay)
        return;
    viz_scale_update(&plot->overlay_scale, all_low, all_high, now_ns);
    for (uint32_t i = 0; i < layout->lanes; i++)
        apply(&layout->lane[i], &plot->overlay_scale, layout->scale);
}

static struct lane_texels texels_of(const struct viz_layout *layout,
                                    const struct viz_lane *lane)
{
    double range = (double)lane->high - lane->low;
    double per_unit = (lane->bottom - lane->top) * VALUE_UNIT / range;
    return (struct lane_texels){
        .low = (float)(lane->low / VALUE_UNIT),
        .px_per_unit = (float)fmin(per_unit, FLT_MAX),
        .bottom = (float)(layout->height - lane->bottom),
        .top = (float)(layout->height - lane->top),
        .red = (float)(lane->rgb >> 16 & 255) / 255,
        .green = (float)(lane->rgb >> 8 & 255) / 255,
        .blue = (float)(lane->rgb & 255) / 255,
        .row = (float)lane->channel,
    };
}

static uint64_t send_lanes(struct viz_plot *plot, const struct viz_layout *layout)
{
    bool changed = layout->lanes > plot->lanes_sent;
    for (uint32_t i = 0; i < layout->lanes; i++) {
        struct lane_texels texels = texels_of(layout, &layout->lane[i]);
        changed |= memcmp(&texels, &plot->texels[i], sizeof(texels)) != 0;
        plot->texels[i] = texels;
    }
    if (!changed)
        return 0;
    plot->lanes_sent = layout->lanes;
    viz_gl_bind_texture(0, plot->lanes);
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 2, (GLsizei)layout->lanes, GL_RGBA,
                    GL_FLOAT, plot->texels);
    return layout->lanes * sizeof(*plot->texels);
}

uint64_t viz_plot_upload(struct viz_plot *plot, const struct viz_scene *scene,
                         struct viz_layout *layout, const struct viz_extent *extent)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < scene->streams && i < VIZ_MAX_STREAMS; i++) {
        struct trail *trail = &plot->trail[i];
        const struct viz_series *series = scene->stream[i].series;
        if (!series)
            continue;
        fit_trail(trail, series, extent);
        bytes += upload_trail(trail, extent);
    }
    update_scales(plot, layout, extent, scene->now_ns);
    return bytes + send_lanes(plot, layout);
}

static void draw_lanes(struct viz_plot *plot, const struct trail *trail,
                       const struct viz_extent *extent,
                       const struct viz_strokes *strokes)
{
    if (trail->as_points)
        viz_points_draw(trail->points, &plot->points, extent, strokes,
                        trail->spacing_px);
    else
        viz_bands_draw(trail->bands, &plot->bands, extent, strokes);
}

void viz_plot_draw(struct viz_plot *plot, const struct viz_scene *scene,
                   const struct viz_layout *layout, const struct viz_extent *extent)
{
    glBindVertexArray(plot->array);
    glEnable(GL_SCISSOR_TEST);
    glScissor(layout->plot_left, layout->height - layout->plot_bottom,
              viz_layout_columns(layout), layout->plot_bottom - layout->plot_top);
    struct viz_strokes strokes = {
        .layout = layout,
        .lanes = plot->lanes,
        .half_width_px = LINE_WIDTH_PX * layout->scale / 2,
        .ground = viz_theme_find(scene->view->light)->background,
        .alone = !layout->overlay,
    };
    uint32_t first = 0;
    while (first < layout->lanes) {
        uint32_t end = first;
        const struct trail *trail = trail_of(plot, &layout->lane[first]);
        while (end < layout->lanes &&
               layout->lane[end].stream == layout->lane[first].stream &&
               trail_of(plot, &layout->lane[end]) == trail)
            end++;
        strokes.first_lane = first;
        strokes.lane_count = end - first;
        if (trail)
            draw_lanes(plot, trail, extent, &strokes);
        first = end;
    }
    glDisable(GL_SCISSOR_TEST);
}
