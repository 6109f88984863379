/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where frames go: a window (GLFW) or memory (surfaceless EGL, no display server). Both
 * have an OpenGL >= 3.3 core context, current on the main thread from creation on, and are
 * used through the same calls. Main thread only. */
#ifndef VIZ_SURFACE_H
#define VIZ_SURFACE_H

#include <viz/error.h>
#include <viz/role.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_surface;

struct viz_surface_params {
    const char *title;
    int width_px, height_px; /* asked for; a window manager may differ */
    bool headless;
    float scale; /* content scale to draw with; 0: the window system's, 1 off-screen */
};

/* -ENODEV without a display or EGL, -ENOTSUP below OpenGL 3.3; @err says what to do. */
int viz_surface_create(const struct viz_surface_params *params,
                       struct viz_surface **out, struct viz_error *err) VIZ_ON(render);
void viz_surface_destroy(struct viz_surface *surface) VIZ_ON(render);

/* Framebuffer size in pixels and content scale (1.0 = 96 dpi) as of the last events call. */
void viz_surface_size(const struct viz_surface *surface, int *width_px, int *height_px,
                      float *scale);

/* The monitor's refresh rate; 60 when there is no monitor. */
double viz_surface_refresh_hz(const struct viz_surface *surface);

/* True where the swap interval is known to be honoured: a few empty frames are timed when
 * the window opens. Off-screen there is nothing to wait for: false. */
bool viz_surface_vsync(const struct viz_surface *surface);

/* Swap with the monitor or at once. A window that honours the interval begins with it on;
 * elsewhere this does nothing. */
void viz_surface_swap_with_monitor(struct viz_surface *surface, bool on) VIZ_ON(render);

/* An off-screen surface has no user who could resize it: this does. A window is asked. */
void viz_surface_resize(struct viz_surface *surface, int width_px, int height_px,
                        float scale) VIZ_ON(render);

enum viz_action_kind {
    VIZ_ACTION_CLOSE,  /* window closed, Esc or Q */
    VIZ_ACTION_FREEZE, /* Space: toggle */
    VIZ_ACTION_LIVE,   /* End or S */
    VIZ_ACTION_ZOOM, /* wheel, +, -: factor in a, position 0..1 across the plot in b */
    VIZ_ACTION_PAN,  /* drag, arrows: fraction of the window in a, > 0 older */
    VIZ_ACTION_HUD,  /* H or F3 */
    VIZ_ACTION_LAYOUT,     /* L: lanes or overlay */
    VIZ_ACTION_THEME,      /* T: dark or light */
    VIZ_ACTION_SCREENSHOT, /* F12 */
};

struct viz_action {
    enum viz_action_kind kind;
    double a, b;
};

/* Handle the window system's events and collect what the user asked for, at most @room;
 * returns how many. @plot_left/@plot_right: the plot's edges in pixels, for positions. */
size_t viz_surface_events(struct viz_surface *surface, float plot_left,
                          float plot_right, struct viz_action *out, size_t room)
    VIZ_ON(render);

/* Hand the frame over and wait until it is done: swap, then a fence behind the swap (a
 * fence alone off-screen). When it returns true the frame is presented. False: it was not
 * done within ten seconds, or the driver gave up; it does not count as presented. */
bool viz_surface_present(struct viz_surface *surface) VIZ_ON(render);

/* The frame drawn last, RGBA, top row first, @out of width*height*4 bytes. Before
 * present() in the same frame. */
void viz_surface_read(struct viz_surface *surface, uint8_t *out) VIZ_ON(render);

/* "llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5, Mesa 22.3.6, window 1280x720". */
void viz_surface_describe(const struct viz_surface *surface, char *out, size_t size);

#endif
