/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curves of all lanes: chooses between bands and points for each stream, keeps the
 * y axes, and owns what the GPU holds of the data. Private to src/draw. */
#ifndef VIZ_PLOT_H
#define VIZ_PLOT_H

#include "bands.h"
#include "layout.h"

#include <viz/error.h>
#include <viz/scene.h>

#include <stdint.h>

struct viz_plot;

int viz_plot_create(struct viz_plot **out, struct viz_error *err);
void viz_plot_destroy(struct viz_plot *plot);

/* The extent that @view shows on @columns columns; the newest instant is in the last.
 */
struct viz_extent viz_plot_extent(const struct viz_view *view, int columns);

/* Reduce and send what is new, and set each lane's low and high. Returns the bytes
 * sent. */
uint64_t viz_plot_upload(struct viz_plot *plot, const struct viz_scene *scene,
                         struct viz_layout *layout, const struct viz_extent *extent);

void viz_plot_draw(struct viz_plot *plot, const struct viz_scene *scene,
                   const struct viz_layout *layout, const struct viz_extent *extent);

#endif
