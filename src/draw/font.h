/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Glyphs of the built-in font in one texture, rasterised for the present content scale.
 * Private to src/draw.
 *
 * A glyph is drawn at whole pixels, so that it is as sharp as FreeType made it; each is
 * there at four sub-pixel offsets, so that letters keep their distances. Hinting is
 * vertical only. Digits are equally wide (the font's are). */
#ifndef VIZ_FONT_H
#define VIZ_FONT_H

#include <viz/error.h>

#include <glad/gl.h>
#include <stdint.h>

enum viz_font_size {
    VIZ_FONT_TEXT,
    VIZ_FONT_SMALL,
    VIZ_FONT_TINY, /* names of lanes too low for others */
    VIZ_FONT_SIZES,
};

#define VIZ_FONT_OFFSETS 4 /* sub-pixel positions of a glyph */

struct viz_glyph {
    int16_t left, top; /* from the pen to the picture's corner, pixels, y down */
    uint16_t x, y;     /* in the texture */
    uint16_t width, height;
};

struct viz_font;

int viz_font_create(float scale, struct viz_font **out, struct viz_error *err);
void viz_font_destroy(struct viz_font *font);

/* Rasterise again for another content scale; does nothing when it is the same. */
void viz_font_rescale(struct viz_font *font, float scale);

GLuint viz_font_texture(const struct viz_font *font);

/* The next character of @text as a glyph index of the font, and @text moved behind it.
 * A character that the font lacks, or that is not UTF-8, is a replacement mark. 0 at
 * the end. */
uint32_t viz_font_next(const char **text);

float viz_font_advance(const struct viz_font *font, enum viz_font_size size,
                       uint32_t index);
const struct viz_glyph *viz_font_glyph(const struct viz_font *font,
                                       enum viz_font_size size, uint32_t index,
                                       unsigned offset);

float viz_font_width(const struct viz_font *font, enum viz_font_size size,
                     const char *text);

/* Of a capital letter, and from line to line; pixels. */
float viz_font_capital(const struct viz_font *font, enum viz_font_size size);
float viz_font_line(const struct viz_font *font, enum viz_font_size size);

#endif
