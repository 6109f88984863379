/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing a picture. */
#ifndef VIZ_PNG_H
#define VIZ_PNG_H

#include <viz/error.h>

#include <stdint.h>

/* @rgba: width*height*4 bytes, top row first; alpha is ignored. Written to a temporary
 * name beside @path and renamed, so that a reader never sees half a picture; into a
 * device or a pipe it is written as it is. A symbolic link stays, what it names is
 * replaced. */
int viz_png_write(const char *path, const uint8_t *rgba, int width, int height,
                  struct viz_error *err);

#endif
