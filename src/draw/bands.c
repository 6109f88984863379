/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bands.h"

#include "gl.h"

#include <viz/alloc.h>
#include <viz/shaders.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Columns in a group. Measured on llvmpipe with 18 lanes: 8 is the least total. */
#define GROUP 8

struct range {
    float min, max;
};

struct viz_bands {
    uint32_t channels, ring; /* texture rows and columns */
    struct range *scratch;   /* [channels * ring] on the way to the GPU */
    GLuint columns, groups;  /* textures: ring and ring / GROUP wide, a row a channel */
    bool valid;              /* what is on the GPU is of this... */
    int64_t bin_ns, last_bin;
};

int viz_bands_program_init(struct viz_bands_program *p, struct viz_error *err)
{
    int ret = viz_gl_program("bands", viz_shader_bands_vert, viz_shader_bands_frag,
                             &p->program, err);
    if (ret < 0)
        return ret;
    p->size = glGetUniformLocation(p->program, "size_px");
    p->plot = glGetUniformLocation(p->program, "plot");
    p->ring = glGetUniformLocation(p->program, "ring");
    p->lane = glGetUniformLocation(p->program, "first_lane");
    p->half_width = glGetUniformLocation(p->program, "half_width");
    viz_gl_set_sampler(p->program, "lanes", 0);
    viz_gl_set_sampler(p->program, "columns", 1);
    viz_gl_set_sampler(p->program, "groups", 2);
    return 0;
}

void viz_bands_program_finish(struct viz_bands_program *p)
{
    glDeleteProgram(p->program);
}

struct viz_bands *viz_bands_create(uint32_t channels, uint32_t ring)
{
    struct viz_bands *bands = viz_zalloc(sizeof(*bands));
    bands->channels = channels;
    bands->ring = ring;
    bands->scratch = viz_map((size_t)channels * ring * sizeof(*bands->scratch));
    bands->columns =
        viz_gl_texture(GL_RG32F, (int)ring, (int)channels, GL_RG, GL_FLOAT, NULL);
    bands->groups = viz_gl_texture(GL_RG32F, (int)ring / GROUP, (int)channels, GL_RG,
                                   GL_FLOAT, NULL);
    return bands;
}

void viz_bands_destroy(struct viz_bands *bands)
{
    if (!bands)
        return;
    glDeleteTextures(1, &bands->columns);
    glDeleteTextures(1, &bands->groups);
    viz_unmap(bands->scratch,
              (size_t)bands->channels * bands->ring * sizeof(*bands->scratch));
    free(bands);
}

void viz_bands_forget(struct viz_bands *bands)
{
    bands->valid = false;
}

/* Send @count texels from slot @from of each channel's row; @scratch holds them row
 * after row. */
static uint64_t send(const struct viz_bands *bands, GLuint texture, uint32_t from,
                     uint32_t count, uint32_t channels)
{
    viz_gl_bind_texture(0, texture);
    glTexSubImage2D(GL_TEXTURE_2D, 0, (GLint)from, 0, (GLsizei)count, (GLsizei)channels,
                    GL_RG, GL_FLOAT, bands->scratch);
    return (uint64_t)count * channels * sizeof(*bands->scratch);
}

static uint64_t send_columns(struct viz_bands *bands, const struct viz_columns *columns,
                             uint32_t channels, int64_t first, int64_t last)
{
    uint64_t bytes = 0;
    while (first <= last) {
        uint32_t from = (uint32_t)first & (bands->ring - 1);
        uint32_t count = (uint32_t)(last - first + 1);
        if (count > bands->ring - from)
            count = bands->ring - from;
        struct range *out = bands->scratch;
        for (uint32_t channel = 0; channel < channels; channel++) {
            const struct viz_column *in = viz_columns_at(columns, channel) + from;
            for (uint32_t i = 0; i < count; i++)
                *out++ = (struct range){in[i].min, in[i].max};
        }
        bytes += send(bands, bands->columns, from, count, channels);
        first += count;
    }
    return bytes;
}

/* The range of one group, over the bins of it that are in the extent: the ring's other
 * slots hold what was there a lap ago. */
static struct range group_range(const struct viz_column *ring, uint32_t mask,
                                int64_t group, const struct viz_extent *extent)
{
    int64_t first = group * GROUP, last = first + GROUP - 1;
    if (first < extent->first_bin)
        first = extent->first_bin;
    if (last > extent->last_bin)
        last = extent->last_bin;
    struct range range = {INFINITY, -INFINITY};
    for (int64_t bin = first; bin <= last; bin++) {
        const struct viz_column *column = &ring[(uint32_t)bin & mask];
        range.min = column->min < range.min ? column->min : range.min;
        range.max = column->max > range.max ? column->max : range.max;
    }
    return range;
}

static int64_t group_of(int64_t bin)
{
    return bin >= 0 ? bin / GROUP : -((GROUP - 1 - bin) / GROUP);
}

static uint64_t send_groups(struct viz_bands *bands, const struct viz_columns *columns,
                            uint32_t channels, const struct viz_extent *extent,
                            int64_t first, int64_t last)
{
    uint32_t groups = bands->ring / GROUP;
    uint64_t bytes = 0;
    int64_t group = group_of(first), end = group_of(last) + 1;
    while (group < end) {
        uint32_t from = (uint32_t)group & (groups - 1);
        uint32_t count = (uint32_t)(end - group);
        if (count > groups - from)
            count = groups - from;
        struct range *out = bands->scratch;
        for (uint32_t channel = 0; channel < channels; channel++)
            for (uint32_t i = 0; i < count; i++)
                *out++ = group_range(viz_columns_at(columns, channel), bands->ring - 1,
                                     group + i, extent);
        bytes += send(bands, bands->groups, from, count, channels);
        group += count;
    }
    return bytes;
}

/* What must be sent: what the columns say, and everything when the GPU holds another
 * zoom. Bins that came into view are sent even if nothing is in them. */
static bool what_to_send(const struct viz_bands *bands,
                         const struct viz_columns *columns,
                         const struct viz_extent *extent, int64_t *first, int64_t *last)
{
    *first = extent->first_bin;
    *last = extent->last_bin;
    bool follows = bands->valid && bands->bin_ns == extent->bin_ns &&
                   bands->last_bin <= extent->last_bin;
    if (!follows)
        return !bands->valid || viz_columns_dirty(columns, first, last) ||
               bands->last_bin != extent->last_bin;
    int64_t dirty_first, dirty_last;
    bool dirty = viz_columns_dirty(columns, &dirty_first, &dirty_last);
    if (!dirty && bands->last_bin == extent->last_bin)
        return false;
    int64_t fresh = bands->last_bin + 1;
    if (dirty && dirty_first < fresh)
        fresh = dirty_first;
    if (fresh > *first)
        *first = fresh;
    return true;
}

uint64_t viz_bands_upload(struct viz_bands *bands, const struct viz_columns *columns,
                          uint32_t channels, const struct viz_extent *extent)
{
    int64_t first, last;
    uint64_t bytes = 0;
    if (channels > bands->channels)
        channels = bands->channels;
    if (what_to_send(bands, columns, extent, &first, &last)) {
        bytes += send_columns(bands, columns, channels, first, last);
        bytes += send_groups(bands, columns, channels, extent, first, last);
    }
    bands->valid = true;
    bands->bin_ns = extent->bin_ns;
    bands->last_bin = extent->last_bin;
    return bytes;
}

void viz_bands_draw(const struct viz_bands *bands, const struct viz_bands_program *p,
                    const struct viz_extent *extent, const struct viz_strokes *strokes)
{
    const struct viz_layout *layout = strokes->layout;
    int64_t first_group = group_of(extent->first_bin);
    int groups = (int)(group_of(extent->last_bin) - first_group) + 1;
    int offset = (int)(first_group * GROUP - extent->first_bin);
    glUseProgram(p->program);
    glUniform2f(p->size, (float)layout->width, (float)layout->height);
    glUniform4i(p->plot, layout->plot_left, layout->plot_right, offset, groups);
    glUniform4i(p->ring, (int)((uint32_t)extent->first_bin & (bands->ring - 1)),
                (int)bands->ring - 1,
                (int)((uint32_t)first_group & (bands->ring / GROUP - 1)), GROUP);
    glUniform1i(p->lane, (int)strokes->first_lane);
    glUniform1f(p->half_width, strokes->half_width_px);
    viz_gl_bind_texture(0, strokes->lanes);
    viz_gl_bind_texture(1, bands->columns);
    viz_gl_bind_texture(2, bands->groups);
    glDrawArrays(GL_TRIANGLES, 0, (GLsizei)strokes->lane_count * groups * 6);
}
