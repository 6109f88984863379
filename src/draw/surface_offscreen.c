/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames in memory: EGL without a display server. The only file that sees EGL. */
#include "gl.h"
#include "surface_backend.h"

#include <viz/alloc.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct offscreen {
    struct viz_surface base;
    EGLDisplay display;
    EGLContext context;
    GLuint framebuffer, pixels;
};

static void destroy(struct viz_surface *surface)
{
    struct offscreen *self = (struct offscreen *)surface;
    if (self->framebuffer)
        glDeleteFramebuffers(1, &self->framebuffer);
    if (self->pixels)
        glDeleteRenderbuffers(1, &self->pixels);
    if (self->display != EGL_NO_DISPLAY) {
        eglMakeCurrent(self->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        if (self->context != EGL_NO_CONTEXT)
            eglDestroyContext(self->display, self->context);
        eglTerminate(self->display);
    }
    free(self);
}

static void swap(struct viz_surface *surface)
{
    (void)surface;
}

static void interval(struct viz_surface *surface, bool on)
{
    (void)surface;
    (void)on;
}

static size_t events(struct viz_surface *surface, float plot_left, float plot_right,
                     struct viz_action *out, size_t room)
{
    (void)surface;
    (void)plot_left;
    (void)plot_right;
    (void)out;
    (void)room;
    return 0;
}

static void resize(struct viz_surface *surface, int width_px, int height_px,
                   float scale)
{
    struct offscreen *self = (struct offscreen *)surface;
    surface->width_px = width_px;
    surface->height_px = height_px;
    surface->scale = scale;
    glBindRenderbuffer(GL_RENDERBUFFER, self->pixels);
    glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width_px, height_px);
}

static const struct viz_surface_backend backend = {destroy, swap, interval, resize,
                                                   events};

static bool listed(const char *extensions, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = extensions; at && (at = strstr(at, name)); at += length)
        if ((at == extensions || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static EGLDisplay open_platform(EGLenum platform, void *native)
{
    PFNEGLGETPLATFORMDISPLAYEXTPROC get =
        (PFNEGLGETPLATFORMDISPLAYEXTPROC)eglGetProcAddress("eglGetPlatformDisplayEXT");
    EGLDisplay display = get ? get(platform, native, NULL) : EGL_NO_DISPLAY;
    if (display != EGL_NO_DISPLAY && !eglInitialize(display, NULL, NULL))
        display = EGL_NO_DISPLAY;
    return display;
}

/* Drivers without Mesa's platform name their GPUs as devices. */
static EGLDisplay open_device(void)
{
    PFNEGLQUERYDEVICESEXTPROC query =
        (PFNEGLQUERYDEVICESEXTPROC)eglGetProcAddress("eglQueryDevicesEXT");
    EGLDeviceEXT device[8];
    EGLint devices = 0;
    if (!query || !query(8, device, &devices))
        return EGL_NO_DISPLAY;
    for (EGLint i = 0; i < devices; i++) {
        EGLDisplay display = open_platform(EGL_PLATFORM_DEVICE_EXT, device[i]);
        if (display != EGL_NO_DISPLAY)
            return display;
    }
    return EGL_NO_DISPLAY;
}

static EGLDisplay open_display(void)
{
    const char *extensions = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
    EGLDisplay display = EGL_NO_DISPLAY;
    if (listed(extensions, "EGL_MESA_platform_surfaceless"))
        display = open_platform(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY);
    if (display == EGL_NO_DISPLAY && listed(extensions, "EGL_EXT_platform_device"))
        display = open_device();
    return display;
}

static int create_context(struct offscreen *self, struct viz_error *err)
{
    static const EGLint wanted_config[] = {EGL_SURFACE_TYPE, 0, EGL_RENDERABLE_TYPE,
                                           EGL_OPENGL_BIT, EGL_NONE};
    static const EGLint wanted_context[] = {
        EGL_CONTEXT_MAJOR_VERSION,
        3,
        EGL_CONTEXT_MINOR_VERSION,
        3,
        EGL_CONTEXT_OPENGL_PROFILE_MASK,
        EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
        EGL_CONTEXT_OPENGL_FORWARD_COMPATIBLE,
        EGL_TRUE,
        EGL_NONE,
    };
    EGLConfig config = EGL_NO_CONFIG_KHR;
    EGLint configs = 0;
    if (!eglBindAPI(EGL_OPENGL_API))
        return viz_fail(err, -ENODEV, "EGL offers no desktop OpenGL: install Mesa");
    if (!eglChooseConfig(self->display, wanted_config, &config, 1, &configs) ||
        !configs)
        config = EGL_NO_CONFIG_KHR;
    self->context =
        eglCreateContext(self->display, config, EGL_NO_CONTEXT, wanted_context);
    if (self->context == EGL_NO_CONTEXT)
        return viz_fail(err, -ENOTSUP,
                        "no OpenGL 3.3 core context off-screen (EGL error 0x%04x): "
                        "update the driver",
                        (unsigned)eglGetError());
    if (!eglMakeCurrent(self->display, EGL_NO_SURFACE, EGL_NO_SURFACE, self->context))
        return viz_fail(err, -ENODEV,
                        "EGL cannot draw without a surface (error 0x%04x)",
                        (unsigned)eglGetError());
    return 0;
}

static void *load(const char *name)
{
    return (void *)eglGetProcAddress(name);
}

static int create_framebuffer(struct offscreen *self, struct viz_error *err)
{
    glGenRenderbuffers(1, &self->pixels);
    resize(&self->base, self->base.width_px, self->base.height_px, self->base.scale);
    glGenFramebuffers(1, &self->framebuffer);
    glBindFramebuffer(GL_FRAMEBUFFER, self->framebuffer);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER,
                              self->pixels);
    if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
        return viz_fail(err, -ENOTSUP, "no off-screen picture of %d by %d pixels",
                        self->base.width_px, self->base.height_px);
    return 0;
}

int viz_surface_create_offscreen(const struct viz_surface_params *params,
                                 struct viz_surface **out, struct viz_error *err)
{
    struct offscreen *self = viz_zalloc(sizeof(*self));
    self->base = (struct viz_surface){
        .backend = &backend,
        .kind = "off-screen",
        .width_px = params->width_px,
        .height_px = params->height_px,
        .scale = params->scale > 0 ? params->scale : 1,
        .refresh_hz = 60,
    };
    self->context = EGL_NO_CONTEXT;
    self->display = open_display();
    int ret = 0;
    if (self->display == EGL_NO_DISPLAY)
        ret = viz_fail(err, -ENODEV,
                       "no off-screen OpenGL: EGL found neither Mesa's surfaceless "
                       "platform nor a GPU (Debian: install libgl1-mesa-dri)");
    if (ret == 0)
        ret = create_context(self, err);
    if (ret == 0)
        ret = viz_surface_load(load, err);
    if (ret == 0)
        ret = create_framebuffer(self, err);
    if (ret < 0) {
        self->framebuffer = self->pixels = 0; /* not made, or gone with the context */
        destroy(&self->base);
        return ret;
    }
    *out = &self->base;
    return 0;
}
