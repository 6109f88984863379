/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/synth.h>

#include <viz/alloc.h>
#include <viz/error.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MICRO 1000000
#define ROW_UNITS ((__int128)1000000000 * MICRO) /* ns of a second, times MICRO */
#define WAKE_NS 1000000 /* rows faster than this come in batches */
#define STEP_ROWS 65536 /* made in one step at most, so that a thread sees its end */
#define FINISH_NS 100000000 /* for making what is due when the end comes */
#define SPIKE_EVERY 997
#define SPIKE_AT 498

struct viz_synth {
    struct viz_synth_params params;
    struct viz_schedule schedule;
    struct viz_stream *stream;
    uint64_t next; /* first row not made yet */
    struct viz_counter offered, achieved;
    _Atomic bool finished; /* offered is final */
};

struct viz_schedule viz_schedule_at(int64_t start_ns, double rate_hz)
{
    viz_assert(rate_hz > 0 && rate_hz <= VIZ_MAX_RATE);
    uint64_t micro = (uint64_t)llrint(rate_hz * MICRO);
    return (struct viz_schedule){start_ns, micro ? micro : 1};
}

int64_t viz_schedule_time(const struct viz_schedule *schedule, uint64_t row)
{
    return schedule->start_ns +
           (int64_t)((__int128)row * ROW_UNITS / schedule->rate_micro);
}

/* Row n has come when floor(n * U / r) <= elapsed, that is n * U < (elapsed + 1) * r.
 */
uint64_t viz_schedule_due(const struct viz_schedule *schedule, int64_t now_ns)
{
    if (now_ns < schedule->start_ns)
        return 0;
    __int128 limit =
        ((__int128)(now_ns - schedule->start_ns) + 1) * schedule->rate_micro;
    return (uint64_t)((limit + ROW_UNITS - 1) / ROW_UNITS);
}

/* Everything of a channel that does not change from row to row. */
struct voice {
    uint64_t phase0, phase_step; /* turns, as fractions of 2^64: exact for any row */
    uint32_t noise_key;
};

static uint32_t mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ (x >> 16);
}

static struct voice voice_of(const struct viz_synth_params *params, uint32_t channel)
{
    double turns = (0.7 + 0.1 * channel) / params->rate_hz;
    double start = 0.08 * channel;
    turns -= floor(turns);
    start -= floor(start);
    return (struct voice){
        .phase0 = (uint64_t)(start * 18446744073709551616.0),
        .phase_step = (uint64_t)(turns * 18446744073709551616.0),
        .noise_key = mix((uint32_t)params->seed ^
                         mix((uint32_t)(params->seed >> 32) + channel * 0x9e3779b9U)),
    };
}

/* sin of a whole turn given as a fraction of 2^32: folded to a quarter turn, then the
 * odd polynomial that is sin's Taylor series to the 9th power (error below 4e-6). */
static float sine_of_turn(uint32_t turn)
{
    /* Beyond a quarter turn either way: half a turn minus the angle, modulo a turn. */
    if (turn > 0x40000000u && turn < 0xc0000000u)
        turn = 0x80000000u - turn;
    int32_t folded = (int32_t)turn;
    float x = (float)folded * 1.4629180792671596e-9f; /* 2 pi / 2^32 */
    float s = x * x;
    return x * (1.0f +
                s * (-1.6666667e-1f +
                     s * (8.3333333e-3f + s * (-1.9841270e-4f + s * 2.7557319e-6f))));
}

static float carrier(const struct voice *voice, uint64_t row)
{
    uint64_t phase = voice->phase0 + voice->phase_step * row;
    uint32_t noise = mix((uint32_t)row ^ mix((uint32_t)(row >> 32) + voice->noise_key));
    return sine_of_turn((uint32_t)(phase >> 32)) +
           (float)(int32_t)noise * (0.1f / 2147483648.0f);
}

static float pattern_of(const struct viz_synth_params *params,
                        const struct viz_schedule *schedule, uint64_t row)
{
    float extra = 0;
    if ((params->pattern & VIZ_PATTERN_SPIKE) && row % SPIKE_EVERY == SPIKE_AT)
        extra += 5;
    if (params->pattern & VIZ_PATTERN_STEP)
        extra += viz_schedule_time(schedule, row) / 500000000 % 2 ? 3 : 0;
    return extra;
}

float viz_synth_value(const struct viz_synth_params *params, uint32_t channel,
                      uint64_t row)
{
    struct voice voice = voice_of(params, channel);
    struct viz_schedule schedule = viz_schedule_at(0, params->rate_hz);
    return carrier(&voice, row) + pattern_of(params, &schedule, row);
}

void viz_synth_fill(const struct viz_synth_params *params, uint64_t first_row,
                    uint32_t rows, float *out, uint32_t stride)
{
    struct viz_schedule schedule = viz_schedule_at(0, params->rate_hz);
    for (uint32_t channel = 0; channel < params->channels; channel++) {
        struct voice voice = voice_of(params, channel);
        float *to = out + (size_t)channel * stride;
        for (uint32_t i = 0; i < rows; i++)
            to[i] = carrier(&voice, first_row + i);
    }
    if (!params->pattern)
        return;
    for (uint32_t i = 0; i < rows; i++) {
        float extra = pattern_of(params, &schedule, first_row + i);
        for (uint32_t channel = 0; channel < params->channels; channel++)
            out[(size_t)channel * stride + i] += extra;
    }
}

struct viz_synth *viz_synth_create(const struct viz_synth_params *params,
                                   struct viz_streams *streams, uint32_t source,
                                   const struct viz_clock *clock, int64_t start_ns)
{
    viz_assert(params->channels >= 1 && params->channels <= VIZ_MAX_CHANNELS);
    struct viz_stream *stream =
        viz_stream_open(streams, &(struct viz_stream_params){
                                     .name = "synth",
                                     .format = "synth",
                                     .source = source,
                                     .max_channels = params->channels,
                                     .requested_hz = params->rate_hz,
                                     .sizing_hz = params->rate_hz,
                                     .clock = clock,
                                     .sequenced = true,
                                     .numbered = true,
                                 });
    if (!stream)
        return NULL;
    for (uint32_t i = 0; i < params->channels; i++) {
        char name[VIZ_MAX_NAME];
        snprintf(name, sizeof(name), "ch%u", i + 1);
        viz_stream_channel(stream, name, "");
    }
    struct viz_synth *synth = viz_zalloc(sizeof(*synth));
    synth->params = *params;
    synth->schedule = viz_schedule_at(start_ns, params->rate_hz);
    synth->stream = stream;
    return synth;
}

void viz_synth_destroy(struct viz_synth *synth)
{
    free(synth);
}

/* Times of consecutive rows without a division each: quotient and remainder add up. */
static void fill_rows(struct viz_synth *synth, struct viz_block *block, uint32_t rows,
                      int64_t woke_ns)
{
    uint64_t rate = synth->schedule.rate_micro;
    __int128 exact = (__int128)synth->next * ROW_UNITS;
    int64_t time_ns = synth->schedule.start_ns + (int64_t)(exact / rate);
    uint64_t rest = (uint64_t)(exact % rate);
    int64_t step_ns = (int64_t)(ROW_UNITS / rate);
    uint64_t step_rest = (uint64_t)(ROW_UNITS % rate);
    for (uint32_t i = 0; i < rows; i++) {
        block->row[block->rows + i] = (struct viz_row){
            .time_ns = time_ns,
            .origin_ns = time_ns,
            .received_ns = woke_ns,
            .samples = (uint16_t)synth->params.channels,
        };
        time_ns += step_ns;
        rest += step_rest;
        if (rest >= rate) {
            rest -= rate;
            time_ns++;
        }
    }
}

static VIZ_ON(source) void make_rows(struct viz_synth *synth, uint32_t rows,
                                     struct viz_block *block, int64_t woke_ns)
{
    uint64_t samples = (uint64_t)rows * synth->params.channels;
    fill_rows(synth, block, rows, woke_ns);
    viz_synth_fill(&synth->params, synth->next, rows, block->value + block->rows,
                   block->capacity);
    block->rows += rows;
    block->samples += samples;
    viz_stream_filled(synth->stream, rows, samples);
}

int64_t viz_synth_step(struct viz_synth *synth)
{
    int64_t now_ns = viz_clock_now(synth->stream->clock);
    uint64_t due = viz_schedule_due(&synth->schedule, now_ns);
    uint64_t offered = viz_counted(&synth->offered);
    if (due > offered) /* not so after a clock that ran backwards */
        viz_count(&synth->offered, due - offered);
    uint64_t least = synth->next;
    while (synth->next < due && synth->next - least < STEP_ROWS) {
        struct viz_block *block = viz_stream_block(synth->stream);
        uint64_t rows = due - synth->next;
        uint64_t limit = block ? block->capacity - block->rows : 1u << 20;
        if (rows > limit)
            rows = limit;
        if (block)
            make_rows(synth, (uint32_t)rows, block, now_ns);
        else
            viz_stream_overflow(synth->stream, (uint32_t)rows,
                                rows * synth->params.channels);
        synth->next += rows;
        viz_count(&synth->achieved, rows);
    }
    bool open = viz_stream_commit(synth->stream);
    if (synth->next < due)
        return now_ns;
    int64_t next_ns = viz_schedule_time(&synth->schedule, synth->next);
    int64_t soonest_ns = now_ns + WAKE_NS;
    if (open && next_ns > soonest_ns)
        return soonest_ns;
    return next_ns < soonest_ns && synth->schedule.rate_micro > 1000ULL * MICRO
               ? soonest_ns
               : next_ns;
}

void viz_synth_finish(struct viz_synth *synth)
{
    int64_t end_ns = viz_clock_now(synth->stream->clock);
    uint64_t due = viz_schedule_due(&synth->schedule, end_ns);
    while (synth->next < due &&
           viz_clock_now(synth->stream->clock) - end_ns < FINISH_NS)
        viz_synth_step(synth);
    viz_stream_flush(synth->stream);
    uint64_t offered = viz_counted(&synth->offered);
    if (due > offered)
        viz_count(&synth->offered, due - offered);
    atomic_store_explicit(&synth->finished, true, memory_order_release);
}

uint64_t viz_synth_offered(const struct viz_synth *synth)
{
    if (atomic_load_explicit(&synth->finished, memory_order_acquire))
        return viz_counted(&synth->offered);
    uint64_t counted = viz_counted(&synth->offered);
    uint64_t due =
        viz_schedule_due(&synth->schedule, viz_clock_now(synth->stream->clock));
    return due > counted ? due : counted;
}

uint64_t viz_synth_unmade(const struct viz_synth *synth)
{
    if (!atomic_load_explicit(&synth->finished, memory_order_acquire))
        return 0;
    return (viz_counted(&synth->offered) - viz_counted(&synth->achieved)) *
           synth->params.channels;
}

uint64_t viz_synth_achieved(const struct viz_synth *synth)
{
    return viz_counted(&synth->achieved);
}
