/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything around the curves. Each function adds to a canvas; none draws. Private to
 * src/draw. */
#ifndef VIZ_CHROME_H
#define VIZ_CHROME_H

#include "canvas.h"
#include "layout.h"
#include "plot.h"
#include "theme.h"

#include <viz/scene.h>

struct viz_chrome {
    struct viz_canvas *canvas;
    const struct viz_font *font;
    const struct viz_theme *theme;
    const struct viz_layout *layout;
    const struct viz_scene *scene;
    const struct viz_extent *extent;
};

/* Grid lines, outlines, and the labels of both axes. */
void viz_axis_draw(const struct viz_chrome *chrome);

/* Streams' and channels' names and colours: what changes rarely. */
void viz_labels_draw_names(const struct viz_chrome *chrome);

/* Current values, badge, message: what changes often. */
void viz_labels_draw_readings(const struct viz_chrome *chrome);

void viz_hud_draw(const struct viz_chrome *chrome);

/* Scaled pixels. */
static inline float viz_chrome_px(const struct viz_chrome *chrome, float at_scale_1)
{
    return at_scale_1 * chrome->layout->scale;
}

/* The baseline that centres capitals and digits of @size on @y. */
float viz_chrome_baseline(const struct viz_chrome *chrome, enum viz_font_size size,
                          float y);

/* A number for the eye: the hyphen before digits becomes a minus sign. */
void viz_chrome_minus(char *text, size_t size);

#endif
