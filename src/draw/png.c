/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/png.h>

#include <errno.h>
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* libpng's simplified interface keeps its longjmp to itself. */
static bool write_image(FILE *file, const uint8_t *rgb, int width, int height,
                        struct viz_error *err, const char *path)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION,
        .width = (png_uint_32)width,
        .height = (png_uint_32)height,
        .format = PNG_FORMAT_RGB,
    };
    if (png_image_write_to_stdio(&image, file, 0, rgb, 0, NULL))
        return true;
    viz_fail(err, -EIO, "cannot write the picture %s: %s", path, image.message);
    return false;
}

static uint8_t *without_alpha(const uint8_t *rgba, size_t pixels)
{
    uint8_t *rgb = malloc(pixels * 3);
    if (!rgb)
        return NULL;
    for (size_t i = 0; i < pixels; i++)
        memcpy(rgb + 3 * i, rgba + 4 * i, 3);
    return rgb;
}

static int write_file(const char *path, const char *temporary, const uint8_t *rgb,
                      int width, int height, struct viz_error *err)
{
    FILE *file = fopen(temporary, "wbe");
    if (!file)
        return viz_fail(err, -errno, "cannot write the picture %s: %s", temporary,
                        strerror(errno));
    bool fine = write_image(file, rgb, width, height, err, path);
    int ret = fine ? 0 : -EIO;
    if (fclose(file) && ret == 0)
        ret = viz_fail(err, -errno, "cannot write the picture %s: %s", temporary,
                       strerror(errno));
    if (ret == 0 && strcmp(temporary, path) != 0 && rename(temporary, path))
        ret = viz_fail(err, -errno, "cannot name the picture %s: %s", path,
                       strerror(errno));
    if (ret < 0 && strcmp(temporary, path) != 0)
        unlink(temporary);
    return ret;
}

/* A device or a pipe is written to; putting a file in its place would destroy it. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

int viz_png_write(const char *path, const uint8_t *rgba, int width, int height,
                  struct viz_error *err)
{
    if (width < 1 || height < 1)
        return viz_fail(err, -EINVAL, "a picture of %d by %d pixels has no area", width,
                        height);
    uint8_t *rgb = without_alpha(rgba, (size_t)width * (size_t)height);
    char *temporary = NULL;
    int ret = -ENOMEM;
    bool named = is_special(path)
                     ? asprintf(&temporary, "%s", path) >= 0
                     : asprintf(&temporary, "%s.part%ld", path, (long)getpid()) >= 0;
    if (rgb && named)
        ret = write_file(path, temporary, rgb, width, height, err);
    else
        viz_fail(err, -ENOMEM, "no memory for the picture %s", path);
    free(temporary);
    free(rgb);
    return ret;
}
