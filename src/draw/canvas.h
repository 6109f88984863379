/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rectangles and text: built once, drawn in one call each frame until it changes.
 * Private to src/draw.
 *
 * Coordinates are pixels from the top left corner. Rectangles are rounded to whole
 * pixels: what is drawn here is sharp. Text that does not fit its room ends in "…". */
#ifndef VIZ_CANVAS_H
#define VIZ_CANVAS_H

#include "font.h"

#include <viz/error.h>

#include <stdint.h>

struct viz_pen; /* shared by all canvases: programs and font */

int viz_pen_create(const struct viz_font *font, struct viz_pen **out,
                   struct viz_error *err);
void viz_pen_destroy(struct viz_pen *pen);

struct viz_canvas;

/* Room for @fills rectangles and @letters letters; more are left out. */
struct viz_canvas *viz_canvas_create(struct viz_pen *pen, uint32_t fills,
                                     uint32_t letters);
void viz_canvas_destroy(struct viz_canvas *canvas);

void viz_canvas_clear(struct viz_canvas *canvas);

void viz_canvas_rect(struct viz_canvas *canvas, float left, float top, float right,
                     float bottom, uint32_t rgb);

enum viz_align {
    VIZ_ALIGN_LEFT,
    VIZ_ALIGN_CENTRE,
    VIZ_ALIGN_RIGHT,
};

struct viz_text_style {
    enum viz_font_size size;
    enum viz_align align; /* of @x */
    uint32_t rgb;
    float room; /* pixels; 0: any */
};

/* @baseline: the letters stand on it. Returns the width drawn. */
float viz_canvas_text(struct viz_canvas *canvas, const struct viz_text_style *style,
                      float x, float baseline, const char *text);

/* Reading upwards, centred on @y, standing on the vertical @x. */
void viz_canvas_text_up(struct viz_canvas *canvas, const struct viz_text_style *style,
                        float x, float y, const char *text);

/* Send what was built to the GPU; returns the bytes. */
uint64_t viz_canvas_upload(struct viz_canvas *canvas);

/* Draw what was uploaded last onto a framebuffer of this size. Leaves blending on. */
void viz_canvas_draw(const struct viz_canvas *canvas, int width_px, int height_px);

#endif
