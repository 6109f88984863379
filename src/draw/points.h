/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves as line segments from sample to sample: what is drawn when samples are farther
 * apart than pixels. Private to src/draw.
 *
 * The GPU holds a ring of rows: times as float32 from an anchor that moves with the
 * view, so that they stay exact to a hundredth of a pixel, and one value for each
 * channel. */
#ifndef VIZ_POINTS_H
#define VIZ_POINTS_H

#include "bands.h"

#include <viz/series.h>

struct viz_points_program {
    GLuint program;
    GLint size, plot, time, ring, groups, lane, half_width, dots;
};

int viz_points_program_init(struct viz_points_program *program, struct viz_error *err);
void viz_points_program_finish(struct viz_points_program *program);

struct viz_points; /* of one stream */

struct viz_points *viz_points_create(uint32_t channels, uint32_t ring);
void viz_points_destroy(struct viz_points *points);

/* Send the rows of the extent, and one on each side of it, that are not there yet. The
 * caller sees to it that they fit the ring. Returns the bytes. */
uint64_t viz_points_upload(struct viz_points *points, const struct viz_series *series,
                           const struct viz_extent *extent);

/* @spacing_px: between samples; markers are drawn where there is room for them. */
void viz_points_draw(const struct viz_points *points,
                     const struct viz_points_program *program,
                     const struct viz_extent *extent, const struct viz_strokes *strokes,
                     float spacing_px);

#endif
