/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A browser that says anything: texts, a line of the input each, with rows and time coming
 * between them. Whatever it asks for, messages are as long as their headers say. */
#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/live.h>

#include <stdlib.h>
#include <string.h>

#define CHANNELS 3
#define PERIOD_NS 2000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t little(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

/* What it is told is JSON of a known type; binary has what its header says. */
static bool check(void *socket, bool binary, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    (void)socket;
    if (!binary) {
        viz_assert(size > 10 && !memcmp(at, "{\"type\":\"", 9) && at[size - 1] == '}');
        return true;
    }
    viz_assert(size >= 48 && (at[0] == 1 || at[0] == 2) && little(at + 14, 2) == 48);
    uint64_t count = little(at + 8, 4), channels = little(at + 12, 2);
    uint64_t values = at[0] == 1 ? 8 * channels : 8 + 4 * channels;
    viz_assert(channels == CHANNELS && size == 48 + count * values);
    viz_assert(at[0] == 2 || count <= VIZ_LIVE_COLUMNS);
    return true;
}

static size_t nothing_waits(void *socket)
{
    (void)socket;
    return 0;
}

static struct viz_stream *open_stream(struct viz_streams *streams,
                                      const struct viz_clock *clock)
{
    viz_role_assume_source();
    struct viz_stream *stream =
        viz_stream_open(streams, &(struct viz_stream_params){.name = "s",
                                                             .format = "test",
                                                             .max_channels = CHANNELS,
                                                             .requested_hz = 500,
                                                             .sizing_hz = 500,
                                                             .clock = clock});
    viz_stream_channel(stream, "a", "V");
    viz_stream_channel(stream, "b", "V");
    viz_stream_channel(stream, "c", "V");
    return stream;
}

static void feed(struct viz_stream *stream, struct viz_clock *clock, unsigned rows)
{
    viz_role_assume_source();
    for (unsigned i = 0; i < rows; i++) {
        const float value[CHANNELS] = {(float)i, viz_missing_value(), -1};
        int64_t now_ns = viz_clock_now(clock);
        viz_stream_row(stream, &(struct viz_arrival){now_ns, now_ns}, now_ns, value,
                       CHANNELS);
        viz_clock_advance(clock, PERIOD_NS);
    }
    if (rows % 3 == 0)
        viz_stream_break(stream, 1);
    viz_stream_flush(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *end = text + size;
    struct viz_clock *clock = viz_clock_create_fake(1000000000);
    struct viz_streams *streams = viz_zalloc(sizeof(*streams));
    struct viz_stream *stream = open_stream(streams, clock);
    struct viz_live *live =
        viz_live_create(&(struct viz_live_params){.streams = streams,
                                                  .clock = clock,
                                                  .history_s = 1,
                                                  .send = check,
                                                  .waiting = nothing_waits});
    struct viz_live_client *client = viz_live_open(live, NULL, viz_clock_now(clock));
    unsigned lines = 0;
    while (text < end && lines++ < 64) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;
        viz_live_text(live, client, text, (size_t)(stop - text), viz_clock_now(clock));
        for (unsigned i = 0; i < 3; i++) {
            feed(stream, clock, 10 * (lines % 7) + i);
            viz_clock_advance(clock, VIZ_LIVE_TICK_NS);
            viz_assert(viz_live_step(live, viz_clock_now(clock)) >
                       viz_clock_now(clock));
        }
        text = stop + 1;
    }
    struct viz_live_figures figures;
    viz_live_figures(live, viz_clock_now(clock), &figures);
    viz_assert(figures.ledger.balanced && !figures.ledger.overflow);
    viz_live_destroy(live);
    viz_streams_finish(streams);
    free(streams);
    viz_clock_destroy(clock);
    return 0;
}
