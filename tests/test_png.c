/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/png.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void temporary_path(char path[64])
{
    strcpy(path, "/tmp/viz-test-png-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void read_back(const char *path, uint8_t *rgb, unsigned width, unsigned height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    cr_assert(png_image_begin_read_from_file(&image, path));
    cr_assert_eq(image.width, width);
    cr_assert_eq(image.height, height);
    image.format = PNG_FORMAT_RGB;
    cr_assert(png_image_finish_read(&image, NULL, rgb, 0, NULL));
}

Test(png, pixels_come_back_and_alpha_is_ignored)
{
    enum { W = 3, H = 2 };
    uint8_t rgba[W * H * 4], rgb[W * H * 3];
    for (unsigned i = 0; i < sizeof(rgba); i++)
        rgba[i] = (uint8_t)(i * 37);
    char path[64];
    temporary_path(path);
    struct viz_error err;
    cr_assert_eq(viz_png_write(path, rgba, W, H, &err), 0);
    read_back(path, rgb, W, H);
    for (unsigned i = 0; i < W * H; i++)
        cr_expect_arr_eq(rgb + 3 * i, rgba + 4 * i, 3);
    unlink(path);
}

Test(png, an_existing_file_is_replaced_whole)
{
    uint8_t red[4] = {255, 0, 0, 0}, rgb[3];
    char path[64];
    temporary_path(path);
    cr_assert_eq(viz_png_write(path, (uint8_t[16]){0}, 2, 2, NULL), 0);
    cr_assert_eq(viz_png_write(path, red, 1, 1, NULL), 0);
    read_back(path, rgb, 1, 1);
    cr_expect_arr_eq(rgb, red, 3);
    unlink(path);
}

/* A picture named like a device must not take its place. */
Test(png, a_pipe_is_written_to_and_stays_a_pipe)
{
    char path[64];
    uint8_t bytes[8];
    struct stat status;
    temporary_path(path);
    unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDWR | O_NONBLOCK);
    cr_assert_eq(viz_png_write(path, (uint8_t[16]){0}, 2, 2, NULL), 0);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect(S_ISFIFO(status.st_mode));
    cr_expect_eq(read(fd, bytes, sizeof(bytes)), 8);
    cr_expect_arr_eq(bytes, "\x89PNG\r\n\x1a\n", 8);
    close(fd);
    unlink(path);
}

static void expect_link(const char *path)
{
    struct stat status;
    cr_assert_eq(lstat(path, &status), 0);
    cr_expect(S_ISLNK(status.st_mode));
}

/* The first picture through a link makes its target, the second replaces it. */
Test(png, a_link_stays_and_its_target_is_replaced)
{
    uint8_t red[4] = {255, 0, 0, 0}, rgb[12];
    char target[64], path[80];
    struct stat before, after;
    temporary_path(target);
    unlink(target);
    snprintf(path, sizeof(path), "%s.link", target);
    cr_assert_eq(symlink(target, path), 0);
    cr_assert_eq(viz_png_write(path, (uint8_t[16]){0}, 2, 2, NULL), 0);
    expect_link(path);
    read_back(target, rgb, 2, 2);
    cr_assert_eq(stat(target, &before), 0);
    cr_assert_eq(viz_png_write(path, red, 1, 1, NULL), 0);
    expect_link(path);
    read_back(target, rgb, 1, 1);
    cr_expect_arr_eq(rgb, red, 3);
    cr_assert_eq(stat(target, &after), 0);
    cr_expect_neq(before.st_ino, after.st_ino, "written into and not replaced");
    unlink(path);
    unlink(target);
}

Test(png, no_area_is_refused)
{
    struct viz_error err;
    cr_expect_eq(viz_png_write("/tmp/never", (uint8_t[4]){0}, 0, 1, &err), -EINVAL);
    cr_expect(strstr(err.text, "0 by 1"));
    cr_expect_neq(access("/tmp/never", F_OK), 0);
}

Test(png, a_missing_folder_is_named)
{
    struct viz_error err;
    cr_expect_eq(
        viz_png_write("/tmp/viz-no-such-folder/a.png", (uint8_t[4]){0}, 1, 1, &err),
        -ENOENT);
    cr_expect(strstr(err.text, "/tmp/viz-no-such-folder/a.png"), "%s", err.text);
}
