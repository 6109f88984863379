/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "font.h"

#include "gl.h"

#include <viz/alloc.h>
#include <viz/fonts.h>

#include <errno.h>
#include <ft2build.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#define ATLAS_WIDTH 1024
#define REPLACEMENT 0xfffdu

/* What can be written: Latin, Greek, Cyrillic, and the signs of units and of this
 * program. Glyph indices count through the ranges, from 1. */
static const struct {
    uint32_t first, last;
} ranges[] = {
    {0x20, 0x7e},     {0xa0, 0x17f},    {0x391, 0x3c9},
    {0x410, 0x44f},   {0x2009, 0x2009}, {0x2013, 0x2014},
    {0x2022, 0x2022}, {0x2026, 0x2026}, {0x2070, 0x2079},
    {0x2080, 0x2089}, {0x20ac, 0x20ac}, {0x2126, 0x2126},
    {0x2190, 0x2193}, {0x2212, 0x2212}, {0x221a, 0x221a},
    {0x221e, 0x221e}, {0x2248, 0x2248}, {0x2264, 0x2265},
    {0x25a0, 0x25a0}, {0x25cf, 0x25cf}, {REPLACEMENT, REPLACEMENT},
};
#define RANGES (sizeof(ranges) / sizeof(ranges[0]))
#define GLYPHS_MAX 640

static const float points[VIZ_FONT_SIZES] = {12.0f, 10.0f, 8.0f};

struct face {
    float advance[GLYPHS_MAX];
    struct viz_glyph glyph[GLYPHS_MAX][VIZ_FONT_OFFSETS];
    float capital, line;
};

struct viz_font {
    FT_Library library;
    FT_Face outline;
    float scale;
    GLuint texture;
    uint8_t *pixels; /* ATLAS_WIDTH x height, grows while rasterising */
    int height;
    int x, y, row_height; /* where the next picture goes */
    struct face face[VIZ_FONT_SIZES];
};

static uint32_t index_of(uint32_t character)
{
    uint32_t index = 1;
    for (size_t i = 0; i < RANGES; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last)
            return index + character - ranges[i].first;
        index += ranges[i].last - ranges[i].first + 1;
    }
    return index - 1; /* the last of all: the replacement */
}

static uint32_t decode(const uint8_t **at)
{
    uint8_t lead = *(*at)++;
    if (lead < 0x80)
        return lead;
    unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (!more || lead > 0xf4)
        return REPLACEMENT;
    uint32_t character = lead & (0x3fu >> more);
    for (unsigned i = 0; i < more; i++) {
        if ((**at & 0xc0) != 0x80)
            return REPLACEMENT;
        character = character << 6 | (*(*at)++ & 0x3f);
    }
    return character;
}

uint32_t viz_font_next(const char **text)
{
    if (!**text)
        return 0;
    const uint8_t *at = (const uint8_t *)*text;
    uint32_t character = decode(&at);
    *text = (const char *)at;
    return index_of(character);
}

static void need_room(struct viz_font *font, int width, int height)
{
    if (font->x + width + 1 > ATLAS_WIDTH) {
        font->x = 1;
        font->y += font->row_height + 1;
        font->row_height = 0;
    }
    if (height > font->row_height)
        font->row_height = height;
    int needed = font->y + height + 1;
    if (needed <= font->height)
        return;
    int grown = needed * 2;
    uint8_t *pixels = viz_zalloc((size_t)ATLAS_WIDTH * (size_t)grown);
    if (font->pixels)
        memcpy(pixels, font->pixels, (size_t)ATLAS_WIDTH * (size_t)font->height);
    free(font->pixels);
    font->pixels = pixels;
    font->height = grown;
}

static void store(struct viz_font *font, const FT_GlyphSlot slot, struct viz_glyph *out)
{
    int width = (int)slot->bitmap.width, height = (int)slot->bitmap.rows;
    need_room(font, width, height);
    for (int row = 0; row < height; row++)
        memcpy(font->pixels + (size_t)(font->y + row) * ATLAS_WIDTH + font->x,
               slot->bitmap.buffer + row * slot->bitmap.pitch, (size_t)width);
    *out = (struct viz_glyph){
        .left = (int16_t)slot->bitmap_left,
        .top = (int16_t)-slot->bitmap_top,
        .x = (uint16_t)font->x,
        .y = (uint16_t)font->y,
        .width = (uint16_t)width,
        .height = (uint16_t)height,
    };
    font->x += width + 1;
}

static void rasterise_glyph(struct viz_font *font, struct face *face, uint32_t index,
                            uint32_t character)
{
    FT_Face outline = font->outline;
    for (unsigned offset = 0; offset < VIZ_FONT_OFFSETS; offset++) {
        if (FT_Load_Char(outline, character, FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP))
            return;
        face->advance[index] = (float)outline->glyph->linearHoriAdvance / 65536;
        FT_Outline_Translate(&outline->glyph->outline,
                             64 * (int)offset / VIZ_FONT_OFFSETS, 0);
        if (FT_Render_Glyph(outline->glyph, FT_RENDER_MODE_NORMAL))
            return;
        store(font, outline->glyph, &face->glyph[index][offset]);
    }
}

static void rasterise_face(struct viz_font *font, enum viz_font_size size)
{
    struct face *face = &font->face[size];
    *face = (struct face){0};
    FT_Set_Char_Size(font->outline, 0,
                     (FT_F26Dot6)lrintf(points[size] * font->scale * 64), 72, 72);
    uint32_t index = 1;
    for (size_t i = 0; i < RANGES; i++)
        for (uint32_t c = ranges[i].first; c <= ranges[i].last; c++)
            rasterise_glyph(font, face, index++, c);
    viz_assert(index <= GLYPHS_MAX);
    const char *capital = "H";
    face->capital = -(float)face->glyph[viz_font_next(&capital)][0].top;
    face->line = (float)font->outline->size->metrics.height / 64;
}

static void rasterise(struct viz_font *font)
{
    free(font->pixels);
    font->pixels = NULL;
    font->height = font->row_height = 0;
    font->x = font->y = 1;
    for (int size = 0; size < VIZ_FONT_SIZES; size++)
        rasterise_face(font, size);
    glDeleteTextures(1, &font->texture);
    font->texture = viz_gl_texture(GL_R8, ATLAS_WIDTH, font->height, GL_RED,
                                   GL_UNSIGNED_BYTE, font->pixels);
}

int viz_font_create(float scale, struct viz_font **out, struct viz_error *err)
{
    struct viz_font *font = viz_zalloc(sizeof(*font));
    if (FT_Init_FreeType(&font->library) ||
        FT_New_Memory_Face(font->library, viz_font_sans, (FT_Long)viz_font_sans_size, 0,
                           &font->outline)) {
        viz_font_destroy(font);
        return viz_fail(err, -EINVAL, "FreeType does not read the built-in font");
    }
    font->scale = scale;
    rasterise(font);
    *out = font;
    return 0;
}

void viz_font_destroy(struct viz_font *font)
{
    if (!font)
        return;
    if (font->texture)
        glDeleteTextures(1, &font->texture);
    if (font->library)
        FT_Done_FreeType(font->library); /* and its faces */
    free(font->pixels);
    free(font);
}

void viz_font_rescale(struct viz_font *font, float scale)
{
    if (scale == font->scale)
        return;
    font->scale = scale;
    rasterise(font);
}

GLuint viz_font_texture(const struct viz_font *font)
{
    return font->texture;
}

float viz_font_advance(const struct viz_font *font, enum viz_font_size size,
                       uint32_t index)
{
    return font->face[size].advance[index];
}

const struct viz_glyph *viz_font_glyph(const struct viz_font *font,
                                       enum viz_font_size size, uint32_t index,
                                       unsigned offset)
{
    return &font->face[size].glyph[index][offset];
}

float viz_font_width(const struct viz_font *font, enum viz_font_size size,
                     const char *text)
{
    float width = 0;
    for (uint32_t index; (index = viz_font_next(&text));)
        width += viz_font_advance(font, size, index);
    return width;
}

float viz_font_capital(const struct viz_font *font, enum viz_font_size size)
{
    return font->face[size].capital;
}

float viz_font_line(const struct viz_font *font, enum viz_font_size size)
{
    return font->face[size].line;
}
