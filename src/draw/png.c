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

/* A device or a pipe is written to; putting a file in its place would destroy it. So is a
 * link that leads to nothing yet: writing through it makes what it names. */
static bool is_written_through(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0)
        return !S_ISREG(status.st_mode);
    return lstat(path, &status) == 0;
}

/* Where @path leads: renaming onto a link would replace the link and not the picture that
 * it names. NULL: no memory. */
static char *target_of(const char *path)
{
    char *target = realpath(path, NULL);
    return target ? target : strdup(path);
}

static int write_picture(const char *path, const uint8_t *rgb, int width, int height,
                         struct viz_error *err)
{
    char *target = target_of(path), *temporary = NULL;
    int ret = -ENOMEM, length = -1;
    if (target && is_written_through(path))
        length = asprintf(&temporary, "%s", target);
    else if (target)
        length = asprintf(&temporary, "%s.part%ld", target, (long)getpid());
    if (length >= 0)
        ret = write_file(target, temporary, rgb, width, height, err);
    else
        viz_fail(err, -ENOMEM, "no memory for the picture %s", path);
    if (length >= 0)
        free(temporary);
    free(target);
    return ret;
}

int viz_png_write(const char *path, const uint8_t *rgba, int width, int height,
                  struct viz_error *err)
{
    if (width < 1 || height < 1)
        return viz_fail(err, -EINVAL, "a picture of %d by %d pixels has no area", width,
                        height);
    uint8_t *rgb = without_alpha(rgba, (size_t)width * (size_t)height);
    if (!rgb)
        return viz_fail(err, -ENOMEM, "no memory for the picture %s", path);
    int ret = write_picture(path, rgb, width, height, err);
    free(rgb);
    return ret;
}
