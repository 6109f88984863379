/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs are written into a store and summarised from there. */
#include <viz/moment.h>
#include <viz/run_json.h>
#include <viz/run_summary.h>
#include <viz/run_text.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define START_NS INT64_C(1769860800000000000) /* 2026-01-31T12:00Z */

static char folder[] = "/tmp/viz-summary-XXXXXX";
static char path[64];
static struct viz_store *store;
static struct viz_error err;

#define OK(call) cr_assert_eq((call), 0, "%s", err.text)

static void open_store(void)
{
    setenv("TZ", "UTC", 1);
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/runs.db", folder);
    OK(viz_store_open(path, VIZ_STORE_WRITE, &store, &err));
}

static void close_store(void)
{
    char command[128];
    viz_store_close(store);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(run_summary, .init = open_store, .fini = close_store);

static int64_t begin_run(const char *name)
{
    static const char *const tags[] = {"b", "a"};
    const struct viz_run_new run = {.name = name,
                                    .origin = "device",
                                    .host = "10.0.0.7:80",
                                    .requested = "{\"duration_s\": 1}",
                                    .tags = tags,
                                    .tag_count = 2,
                                    .started_ns = START_NS};
    int64_t id;
    OK(viz_store_begin_run(store, &run, &id, &err));
    return id;
}

static int64_t add_device(int64_t run, const char *name)
{
    const struct viz_run_stream stream = {
        .name = name, .source = "ws://10.0.0.7/ws", .form = VIZ_FORM_LIGHTWAVE};
    int64_t id;
    OK(viz_store_add_stream(store, run, &stream, &id, &err));
    return id;
}

static uint64_t next_seq;

/* Ten frames a second; every fourth brings 20 more hops: 50 a second. */
static void put_frames(int64_t run, int64_t stream, uint32_t count, float total_us)
{
    int64_t segment;
    OK(viz_store_begin(store, &err));
    OK(viz_store_add_segment(store, stream, "start", START_NS, &segment, &err));
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
        const struct viz_lw_frame frame = {.timestamp_ms = i * 100,
                                           .avg_total_us = total_us + (float)(i % 4),
                                           .hop_count = 20 + i / 4 * 20,
                                           .flags = 2};
        const struct viz_run_sample sample = {
            .stream = stream,
            .segment = segment,
            .seq = next_seq++,
            .host_ns = START_NS + i * 100 * MS,
            .device_ns = i * 100 * MS,
            .marks = i % 4    ? VIZ_MARK_REPEAT
                     : i == 0 ? VIZ_MARK_BOOT
                              : 0,
            .frame = bytes,
            .size = (uint32_t)viz_lw_encode(&frame, bytes)};
        OK(viz_store_put(store, run, &sample, &err));
    }
    OK(viz_store_commit(store, &err));
}

static struct viz_run_summary *summarise(int64_t run, const char *metric)
{
    const struct viz_run_summary_params params = {.metric = metric, .bins = 4};
    struct viz_run_summary *summary = NULL;
    OK(viz_run_summary_create(store, run, &params, &summary, &err));
    return summary;
}

static char page[65536];

static void keep_line(void *context, const char *text)
{
    (void)context;
    strcat(page, text);
    strcat(page, "\n");
}

static const char *text_of(const struct viz_run_summary *summary, bool ascii)
{
    const struct viz_run_text_params params = {.width = 80, .ascii = ascii};
    page[0] = '\0';
    viz_run_text(summary, &params, keep_line, NULL);
    return page;
}

static json_t *json_of(const struct viz_run_summary *summary)
{
    char *text = viz_run_summary_json(summary);
    json_t *json = json_loads(text, 0, NULL);
    cr_assert_not_null(json);
    free(text);
    return json;
}

Test(run_summary, a_run_is_what_was_stored)
{
    int64_t run = begin_run("one"), stream = add_device(run, "device");
    put_frames(run, stream, 40, 5000);
    OK(viz_store_end_run(store, run, VIZ_RUN_COMPLETE, START_NS + 4000 * MS, "{}",
                         &err));
    struct viz_run_summary *summary = summarise(run, NULL);
    cr_expect_str_eq(summary->run.name, "one");
    cr_expect_str_eq(summary->run.tags, "a,b");
    cr_expect_eq(summary->run.state, VIZ_RUN_COMPLETE);
    cr_expect_eq(summary->duration_s, 4);
    cr_assert_eq(summary->streams, 1u);
    const struct viz_stream_figures *figures = &summary->stream[0].figures;
    cr_expect_str_eq(summary->stream[0].name, "device");
    cr_expect_eq(figures->samples, 40u);
    cr_expect_eq(figures->published, 10u);
    cr_expect_eq(figures->counts.repeats, 30u);
    cr_expect_eq(figures->channel[0].mean, 5001.5);
    cr_expect_float_eq(figures->hop_hz, 50, 1e-9);
    cr_expect_float_eq(figures->delivered_hz, 10, 1e-9);
    viz_run_summary_destroy(summary);
    viz_run_summary_destroy(NULL);
}

Test(run_summary, devices_do_not_mix)
{
    int64_t run = begin_run("two"), a = add_device(run, "a"), b = add_device(run, "b");
    put_frames(run, a, 8, 1000);
    put_frames(run, b, 12, 3000);
    struct viz_run_summary *summary = summarise(run, NULL);
    cr_assert_eq(summary->streams, 2u);
    cr_expect_eq(summary->stream[0].figures.samples, 8u);
    cr_expect_eq(summary->stream[1].figures.samples, 12u);
    cr_expect_eq(summary->stream[0].figures.channel[0].mean, 1001.5);
    cr_expect_eq(summary->stream[1].figures.channel[0].mean, 3001.5);
    viz_run_summary_destroy(summary);
}

Test(run_summary, an_empty_run_has_dashes_and_nulls)
{
    int64_t run = begin_run("empty");
    add_device(run, "device");
    struct viz_run_summary *summary = summarise(run, NULL);
    cr_expect(strstr(text_of(summary, false), "mean –, sd –, min –, max –"));
    cr_expect(strstr(page, "true load    – %"));
    cr_expect(strstr(page, "missing      –: nothing came"));
    cr_expect_not(strstr(page, "lost"));
    cr_expect_not(strstr(page, "reboot"));
    cr_expect_not(strstr(page, "nan"));
    json_t *json = json_of(summary);
    json_t *stream = json_array_get(json_object_get(json, "streams"), 0);
    cr_expect(json_is_null(json_object_get(stream, "delivered_hz")));
    static const char *const unknown[] = {"loss_percent",    "missing", "gaps",
                                          "boots",           "copies",  "silence_s",
                                          "delivered_run_hz"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        cr_expect(json_is_null(json_object_get(stream, unknown[i])), "%s", unknown[i]);
    cr_expect(json_is_null(json_object_get(
        json_array_get(json_object_get(stream, "channels"), 0), "mean")));
    cr_expect_eq(json_integer_value(json_object_get(stream, "samples")), 0);
    json_decref(json);
    viz_run_summary_destroy(summary);
}

Test(run_summary, frames_that_are_missing_at_the_end_are_said)
{
    int64_t run = begin_run("dies"), stream = add_device(run, "device");
    put_frames(run, stream, 51, 5000); /* the last after 5 s */
    OK(viz_store_end_run(store, run, VIZ_RUN_COMPLETE, START_NS + 15000 * MS, "{}",
                         &err));
    struct viz_run_summary *summary = summarise(run, NULL);
    cr_expect_eq(summary->stream[0].silence_s, 10);
    cr_expect(fabs(summary->stream[0].silence_samples - 100) <= 1);
    cr_expect_float_eq(summary->stream[0].delivered_run_hz, 3.4, 1e-9);
    cr_expect(strstr(text_of(summary, false), "silent       for the last 10.0 s"));
    cr_expect(strstr(page, "10 Hz from first to last, 3.4 Hz over the whole run"));
    json_t *json = json_of(summary);
    json_t *object = json_array_get(json_object_get(json, "streams"), 0);
    cr_expect_eq(json_real_value(json_object_get(object, "silence_s")), 10);
    json_decref(json);
    viz_run_summary_destroy(summary);
}

Test(run_summary, a_stream_that_came_until_the_end_was_not_silent)
{
    int64_t run = begin_run("lives"), stream = add_device(run, "device");
    put_frames(run, stream, 51, 5000);
    OK(viz_store_end_run(store, run, VIZ_RUN_COMPLETE, START_NS + 5900 * MS, "{}",
                         &err));
    struct viz_run_summary *summary = summarise(run, NULL);
    cr_expect_not(strstr(text_of(summary, false), "silent"));
    cr_expect(strstr(page, "segments     1 (no reboot of the device, no reset"));
    viz_run_summary_destroy(summary);
}

Test(run_summary, what_is_said_of_averages_is_said_of_averages_only)
{
    int64_t run = begin_run("one"), stream = add_device(run, "device");
    put_frames(run, stream, 8, 5000);
    struct viz_run_summary *summary = summarise(run, "timestamp_ms");
    cr_expect_not(strstr(text_of(summary, false), "verage"));
    viz_run_summary_destroy(summary);
    summary = summarise(run, "avg_goertzel_us");
    cr_expect(strstr(text_of(summary, false), "percentiles of averages"));
    viz_run_summary_destroy(summary);
}

Test(run_duration, is_never_negative)
{
    struct viz_run run = {.started_ns = 1000000219000, .seen_ns = 1000000000000};
    cr_expect_eq(viz_run_duration_s(&run), 0);
    run.seen_ns = 1002000219000;
    cr_expect_eq(viz_run_duration_s(&run), 2);
    run.seen_ns = 0;
    cr_expect(isnan(viz_run_duration_s(&run)));
}

Test(run_hosts, are_the_first_and_how_many_more)
{
    char out[64];
    cr_expect_str_eq(viz_run_hosts(out, sizeof(out), ""), "–");
    cr_expect_str_eq(viz_run_hosts(out, sizeof(out), "10.0.0.7:80"), "10.0.0.7:80");
    cr_expect_str_eq(viz_run_hosts(out, sizeof(out), "a:80,b:80,c:80"), "a:80 +2");
}

Test(run_summary, a_run_without_streams_says_so)
{
    struct viz_run_summary *summary = summarise(begin_run("nothing"), NULL);
    cr_expect(strstr(text_of(summary, false), "nothing came"));
    viz_run_summary_destroy(summary);
}

Test(run_summary, another_channel_can_be_summarised)
{
    int64_t run = begin_run("one"), stream = add_device(run, "device");
    put_frames(run, stream, 8, 5000);
    struct viz_run_summary *summary = summarise(run, "hop_count");
    cr_assert_eq(summary->stream[0].figures.channels, 1u);
    cr_expect_eq(summary->stream[0].figures.channel[0].max, 40);
    cr_expect(strstr(text_of(summary, false), "hop_count: n 8, mean 30"));
    viz_run_summary_destroy(summary);
}

Test(run_summary, an_unknown_channel_is_refused_with_those_there_are)
{
    int64_t run = begin_run("one");
    const struct viz_run_summary_params params = {.metric = "speed"};
    struct viz_run_summary *summary = NULL;
    cr_expect_eq(viz_run_summary_create(store, run, &params, &summary, &err), -EINVAL);
    cr_expect(strstr(err.text, "no channel"), "%s", err.text);
    add_device(run, "device");
    cr_expect_eq(viz_run_summary_create(store, run, &params, &summary, &err), -EINVAL);
    cr_expect(strstr(err.text, "no channel speed; it has avg_total_us, "), "%s",
              err.text);
    cr_expect_null(summary);
}

Test(run_summary, an_unknown_run_is_refused)
{
    const struct viz_run_summary_params params = {.metric = NULL};
    struct viz_run_summary *summary = NULL;
    cr_expect_eq(viz_run_summary_create(store, 99, &params, &summary, &err), -ENOENT);
    cr_expect_null(summary);
}

Test(run_summary, excluded_stretches_are_left_out_of_their_stream)
{
    int64_t run = begin_run("one"), a = add_device(run, "a"), b = add_device(run, "b");
    put_frames(run, a, 20, 1000);
    put_frames(run, b, 20, 1000);
    const struct viz_annotation warm = {.stream = a,
                                        .from_ns = START_NS,
                                        .to_ns = START_NS + 500 * MS,
                                        .text = "warm-up",
                                        .author = "me",
                                        .exclude = true};
    const struct viz_annotation all = {.from_ns = START_NS + 1900 * MS,
                                       .to_ns = START_NS + 1901 * MS,
                                       .text = "end",
                                       .author = "",
                                       .exclude = true};
    const struct viz_annotation remark = {.from_ns = START_NS,
                                          .to_ns = START_NS + 9000 * MS,
                                          .text = "seen",
                                          .author = ""};
    OK(viz_store_annotate(store, run, &warm, NULL, &err));
    OK(viz_store_annotate(store, run, &all, NULL, &err));
    OK(viz_store_annotate(store, run, &remark, NULL, &err));
    struct viz_run_summary *summary = summarise(run, NULL);
    cr_expect_eq(summary->annotations, 3u);
    cr_expect_eq(summary->stream[0].figures.excluded, 6u,
                 "0 to 4, not 5, and the last");
    cr_expect_eq(summary->stream[1].figures.excluded, 1u);
    cr_expect_eq(summary->stream[0].figures.channel[0].n, 14u);
    cr_expect_eq(summary->stream[0].figures.samples, 20u);
    cr_expect(strstr(text_of(summary, false),
                     "2026-01-31 12:00:00 to 2026-01-31 12:00:00 (left out): warm-up"));
    viz_run_summary_destroy(summary);
}

Test(run_summary, rows_of_values_have_a_line_for_each_channel)
{
    static const struct viz_run_channel channel[] = {{"ax", "m/s²"}, {"gz", "deg/s"}};
    const struct viz_run_stream sensor = {.name = "S1",
                                          .source = "",
                                          .form = VIZ_FORM_VALUES,
                                          .requested_hz = 200,
                                          .channel = channel,
                                          .channels = 2};
    int64_t run = begin_run("imu"), stream, segment;
    OK(viz_store_add_stream(store, run, &sensor, &stream, &err));
    OK(viz_store_begin(store, &err));
    OK(viz_store_add_segment(store, stream, "start", START_NS, &segment, &err));
    for (unsigned i = 0; i < 5; i++) {
        const double row[2] = {i, i == 2 ? NAN : -1.0 * i};
        const struct viz_run_sample sample = {.stream = stream,
                                              .segment = segment,
                                              .seq = next_seq++,
                                              .host_ns = START_NS + i * 10 * MS,
                                              .device_ns = INT64_MIN,
                                              .frame = row,
                                              .size = sizeof(row)};
        OK(viz_store_put(store, run, &sample, &err));
    }
    OK(viz_store_commit(store, &err));
    struct viz_run_summary *summary = summarise(run, NULL);
    const struct viz_stream_figures *figures = &summary->stream[0].figures;
    cr_assert_eq(figures->channels, 2u);
    cr_expect_eq(figures->channel[0].p50, 2);
    cr_expect_eq(figures->channel[1].n, 4u);
    cr_expect_eq(figures->channel[1].not_finite, 1u);
    cr_expect_float_eq(figures->delivered_hz, 100, 1e-9);
    cr_expect(strstr(text_of(summary, false), "nominal      200 Hz\n"));
    cr_expect(strstr(page, "m/s²"));
    cr_expect_not(strstr(page, "hop"), "nothing of a LightwaveOS device");
    json_t *json = json_of(summary);
    json_t *object = json_array_get(json_object_get(json, "streams"), 0);
    cr_expect(json_is_null(json_object_get(object, "published")));
    cr_expect(json_is_null(json_object_get(object, "flags")));
    static const char *const unknown[] = {"missing", "gaps",   "loss_percent", "boots",
                                          "copies",  "resets", "not_finite"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        cr_expect(json_is_null(json_object_get(object, unknown[i])), "%s", unknown[i]);
    cr_expect_not(strstr(page, "lost"));
    cr_expect_not(strstr(page, "boot"));
    json_decref(json);
    viz_run_summary_destroy(summary);
}

Test(run_summary, json_has_numbers_unrounded_and_times_twice)
{
    int64_t run = begin_run("one"), stream = add_device(run, "device");
    put_frames(run, stream, 7, 5000);
    struct viz_run_summary *summary = summarise(run, NULL);
    json_t *json = json_of(summary), *object = json_object_get(json, "run");
    cr_expect_str_eq(json_string_value(json_object_get(object, "started")),
                     "2026-01-31T12:00:00.000Z");
    cr_expect_eq(json_integer_value(json_object_get(object, "started_ns")), START_NS);
    cr_expect(json_is_null(json_object_get(object, "ended")));
    cr_expect_eq(json_array_size(json_object_get(object, "tags")), 2u);
    cr_expect(json_is_object(json_object_get(object, "requested")), "stays JSON");
    object = json_array_get(json_object_get(json, "streams"), 0);
    object = json_array_get(json_object_get(object, "channels"), 0);
    cr_expect_eq(json_real_value(json_object_get(object, "mean")),
                 summary->stream[0].figures.channel[0].mean, "to the last bit");
    cr_expect_eq(json_array_size(json_object_get(object, "histogram")), 4u);
    json_decref(json);
    viz_run_summary_destroy(summary);
}

Test(run_summary, a_run_that_is_being_recorded_can_be_read_beside_its_writer)
{
    int64_t run = begin_run("live"), stream = add_device(run, "device");
    struct viz_store *reader, *writer = store;
    put_frames(run, stream, 8, 5000);
    OK(viz_store_open(path, VIZ_STORE_READ, &reader, &err));
    store = reader;
    struct viz_run_summary *first = summarise(run, NULL);
    store = writer;
    put_frames(run, stream, 8, 5000);
    store = reader;
    struct viz_run_summary *second = summarise(run, NULL);
    store = writer;
    cr_expect_eq(first->stream[0].figures.samples, 8u);
    cr_expect_eq(second->stream[0].figures.samples, 16u);
    viz_run_summary_destroy(first);
    viz_run_summary_destroy(second);
    viz_store_close(reader);
}

Test(run_summary, names_cannot_talk_to_the_terminal)
{
    struct viz_run_summary *summary = summarise(begin_run("a\x1b[2Jb"), NULL);
    cr_expect(strstr(text_of(summary, false), ": a?[2Jb"));
    cr_expect_not(strchr(page, '\x1b'));
    viz_run_summary_destroy(summary);
}

Test(run_summary, percentiles_of_too_few_values_are_marked)
{
    int64_t run = begin_run("few"), stream = add_device(run, "device");
    put_frames(run, stream, 4 * 367, 5000);
    struct viz_run_summary *summary = summarise(run, NULL);
    cr_expect(strstr(text_of(summary, false),
                     "P99: n too small (needs 368 effective, has at most 367)"),
              "%s", page);
    cr_expect_not(strstr(page, "P95: n too small"));
    viz_run_summary_destroy(summary);
    run = begin_run("many"), stream = add_device(run, "device");
    put_frames(run, stream, 4 * 368, 5000);
    summary = summarise(run, NULL);
    cr_expect_not(strstr(text_of(summary, false), "too small"), "%s", page);
    viz_run_summary_destroy(summary);
}

Test(run_summary, bars_are_as_long_as_the_counts_and_plain_where_asked)
{
    int64_t run = begin_run("one"), stream = add_device(run, "device");
    put_frames(run, stream, 6, 5000); /* 5000 and 5001 twice, the others once */
    struct viz_run_summary *summary = summarise(run, NULL);
    text_of(summary, true);
    cr_expect(strstr(page, " 2 ######################################\n"));
    cr_expect(strstr(page, " 1 ###################\n"));
    cr_expect_not(strstr(page, "█"));
    cr_expect(strstr(text_of(summary, false), " 1 ███████████████████\n"));
    viz_run_summary_destroy(summary);
}

Test(run_summary, a_stream_alone_has_its_figures_and_no_bars)
{
    int64_t run = begin_run("two"), a = add_device(run, "a"), b = add_device(run, "b");
    put_frames(run, a, 8, 1000);
    put_frames(run, b, 8, 3000);
    struct viz_run_summary *summary = summarise(run, NULL);
    page[0] = '\0';
    viz_run_text_stream(summary, 1, keep_line, NULL);
    cr_expect_eq(strstr(page, "stream b, from ws://10.0.0.7/ws\n"), page);
    cr_expect(strstr(page, "mean 3001.5"));
    cr_expect_not(strstr(page, "█"));
    cr_expect_not(strstr(page, "stream a"));
    viz_run_summary_destroy(summary);
}

Test(run_summary, equal_values_are_one_bin)
{
    int64_t run = begin_run("one"), stream = add_device(run, "device");
    put_frames(run, stream, 1, 5000);
    struct viz_run_summary *summary = summarise(run, NULL);
    cr_expect(strstr(text_of(summary, true), "1 value in 1 bin\n"));
    viz_run_summary_destroy(summary);
}

Test(run_number, has_six_digits_or_its_whole_part)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.5, "-0.5"},
        {5012.345678, "5012.35"},
        {1e-7, "1e-07"},
        {123456.7, "123457"},
        {1234567.8, "1234568"},
        {NAN, "–"},
        {-INFINITY, "–"},
        {1000000000.2, "1000000000"},
        {1e15, "1e+15"},
        {-99999999999.0, "-99999999999"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[32];
        cr_expect_eq(viz_run_number(out, sizeof(out), rows[i].value, 6),
                     strlen(rows[i].text));
        cr_expect_str_eq(out, rows[i].text);
    }
    char out[32];
    viz_run_number(out, sizeof(out), 123456.7, 5);
    cr_expect_str_eq(out, "123457");
    viz_run_number(out, sizeof(out), 0.1234567, 5);
    cr_expect_str_eq(out, "0.12346");
}
