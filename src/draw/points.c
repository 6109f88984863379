/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "points.h"

#include "gl.h"

#include <viz/alloc.h>
#include <viz/shaders.h>

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define ANCHOR_BINS (1 << 16) /* from the anchor: 2^16 of float32's 2^24 steps */
#define LARGEST 3.402e38f     /* float32 ends a ten-thousandth above */
#define NO_NUMBER FLT_MAX   /* what the shader takes for a gap; NaN is not safe there */
#define GROUP 4             /* samples in one rectangle; as in points.vert */
#define MARKER_SPACING 8.0f /* in line widths of 1.3 px at scale 1, about */

struct viz_points {
    uint32_t channels, ring;
    float *scratch; /* [(channels + 2) * ring] on the way to the GPU */
    GLuint times,
        values; /* textures: {time, broken} in one row, values in a row a channel */
    uint64_t from, to; /* rows that are on the GPU */
    int64_t anchor_ns;
};

int viz_points_program_init(struct viz_points_program *p, struct viz_error *err)
{
    int ret = viz_gl_program("points", viz_shader_points_vert, viz_shader_points_frag,
                             &p->program, err);
    if (ret < 0)
        return ret;
    p->size = glGetUniformLocation(p->program, "size_px");
    p->plot = glGetUniformLocation(p->program, "plot_left");
    p->time = glGetUniformLocation(p->program, "time");
    p->ring = glGetUniformLocation(p->program, "ring");
    p->groups = glGetUniformLocation(p->program, "groups");
    p->lane = glGetUniformLocation(p->program, "first_lane");
    p->half_width = glGetUniformLocation(p->program, "half_width");
    p->dots = glGetUniformLocation(p->program, "dots");
    viz_gl_set_sampler(p->program, "lanes", 0);
    viz_gl_set_sampler(p->program, "times", 1);
    viz_gl_set_sampler(p->program, "values", 2);
    return 0;
}

void viz_points_program_finish(struct viz_points_program *p)
{
    glDeleteProgram(p->program);
}

struct viz_points *viz_points_create(uint32_t channels, uint32_t ring)
{
    struct viz_points *points = viz_zalloc(sizeof(*points));
    points->channels = channels;
    points->ring = ring;
    points->scratch = viz_map(((size_t)channels + 2) * ring * sizeof(*points->scratch));
    points->times = viz_gl_texture(GL_RG32F, (int)ring, 1, GL_RG, GL_FLOAT, NULL);
    points->values =
        viz_gl_texture(GL_R32F, (int)ring, (int)channels, GL_RED, GL_FLOAT, NULL);
    return points;
}

void viz_points_destroy(struct viz_points *points)
{
    if (!points)
        return;
    glDeleteTextures(1, &points->times);
    glDeleteTextures(1, &points->values);
    viz_unmap(points->scratch,
              ((size_t)points->channels + 2) * points->ring * sizeof(*points->scratch));
    free(points);
}

static void send_times(const struct viz_points *points, const struct viz_series *series,
                       uint64_t row, uint32_t from, uint32_t count)
{
    float *out = points->scratch;
    for (uint32_t i = 0; i < count; i++) {
        *out++ = (float)(viz_series_time(series, row + i) - points->anchor_ns);
        *out++ = viz_series_break(series, row + i);
    }
    viz_gl_bind_texture(0, points->times);
    glTexSubImage2D(GL_TEXTURE_2D, 0, (GLint)from, 0, (GLsizei)count, 1, GL_RG,
                    GL_FLOAT, points->scratch);
}

static void send_values(const struct viz_points *points,
                        const struct viz_series *series, uint64_t row, uint32_t from,
                        uint32_t count, uint32_t channels)
{
    float *out = points->scratch;
    for (uint32_t channel = 0; channel < channels; channel++)
        for (uint32_t i = 0; i < count; i++) {
            float value = viz_series_value(series, channel, row + i);
            *out++ =
                isfinite(value) ? fminf(fmaxf(value, -LARGEST), LARGEST) : NO_NUMBER;
        }
    viz_gl_bind_texture(0, points->values);
    glTexSubImage2D(GL_TEXTURE_2D, 0, (GLint)from, 0, (GLsizei)count, (GLsizei)channels,
                    GL_RED, GL_FLOAT, points->scratch);
}

static uint64_t send(const struct viz_points *points, const struct viz_series *series,
                     uint64_t row, uint64_t end)
{
    uint32_t channels = viz_series_channels(series);
    uint64_t bytes = 0;
    if (channels > points->channels)
        channels = points->channels;
    while (row < end) {
        uint32_t from = (uint32_t)row & (points->ring - 1);
        uint64_t count = end - row;
        if (count > points->ring - from)
            count = points->ring - from;
        send_times(points, series, row, from, (uint32_t)count);
        send_values(points, series, row, from, (uint32_t)count, channels);
        bytes += count * (channels + 2) * sizeof(float);
        row += count;
    }
    return bytes;
}

static bool anchor_is_far(const struct viz_points *points,
                          const struct viz_extent *extent)
{
    int64_t limit_ns = extent->bin_ns * ANCHOR_BINS;
    int64_t left_ns = extent->first_bin * extent->bin_ns;
    return llabs(left_ns - points->anchor_ns) > limit_ns;
}

uint64_t viz_points_upload(struct viz_points *points, const struct viz_series *series,
                           const struct viz_extent *extent)
{
    uint64_t from = viz_series_find(series, extent->first_bin * extent->bin_ns);
    uint64_t to = viz_series_find(series, (extent->last_bin + 1) * extent->bin_ns);
    from -= from > viz_series_begin(series);
    to += to < viz_series_end(series);
    if (to - from > points->ring)
        from = to - points->ring;
    if (anchor_is_far(points, extent) || from >= points->to || to <= points->from) {
        points->anchor_ns = extent->first_bin * extent->bin_ns;
        points->from = points->to = from;
    }
    uint64_t bytes = 0;
    if (from < points->from)
        bytes += send(points, series, from, points->from);
    if (to > points->to)
        bytes += send(points, series, points->to, to);
    points->from = from;
    points->to = to;
    return bytes;
}

static uint64_t first_group(const struct viz_points *points)
{
    return points->from / GROUP;
}

static uint32_t groups(const struct viz_points *points)
{
    return (uint32_t)((points->to + GROUP - 1) / GROUP - first_group(points));
}

static void draw_pass(const struct viz_points *points,
                      const struct viz_points_program *p,
                      const struct viz_strokes *strokes, bool dots, float half_width_px)
{
    glUniform1i(p->dots, dots);
    glUniform1f(p->half_width, half_width_px);
    viz_gl_draw_quads(strokes->lane_count * groups(points));
}

void viz_points_draw(const struct viz_points *points,
                     const struct viz_points_program *p,
                     const struct viz_extent *extent, const struct viz_strokes *strokes,
                     float spacing_px)
{
    const struct viz_layout *layout = strokes->layout;
    if (points->to == points->from)
        return;
    double left_ns = (double)(extent->first_bin * extent->bin_ns - points->anchor_ns);
    glUseProgram(p->program);
    glUniform2f(p->size, (float)layout->width, (float)layout->height);
    glUniform1f(p->plot, (float)layout->plot_left);
    glUniform2f(p->time, (float)left_ns, (float)(1 / (double)extent->bin_ns));
    uint64_t start = first_group(points) * GROUP;
    glUniform4i(p->ring, (int)((uint32_t)start & (points->ring - 1)),
                (int)points->ring - 1, (int)(points->from - start),
                (int)(points->to - start));
    glUniform1i(p->groups, (int)groups(points));
    glUniform1i(p->lane, (int)strokes->first_lane);
    viz_gl_bind_texture(0, strokes->lanes);
    viz_gl_bind_texture(1, points->times);
    viz_gl_bind_texture(2, points->values);
    draw_pass(points, p, strokes, false, strokes->half_width_px);
    if (spacing_px >= MARKER_SPACING * strokes->layout->scale)
        draw_pass(points, p, strokes, true, 3.2f * strokes->half_width_px);
}
