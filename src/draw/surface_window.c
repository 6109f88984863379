/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames in a window. The only file that sees GLFW. */
#include "gl.h"
#include "surface_backend.h"

#include <viz/alloc.h>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define ACTIONS 64 /* between two frames; more are dropped */
#define ZOOM_NOTCH 0.85
#define ZOOM_KEY 0.7
#define PAN_KEY 0.1

struct window {
    struct viz_surface base;
    GLFWwindow *handle;
    float forced_scale; /* 0: the window system's */
    float plot_left, plot_right;
    bool dragging;
    double drag_x; /* in window coordinates, which HiDPI systems scale */
    struct viz_action action[ACTIONS];
    size_t actions;
};

static void push(struct window *self, enum viz_action_kind kind, double a, double b)
{
    if (self->actions < ACTIONS)
        self->action[self->actions++] = (struct viz_action){kind, a, b};
}

/* Framebuffer pixels to a window coordinate. */
static double density(const struct window *self)
{
    int width, height;
    glfwGetWindowSize(self->handle, &width, &height);
    return width > 0 ? (double)self->base.width_px / width : 1;
}

static double plot_width(const struct window *self)
{
    return fmax(1, (double)self->plot_right - self->plot_left);
}

static void on_close(GLFWwindow *handle)
{
    push(glfwGetWindowUserPointer(handle), VIZ_ACTION_CLOSE, 0, 0);
}

static void on_key(GLFWwindow *handle, int key, int scancode, int event, int mods)
{
    struct window *self = glfwGetWindowUserPointer(handle);
    static const struct {
        int key;
        enum viz_action_kind kind;
        double a, b;
        bool repeats;
    } keys[] = {
        {GLFW_KEY_ESCAPE, VIZ_ACTION_CLOSE, 0, 0, false},
        {GLFW_KEY_SPACE, VIZ_ACTION_FREEZE, 0, 0, false},
        {GLFW_KEY_END, VIZ_ACTION_LIVE, 0, 0, false},
        {GLFW_KEY_LEFT, VIZ_ACTION_PAN, PAN_KEY, 0, true},
        {GLFW_KEY_RIGHT, VIZ_ACTION_PAN, -PAN_KEY, 0, true},
        {GLFW_KEY_PAGE_UP, VIZ_ACTION_PAN, 1, 0, true},
        {GLFW_KEY_PAGE_DOWN, VIZ_ACTION_PAN, -1, 0, true},
        {GLFW_KEY_UP, VIZ_ACTION_ZOOM, ZOOM_KEY, 1, true},
        {GLFW_KEY_DOWN, VIZ_ACTION_ZOOM, 1 / ZOOM_KEY, 1, true},
        {GLFW_KEY_F3, VIZ_ACTION_HUD, 0, 0, false},
        {GLFW_KEY_F12, VIZ_ACTION_SCREENSHOT, 0, 0, false},
    };
    (void)scancode;
    (void)mods;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].key == key &&
            (event == GLFW_PRESS || (event == GLFW_REPEAT && keys[i].repeats)))
            push(self, keys[i].kind, keys[i].a, keys[i].b);
}

/* Letters and signs by what the keyboard's layout writes, not by where the key is. */
static void on_character(GLFWwindow *handle, unsigned character)
{
    struct window *self = glfwGetWindowUserPointer(handle);
    static const struct {
        unsigned upper, lower;
        enum viz_action_kind kind;
        double a, b;
    } characters[] = {
        {'Q', 'q', VIZ_ACTION_CLOSE, 0, 0},
        {'S', 's', VIZ_ACTION_LIVE, 0, 0},
        {'H', 'h', VIZ_ACTION_HUD, 0, 0},
        {'L', 'l', VIZ_ACTION_LAYOUT, 0, 0},
        {'T', 't', VIZ_ACTION_THEME, 0, 0},
        {'+', '=', VIZ_ACTION_ZOOM, ZOOM_KEY, 1},
        {'-', '_', VIZ_ACTION_ZOOM, 1 / ZOOM_KEY, 1},
    };
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++)
        if (characters[i].upper == character || characters[i].lower == character)
            push(self, characters[i].kind, characters[i].a, characters[i].b);
}

static void on_scroll(GLFWwindow *handle, double dx, double dy)
{
    struct window *self = glfwGetWindowUserPointer(handle);
    double x, y;
    glfwGetCursorPos(handle, &x, &y);
    double at = (x * density(self) - self->plot_left) / plot_width(self);
    if (dy != 0)
        push(self, VIZ_ACTION_ZOOM, pow(ZOOM_NOTCH, dy), fmin(1, fmax(0, at)));
    if (dx != 0)
        push(self, VIZ_ACTION_PAN, PAN_KEY / 2 * dx, 0);
}

static void on_button(GLFWwindow *handle, int button, int event, int mods)
{
    struct window *self = glfwGetWindowUserPointer(handle);
    double y;
    (void)mods;
    if (button != GLFW_MOUSE_BUTTON_LEFT)
        return;
    self->dragging = event == GLFW_PRESS;
    glfwGetCursorPos(handle, &self->drag_x, &y);
}

static void on_motion(GLFWwindow *handle, double x, double y)
{
    struct window *self = glfwGetWindowUserPointer(handle);
    (void)y;
    if (!self->dragging || x == self->drag_x)
        return;
    double fraction = (x - self->drag_x) * density(self) / plot_width(self);
    self->drag_x = x;
    struct viz_action *last = self->actions ? &self->action[self->actions - 1] : NULL;
    if (last && last->kind == VIZ_ACTION_PAN)
        last->a += fraction; /* a fast mouse moves many times a frame */
    else
        push(self, VIZ_ACTION_PAN, fraction, 0);
}

static void measure(struct window *self)
{
    int width, height;
    float x, y;
    glfwGetFramebufferSize(self->handle, &width, &height);
    glfwGetWindowContentScale(self->handle, &x, &y);
    if (width > 0 &&
        height > 0) { /* an iconified window has no pixels: keep the last */
        self->base.width_px = width;
        self->base.height_px = height;
    }
    self->base.scale = self->forced_scale > 0 ? self->forced_scale : x;
}

static size_t events(struct viz_surface *surface, float plot_left, float plot_right,
                     struct viz_action *out, size_t room)
{
    struct window *self = (struct window *)surface;
    self->plot_left = plot_left;
    self->plot_right = plot_right;
    glfwPollEvents();
    measure(self);
    size_t n = self->actions < room ? self->actions : room;
    for (size_t i = 0; i < n; i++)
        out[i] = self->action[i];
    self->actions = 0;
    return n;
}

static void swap(struct viz_surface *surface)
{
    struct window *self = (struct window *)surface;
    glfwSwapBuffers(self->handle);
}

static void interval(struct viz_surface *surface, bool on)
{
    (void)surface;
    glfwSwapInterval(on);
}

static void resize(struct viz_surface *surface, int width_px, int height_px,
                   float scale)
{
    struct window *self = (struct window *)surface;
    double pixels = density(self);
    self->forced_scale = scale;
    glfwSetWindowSize(self->handle, (int)lrint(width_px / pixels),
                      (int)lrint(height_px / pixels));
}

static void destroy(struct viz_surface *surface)
{
    struct window *self = (struct window *)surface;
    if (self->handle)
        glfwDestroyWindow(self->handle);
    glfwTerminate();
    free(self);
}

static const struct viz_surface_backend backend = {destroy, swap, interval, resize,
                                                   events};

static double monitor_hz(void)
{
    GLFWmonitor *monitor = glfwGetPrimaryMonitor();
    const GLFWvidmode *mode = monitor ? glfwGetVideoMode(monitor) : NULL;
    return mode && mode->refreshRate > 0 ? mode->refreshRate : 60;
}

/* Some drivers take a swap interval and ignore it in silence, so a few empty frames are
 * timed. The first ones fill the driver's queue and say nothing. */
static VIZ_ON(render) bool swaps_with_monitor(struct window *self)
{
    enum { UNTIMED = 3, TIMED = 5 };
    double start = 0;
    glfwSwapInterval(1);
    for (int i = 0; i < UNTIMED + TIMED; i++) {
        if (i == UNTIMED)
            start = glfwGetTime();
        glClear(GL_COLOR_BUFFER_BIT);
        viz_surface_present(&self->base);
    }
    double periods = (glfwGetTime() - start) * self->base.refresh_hz / TIMED;
    bool honoured = periods > 0.8 && periods < 1.25;
    glfwSwapInterval(honoured);
    return honoured;
}

static void *load(const char *name)
{
    return (void *)glfwGetProcAddress(name);
}

static void listen_to_user(struct window *self)
{
    glfwSetWindowUserPointer(self->handle, self);
    glfwSetWindowCloseCallback(self->handle, on_close);
    glfwSetKeyCallback(self->handle, on_key);
    glfwSetCharCallback(self->handle, on_character);
    glfwSetScrollCallback(self->handle, on_scroll);
    glfwSetMouseButtonCallback(self->handle, on_button);
    glfwSetCursorPosCallback(self->handle, on_motion);
}

static VIZ_ON(render) int open_window(struct window *self,
                                      const struct viz_surface_params *params,
                                      struct viz_error *err)
{
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_STENCIL_BITS, 0);
    glfwWindowHint(GLFW_ALPHA_BITS, 0);
    self->handle = glfwCreateWindow(params->width_px, params->height_px,
                                    params->title ? params->title : "viz", NULL, NULL);
    if (!self->handle) {
        const char *why = NULL;
        glfwGetError(&why);
        return viz_fail(err, -ENOTSUP,
                        "no window with OpenGL 3.3: %s; update the driver, or use "
                        "--headless",
                        why ? why : "the driver refused");
    }
    glfwMakeContextCurrent(self->handle);
    int ret = viz_surface_load(load, err);
    if (ret < 0)
        return ret;
    measure(self);
    self->base.refresh_hz = monitor_hz();
    self->base.vsync = swaps_with_monitor(self);
    listen_to_user(self);
    return 0;
}

int viz_surface_create_window(const struct viz_surface_params *params,
                              struct viz_surface **out, struct viz_error *err)
{
    if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
        return viz_fail(err, -ENODEV, "no display: set DISPLAY, or use --headless");
    if (!glfwInit()) {
        const char *why = NULL;
        glfwGetError(&why);
        return viz_fail(err, -ENODEV,
                        "no display (%s): check DISPLAY, or use --headless",
                        why ? why : "GLFW gives no reason");
    }
    struct window *self = viz_zalloc(sizeof(*self));
    self->base = (struct viz_surface){
        .backend = &backend,
        .kind = "window",
        .width_px = params->width_px,
        .height_px = params->height_px,
        .scale = 1,
    };
    self->forced_scale = params->scale;
    int ret = open_window(self, params, err);
    if (ret < 0) {
        destroy(&self->base);
        return ret;
    }
    *out = &self->base;
    return 0;
}
