/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bands.h"

#include "gl.h"

#include <viz/alloc.h>
#include <viz/shaders.h>

#include <stdbool.h>
#include <stdlib.h>

struct viz_bands {
    uint32_t channels, ring;
    GLuint columns; /* texture: a row a channel */
    bool valid;     /* what is on the GPU is of this... */
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
    p->ground = glGetUniformLocation(p->program, "ground");
    p->blended = glGetUniformLocation(p->program, "blended");
    viz_gl_set_sampler(p->program, "lanes", 0);
    viz_gl_set_sampler(p->program, "columns", 1);
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
    bands->columns =
        viz_gl_texture(GL_RGBA32F, (int)ring, (int)channels, GL_RGBA, GL_FLOAT, NULL);
    return bands;
}

void viz_bands_destroy(struct viz_bands *bands)
{
    if (!bands)
        return;
    glDeleteTextures(1, &bands->columns);
    free(bands);
}

void viz_bands_forget(struct viz_bands *bands)
{
    bands->valid = false;
}

/* Send slots [from, from + count) of each channel's ring. */
static uint64_t send(const struct viz_bands *bands, const struct viz_columns *columns,
                     uint32_t channels, uint32_t from, uint32_t count)
{
    if (!channels)
        return 0;
    viz_gl_bind_texture(1, bands->columns);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, (GLint)bands->ring);
    glTexSubImage2D(GL_TEXTURE_2D, 0, (GLint)from, 0, (GLsizei)count, (GLsizei)channels,
                    GL_RGBA, GL_FLOAT, viz_columns_at(columns, 0) + from);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
    return (uint64_t)count * channels * sizeof(struct viz_column);
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
    bool any = what_to_send(bands, columns, extent, &first, &last);
    while (any && first <= last) {
        uint32_t from = (uint32_t)first & (bands->ring - 1);
        uint32_t count = (uint32_t)(last - first + 1);
        if (count > bands->ring - from)
            count = bands->ring - from;
        bytes += send(bands, columns, channels, from, count);
        first += count;
    }
    bands->valid = true;
    bands->bin_ns = extent->bin_ns;
    bands->last_bin = extent->last_bin;
    return bytes;
}

/* How many columns go into one rectangle: many make few rectangles, but in a high lane a
 * curve climbs far within them and most of the rectangle is empty. Measured on llvmpipe:
 * lanes of 31 px are best at 8, lanes of 160 px and more at 4. */
static int group_size(const struct viz_layout *layout)
{
    const struct viz_lane *lane = &layout->lane[0];
    return lane->bottom - lane->top < 100 ? 8 : 4;
}

static void set_uniforms(const struct viz_bands *bands,
                         const struct viz_bands_program *p,
                         const struct viz_extent *extent,
                         const struct viz_strokes *strokes)
{
    const struct viz_layout *layout = strokes->layout;
    uint32_t mask = bands->ring - 1;
    uint32_t slot = (uint32_t)(extent->first_bin - layout->plot_left) & mask;
    int size = group_size(layout);
    int groups = (viz_layout_columns(layout) + size - 1) / size;
    glUniform2f(p->size, (float)layout->width, (float)layout->height);
    glUniform4i(p->plot, layout->plot_left, layout->plot_right, groups, size);
    glUniform2i(p->ring, (int)slot, (int)mask);
    glUniform1i(p->lane, (int)strokes->first_lane);
    glUniform1f(p->half_width, strokes->half_width_px);
    glUniform3f(p->ground, (float)(strokes->ground >> 16 & 255) / 255,
                (float)(strokes->ground >> 8 & 255) / 255,
                (float)(strokes->ground & 255) / 255);
    glUniform1f(p->blended, strokes->alone ? 0 : 1);
}

void viz_bands_draw(const struct viz_bands *bands, const struct viz_bands_program *p,
                    const struct viz_extent *extent, const struct viz_strokes *strokes)
{
    int size = group_size(strokes->layout);
    int groups = (viz_layout_columns(strokes->layout) + size - 1) / size;
    glUseProgram(p->program);
    set_uniforms(bands, p, extent, strokes);
    viz_gl_bind_texture(0, strokes->lanes);
    viz_gl_bind_texture(1, bands->columns);
    if (strokes->alone)
        glDisable(GL_BLEND);
    viz_gl_draw_quads(strokes->lane_count * (uint32_t)groups);
    glEnable(GL_BLEND);
}
