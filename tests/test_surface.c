/* SPDX-License-Identifier: GPL-3.0-or-later */
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
