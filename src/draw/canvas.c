/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "canvas.h"

#include "gl.h"

#include <viz/alloc.h>
#include <viz/shaders.h>

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

struct vertex {
    int16_t x, y;
    uint16_t u, v;
    uint8_t rgba[4];
};

struct viz_pen {
    const struct viz_font *font;
    struct brush {
        GLuint program;
        GLint size_uniform;
    } fill, letter;
};

struct batch {
    struct vertex *vertex; /* four a quad */
    uint32_t room, quads;  /* in quads */
    uint32_t uploaded;
    GLuint array, buffer, indices;
};

/* Rectangles go below letters. They are kept apart because on a software renderer a pixel
 * that is neither looked up nor blended costs half. */
struct viz_canvas {
    struct viz_pen *pen;
    struct batch fills, letters;
};

static int make_brush(struct brush *brush, const char *fragment, struct viz_error *err)
{
    int ret =
        viz_gl_program("text", viz_shader_canvas_vert, fragment, &brush->program, err);
    if (ret == 0)
        brush->size_uniform = glGetUniformLocation(brush->program, "size_px");
    return ret;
}

int viz_pen_create(const struct viz_font *font, struct viz_pen **out,
                   struct viz_error *err)
{
    struct viz_pen *pen = viz_zalloc(sizeof(*pen));
    int ret = make_brush(&pen->fill, viz_shader_fill_frag, err);
    if (ret == 0)
        ret = make_brush(&pen->letter, viz_shader_letter_frag, err);
    if (ret < 0) {
        viz_pen_destroy(pen);
        return ret;
    }
    pen->font = font;
    viz_gl_set_sampler(pen->letter.program, "glyphs", 0);
    *out = pen;
    return 0;
}

void viz_pen_destroy(struct viz_pen *pen)
{
    if (!pen)
        return;
    glDeleteProgram(pen->fill.program);
    glDeleteProgram(pen->letter.program);
    free(pen);
}

static void attribute(GLuint index, GLint count, GLenum type, GLboolean normalised,
                      size_t offset)
{
    glEnableVertexAttribArray(index);
    glVertexAttribPointer(index, count, type, normalised, sizeof(struct vertex),
                          (const void *)offset);
}

static void make_batch(struct batch *batch, uint32_t quads)
{
    size_t bytes = (size_t)quads * 4 * sizeof(*batch->vertex);
    batch->room = quads;
    batch->vertex = viz_zalloc(bytes);
    glGenVertexArrays(1, &batch->array);
    glGenBuffers(1, &batch->buffer);
    glBindVertexArray(batch->array);
    glBindBuffer(GL_ARRAY_BUFFER, batch->buffer);
    glBufferData(GL_ARRAY_BUFFER, (GLsizeiptr)bytes, NULL, GL_DYNAMIC_DRAW);
    attribute(0, 2, GL_SHORT, GL_FALSE, offsetof(struct vertex, x));
    attribute(1, 2, GL_UNSIGNED_SHORT, GL_FALSE, offsetof(struct vertex, u));
    attribute(2, 4, GL_UNSIGNED_BYTE, GL_TRUE, offsetof(struct vertex, rgba));
    batch->indices = viz_gl_quad_indices();
}

static void drop_batch(struct batch *batch)
{
    glDeleteBuffers(1, &batch->buffer);
    glDeleteBuffers(1, &batch->indices);
    glDeleteVertexArrays(1, &batch->array);
    free(batch->vertex);
}

struct viz_canvas *viz_canvas_create(struct viz_pen *pen, uint32_t fills,
                                     uint32_t letters)
{
    struct viz_canvas *canvas = viz_zalloc(sizeof(*canvas));
    canvas->pen = pen;
    make_batch(&canvas->fills, fills);
    make_batch(&canvas->letters, letters);
    return canvas;
}

void viz_canvas_destroy(struct viz_canvas *canvas)
{
    if (!canvas)
        return;
    drop_batch(&canvas->fills);
    drop_batch(&canvas->letters);
    free(canvas);
}

void viz_canvas_clear(struct viz_canvas *canvas)
{
    canvas->fills.quads = canvas->letters.quads = 0;
}

struct quad {
    int x, y, width, height; /* on the canvas */
    int u, v;                /* in the texture; the corner that is drawn at x, y */
    int across, down;        /* size in the texture */
    bool up;                 /* turned to read upwards */
    uint32_t rgb;
};

static void add_quad(struct batch *batch, const struct quad *quad)
{
    if (batch->quads == batch->room)
        return;
    struct vertex *corner = batch->vertex + (size_t)batch->quads++ * 4;
    for (int i = 0; i < 4; i++) {
        int right = i & 1, bottom = !(i >> 1);
        int across = quad->up ? !bottom : right, down = quad->up ? right : bottom;
        corner[i] = (struct vertex){
            .x = (int16_t)(quad->x + right * quad->width),
            .y = (int16_t)(quad->y + bottom * quad->height),
            .u = (uint16_t)(quad->u + across * quad->across),
            .v = (uint16_t)(quad->v + down * quad->down),
            .rgba = {(uint8_t)(quad->rgb >> 16), (uint8_t)(quad->rgb >> 8),
                     (uint8_t)quad->rgb, 255},
        };
    }
}

void viz_canvas_rect(struct viz_canvas *canvas, float left, float top, float right,
                     float bottom, uint32_t rgb)
{
    int x = (int)lrintf(left), y = (int)lrintf(top);
    struct quad quad = {
        .x = x,
        .y = y,
        .width = (int)lrintf(right) - x,
        .height = (int)lrintf(bottom) - y,
        .rgb = rgb,
    };
    if (quad.width > 0 && quad.height > 0)
        add_quad(&canvas->fills, &quad);
}

/* How much of @text fits, and whether the rest is to be replaced by an ellipsis. */
static const char *fit(const struct viz_font *font, const struct viz_text_style *style,
                       const char *text, float *width)
{
    static const char ellipsis[] = "…";
    *width = viz_font_width(font, style->size, text);
    if (style->room <= 0 || *width <= style->room)
        return text + __builtin_strlen(text);
    float used = viz_font_width(font, style->size, ellipsis);
    const char *end = text;
    for (const char *at = text;;) {
        uint32_t index = viz_font_next(&at);
        float advance = viz_font_advance(font, style->size, index);
        if (!index || used + advance > style->room)
            break;
        used += advance;
        end = at;
    }
    *width = used;
    return end;
}

static float indent(enum viz_align align, float width)
{
    return align == VIZ_ALIGN_LEFT ? 0 : align == VIZ_ALIGN_RIGHT ? width : width / 2;
}

/* Where letters go: along x, or upwards along y. */
struct line {
    struct viz_canvas *canvas;
    const struct viz_text_style *style;
    float start; /* of the line, along its direction */
    int across;  /* the line's place across its direction */
    bool up;
};

static void add_letter(const struct line *line, float along, uint32_t index)
{
    float at = line->up ? -line->start + along : line->start + along;
    int whole = (int)floorf(at);
    unsigned offset = (unsigned)((at - (float)whole) * VIZ_FONT_OFFSETS);
    const struct viz_glyph *glyph = viz_font_glyph(
        line->canvas->pen->font, line->style->size, index, offset % VIZ_FONT_OFFSETS);
    if (!glyph->width)
        return;
    struct quad quad = {
        .x = whole + glyph->left,
        .y = line->across + glyph->top,
        .width = glyph->width,
        .height = glyph->height,
        .u = glyph->x,
        .v = glyph->y,
        .across = glyph->width,
        .down = glyph->height,
        .up = line->up,
        .rgb = line->style->rgb,
    };
    if (line->up) {
        quad.x = line->across + glyph->top;
        quad.y = -(whole + glyph->left) - glyph->width;
        quad.width = glyph->height;
        quad.height = glyph->width;
    }
    add_quad(&line->canvas->letters, &quad);
}

static void add_letters(const struct line *line, const char *text, const char *end)
{
    const struct viz_font *font = line->canvas->pen->font;
    enum viz_font_size size = line->style->size;
    const char *rest = *end ? "…" : "";
    float along = 0;
    while (text < end || *rest) {
        uint32_t index = viz_font_next(text < end ? &text : &rest);
        add_letter(line, along, index);
        along += viz_font_advance(font, size, index);
    }
}

float viz_canvas_text(struct viz_canvas *canvas, const struct viz_text_style *style,
                      float x, float baseline, const char *text)
{
    float width;
    const char *end = fit(canvas->pen->font, style, text, &width);
    struct line line = {
        .canvas = canvas,
        .style = style,
        .start = x - indent(style->align, width),
        .across = (int)lrintf(baseline),
    };
    add_letters(&line, text, end);
    return width;
}

void viz_canvas_text_up(struct viz_canvas *canvas, const struct viz_text_style *style,
                        float x, float y, const char *text)
{
    float width;
    const char *end = fit(canvas->pen->font, style, text, &width);
    struct line line = {
        .canvas = canvas,
        .style = style,
        .start = y + width / 2,
        .across = (int)lrintf(x),
        .up = true,
    };
    add_letters(&line, text, end);
}

static uint64_t upload_batch(struct batch *batch)
{
    size_t bytes = (size_t)batch->quads * 4 * sizeof(*batch->vertex);
    batch->uploaded = batch->quads;
    if (!bytes)
        return 0;
    glBindBuffer(GL_ARRAY_BUFFER, batch->buffer);
    glBufferSubData(GL_ARRAY_BUFFER, 0, (GLsizeiptr)bytes, batch->vertex);
    return bytes;
}

uint64_t viz_canvas_upload(struct viz_canvas *canvas)
{
    return upload_batch(&canvas->fills) + upload_batch(&canvas->letters);
}

static void draw_batch(const struct batch *batch, const struct brush *brush,
                       int width_px, int height_px)
{
    glUseProgram(brush->program);
    glUniform2f(brush->size_uniform, (float)width_px, (float)height_px);
    glBindVertexArray(batch->array);
    viz_gl_draw_quads(batch->uploaded);
}

void viz_canvas_draw(const struct viz_canvas *canvas, int width_px, int height_px)
{
    glDisable(GL_BLEND);
    draw_batch(&canvas->fills, &canvas->pen->fill, width_px, height_px);
    glEnable(GL_BLEND);
    viz_gl_bind_texture(0, viz_font_texture(canvas->pen->font));
    draw_batch(&canvas->letters, &canvas->pen->letter, width_px, height_px);
}
