/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a scene with OpenGL >= 3.3 core. Main thread only; the surface's context is
 * current. Per frame: upload() brings the new columns (or points) into GPU buffers, draw()
 * issues the draw calls. Neither waits for the GPU. */
#ifndef VIZ_RENDERER_H
#define VIZ_RENDERER_H

#include <viz/error.h>
#include <viz/role.h>
#include <viz/scene.h>
#include <viz/surface.h>

struct viz_renderer;

int viz_renderer_create(struct viz_surface *surface, struct viz_renderer **out,
                        struct viz_error *err) VIZ_ON(render);
void viz_renderer_destroy(struct viz_renderer *renderer) VIZ_ON(render);

/* Lay the frame out for the surface's present size, reduce what is new, upload it. */
void viz_renderer_upload(struct viz_renderer *renderer, const struct viz_scene *scene)
    VIZ_ON(render);
void viz_renderer_draw(struct viz_renderer *renderer, const struct viz_scene *scene)
    VIZ_ON(render);

/* The plot area of the last layout, in pixels, for turning the mouse into time. */
void viz_renderer_plot(const struct viz_renderer *renderer, float *left, float *right);

/* Time shown by the last upload: [left, right) in viz_clock ns, after snapping to whole
 * columns. Rows outside were not part of the frame. */
void viz_renderer_shown(const struct viz_renderer *renderer, int64_t *left_ns,
                        int64_t *right_ns);

struct viz_renderer_counts {
    uint64_t bytes_uploaded; /* since creation */
    uint64_t frames;
    int64_t gpu_ns; /* sum over the gpu_frames frames whose timer has answered */
    uint64_t gpu_frames;
};
struct viz_renderer_counts viz_renderer_counts(const struct viz_renderer *renderer);

#endif
