/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/sender.h>

#include <viz/encode.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define MS 1000000LL
#define MOST_PACKETS 20000

/* A format of the test's own: a packet is this, and the values of one row behind it. */
struct head {
    uint32_t stream, rows, channels, begins;
    uint64_t first_row;
    int64_t first_ns, last_ns;
    float first_value;
};

static uint32_t rows_per_packet(uint32_t channels)
{
    return 400 / channels;
}

static size_t begin(uint32_t streams, uint32_t channels, double rate_hz, uint8_t *out,
                    size_t room)
{
    if (streams > 3 || room < sizeof(struct head) || rate_hz <= 0)
        return 0;
    struct head head = {.channels = channels, .begins = 1};
    memcpy(out, &head, sizeof(head));
    return sizeof(head);
}

static size_t encode(const struct viz_encode_rows *rows, uint8_t *out, size_t room)
{
    struct head head = {rows->stream,
                        rows->rows,
                        rows->channels,
                        0,
                        rows->first_row,
                        rows->time_ns[0],
                        rows->time_ns[rows->rows - 1],
                        rows->value[0]};
    if (room < sizeof(head))
        return 0;
    memcpy(out, &head, sizeof(head));
    return sizeof(head);
}

static const struct viz_encode test_encode = {
    .repeat = true,
    .rows_per_packet = rows_per_packet,
    .channels_per_stream = 8,
    .begin = begin,
    .rows = encode,
};
static const struct viz_wire test_wire = {.name = "test", .encode = &test_encode};

/* What came out. */
struct sink {
    struct head packet[MOST_PACKETS];
    int64_t at_ns[MOST_PACKETS];
    uint32_t packets, begins;
    int64_t now_ns;
    int answer; /* of every write */
    uint32_t refuse_every;
    uint32_t writes;
};

static int take(void *context, const uint8_t *bytes, size_t size)
{
    struct sink *sink = context;
    cr_assert_eq(size, sizeof(struct head));
    if (sink->answer)
        return sink->answer;
    if (sink->refuse_every && ++sink->writes % sink->refuse_every == 0)
        return 1;
    struct head head;
    memcpy(&head, bytes, sizeof(head));
    if (head.begins) {
        sink->begins++;
        return 0;
    }
    cr_assert_lt(sink->packets, MOST_PACKETS);
    sink->packet[sink->packets] = head;
    sink->at_ns[sink->packets++] = sink->now_ns;
    return 0;
}

static struct sink sink; /* too large for a stack; every test has its own process */

static struct viz_sender *create(const struct viz_sender_params *params)
{
    const struct viz_sender_sink to = {take, &sink};
    struct viz_sender *sender;
    struct viz_error err;
    int ret = viz_sender_create(params, &test_wire, &to, 1000, &sender, &err);
    cr_assert_eq(ret, 0, "%s", err.text);
    return sender;
}

/* Step on a clock that jumps to exactly what the sender asked for. */
static int run_to_end(struct viz_sender *sender)
{
    int64_t next_ns = 1000;
    int ret = 0;
    for (int i = 0; !ret && next_ns != INT64_MAX; i++) {
        cr_assert_lt(i, 200000, "it never ends");
        sink.now_ns = next_ns > sink.now_ns ? next_ns : sink.now_ns;
        ret = viz_sender_step(sender, sink.now_ns, &next_ns);
    }
    return ret;
}

static struct viz_sender_params params_of(uint32_t channels, double rate_hz,
                                          double seconds)
{
    return (struct viz_sender_params){
        .synth = {.channels = channels, .rate_hz = rate_hz, .seed = 7},
        .duration_s = seconds,
    };
}

Test(sender, sends_each_row_when_it_is_due)
{
    const struct viz_sender_params params = params_of(3, 500, 1);
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 500);
    for (uint32_t i = 0; i < 500; i++) {
        cr_assert_eq(sink.packet[i].first_row, i);
        cr_assert_eq(sink.packet[i].rows, 1);
        cr_assert_eq(sink.packet[i].first_ns, i * 2 * MS, "device time counts from 0");
        cr_assert_eq(sink.at_ns[i], 1000 + i * 2 * MS);
        cr_assert_eq(sink.packet[i].first_value, viz_synth_value(&params.synth, 0, i));
    }
    const struct viz_sender_totals *totals = viz_sender_totals(sender);
    cr_assert(totals->rows == 500 && totals->samples == 1500 && totals->packets == 500);
    cr_assert_eq(totals->bytes, (500 + sink.begins) * sizeof(struct head));
    cr_assert_eq(totals->late_max_ns, 0);
    viz_sender_destroy(sender);
    viz_sender_destroy(NULL);
}

Test(sender, a_rate_that_divides_nothing_loses_no_row)
{
    const struct viz_sender_params params = params_of(1, 333.3, 3);
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 1000, "999.9 rows: the last begins before the end");
    cr_assert_lt(sink.packet[999].first_ns, 3000 * MS);
    viz_sender_destroy(sender);
}

Test(sender, high_rates_send_a_thousand_packets_a_second)
{
    const struct viz_sender_params params = params_of(4, 50000, 0.1);
    struct viz_sender *sender = create(&params);
    cr_assert_eq(viz_sender_rows(sender), 50);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 100);
    cr_assert_eq(sink.packet[1].first_row, 50);
    cr_assert_eq(sink.at_ns[0], 1000 + 49 * 20000, "due with its last row");
    viz_sender_destroy(sender);
}

Test(sender, the_last_packet_takes_the_rest)
{
    struct viz_sender_params params = params_of(1, 1000, 0.025);
    params.rows = 10;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 3);
    cr_assert_eq(sink.packet[2].rows, 5);
    cr_assert_eq(viz_sender_totals(sender)->rows, 25);
    viz_sender_destroy(sender);
}

Test(sender, channels_are_dealt_out_to_streams)
{
    const struct viz_sender_params params = params_of(18, 100, 0.1);
    struct viz_sender *sender = create(&params);
    cr_assert_eq(viz_sender_streams(sender), 3);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 30);
    cr_assert(sink.packet[1].stream == 1 && sink.packet[1].channels == 8);
    cr_assert(sink.packet[2].stream == 2 && sink.packet[2].channels == 2);
    cr_assert_eq(sink.packet[2].first_value, viz_synth_value(&params.synth, 16, 0));
    cr_assert_eq(viz_sender_totals(sender)->rows, 30);
    cr_assert_eq(viz_sender_totals(sender)->samples, 180);
    viz_sender_destroy(sender);
}

Test(sender, bursts_go_together)
{
    struct viz_sender_params params = params_of(1, 1000, 0.01);
    params.burst = 4;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    const int64_t at_ms[] = {3, 3, 3, 3, 7, 7, 7, 7, 9, 9};
    for (int i = 0; i < 10; i++)
        cr_assert_eq(sink.at_ns[i], 1000 + at_ms[i] * MS, "packet %d", i);
    viz_sender_destroy(sender);
}

Test(sender, losses_use_their_numbers_up)
{
    struct viz_sender_params params = params_of(2, 1000, 10);
    params.loss_percent = 10;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    const struct viz_sender_totals *totals = viz_sender_totals(sender);
    cr_assert_eq(totals->packets + totals->lost_packets, 10000);
    cr_assert(totals->lost_packets > 850 && totals->lost_packets < 1150);
    cr_assert_eq(totals->lost_samples, totals->lost_rows * 2);
    uint64_t gaps = 0;
    for (uint32_t i = 1; i < sink.packets; i++)
        gaps += sink.packet[i].first_row - sink.packet[i - 1].first_row - 1;
    gaps += sink.packet[0].first_row + 9999 - sink.packet[sink.packets - 1].first_row;
    cr_assert_eq(gaps, totals->lost_rows);
    viz_sender_destroy(sender);
}

Test(sender, everything_lost_and_nothing_lost)
{
    struct viz_sender_params params = params_of(1, 1000, 0.1);
    params.loss_percent = 100;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 0);
    cr_assert_eq(viz_sender_totals(sender)->lost_rows, 100);
    viz_sender_destroy(sender);
}

Test(sender, duplicates_are_counted_once)
{
    struct viz_sender_params params = params_of(1, 1000, 1);
    params.duplicate_percent = 100;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 2000);
    cr_assert_eq(sink.packet[0].first_row, sink.packet[1].first_row);
    cr_assert_eq(viz_sender_totals(sender)->packets, 1000);
    cr_assert_eq(viz_sender_totals(sender)->duplicate_packets, 1000);
    viz_sender_destroy(sender);
}

Test(sender, reordered_packets_follow_their_successor)
{
    struct viz_sender_params params = params_of(18, 1000, 2);
    params.reorder_percent = 20;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 6000, "none is lost on the way");
    uint64_t newest[3] = {0}, behind = 0, sum = 0;
    for (uint32_t i = 0; i < sink.packets; i++) {
        struct head *packet = &sink.packet[i];
        sum += packet->first_row;
        if (packet->first_row < newest[packet->stream]) {
            cr_assert_eq(newest[packet->stream] - packet->first_row, 1);
            behind++;
        } else {
            newest[packet->stream] = packet->first_row;
        }
    }
    cr_assert_eq(sum, 3 * 1999 * 1000ULL);
    cr_assert_eq(behind, viz_sender_totals(sender)->reordered_packets);
    cr_assert(behind > 800 && behind < 1200);
    viz_sender_destroy(sender);
}

Test(sender, a_packet_held_back_at_the_end_is_sent)
{
    struct viz_sender_params params = params_of(1, 1000, 0.001);
    params.reorder_percent = 100;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 1);
    cr_assert_eq(viz_sender_totals(sender)->reordered_packets, 0);
    viz_sender_destroy(sender);
}

Test(sender, a_successor_that_was_refused_overtakes_nobody)
{
    struct viz_sender_params params = params_of(1, 1000, 0.02);
    params.reorder_percent = 100;
    sink.refuse_every =
        2; /* the first write is what goes first; then every successor */
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.packets, 10);
    cr_assert_eq(viz_sender_totals(sender)->unsent_packets, 10);
    cr_assert_eq(viz_sender_totals(sender)->reordered_packets, 0);
    viz_sender_destroy(sender);
}

Test(sender, jitter_delays_and_keeps_the_order)
{
    struct viz_sender_params params = params_of(1, 1000, 1);
    params.jitter_ms = 5;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    int64_t most_ns = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        int64_t delay_ns = sink.at_ns[i] - 1000 - i * MS;
        cr_assert_eq(sink.packet[i].first_row, i);
        cr_assert(delay_ns >= 0 && delay_ns <= 5 * MS);
        most_ns = delay_ns > most_ns ? delay_ns : most_ns;
    }
    cr_assert_gt(most_ns, 4 * MS);
    cr_assert_eq(viz_sender_totals(sender)->late_max_ns, 0,
                 "not late: it was asked for");
    viz_sender_destroy(sender);
}

Test(sender, a_late_step_makes_everything_that_is_due)
{
    const struct viz_sender_params params = params_of(1, 1000, 1);
    struct viz_sender *sender = create(&params);
    int64_t next_ns = 0;
    int steps = 0;
    while (next_ns <= 1000 + 30 * MS) {
        cr_assert_eq(viz_sender_step(sender, 1000 + 30 * MS, &next_ns), 0);
        cr_assert_lt(++steps, 10);
    }
    cr_assert_eq(sink.packets, 31);
    cr_assert_eq(viz_sender_totals(sender)->late_max_ns, 30 * MS);
    cr_assert_eq(next_ns, 1000 + 31 * MS);
    cr_assert_eq(viz_sender_step(sender, 0, &next_ns), 0, "a clock that ran backwards");
    cr_assert_eq(sink.packets, 31);
    viz_sender_destroy(sender);
}

Test(sender, one_step_is_bounded)
{
    const struct viz_sender_params params = params_of(1, 1000, 0);
    struct viz_sender *sender = create(&params);
    int64_t next_ns;
    cr_assert_eq(viz_sender_step(sender, 1000000 * MS, &next_ns), 0);
    cr_assert_lt(sink.packets, 1000);
    cr_assert_leq(next_ns, 1000000 * MS, "call again at once");
    viz_sender_destroy(sender);
}

Test(sender, refused_packets_are_counted_and_not_fatal)
{
    const struct viz_sender_params params = params_of(2, 1000, 1);
    sink.refuse_every = 4;
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    const struct viz_sender_totals *totals = viz_sender_totals(sender);
    cr_assert_eq(totals->packets, sink.packets);
    cr_assert_eq(totals->packets + totals->unsent_packets, 1000);
    cr_assert_eq(totals->unsent_samples, totals->unsent_rows * 2);
    cr_assert_eq(totals->unsent_packets, 250);
    viz_sender_destroy(sender);
}

Test(sender, an_error_of_the_sink_ends_it)
{
    const struct viz_sender_params params = params_of(1, 1000, 1);
    struct viz_sender *sender = create(&params);
    sink.answer = -EPIPE;
    cr_assert_eq(run_to_end(sender), -EPIPE);
    cr_assert_eq(viz_sender_totals(sender)->packets, 0);
    viz_sender_destroy(sender);
}

Test(sender, what_goes_first_is_repeated_for_datagrams_only)
{
    struct viz_sender_params params = params_of(1, 10, 5);
    struct viz_sender *sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.begins, 1);
    viz_sender_destroy(sender);
    params.datagrams = true;
    sink = (struct sink){0};
    sender = create(&params);
    cr_assert_eq(run_to_end(sender), 0);
    cr_assert_eq(sink.begins, 5);
    viz_sender_destroy(sender);
}

Test(sender, the_same_seed_gives_the_same_faults)
{
    struct viz_sender_params params = params_of(1, 1000, 2);
    static struct head first[2][MOST_PACKETS];
    uint32_t packets[2];
    params.loss_percent = 5;
    params.reorder_percent = 5;
    params.duplicate_percent = 5;
    for (int i = 0; i < 2; i++) {
        sink = (struct sink){0};
        struct viz_sender *sender = create(&params);
        cr_assert_eq(run_to_end(sender), 0);
        packets[i] = sink.packets;
        memcpy(first[i], sink.packet, sizeof(first[i]));
        viz_sender_destroy(sender);
    }
    cr_assert_eq(packets[0], packets[1]);
    cr_assert_arr_eq(first[0], first[1], sizeof(first[0]));
}

Test(sender, what_does_not_fit_is_refused)
{
    const struct viz_sender_sink to = {take, &sink};
    struct viz_sender_params params = params_of(8, 1000, 1);
    struct viz_sender *sender;
    struct viz_error err;
    params.rows = 51;
    cr_assert_eq(viz_sender_create(&params, &test_wire, &to, 0, &sender, &err),
                 -EINVAL);
    cr_assert(strstr(err.text, "at most 50"), "%s", err.text);
    params.rows = 50;
    cr_assert_eq(viz_sender_create(&params, &test_wire, &to, 0, &sender, &err), 0);
    viz_sender_destroy(sender);
    params = params_of(25, 1000, 1);
    cr_assert_eq(viz_sender_create(&params, &test_wire, &to, 0, &sender, &err),
                 -EINVAL);
    cr_assert(strstr(err.text, "cannot carry 25 channels"), "%s", err.text);
}
