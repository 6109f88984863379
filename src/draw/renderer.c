/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/renderer.h>

#include "canvas.h"
#include "chrome.h"
#include "font.h"
#include "gl.h"
#include "layout.h"
#include "plot.h"
#include "theme.h"

#include <viz/alloc.h>

#include <stdlib.h>
#include <string.h>

#define READINGS_NS 100000000LL /* figures that change faster cannot be read */
#define QUERIES 4               /* timer queries under way: read when they are done */

/* Room on each canvas. A lane has a swatch, an outline and a grid line for every 26 px. */
#define FRAME_FILLS (3 * VIZ_MAX_LANES)
#define FRAME_LETTERS 24000
#define READINGS_LETTERS 12000
#define HUD_LETTERS 8192
#define FEW_FILLS 8

struct viz_renderer {
    struct viz_surface *surface;
    struct viz_font *font;
    struct viz_pen *pen;
    struct viz_plot *plot;
    struct viz_layout *layout;
    struct viz_extent extent;

    /* Rebuilt when what they show changes: a signature tells. */
    struct viz_canvas *frame, *readings, *hud;
    uint64_t frame_signature, readings_signature, hud_signature;
    int64_t readings_at_ns;

    GLuint query[QUERIES];
    int64_t asked_ns[QUERIES];
    uint64_t asked, answered; /* queries begun, results taken */
    struct viz_renderer_counts counts;
};

int viz_renderer_create(struct viz_surface *surface, struct viz_renderer **out,
                        struct viz_error *err)
{
    struct viz_renderer *r = viz_zalloc(sizeof(*r));
    int width, height;
    float scale;
    viz_surface_size(surface, &width, &height, &scale);
    r->surface = surface;
    r->layout = viz_map(sizeof(*r->layout));
    glGenQueries(QUERIES, r->query);
    int ret = viz_font_create(scale, &r->font, err);
    if (ret == 0)
        ret = viz_pen_create(r->font, &r->pen, err);
    if (ret == 0)
        ret = viz_plot_create(&r->plot, err);
    if (ret < 0) {
        viz_renderer_destroy(r);
        return ret;
    }
    r->frame = viz_canvas_create(r->pen, FRAME_FILLS, FRAME_LETTERS);
    r->readings = viz_canvas_create(r->pen, FEW_FILLS, READINGS_LETTERS);
    r->hud = viz_canvas_create(r->pen, FEW_FILLS, HUD_LETTERS);
    *out = r;
    return 0;
}

void viz_renderer_destroy(struct viz_renderer *r)
{
    if (!r)
        return;
    viz_canvas_destroy(r->frame);
    viz_canvas_destroy(r->readings);
    viz_canvas_destroy(r->hud);
    viz_plot_destroy(r->plot);
    viz_pen_destroy(r->pen);
    viz_font_destroy(r->font);
    glDeleteQueries(QUERIES, r->query);
    viz_unmap(r->layout, sizeof(*r->layout));
    free(r);
}

/* FNV-1a. */
static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *byte = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3ull;
    return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return text ? mix(hash, text, strlen(text) + 1) : hash;
}

/* Of everything that the grid and the labels depend on. */
static uint64_t sign_frame(const struct viz_renderer *r, const struct viz_scene *scene)
{
    const struct viz_layout *layout = r->layout;
    uint64_t hash = 0xcbf29ce484222325ull;
    hash = mix(hash, layout, offsetof(struct viz_layout, lane));
    hash = mix(hash, layout->lane, layout->lanes * sizeof(layout->lane[0]));
    hash = mix(hash, &r->extent.bin_ns, sizeof(r->extent.bin_ns));
    hash = mix(hash, &scene->view->light, sizeof(scene->view->light));
    for (uint32_t i = 0; i < layout->lanes; i++) {
        const struct viz_scene_stream *stream = &scene->stream[layout->lane[i].stream];
        const struct viz_scene_channel *channel =
            &stream->channel[layout->lane[i].channel];
        if (!i || layout->lane[i].stream != layout->lane[i - 1].stream)
            hash = mix_text(hash, stream->name);
        hash = mix_text(mix_text(hash, channel->name), channel->unit);
    }
    return hash;
}

static uint64_t sign_hud(const struct viz_renderer *r, const struct viz_scene *scene)
{
    uint64_t hash = r->frame_signature;
    for (uint32_t i = 0; i < scene->hud_lines; i++) {
        const struct viz_hud_line *line = &scene->hud[i];
        hash = mix_text(mix_text(hash, line->label), line->value);
        hash = mix(hash, &line->tone, sizeof(line->tone));
    }
    return hash;
}

static uint64_t sign_readings(const struct viz_renderer *r,
                              const struct viz_scene *scene)
{
    uint64_t hash = mix_text(r->frame_signature, scene->badge);
    hash = mix(hash, &scene->badge_tone, sizeof(scene->badge_tone));
    return mix_text(hash, scene->message);
}

static struct viz_chrome start(const struct viz_renderer *r, struct viz_canvas *canvas,
                               const struct viz_scene *scene)
{
    viz_canvas_clear(canvas);
    return (struct viz_chrome){
        .canvas = canvas,
        .font = r->font,
        .theme = viz_theme_find(scene->view->light),
        .layout = r->layout,
        .scene = scene,
        .extent = &r->extent,
    };
}

static void update_frame(struct viz_renderer *r, const struct viz_scene *scene)
{
    uint64_t signature = sign_frame(r, scene);
    if (signature == r->frame_signature)
        return;
    r->frame_signature = signature;
    struct viz_chrome chrome = start(r, r->frame, scene);
    viz_axis_draw(&chrome);
    viz_labels_draw_names(&chrome);
    r->counts.bytes_uploaded += viz_canvas_upload(r->frame);
}

static void update_readings(struct viz_renderer *r, const struct viz_scene *scene)
{
    uint64_t signature = sign_readings(r, scene);
    int64_t age_ns = scene->now_ns - r->readings_at_ns;
    if (signature == r->readings_signature && age_ns >= 0 && age_ns < READINGS_NS)
        return;
    r->readings_signature = signature;
    r->readings_at_ns = scene->now_ns;
    struct viz_chrome chrome = start(r, r->readings, scene);
    viz_labels_draw_readings(&chrome);
    r->counts.bytes_uploaded += viz_canvas_upload(r->readings);
}

static void update_hud(struct viz_renderer *r, const struct viz_scene *scene)
{
    uint64_t signature = sign_hud(r, scene);
    if (signature == r->hud_signature)
        return;
    r->hud_signature = signature;
    struct viz_chrome chrome = start(r, r->hud, scene);
    viz_hud_draw(&chrome);
    r->counts.bytes_uploaded += viz_canvas_upload(r->hud);
}

void viz_renderer_upload(struct viz_renderer *r, const struct viz_scene *scene)
{
    int width, height;
    float scale;
    viz_surface_size(r->surface, &width, &height, &scale);
    viz_font_rescale(r->font, scale);
    viz_layout_update(r->layout, scene, width, height, scale);
    r->extent = viz_plot_extent(scene->view, viz_layout_columns(r->layout));
    r->counts.bytes_uploaded += viz_plot_upload(r->plot, scene, r->layout, &r->extent);
    update_frame(r, scene);
    update_readings(r, scene);
    update_hud(r, scene);
}

/* Results come frames later; what is not there yet is not waited for. llvmpipe now and then
 * answers with the time since boot: what is longer than the time since the question was
 * asked cannot be and is dropped. */
static void take_gpu_time(struct viz_renderer *r, int64_t now_ns)
{
    while (r->answered + 2 <= r->asked) {
        GLuint query = r->query[r->answered % QUERIES];
        GLuint done = 0;
        glGetQueryObjectuiv(query, GL_QUERY_RESULT_AVAILABLE, &done);
        if (!done)
            return;
        GLuint64 ns = 0;
        glGetQueryObjectui64v(query, GL_QUERY_RESULT, &ns);
        bool possible = (int64_t)ns <= now_ns - r->asked_ns[r->answered % QUERIES];
        if (possible) {
            r->counts.gpu_ns += (int64_t)ns;
            r->counts.gpu_frames++;
        }
        r->answered++;
    }
}

static void draw_all(struct viz_renderer *r, const struct viz_scene *scene)
{
    const struct viz_layout *layout = r->layout;
    uint32_t background = viz_theme_find(scene->view->light)->background;
    glViewport(0, 0, layout->width, layout->height);
    glClearColor((float)(background >> 16) / 255, (float)(background >> 8 & 255) / 255,
                 (float)(background & 255) / 255, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    glEnable(GL_BLEND);
    glBlendFunc(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA);
    viz_canvas_draw(r->frame, layout->width, layout->height);
    viz_canvas_draw(r->readings, layout->width, layout->height);
    if (layout->panel_left < layout->width)
        viz_canvas_draw(r->hud, layout->width, layout->height);
    viz_plot_draw(r->plot, scene, layout, &r->extent);
}

void viz_renderer_draw(struct viz_renderer *r, const struct viz_scene *scene)
{
    take_gpu_time(r, scene->now_ns);
    bool timed = r->asked - r->answered < QUERIES;
    if (timed) {
        r->asked_ns[r->asked % QUERIES] = scene->now_ns;
        glBeginQuery(GL_TIME_ELAPSED, r->query[r->asked % QUERIES]);
    }
    draw_all(r, scene);
    if (timed) {
        glEndQuery(GL_TIME_ELAPSED);
        r->asked++;
    }
    r->counts.frames++;
}

void viz_renderer_plot(const struct viz_renderer *r, float *left, float *right)
{
    *left = (float)r->layout->plot_left;
    *right = (float)r->layout->plot_right;
}

void viz_renderer_shown(const struct viz_renderer *r, int64_t *left_ns,
                        int64_t *right_ns)
{
    *left_ns = r->extent.first_bin * r->extent.bin_ns;
    *right_ns = (r->extent.last_bin + 1) * r->extent.bin_ns;
}

struct viz_renderer_counts viz_renderer_counts(const struct viz_renderer *r)
{
    return r->counts;
}
