/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/sender.h>

#include <viz/alloc.h>
#include <viz/encode.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PACKETS_PER_S 1000.0 /* at most, where the rate is left to the sender */
#define GROUPS_PER_STEP 64
#define BEGIN_EVERY_NS 1000000000 /* for receivers of datagrams that join late */

/* One packet, encoded. */
struct packet {
    uint8_t *bytes; /* [VIZ_MAX_PACKET] */
    size_t size;    /* 0: none */
    uint32_t rows;
    uint64_t samples;
    bool twice;
};

struct output {
    uint32_t first_channel, channels;
    struct packet held; /* waits for its successor to go first */
};

/* A group is the same rows of every stream: one packet each. */
struct viz_sender {
    struct viz_sender_params params;
    const struct viz_encode *encode;
    struct viz_sender_sink sink;
    struct viz_schedule schedule; /* rows, from 0: device time */
    int64_t start_ns;
    uint64_t end_row, next_row;
    int64_t send_at_ns;  /* of the group that begins with next_row */
    int64_t begin_at_ns; /* when what goes first goes (again); INT64_MAX: no more */
    uint64_t random;

    uint32_t outputs;
    struct output *output;
    struct packet packet;
    int64_t *time_ns; /* [rows] of the group */
    float *by_channel, *by_row;
    struct viz_sender_totals totals;
};

/* splitmix64: any seed will do, 0 as well. */
static uint64_t random_next(struct viz_sender *sender)
{
    uint64_t z = sender->random += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* In [0, 1). */
static double random_share(struct viz_sender *sender)
{
    return (double)(random_next(sender) >> 11) * 0x1p-53;
}

static bool happens(struct viz_sender *sender, double percent)
{
    return random_share(sender) * 100 < percent;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When the group of next_row may go: with the last row of its burst. */
static int64_t due_ns(const struct viz_sender *sender)
{
    uint64_t burst_rows = (uint64_t)sender->params.rows * sender->params.burst;
    uint64_t first = sender->next_row / burst_rows * burst_rows;
    uint64_t last = least(first + burst_rows, sender->end_row) - 1;
    return sender->start_ns + viz_schedule_time(&sender->schedule, last);
}

/* Jitter delays; it never lets a packet pass the one before it. */
static void plan_group(struct viz_sender *sender)
{
    if (sender->next_row >= sender->end_row)
        return;
    int64_t jitter_ns =
        (int64_t)(sender->params.jitter_ms * 1e6 * random_share(sender));
    int64_t at_ns = due_ns(sender) + jitter_ns;
    if (at_ns > sender->send_at_ns)
        sender->send_at_ns = at_ns;
}

static int write_once(struct viz_sender *sender, const struct packet *packet)
{
    int ret = sender->sink.write(sender->sink.context, packet->bytes, packet->size);
    if (!ret)
        sender->totals.bytes += packet->size;
    return ret;
}

static int send_packet(struct viz_sender *sender, const struct packet *packet)
{
    struct viz_sender_totals *totals = &sender->totals;
    int ret = write_once(sender, packet);
    if (ret < 0)
        return ret;
    if (ret > 0) {
        totals->unsent_packets++;
        totals->unsent_rows += packet->rows;
        totals->unsent_samples += packet->samples;
        return ret;
    }
    totals->packets++;
    totals->rows += packet->rows;
    totals->samples += packet->samples;
    if (!packet->twice)
        return 0;
    ret = write_once(sender, packet);
    totals->duplicate_packets += !ret;
    return ret < 0 ? ret : 0;
}

static int release_held(struct viz_sender *sender, struct output *output)
{
    if (!output->held.size)
        return 0;
    int ret = send_packet(sender, &output->held);
    output->held.size = 0;
    return ret;
}

static void hold(struct output *output, const struct packet *packet)
{
    struct packet *held = &output->held;
    uint8_t *bytes = held->bytes ? held->bytes : viz_zalloc(VIZ_MAX_PACKET);
    memcpy(bytes, packet->bytes, packet->size);
    *held = *packet;
    held->bytes = bytes;
}

/* Decide the fate of sender->packet. Every packet draws the same number of times: one
 * kind of fault does not change where another one strikes. */
static int dispatch(struct viz_sender *sender, struct output *output)
{
    struct packet *packet = &sender->packet;
    bool lost = happens(sender, sender->params.loss_percent);
    bool late = happens(sender, sender->params.reorder_percent);
    packet->twice = happens(sender, sender->params.duplicate_percent);
    if (lost) {
        sender->totals.lost_packets++;
        sender->totals.lost_rows += packet->rows;
        sender->totals.lost_samples += packet->samples;
        return 0;
    }
    if (late && !output->held.size) {
        hold(output, packet);
        return 0;
    }
    int ret = send_packet(sender, packet);
    if (ret < 0 || !output->held.size)
        return ret;
    bool passed = ret == 0;
    ret = release_held(sender, output);
    sender->totals.reordered_packets += passed && !ret;
    return ret;
}

/* The times and values of @rows rows from next_row, all channels. */
static void make_rows(struct viz_sender *sender, uint32_t rows)
{
    const struct viz_synth_params *synth = &sender->params.synth;
    viz_synth_fill(synth, sender->next_row, rows, sender->by_channel, rows);
    for (uint32_t row = 0; row < rows; row++)
        sender->time_ns[row] =
            viz_schedule_time(&sender->schedule, sender->next_row + row);
}

static int send_output(struct viz_sender *sender, uint32_t stream, uint32_t rows)
{
    struct output *output = &sender->output[stream];
    struct packet *packet = &sender->packet;
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t i = 0; i < output->channels; i++)
            sender->by_row[row * output->channels + i] =
                sender->by_channel[(size_t)(output->first_channel + i) * rows + row];
    const struct viz_encode_rows encoded = {
        .stream = stream,
        .run = sender->params.run,
        .first_row = sender->next_row,
        .rows = rows,
        .channels = output->channels,
        .time_ns = sender->time_ns,
        .value = sender->by_row,
    };
    packet->size = sender->encode->rows(&encoded, packet->bytes, VIZ_MAX_PACKET);
    viz_assert(packet->size);
    packet->rows = rows;
    packet->samples = (uint64_t)rows * output->channels;
    return dispatch(sender, output);
}

static int send_group(struct viz_sender *sender, int64_t now_ns)
{
    uint32_t rows =
        (uint32_t)least(sender->params.rows, sender->end_row - sender->next_row);
    int64_t late_ns = now_ns - sender->send_at_ns;
    if (late_ns > sender->totals.late_max_ns)
        sender->totals.late_max_ns = late_ns;
    make_rows(sender, rows);
    for (uint32_t stream = 0; stream < sender->outputs; stream++) {
        int ret = send_output(sender, stream, rows);
        if (ret < 0)
            return ret;
    }
    sender->next_row += rows;
    plan_group(sender);
    return 0;
}

static size_t encode_begin(struct viz_sender *sender)
{
    const struct viz_synth_params *synth = &sender->params.synth;
    return sender->encode->begin(sender->outputs, synth->channels, synth->rate_hz,
                                 sender->packet.bytes, VIZ_MAX_PACKET);
}

static int send_begin(struct viz_sender *sender, int64_t now_ns)
{
    if (now_ns < sender->begin_at_ns)
        return 0;
    bool again = sender->encode->repeat && sender->params.datagrams;
    sender->begin_at_ns = again ? now_ns + BEGIN_EVERY_NS : INT64_MAX;
    sender->packet.size = encode_begin(sender);
    return write_once(sender, &sender->packet);
}

int viz_sender_step(struct viz_sender *sender, int64_t now_ns, int64_t *next_ns)
{
    int ret = send_begin(sender, now_ns);
    for (unsigned i = 0; ret >= 0 && i < GROUPS_PER_STEP; i++) {
        if (sender->next_row >= sender->end_row) {
            *next_ns = INT64_MAX;
            return viz_sender_finish(sender);
        }
        if (sender->send_at_ns > now_ns)
            break;
        ret = send_group(sender, now_ns);
    }
    *next_ns = sender->next_row < sender->end_row ? sender->send_at_ns : now_ns;
    return ret < 0 ? ret : 0;
}

int viz_sender_finish(struct viz_sender *sender)
{
    for (uint32_t i = 0; i < sender->outputs; i++) {
        int ret = release_held(sender, &sender->output[i]);
        if (ret < 0)
            return ret;
    }
    return 0;
}

static uint32_t default_rows(double rate_hz, uint32_t most)
{
    double rows = ceil(rate_hz / PACKETS_PER_S);
    return rows < most ? (uint32_t)rows : most;
}

static int choose_rows(struct viz_sender_params *params, const struct viz_wire *wire,
                       uint32_t channels, struct viz_error *err)
{
    uint32_t most = wire->encode->rows_per_packet(channels);
    if (!most)
        return viz_fail(err, -EINVAL, "no packet of the format %s holds %u channels",
                        wire->name, channels);
    if (params->rows > most)
        return viz_fail(
            err, -EINVAL,
            "--rows %u: a packet of the format %s with %u channels holds at "
            "most %u instants",
            params->rows, wire->name, channels, most);
    if (!params->rows)
        params->rows = default_rows(params->synth.rate_hz, most);
    if (!params->burst)
        params->burst = 1;
    return 0;
}

static void split_channels(struct viz_sender *sender)
{
    uint32_t most = sender->encode->channels_per_stream;
    uint32_t channels = sender->params.synth.channels;
    sender->outputs = (channels + most - 1) / most;
    sender->output = viz_zalloc(sender->outputs * sizeof(*sender->output));
    for (uint32_t i = 0; i < sender->outputs; i++) {
        sender->output[i].first_channel = i * most;
        sender->output[i].channels = (uint32_t)least(most, channels - i * most);
    }
}

/* Rows due before the end. */
static uint64_t rows_in(const struct viz_schedule *schedule, double duration_s)
{
    if (duration_s <= 0)
        return UINT64_MAX;
    return viz_schedule_due(schedule, llrint(duration_s * 1e9) - 1);
}

int viz_sender_create(const struct viz_sender_params *params,
                      const struct viz_wire *wire, const struct viz_sender_sink *sink,
                      int64_t start_ns, struct viz_sender **out, struct viz_error *err)
{
    struct viz_sender_params chosen = *params;
    uint32_t channels =
        (uint32_t)least(chosen.synth.channels, wire->encode->channels_per_stream);
    int ret = choose_rows(&chosen, wire, channels, err);
    if (ret < 0)
        return ret;

    struct viz_sender *sender = viz_zalloc(sizeof(*sender));
    sender->params = chosen;
    sender->encode = wire->encode;
    sender->sink = *sink;
    sender->schedule = viz_schedule_at(0, chosen.synth.rate_hz);
    sender->start_ns = sender->send_at_ns = sender->begin_at_ns = start_ns;
    sender->end_row = rows_in(&sender->schedule, chosen.duration_s);
    sender->random = chosen.synth.seed;
    split_channels(sender);
    size_t values = (size_t)chosen.rows * chosen.synth.channels;
    sender->time_ns = viz_zalloc(chosen.rows * sizeof(*sender->time_ns));
    sender->by_channel = viz_zalloc(values * sizeof(float));
    sender->by_row = viz_zalloc(values * sizeof(float));
    sender->packet.bytes = viz_zalloc(VIZ_MAX_PACKET);
    if (!encode_begin(sender)) {
        viz_sender_destroy(sender);
        return viz_fail(err, -EINVAL, "the format %s cannot carry %u channels",
                        wire->name, chosen.synth.channels);
    }
    plan_group(sender);
    *out = sender;
    return 0;
}

void viz_sender_destroy(struct viz_sender *sender)
{
    if (!sender)
        return;
    for (uint32_t i = 0; i < sender->outputs; i++)
        free(sender->output[i].held.bytes);
    free(sender->output);
    free(sender->time_ns);
    free(sender->by_channel);
    free(sender->by_row);
    free(sender->packet.bytes);
    free(sender);
}

const struct viz_sender_totals *viz_sender_totals(const struct viz_sender *sender)
{
    return &sender->totals;
}

uint32_t viz_sender_streams(const struct viz_sender *sender)
{
    return sender->outputs;
}

uint32_t viz_sender_rows(const struct viz_sender *sender)
{
    return sender->params.rows;
}
