/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the live stream need: streams that are fed by hand on a fake clock,
 * with every row remembered; and browsers, which do with messages what docs/api.md says
 * and are compared with the rows by brute force. */
#ifndef VIZ_TESTS_LIVE_RIG_H
#define VIZ_TESTS_LIVE_RIG_H

#include "rig.h"

#include <viz/live.h>

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define MS 1000000LL
#define SECOND 1000000000LL
#define RIG_STREAMS 4
#define RIG_CHANNELS 4
#define RIG_ROWS 40000
#define PAGE_BINS 16384
#define PAGE_TEXTS 64

struct rig_sample {
    int64_t time_ns;
    float value[RIG_CHANNELS];
    bool broken;
};

/* A stream and everything that was ever given to it. */
struct fed {
    struct viz_stream *stream;
    struct viz_timeline timeline;
    struct rig_sample *row; /* [RIG_ROWS] */
    uint32_t rows;
    bool broken; /* the next row comes after a gap */
};

struct live_rig {
    struct viz_clock *clock;
    struct viz_streams *streams;
    struct viz_live *live;
    int64_t epoch_ns;
    struct fed fed[RIG_STREAMS];
    uint32_t count;
    bool unnumbered; /* rows of streams that are added have no numbers */
};

struct header {
    uint8_t kind, flags;
    uint16_t stream, channels;
    uint32_t serial, count;
    double first_s, step_s, now_s, newest_s;
};

/* What a page holds of one stream. */
struct held {
    uint8_t kind;
    uint32_t channels, rows;
    double step_s;
    int64_t base, end; /* bins [base, end) */
    float min[RIG_CHANNELS][PAGE_BINS], max[RIG_CHANNELS][PAGE_BINS];
    double t[PAGE_BINS];
    float value[RIG_CHANNELS][PAGE_BINS];
};

struct browser {
    struct viz_live_client *client;
    size_t waiting; /* what it says has not been taken */
    bool refuses;
    uint32_t serial; /* of the newest message */
    uint32_t messages, resets;
    struct header last;
    size_t last_size;
    uint8_t last_bytes[1 << 20];
    char *text[PAGE_TEXTS];
    uint32_t texts;
    struct held *held[RIG_STREAMS];
};

/* ---- the page ---- */

static inline uint64_t little(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static inline float f32_at(const uint8_t *at)
{
    uint32_t bits = (uint32_t)little(at, 4);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline double f64_at(const uint8_t *at)
{
    uint64_t bits = little(at, 8);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline struct header read_header(const uint8_t *at, size_t size)
{
    cr_assert_geq(size, 48);
    cr_assert_eq(little(at + 14, 2), 48);
    return (struct header){
        .kind = at[0],
        .flags = at[1],
        .stream = (uint16_t)little(at + 2, 2),
        .serial = (uint32_t)little(at + 4, 4),
        .count = (uint32_t)little(at + 8, 4),
        .channels = (uint16_t)little(at + 12, 2),
        .first_s = f64_at(at + 16),
        .step_s = f64_at(at + 24),
        .now_s = f64_at(at + 32),
        .newest_s = f64_at(at + 40),
    };
}

static inline void take_columns(struct held *held, const struct header *h,
                                const uint8_t *at)
{
    int64_t first = llround(h->first_s / h->step_s);
    cr_assert_float_eq(h->first_s / h->step_s, (double)first, 1e-4);
    if (h->flags & 1) {
        held->base = held->end = first;
        held->step_s = h->step_s;
    }
    cr_assert_eq(h->step_s, held->step_s);
    cr_assert_geq(first, held->base);
    cr_assert_leq(first, held->end, "columns %ld to %ld are missing", held->end, first);
    cr_assert_leq(first + h->count - held->base, PAGE_BINS);
    for (uint32_t c = 0; c < h->channels; c++)
        for (uint32_t i = 0; i < h->count; i++) {
            int64_t bin = first + i - held->base;
            held->min[c][bin] = f32_at(at + 4 * (2 * (size_t)c * h->count + i));
            held->max[c][bin] = f32_at(at + 4 * ((2 * (size_t)c + 1) * h->count + i));
        }
    if (first + h->count > held->end)
        held->end = first + h->count;
}

static inline void take_rows(struct held *held, const struct header *h,
                             const uint8_t *at)
{
    if (h->flags & 1)
        held->rows = 0;
    cr_assert_leq(held->rows + h->count, PAGE_BINS);
    cr_assert_eq(h->step_s, 0);
    for (uint32_t i = 0; i < h->count; i++) {
        held->t[held->rows + i] = f64_at(at + 8 * (size_t)i);
        for (uint32_t c = 0; c < h->channels; c++)
            held->value[c][held->rows + i] =
                f32_at(at + 8 * (size_t)h->count + 4 * ((size_t)c * h->count + i));
    }
    held->rows += h->count;
}

static inline void take_binary(struct browser *browser, const uint8_t *at, size_t size)
{
    struct header h = read_header(at, size);
    cr_assert_lt(h.stream, RIG_STREAMS);
    size_t values = h.kind == 1 ? 8 * (size_t)h.channels : 8 + 4 * (size_t)h.channels;
    cr_assert_eq(size, 48 + values * h.count);
    browser->last = h;
    browser->last_size = size;
    memcpy(browser->last_bytes, at, size);
    browser->messages++;
    browser->resets += h.flags & 1;
    browser->serial = h.serial;
    if (!browser->held[h.stream])
        browser->held[h.stream] = viz_zalloc(sizeof(struct held));
    struct held *held = browser->held[h.stream];
    if (h.channels > RIG_CHANNELS)
        return;
    cr_assert((h.flags & 1) || (h.kind == held->kind && h.channels == held->channels));
    held->kind = h.kind;
    held->channels = h.channels;
    if (h.kind == 1)
        take_columns(held, &h, at + 48);
    else
        take_rows(held, &h, at + 48);
}

static inline bool browser_send(void *socket, bool binary, const void *bytes,
                                size_t size)
{
    struct browser *browser = socket;
    if (browser->refuses)
        return false;
    if (binary) {
        take_binary(browser, bytes, size);
        return true;
    }
    char *text = viz_zalloc(size + 1);
    memcpy(text, bytes, size);
    uint32_t slot = browser->texts++ % PAGE_TEXTS;
    free(browser->text[slot]);
    browser->text[slot] = text;
    return true;
}

static inline size_t browser_waiting(void *socket)
{
    return ((struct browser *)socket)->waiting;
}

/* The newest text of @type, or NULL. */
static inline const char *text_of(const struct browser *browser, const char *type)
{
    char start[64];
    snprintf(start, sizeof(start), "{\"type\":\"%s\"", type);
    for (uint32_t back = 1; back <= browser->texts && back <= PAGE_TEXTS; back++) {
        const char *text = browser->text[(browser->texts - back) % PAGE_TEXTS];
        if (!strncmp(text, start, strlen(start)))
            return text;
    }
    return NULL;
}

static inline struct browser *browser_open(struct live_rig *rig)
{
    struct browser *browser = viz_zalloc(sizeof(*browser));
    browser->client = viz_live_open(rig->live, browser, viz_clock_now(rig->clock));
    cr_assert_not_null(browser->client);
    return browser;
}

static inline void browser_free(struct browser *browser)
{
    for (uint32_t i = 0; i < PAGE_TEXTS; i++)
        free(browser->text[i]);
    for (uint32_t i = 0; i < RIG_STREAMS; i++)
        free(browser->held[i]);
    free(browser);
}

static inline void browser_close(struct live_rig *rig, struct browser *browser)
{
    viz_live_close(rig->live, browser->client);
    browser_free(browser);
}

static inline void say(struct live_rig *rig, struct browser *browser, const char *text)
{
    viz_live_text(rig->live, browser->client, text, strlen(text),
                  viz_clock_now(rig->clock));
}

/* ---- the streams ---- */

static inline void live_rig_init(struct live_rig *rig, double history_s)
{
    *rig = (struct live_rig){.clock = viz_clock_create_fake(100 * SECOND)};
    rig->streams = viz_zalloc(sizeof(*rig->streams));
    rig->live = viz_live_create(&(struct viz_live_params){
        .streams = rig->streams,
        .clock = rig->clock,
        .history_s = history_s,
        .send = browser_send,
        .waiting = browser_waiting,
    });
    rig->epoch_ns = viz_clock_now(rig->clock);
}

static inline void live_rig_finish(struct live_rig *rig)
{
    viz_live_destroy(rig->live);
    viz_streams_finish(rig->streams);
    for (uint32_t i = 0; i < rig->count; i++)
        free(rig->fed[i].row);
    free(rig->streams);
    viz_clock_destroy(rig->clock);
}

/* A stream of rows at @hz, whose device clock is the fake clock. */
static inline struct fed *add_stream(struct live_rig *rig, uint32_t channels, double hz)
{
    struct fed *fed = &rig->fed[rig->count];
    char name[16];
    snprintf(name, sizeof(name), "s%u", rig->count++);
    fed->row = viz_zalloc(RIG_ROWS * sizeof(fed->row[0]));
    fed->stream = viz_stream_open(
        rig->streams, &(struct viz_stream_params){.name = name,
                                                  .format = "test",
                                                  .max_channels = RIG_CHANNELS,
                                                  .requested_hz = hz,
                                                  .sizing_hz = 1000,
                                                  .clock = rig->clock,
                                                  .timeline = &fed->timeline,
                                                  .sequenced = true,
                                                  .numbered = !rig->unnumbered});
    for (uint32_t c = 0; c < channels; c++) {
        snprintf(name, sizeof(name), "c%u", c);
        viz_stream_channel(fed->stream, name, "V");
    }
    return fed;
}

/* A row now, of device time now - @late_ns. */
static inline void feed_row(struct live_rig *rig, struct fed *fed, const float *value,
                            int64_t late_ns)
{
    int64_t now_ns = viz_clock_now(rig->clock);
    uint32_t channels = atomic_load(&fed->stream->channels);
    cr_assert_lt(fed->rows, RIG_ROWS);
    struct rig_sample *row = &fed->row[fed->rows++];
    row->time_ns = now_ns - late_ns;
    row->broken = fed->broken;
    fed->broken = false;
    for (uint32_t c = 0; c < RIG_CHANNELS; c++)
        row->value[c] = c < channels ? value[c] : viz_missing_value();
    viz_stream_row(fed->stream, &(struct viz_arrival){now_ns, now_ns}, row->time_ns,
                   value, channels);
}

static inline void feed_break(struct fed *fed)
{
    viz_stream_break(fed->stream, 1);
    fed->broken = fed->rows > 0;
}

/* @rows rows, the clock going on by @period_ns before each. Values wander. */
static inline void feed_rows(struct live_rig *rig, struct fed *fed, uint32_t rows,
                             int64_t period_ns)
{
    for (uint32_t i = 0; i < rows; i++) {
        float value[RIG_CHANNELS];
        viz_clock_advance(rig->clock, period_ns);
        for (uint32_t c = 0; c < RIG_CHANNELS; c++)
            value[c] = (float)((fed->rows * 7919u + c * 31u) % 1000u) / 10;
        feed_row(rig, fed, value, 0);
    }
    viz_stream_flush(fed->stream);
}

static inline int64_t step(struct live_rig *rig)
{
    return viz_live_step(rig->live, viz_clock_now(rig->clock));
}

/* The next tick. */
static inline void tick(struct live_rig *rig)
{
    viz_clock_advance(rig->clock, VIZ_LIVE_TICK_NS);
    step(rig);
}

/* ---- brute force ---- */

static inline bool is_number(float value)
{
    return value == value;
}

static inline void expect_value(float got, float expected, const char *what,
                                int64_t bin)
{
    if (is_number(expected))
        cr_expect_float_eq(got, expected, 1e-3, "%s of column %ld: %g, expected %g",
                           what, bin, (double)got, (double)expected);
    else
        cr_expect_not(is_number(got), "%s of column %ld: %g in a gap", what, bin,
                      (double)got);
}

/* The column of [left_ns, right_ns) by looking at each row from @begin on. */
static inline void brute_column(const struct fed *fed, uint32_t c, const int64_t at[2],
                                float out[2])
{
    out[0] = INFINITY;
    out[1] = -INFINITY;
    bool any = false;
    for (uint32_t i = 0; i < fed->rows; i++) {
        const struct rig_sample *row = &fed->row[i], *before = row - 1;
        if (row->time_ns >= at[0] && row->time_ns < at[1]) {
            any = true;
            out[0] = fminf(out[0], row->value[c]);
            out[1] = fmaxf(out[1], row->value[c]);
        }
        if (!any && i && row->time_ns >= at[1] && before->time_ns < at[0]) {
            for (unsigned k = 0; k < 2 && !row->broken; k++) {
                double share = (double)(at[k] - before->time_ns) /
                               (double)(row->time_ns - before->time_ns);
                float value = (float)(before->value[c] +
                                      (row->value[c] - before->value[c]) * share);
                if (!is_number(value))
                    continue;
                out[0] = fminf(out[0], value);
                out[1] = fmaxf(out[1], value);
            }
        }
    }
    if (out[0] > out[1])
        out[0] = out[1] = NAN;
}

/* Columns of stream @index from @from_ns to @to_ns are held and right. */
static inline void expect_columns(const struct live_rig *rig,
                                  const struct browser *browser, uint32_t index,
                                  int64_t from_ns, int64_t to_ns)
{
    const struct held *held = browser->held[index];
    cr_assert_not_null(held);
    cr_assert_eq(held->kind, 1);
    int64_t step_ns = llround(held->step_s * 1e9);
    int64_t first = (from_ns - rig->epoch_ns) / step_ns;
    int64_t last = (to_ns - rig->epoch_ns) / step_ns;
    cr_expect_leq(held->base, first);
    cr_expect_eq(held->end, last + 1, "columns end at %ld, expected %ld", held->end,
                 last + 1);
    for (int64_t bin = first; bin <= last && bin < held->end; bin++) {
        int64_t at[2] = {rig->epoch_ns + bin * step_ns,
                         rig->epoch_ns + (bin + 1) * step_ns};
        for (uint32_t c = 0; c < held->channels; c++) {
            float expected[2];
            brute_column(&rig->fed[index], c, at, expected);
            expect_value(held->min[c][bin - held->base], expected[0], "min", bin);
            expect_value(held->max[c][bin - held->base], expected[1], "max", bin);
        }
    }
}

/* The rows held are those of [from, to) of what was fed, with a row of NaN before each
 * that comes after a gap. */
static inline void expect_rows(const struct live_rig *rig,
                               const struct browser *browser, uint32_t index,
                               uint32_t from, uint32_t to)
{
    const struct held *held = browser->held[index];
    const struct fed *fed = &rig->fed[index];
    uint32_t at = 0;
    cr_assert_not_null(held);
    cr_assert_eq(held->kind, 2);
    for (uint32_t i = from; i < to; i++) {
        const struct rig_sample *row = &fed->row[i];
        double t = (double)(row->time_ns - rig->epoch_ns) * 1e-9;
        for (unsigned k = row->broken ? 0 : 1; k < 2; k++, at++) {
            cr_assert_lt(at, held->rows);
            cr_expect_float_eq(held->t[at], t, 1e-9, "row %u at %.9f, expected %.9f", i,
                               held->t[at], t);
            for (uint32_t c = 0; c < held->channels; c++)
                expect_value(held->value[c][at], k ? row->value[c] : NAN, "row", i);
        }
    }
    cr_expect_eq(at, held->rows, "%u rows held, %u expected", held->rows, at);
}

#endif
