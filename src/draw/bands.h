/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves as one vertical band for each pixel column: what is drawn wherever samples do not
 * stand well apart. Private to src/draw.
 *
 * The GPU holds the same ring of columns as viz_columns, a texture with a row a channel.
 * The fragment shader covers each pixel by the stroke that crosses its column, from where
 * the curve enters to where it leaves: with one sample a pixel that is the line itself,
 * with many it is all from min to max, and nothing changes abruptly in between. Columns
 * are drawn in groups, each a rectangle around its own columns, so that few fragments are
 * shaded in vain: on a software renderer they are what costs. */
#ifndef VIZ_BANDS_H
#define VIZ_BANDS_H

#include "layout.h"

#include <viz/columns.h>
#include <viz/error.h>

#include <glad/gl.h>
#include <stdbool.h>
#include <stdint.h>

/* The part of time that a frame shows: @bins whole columns of @bin_ns. */
struct viz_extent {
    int64_t bin_ns;
    int64_t first_bin, last_bin;
};

/* Lanes of one stream to draw, and where. */
struct viz_strokes {
    const struct viz_layout *layout;
    GLuint lanes; /* texture, see plot.c */
    uint32_t first_lane, lane_count;
    float half_width_px;
    uint32_t ground; /* the colour behind the curves... */
    bool alone;      /* ...where there is nothing else behind them: no blending */
};

struct viz_bands_program {
    GLuint program;
    GLint size, plot, ring, lane, half_width, ground, blended;
};

int viz_bands_program_init(struct viz_bands_program *program, struct viz_error *err);
void viz_bands_program_finish(struct viz_bands_program *program);

struct viz_bands; /* of one stream */

struct viz_bands *viz_bands_create(uint32_t channels, uint32_t ring);
void viz_bands_destroy(struct viz_bands *bands);

/* What is on the GPU no longer counts: the next upload sends all. */
void viz_bands_forget(struct viz_bands *bands);

/* After viz_columns_update(): send what it changed. Returns the bytes. */
uint64_t viz_bands_upload(struct viz_bands *bands, const struct viz_columns *columns,
                          uint32_t channels, const struct viz_extent *extent);

void viz_bands_draw(const struct viz_bands *bands,
                    const struct viz_bands_program *program,
                    const struct viz_extent *extent, const struct viz_strokes *strokes);

#endif
