/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two kinds of surface share and what each must do. Private to src/draw. */
#ifndef VIZ_SURFACE_BACKEND_H
#define VIZ_SURFACE_BACKEND_H

#include <viz/surface.h>

struct viz_surface_backend {
    void (*destroy)(struct viz_surface *surface);
    void (*swap)(struct viz_surface *surface);
    void (*interval)(struct viz_surface *surface, bool on);
    void (*resize)(struct viz_surface *surface, int width_px, int height_px,
                   float scale);
    size_t (*events)(struct viz_surface *surface, float plot_left, float plot_right,
                     struct viz_action *out, size_t room);
};

/* The first member of each kind's own struct. */
struct viz_surface {
    const struct viz_surface_backend *backend;
    const char *kind; /* "window" or "off-screen", for descriptions */
    int width_px, height_px;
    float scale;
    double refresh_hz;
    bool vsync;
};

int viz_surface_create_window(const struct viz_surface_params *params,
                              struct viz_surface **out, struct viz_error *err)
    VIZ_ON(render);
int viz_surface_create_offscreen(const struct viz_surface_params *params,
                                 struct viz_surface **out, struct viz_error *err);

/* Load OpenGL through @load and check that it is 3.3 or later. */
int viz_surface_load(void *(*load)(const char *name), struct viz_error *err);

/* Wait until everything that was submitted is done; false: it was not within ten seconds,
 * or the driver gave up. */
bool viz_surface_wait(void);

#endif
