/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What drawing a frame costs: processor time of all threads and wall time from upload to
 * presented, off-screen, while 500 rows a second come in at 60 frames a second.
 *
 *     bench_renderer [CASE]      (one of the names below; without: all of them)
 *
 * JSON lines: for each case the least, the median and the most of the runs' means. */
#include "measure.h"

#include <viz/alloc.h>
#include <viz/renderer.h>
#include <viz/synth.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS 7
#define FRAMES 120
#define RATE_HZ 500.0
#define FRAME_NS 16666667LL

static const struct bench_case {
    const char *name;
    uint32_t channels;
    int width, height;
    double window_s;
    bool overlay;
} cases[] = {
    {"lanes", 18, 1280, 720, 10, false},
    {"lanes 1080p", 18, 1920, 1080, 10, false},
    {"64 lanes", 64, 1280, 720, 10, false},
    {"overlay", 18, 1280, 720, 10, true},
    {"lanes of 1 s", 18, 1280, 720, 1, false},
    {"no channel", 0, 1280, 720, 10, false},
};

struct setup {
    struct viz_surface *surface;
    struct viz_renderer *renderer;
    struct viz_series *series;
    struct viz_block *block;
    struct viz_synth_params synth;
    struct viz_schedule schedule;
    struct viz_view view;
    struct viz_scene scene;
    struct viz_scene_stream stream;
    struct viz_scene_channel channel[VIZ_MAX_CHANNELS];
    uint64_t row;
    int64_t now_ns;
};

static double clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int open_setup(struct setup *s, const struct bench_case *c)
{
    struct viz_surface_params params = {
        .width_px = c->width, .height_px = c->height, .headless = true};
    struct viz_error err;
    if (viz_surface_create(&params, &s->surface, &err) < 0 ||
        viz_renderer_create(s->surface, &s->renderer, &err) < 0) {
        fprintf(stderr, "bench_renderer: %s\n", err.text);
        return -1;
    }
    uint32_t channels = c->channels ? c->channels : 1;
    s->synth =
        (struct viz_synth_params){.channels = channels, .rate_hz = RATE_HZ, .seed = 1};
    s->schedule = viz_schedule_at(0, RATE_HZ);
    s->series = viz_series_create(channels, 1 << 16);
    s->block = viz_zalloc(sizeof(*s->block));
    s->block->capacity = 256;
    s->block->channels = channels;
    s->block->row = viz_zalloc(256 * sizeof(*s->block->row));
    s->block->value = viz_zalloc(256 * channels * sizeof(float));
    viz_view_init(&s->view, (int64_t)(c->window_s * 1e9));
    s->view.hud = false;
    s->view.overlay = c->overlay;
    for (uint32_t i = 0; i < channels; i++)
        s->channel[i] =
            (struct viz_scene_channel){"channel", "V", VIZ_COLOUR_AUTO, i + 1, true};
    s->stream = (struct viz_scene_stream){"bench", s->series, s->channel, c->channels};
    s->scene = (struct viz_scene){
        .view = &s->view, .stream = &s->stream, .streams = 1, .badge = "LIVE"};
    return 0;
}

static void close_setup(struct setup *s)
{
    viz_renderer_destroy(s->renderer);
    viz_surface_destroy(s->surface);
    viz_series_destroy(s->series);
    free(s->block->row);
    free(s->block->value);
    free(s->block);
}

static void feed(struct setup *s)
{
    uint64_t due = viz_schedule_due(&s->schedule, s->now_ns);
    while (s->row < due) {
        uint64_t rows = due - s->row < 256 ? due - s->row : 256;
        s->block->rows = (uint32_t)rows;
        for (uint32_t i = 0; i < rows; i++)
            s->block->row[i] = (struct viz_row){
                .time_ns = viz_schedule_time(&s->schedule, s->row + i)};
        viz_synth_fill(&s->synth, s->row, (uint32_t)rows, s->block->value, 256);
        viz_series_append(s->series, s->block);
        s->row += rows;
    }
}

/* One frame; adds what it cost. */
static void frame(struct setup *s, double *cpu_ms, double *wall_ms)
{
    s->now_ns += FRAME_NS;
    feed(s);
    s->scene.now_ns = s->now_ns;
    viz_view_advance(&s->view, s->now_ns, s->now_ns, false);
    double cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID), wall = clock_ms(CLOCK_MONOTONIC);
    viz_renderer_upload(s->renderer, &s->scene);
    viz_renderer_draw(s->renderer, &s->scene);
    viz_surface_present(s->surface);
    *cpu_ms += clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    *wall_ms += clock_ms(CLOCK_MONOTONIC) - wall;
}

static void print(const char *name, double *values)
{
    qsort(values, RUNS, sizeof(*values), compare);
    printf("\"%s\": {\"min\": %.2f, \"median\": %.2f, \"max\": %.2f}", name, values[0],
           values[RUNS / 2], values[RUNS - 1]);
}

static int run_case(const struct bench_case *c)
{
    static struct setup s;
    s = (struct setup){.now_ns = (int64_t)(c->window_s * 1.2e9)};
    double cpu[RUNS], wall[RUNS], ignored = 0;
    if (open_setup(&s, c) < 0)
        return -1;
    for (int i = 0; i < 10; i++)
        frame(&s, &ignored, &ignored);
    uint64_t before = viz_renderer_counts(s.renderer).bytes_uploaded;
    for (int run = 0; run < RUNS; run++) {
        cpu[run] = wall[run] = 0;
        for (int i = 0; i < FRAMES; i++)
            frame(&s, &cpu[run], &wall[run]);
        cpu[run] /= FRAMES;
        wall[run] /= FRAMES;
    }
    uint64_t bytes = viz_renderer_counts(s.renderer).bytes_uploaded - before;
    printf("{\"case\": \"%s\", ", c->name);
    print("cpu_ms", cpu);
    printf(", ");
    print("wall_ms", wall);
    printf(", \"bytes_a_frame\": %.0f}\n", (double)bytes / (RUNS * FRAMES));
    fflush(stdout);
    close_setup(&s);
    return 0;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (argc < 2 || !strcmp(argv[1], cases[i].name))
            if (run_case(&cases[i]) < 0)
                return 1;
    return 0;
}
