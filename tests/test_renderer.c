/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the renderer lives through, and what it sends to the GPU. */
#include "../src/draw/gl.h"
#include "picture_rig.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define STEP (2 * SECOND / 1000) /* 500 rows a second */

static float wave(uint32_t channel, int64_t row)
{
    return sinf((float)row * 0.01f + (float)channel);
}

static uint64_t bytes(const struct studio *s)
{
    return viz_renderer_counts(s->renderer).bytes_uploaded;
}

/* Bytes of one frame after @rows new rows, with @window_ns in view. The clock of the scene
 * stands, so that the current values are not written anew. */
static uint64_t bytes_of_frame(struct studio *s, int64_t *row, int64_t rows,
                               int64_t window_ns)
{
    uint64_t before = bytes(s);
    studio_feed(s, 0, *row, *row + rows, STEP, wave, NULL);
    *row += rows;
    studio_shoot(s, (*row - 1) * STEP, window_ns);
    return bytes(s) - before;
}

Test(renderer, uploads_follow_new_samples_and_not_what_is_held)
{
    static const int64_t windows[] = {10 * SECOND, 60 * SECOND, SECOND / 4};
    struct studio *s = studio_open(800, 400);
    s->stream[0].channels = 4;
    int64_t row = 0;
    studio_feed(s, 0, 0, 50000, STEP, wave, NULL);
    row = 50000;
    for (size_t i = 0; i < 3; i++) {
        bytes_of_frame(s, &row, 8, windows[i]);
        uint64_t none = bytes_of_frame(s, &row, 0, windows[i]);
        uint64_t few = bytes_of_frame(s, &row, 8, windows[i]);
        uint64_t more = bytes_of_frame(s, &row, 80, windows[i]);
        cr_expect_eq(none, 0);
        cr_expect_gt(few, 0);
        cr_expect_leq(few, 1200, "%llu bytes", (unsigned long long)few);
        cr_expect_leq(more, 12000, "%llu bytes", (unsigned long long)more);
    }
    studio_close(s);
}

Test(renderer, an_unchanged_scene_sends_nothing)
{
    struct studio *s = studio_open(800, 400);
    studio_feed(s, 0, 0, 5000, STEP, wave, NULL);
    studio_shoot(s, 4999 * STEP, 5 * SECOND);
    uint64_t before = bytes(s);
    studio_shoot(s, 4999 * STEP, 5 * SECOND);
    cr_expect_eq(bytes(s), before);
    cr_expect_eq(viz_renderer_counts(s->renderer).frames, 2u);
    studio_close(s);
}

Test(renderer, no_stream_no_series_and_no_row_leave_the_message)
{
    struct studio *s = studio_open(640, 360);
    strcpy(s->scene.message, "waiting for data");
    for (uint32_t streams = 0; streams < 2; streams++) {
        s->scene.streams = streams;
        studio_shoot(s, 0, SECOND);
        cr_expect_eq(studio_count_red_plot(s), 0);
    }
    s->stream[0].series = viz_series_create(CHANNELS, 65536);
    studio_shoot(s, 0, SECOND);
    cr_expect_eq(studio_count_red_plot(s), 0);
    int lit = 0;
    for (int x = 0; x < s->width; x++)
        for (int y = 170; y < 200; y++)
            lit += (studio_pixel(s, x, y) >> 8 & 255) > 120;
    cr_expect_gt(lit, 50);
    studio_close(s);
}

static float nothing(uint32_t channel, int64_t row)
{
    (void)channel;
    (void)row;
    return NAN;
}

Test(renderer, nothing_but_nan_is_dark)
{
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 2000, STEP, nothing, NULL);
    studio_shoot(s, 2000 * STEP, 2 * SECOND);
    cr_expect_eq(studio_count_red_plot(s), 0);
    studio_shoot(s, 2000 * STEP, SECOND / 20);
    cr_expect_eq(studio_count_red_plot(s), 0);
    studio_close(s);
}

static float three(uint32_t channel, int64_t row)
{
    (void)channel;
    (void)row;
    return 3;
}

Test(renderer, one_sample_lights_a_pixel)
{
    static const int64_t windows[] = {SECOND / 1000, SECOND, 3600 * SECOND};
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 1000, 1001, STEP, three, NULL);
    for (size_t i = 0; i < 3; i++) {
        studio_shoot(s, 1000 * STEP + windows[i] / 4, windows[i]);
        cr_expect_gt(studio_count_red_plot(s), 0, "window %lld ns",
                     (long long)windows[i]);
        cr_expect_lt(studio_count_red_plot(s), 60);
    }
    studio_close(s);
}

Test(renderer, a_constant_is_a_line_from_edge_to_edge)
{
    static const int64_t windows[] = {2 * SECOND, SECOND / 10};
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 2000, STEP, three, NULL);
    for (size_t i = 0; i < 2; i++) {
        studio_shoot(s, 1999 * STEP, windows[i]);
        const struct viz_layout *l = s->layout;
        for (int x = l->plot_left; x < l->plot_right - 1; x++)
            cr_assert_gt(studio_count_red(s, x, x + 1, l->plot_top, l->plot_bottom), 0,
                         "column %d", x);
        cr_expect_lt(studio_count_red_plot(s), 3 * viz_layout_columns(l));
    }
    studio_close(s);
}

static float extreme(uint32_t channel, int64_t row)
{
    static const float values[] = {0,        INFINITY, -INFINITY, FLT_MAX,
                                   -FLT_MAX, 1e-45f,   NAN};
    (void)channel;
    return values[row % 7];
}

Test(renderer, extreme_values_stay_inside_the_lane)
{
    static const int64_t windows[] = {4 * SECOND, SECOND / 20};
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 2000, STEP, extreme, NULL);
    for (size_t i = 0; i < 2; i++) {
        studio_shoot(s, 1999 * STEP, windows[i]);
        const struct viz_lane *lane = &s->layout->lane[0];
        cr_expect_eq(studio_count_red_plot(s),
                     studio_count_red(s, s->layout->plot_left, s->layout->plot_right,
                                      lane->top, lane->bottom));
    }
    studio_close(s);
}

/* Every size from nothing to more than the first ring of columns holds. */
Test(renderer, any_size_and_scale_can_follow_any_other)
{
    static const struct {
        int width, height;
        float scale;
    } sizes[] = {{1, 1, 1},       {320, 200, 1},  {1280, 720, 1},  {640, 360, 2},
                 {3840, 1080, 1}, {200, 1000, 1}, {2560, 1440, 2}, {64, 64, 3}};
    struct viz_hud_line hud[VIZ_HUD_LINES];
    struct studio *s = studio_open(640, 360);
    memset(hud, 0, sizeof(hud));
    for (int i = 0; i < VIZ_HUD_LINES; i++) {
        memset(hud[i].label, 'M', sizeof(hud[i].label) - 1);
        memset(hud[i].value, 'W', sizeof(hud[i].value) - 1);
    }
    s->scene.hud = hud;
    s->scene.hud_lines = VIZ_HUD_LINES;
    s->scene.streams = 2;
    s->stream[0].channels = 5;
    studio_feed(s, 0, 0, 5000, STEP, wave, NULL);
    studio_feed(s, 1, 0, 5000, STEP, wave, NULL);
    viz_role_assume_render();
    for (int i = 0; i < 16; i++) {
        viz_surface_resize(s->surface, sizes[i % 8].width, sizes[i % 8].height,
                           sizes[i % 8].scale);
        s->view.hud = i & 1;
        s->view.overlay = i & 2;
        s->view.light = i & 4;
        studio_shoot(s, 4999 * STEP, 5 * SECOND);
        cr_expect_eq(s->width, sizes[i % 8].width);
    }
    viz_surface_resize(s->surface, 1280, 720, 1);
    s->view.overlay = false; /* where the curves drawn later lie above */
    studio_shoot(s, 4999 * STEP, 5 * SECOND);
    cr_expect_gt(studio_count_red_plot(s), 1000);
    studio_close(s);
}

Test(renderer, channels_and_streams_may_come_later)
{
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 1000, STEP, wave, NULL);
    studio_shoot(s, 999 * STEP, SECOND);
    s->stream[0].channels = 7;
    s->channel[0][0].colour = VIZ_COLOUR_AUTO;
    s->channel[0][6].colour = 0xff0000;
    studio_shoot(s, 999 * STEP, SECOND); /* announced, not a row of it yet */
    cr_expect_eq(studio_count_red_plot(s), 0);
    studio_feed(s, 0, 1000, 2000, STEP, wave, NULL);
    s->scene.streams = 2;
    studio_feed(s, 1, 0, 2000, STEP, wave, NULL);
    studio_shoot(s, 1999 * STEP, SECOND);
    cr_expect_gt(studio_count_red_plot(s), 100);
    studio_close(s);
}

Test(renderer, a_hidden_channel_has_no_lane)
{
    struct studio *s = studio_open(640, 360);
    s->stream[0].channels = 2;
    s->channel[0][0].shown = false;
    studio_feed(s, 0, 0, 1000, STEP, wave, NULL);
    studio_shoot(s, 999 * STEP, SECOND);
    cr_expect_eq(s->layout->lanes, 1u);
    cr_expect_eq(studio_count_red_plot(s), 0);
    studio_close(s);
}

Test(renderer, going_back_in_time_shows_what_was_there)
{
    struct studio *s = studio_open(640, 360);
    studio_feed(s, 0, 0, 20000, STEP, wave, NULL);
    static const int64_t windows[] = {4 * SECOND, SECOND / 20};
    for (size_t i = 0; i < 2; i++) {
        studio_shoot(s, 19999 * STEP, windows[i]);
        studio_shoot(s, 3000 * STEP, windows[i]);
        uint8_t *first = s->pixels;
        s->pixels = NULL;
        studio_shoot(s, 19999 * STEP, windows[i]);
        studio_shoot(s, 3000 * STEP, windows[i]);
        cr_expect_arr_eq(first, s->pixels, (size_t)s->width * (size_t)s->height * 4);
        cr_expect_gt(studio_count_red_plot(s), 400);
        free(first);
    }
    studio_close(s);
}

/* More columns and channels than the least texture buffer of OpenGL 3.3 has texels. */
Test(renderer, the_last_channel_of_many_is_drawn)
{
    enum { MANY = 256 };
    struct studio *s = studio_open(3000, 1200);
    struct viz_scene_channel channel[MANY];
    struct viz_series *series = viz_series_create(MANY, 4096);
    float *value = viz_zalloc(MANY * sizeof(*value));
    for (uint32_t c = 0; c < MANY; c++)
        channel[c] = (struct viz_scene_channel){"c", "", VIZ_COLOUR_AUTO, c + 1, true};
    channel[MANY - 1].colour = 0xff0000;
    s->stream[0] = (struct viz_scene_stream){"S", series, channel, MANY};
    for (int64_t i = 0; i < 4000; i++) {
        struct viz_row row = {.time_ns = i * STEP};
        struct viz_block block = {
            .capacity = 1, .rows = 1, .channels = MANY, .row = &row, .value = value};
        viz_series_append(series, &block);
    }
    studio_shoot(s, 3999 * STEP, 6 * SECOND);
    const struct viz_lane *lane = &s->layout->lane[MANY - 1];
    cr_expect_geq(studio_count_red(s, s->layout->plot_left, s->layout->plot_right,
                                   lane->top, lane->bottom),
                  viz_layout_columns(s->layout) - 2);
    free(value);
    studio_close(s);
}

/* Lit pixels right of the swatch, where names begin. */
static int count_lit_name(const struct studio *s, const struct viz_lane *lane)
{
    int left = s->layout->label_left + 10, lit = 0;
    for (int y = lane->top; y < lane->bottom; y++)
        for (int x = left; x < left + 20; x++)
            lit += (studio_pixel(s, x, y) >> 8 & 255) > 100;
    return lit;
}

Test(renderer, lanes_are_all_named_down_to_nine_pixels_then_some)
{
    for (int pitch = 5; pitch <= 40; pitch++) {
        struct studio *s = studio_open(640, 32 + 26 + 8 * pitch);
        s->stream[0].channels = 8;
        studio_shoot(s, SECOND, SECOND);
        int named = 0;
        for (uint32_t i = 0; i < 8; i++)
            named += count_lit_name(s, &s->layout->lane[i]) > 5;
        if (pitch >= 9)
            cr_expect_eq(named, 8, "%d of 8 at %d px", named, pitch);
        else
            cr_expect(named > 1 && named < 8, "%d of 8 at %d px", named, pitch);
        studio_close(s);
    }
}

static float between_ends(uint32_t channel, int64_t row)
{
    (void)channel;
    return row & 1 ? 5 : -5;
}

/* Samples at both ends of the scale, far apart: nothing of them in the lane's
 * outermost rows, where a marker would be cut. */
Test(renderer, markers_at_the_ends_of_a_lane_are_whole)
{
    struct studio *s = studio_open(640, 160);
    studio_feed(s, 0, 0, 200, SECOND / 10, between_ends, NULL);
    studio_shoot(s, 150 * SECOND / 10, SECOND);
    const struct viz_layout *l = s->layout;
    const struct viz_lane *lane = &l->lane[0];
    cr_expect_gt(
        studio_count_red(s, l->plot_left, l->plot_right, lane->top, lane->bottom), 100);
    cr_expect_eq(
        studio_count_red(s, l->plot_left, l->plot_right, lane->top, lane->top + 1), 0);
    cr_expect_eq(studio_count_red(s, l->plot_left, l->plot_right, lane->bottom - 1,
                                  lane->bottom),
                 0);
    studio_close(s);
}

/* What passes through OpenGL, counted in front of the driver: glad's pointers lead here
 * and on to the real functions. */
static uint64_t passed_bytes;
static PFNGLBUFFERSUBDATAPROC real_buffer;
static PFNGLTEXSUBIMAGE2DPROC real_texture;

static void GLAD_API_PTR pass_buffer(GLenum target, GLintptr offset, GLsizeiptr size,
                                     const void *data)
{
    passed_bytes += (uint64_t)size;
    real_buffer(target, offset, size, data);
}

static void GLAD_API_PTR pass_texture(GLenum target, GLint level, GLint x, GLint y,
                                      GLsizei width, GLsizei height, GLenum format,
                                      GLenum type, const void *texels)
{
    uint64_t numbers = format == GL_RGBA ? 4 : format == GL_RG ? 2 : 1;
    cr_expect_eq(type, GL_FLOAT);
    passed_bytes += (uint64_t)width * (uint64_t)height * numbers * sizeof(float);
    real_texture(target, level, x, y, width, height, format, type, texels);
}

/* Columns and points, one channel and many, more rows and none. */
Test(renderer, uploaded_bytes_are_what_passed_to_the_driver)
{
    static const int64_t windows[] = {10 * SECOND, SECOND / 50, 60 * SECOND};
    struct studio *s = studio_open(800, 400);
    int64_t row = 0;
    s->stream[0].channels = 5;
    s->view.hud = true;
    passed_bytes = 0;
    real_buffer = glad_glBufferSubData;
    real_texture = glad_glTexSubImage2D;
    glad_glBufferSubData = pass_buffer;
    glad_glTexSubImage2D = pass_texture;
    uint64_t begin = bytes(s);
    for (int i = 0; i < 12; i++) {
        s->scene.now_ns += SECOND / 3;
        bytes_of_frame(s, &row, i % 4 * 700, windows[i % 3]);
        cr_expect_eq(bytes(s) - begin, passed_bytes, "frame %d: %llu, passed %llu", i,
                     (unsigned long long)(bytes(s) - begin),
                     (unsigned long long)passed_bytes);
    }
    cr_expect_gt(passed_bytes, 0u);
    glad_glBufferSubData = real_buffer;
    glad_glTexSubImage2D = real_texture;
    studio_close(s);
}

/* A GPU whose timer says what the test says. */
static GLuint64 timer_ns;
static bool timer_done;

static void GLAD_API_PTR say_done(GLuint query, GLenum name, GLuint *out)
{
    cr_expect_neq(query, 0u);
    cr_expect_eq(name, GL_QUERY_RESULT_AVAILABLE);
    *out = timer_done;
}

static void GLAD_API_PTR say_time(GLuint query, GLenum name, GLuint64 *out)
{
    cr_expect_neq(query, 0u);
    cr_expect_eq(name, GL_QUERY_RESULT);
    *out = timer_ns;
}

static void expect_gpu(const struct studio *s, int64_t ns, uint64_t frames)
{
    struct viz_renderer_counts counts = viz_renderer_counts(s->renderer);
    cr_expect_eq(counts.gpu_ns, ns, "%lld ns, expected %lld", (long long)counts.gpu_ns,
                 (long long)ns);
    cr_expect_eq(counts.gpu_frames, frames);
}

static void shoot_at(struct studio *s, int64_t now_ns)
{
    s->scene.now_ns = now_ns;
    studio_shoot(s, SECOND, SECOND);
}

Test(renderer, gpu_time_is_what_the_timer_said)
{
    enum { FRAMES = 10 };
    struct studio *s = studio_open(320, 200);
    glad_glGetQueryObjectuiv = say_done;
    glad_glGetQueryObjectui64v = say_time;
    timer_done = false;
    timer_ns = 7000123;
    for (int i = 0; i < 2; i++)
        shoot_at(s, (i + 1) * SECOND);
    expect_gpu(s, 0, 0); /* no answer yet is no time */
    timer_done = true;
    for (int i = 2; i < FRAMES; i++)
        shoot_at(s, (i + 1) * SECOND);
    uint64_t answered = viz_renderer_counts(s->renderer).gpu_frames;
    cr_expect_geq(answered, (uint64_t)FRAMES - 3);
    cr_expect_lt(answered, (uint64_t)FRAMES, "the frame just drawn cannot be known");
    expect_gpu(s, (int64_t)answered * 7000123, answered);
    timer_ns = 100 * SECOND; /* longer ago than the question: not a time */
    shoot_at(s, (FRAMES + 1) * SECOND);
    expect_gpu(s, (int64_t)answered * 7000123, answered);
    studio_close(s);
}
