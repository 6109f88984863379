/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/surface.h>

#include "gl.h"
#include "surface_backend.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

/* Longer than any frame; a lost GPU must not hang the program for ever. Asked in parts:
 * a driver may have a limit of its own below. */
#define FENCE_TIMEOUT_NS 1000000000ull
#define FENCE_TIMEOUTS 10

/* A software renderer takes megabytes from the heap for each frame and gives them back.
 * Without this the C library hands them on to the kernel, which clears them page by page
 * for the next frame: a sixth of the whole frame. */
static void keep_the_heap(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 4 << 20);
#endif
}

int viz_surface_create(const struct viz_surface_params *params,
                       struct viz_surface **out, struct viz_error *err)
{
    if (params->width_px < 1 || params->height_px < 1)
        return viz_fail(err, -EINVAL, "a surface of %d by %d pixels has no area",
                        params->width_px, params->height_px);
    keep_the_heap();
    if (params->headless)
        return viz_surface_create_offscreen(params, out, err);
    return viz_surface_create_window(params, out, err);
}

void viz_surface_destroy(struct viz_surface *surface)
{
    if (surface)
        surface->backend->destroy(surface);
}

void viz_surface_size(const struct viz_surface *surface, int *width_px, int *height_px,
                      float *scale)
{
    *width_px = surface->width_px;
    *height_px = surface->height_px;
    *scale = surface->scale;
}

double viz_surface_refresh_hz(const struct viz_surface *surface)
{
    return surface->refresh_hz;
}

bool viz_surface_vsync(const struct viz_surface *surface)
{
    return surface->vsync;
}

void viz_surface_swap_with_monitor(struct viz_surface *surface, bool on)
{
    if (surface->vsync)
        surface->backend->interval(surface, on);
}

void viz_surface_resize(struct viz_surface *surface, int width_px, int height_px,
                        float scale)
{
    surface->backend->resize(surface, width_px, height_px, scale);
}

size_t viz_surface_events(struct viz_surface *surface, float plot_left,
                          float plot_right, struct viz_action *out, size_t room)
{
    return surface->backend->events(surface, plot_left, plot_right, out, room);
}

bool viz_surface_present(struct viz_surface *surface)
{
    surface->backend->swap(surface);
    return viz_surface_wait();
}

int viz_surface_load(void *(*load)(const char *name), struct viz_error *err)
{
    int version = gladLoadGL((GLADloadfunc)load);
    if (!version)
        return viz_fail(err, -ENODEV, "OpenGL could not be loaded");
    if (version < GLAD_MAKE_VERSION(3, 3))
        return viz_fail(
            err, -ENOTSUP,
            "OpenGL 3.3 is needed and the driver has %d.%d: update the driver",
            GLAD_VERSION_MAJOR(version), GLAD_VERSION_MINOR(version));
    return 0;
}

bool viz_surface_wait(void)
{
    GLsync fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    GLenum state = GL_TIMEOUT_EXPIRED;
    for (int i = 0; i < FENCE_TIMEOUTS && state == GL_TIMEOUT_EXPIRED; i++)
        state = glClientWaitSync(fence, GL_SYNC_FLUSH_COMMANDS_BIT, FENCE_TIMEOUT_NS);
    glDeleteSync(fence);
    return state == GL_ALREADY_SIGNALED || state == GL_CONDITION_SATISFIED;
}

static void swap_rows(uint8_t *a, uint8_t *b, size_t bytes)
{
    uint8_t part[1024];
    while (bytes) {
        size_t n = bytes < sizeof(part) ? bytes : sizeof(part);
        memcpy(part, a, n);
        memcpy(a, b, n);
        memcpy(b, part, n);
        a += n;
        b += n;
        bytes -= n;
    }
}

void viz_surface_read(struct viz_surface *surface, uint8_t *out)
{
    size_t row = (size_t)surface->width_px * 4;
    glPixelStorei(GL_PACK_ALIGNMENT, 4);
    glReadPixels(0, 0, surface->width_px, surface->height_px, GL_RGBA, GL_UNSIGNED_BYTE,
                 out);
    for (int top = 0, bottom = surface->height_px - 1; top < bottom; top++, bottom--)
        swap_rows(out + (size_t)top * row, out + (size_t)bottom * row, row);
}

/* "4.5 (Core Profile) Mesa 22.3.6" holds two facts: the version and the driver. */
void viz_surface_describe(const struct viz_surface *surface, char *out, size_t size)
{
    const char *version = (const char *)glGetString(GL_VERSION);
    const char *renderer = (const char *)glGetString(GL_RENDERER);
    if (!version)
        version = "version unknown";
    const char *driver = strrchr(version, ')');
    driver = driver ? driver + 1 : strchr(version, ' ');
    if (!driver)
        driver = "";
    driver += strspn(driver, " ");
    snprintf(out, size, "%s, OpenGL %.*s%s%s, %s %dx%d",
             renderer ? renderer : "unknown", (int)strcspn(version, " "), version,
             *driver ? ", " : "", driver, surface->kind, surface->width_px,
             surface->height_px);
}
