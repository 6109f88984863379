/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/draw/gl.h"

#include <viz/role.h>
#include <viz/surface.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

Test(surface, no_area_is_refused)
{
    viz_role_assume_render();
    struct viz_surface_params params = {
        .width_px = 0, .height_px = 10, .headless = true};
    struct viz_surface *surface = NULL;
    struct viz_error err;
    cr_expect_eq(viz_surface_create(&params, &surface, &err), -EINVAL);
    cr_expect(strstr(err.text, "0 by 10"));
}

Test(surface, no_display_says_what_to_do)
{
    viz_role_assume_render();
    struct viz_surface_params params = {.width_px = 10, .height_px = 10};
    struct viz_surface *surface = NULL;
    struct viz_error err;
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    cr_expect_eq(viz_surface_create(&params, &surface, &err), -ENODEV);
    cr_expect_str_eq(err.text, "no display: set DISPLAY, or use --headless");
    setenv("DISPLAY", ":54321", 1);
    cr_expect_eq(viz_surface_create(&params, &surface, &err), -ENODEV);
    cr_expect(strstr(err.text, "--headless"), "%s", err.text);
    cr_expect_null(surface);
}

Test(surface, off_screen_says_what_it_is)
{
    viz_role_assume_render();
    struct viz_surface_params params = {
        .width_px = 30, .height_px = 20, .headless = true};
    struct viz_surface *surface = NULL;
    struct viz_error err;
    if (viz_surface_create(&params, &surface, &err) < 0)
        cr_skip("%s", err.text);
    char text[256];
    viz_surface_describe(surface, text, sizeof(text));
    cr_expect(strstr(text, "OpenGL "), "%s", text);
    cr_expect(strstr(text, "off-screen 30x20"), "%s", text);
    cr_expect_not(viz_surface_vsync(surface));
    struct viz_action action;
    cr_expect_eq(viz_surface_events(surface, 0, 10, &action, 1), 0u);
    viz_surface_destroy(surface);
}

static struct viz_surface *open_off_screen(int width_px, int height_px)
{
    struct viz_surface_params params = {
        .width_px = width_px, .height_px = height_px, .headless = true};
    struct viz_surface *surface = NULL;
    struct viz_error err;
    viz_role_assume_render();
    if (viz_surface_create(&params, &surface, &err) < 0)
        cr_skip("%s", err.text);
    return surface;
}

static const char cover_vertex[] =
    "#version 330 core\n"
    "void main() {\n"
    "    gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4 - 1, 0, 1);\n"
    "}\n";
static const char cover_fragment[] = "#version 330 core\n"
                                     "out vec4 colour;\n"
                                     "void main() { colour = vec4(0.01); }\n";

/* Work that no renderer has done by the time the calls return: the whole surface, blended,
 * again and again. */
static void draw_long(int times)
{
    GLuint program, array;
    struct viz_error err;
    cr_assert_eq(viz_gl_program("cover", cover_vertex, cover_fragment, &program, &err),
                 0, "%s", err.text);
    glGenVertexArrays(1, &array);
    glBindVertexArray(array);
    glUseProgram(program);
    glEnable(GL_BLEND);
    glBlendFunc(GL_ONE, GL_ONE);
    glDrawArraysInstanced(GL_TRIANGLES, 0, 3, times);
    glDeleteVertexArrays(1, &array);
    glDeleteProgram(program);
}

Test(surface, a_frame_is_done_when_present_returns)
{
    struct viz_surface *surface = open_off_screen(2048, 2048);
    viz_role_assume_render();
    glViewport(0, 0, 2048, 2048);
    draw_long(200);
    GLsync fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    GLint state = 0;
    cr_assert(viz_surface_present(surface));
    glGetSynciv(fence, GL_SYNC_STATUS, 1, NULL, &state);
    cr_expect_eq(state, GL_SIGNALED);
    glDeleteSync(fence);
    viz_surface_destroy(surface);
}

/* A driver that answers as it is told, where glad keeps the real one's function. */
static GLenum told;
static unsigned asked, answered_after;

static GLenum GLAD_API_PTR tell(GLsync fence, GLbitfield flags, GLuint64 timeout)
{
    cr_expect(fence);
    cr_expect(flags & GL_SYNC_FLUSH_COMMANDS_BIT);
    cr_expect_gt(timeout, 0u);
    return ++asked > answered_after ? told : GL_TIMEOUT_EXPIRED;
}

static bool present_where(struct viz_surface *surface, unsigned timeouts, GLenum then)
    VIZ_ON(render)
{
    PFNGLCLIENTWAITSYNCPROC real = glad_glClientWaitSync;
    told = then;
    asked = 0;
    answered_after = timeouts;
    glad_glClientWaitSync = tell;
    bool presented = viz_surface_present(surface);
    glad_glClientWaitSync = real;
    return presented;
}

Test(surface, a_frame_that_is_not_done_is_waited_for_and_never_called_presented)
{
    struct viz_surface *surface = open_off_screen(16, 16);
    viz_role_assume_render();
    cr_expect(present_where(surface, 0, GL_ALREADY_SIGNALED));
    cr_expect_eq(asked, 1u);
    cr_expect(present_where(surface, 3, GL_CONDITION_SATISFIED));
    cr_expect_eq(asked, 4u);
    cr_expect_not(present_where(surface, 1, GL_WAIT_FAILED));
    cr_expect_eq(asked, 2u);
    cr_expect_not(present_where(surface, UINT32_MAX, GL_CONDITION_SATISFIED));
    cr_expect_geq(asked, 2u);
    cr_expect_leq(asked, 60u, "for ever is too long");
    viz_surface_destroy(surface);
}
