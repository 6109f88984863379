/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_rig.h"

#include <viz/draft.h>
#include <viz/exporter.h>
#include <viz/number.h>
#include <viz/timestamp.h>
#include <viz/track.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <sys/stat.h>

#define START INT64_C(1767268800000000000) /* 2026-01-01T12:00:00 */
#define TEN                                                                            \
    "timestamp_utc,timestamp_ms,avg_total_us,avg_goertzel_us,peak_total_us,"           \
    "peak_goertzel_us,cpu_load_percent,hop_count,goertzel_count,flags"

struct run {
    struct store_rig rig;
    int64_t run, stream, segment;
    uint64_t seq;
    char *text;
};

static void open_run(struct run *run)
{
    memset(run, 0, sizeof(*run));
    store_rig_init(&run->rig);
    run->run = store_rig_run(&run->rig, "", START);
    /* Not UTF-8: as another program may have written it. */
    store_rig_sql(store_rig_db(&run->rig),
                  "UPDATE run SET name = CAST(X'6120226222' || X'0AFF' AS TEXT)");
}

static void close_run(struct run *run)
{
    free(run->text);
    store_rig_finish(&run->rig);
}

static void add_stream(struct run *run, const struct viz_run_stream *stream)
{
    STORE_OK(&run->rig, viz_store_add_stream(run->rig.store, run->run, stream,
                                             &run->stream, &run->rig.err));
    run->segment = 0;
}

static void put(struct run *run, struct viz_run_sample sample, const void *bytes,
                size_t size)
{
    struct viz_store *store = run->rig.store;
    struct viz_error *err = &run->rig.err;
    STORE_OK(&run->rig, viz_store_begin(store, err));
    if (!run->segment || sample.marks & VIZ_MARK_BOOT)
        STORE_OK(&run->rig, viz_store_add_segment(store, run->stream, "start",
                                                  sample.host_ns, &run->segment, err));
    sample.stream = run->stream;
    sample.segment = run->segment;
    sample.seq = run->seq++;
    sample.frame = bytes;
    sample.size = (uint32_t)size;
    STORE_OK(&run->rig, viz_store_put(store, run->run, &sample, err));
    STORE_OK(&run->rig, viz_store_commit(store, err));
}

static void put_frame(struct run *run, struct viz_run_sample sample,
                      const struct viz_lw_frame *frame)
{
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    put(run, sample, bytes, viz_lw_encode(frame, bytes));
}

/* The export as text. */
static const char *export(struct run *run, bool json, bool all)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/out", run->rig.folder);
    const struct viz_export_params params = {
        .store = run->rig.store,
        .run = run->run,
        .json = json,
        .all = all,
        .fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600),
    };
    uint64_t rows;
    STORE_OK(&run->rig, viz_export_run(&params, &rows, &run->rig.err));
    off_t size = lseek(params.fd, 0, SEEK_END);
    free(run->text);
    run->text = calloc(1, (size_t)size + 1);
    cr_assert_eq(pread(params.fd, run->text, (size_t)size, 0), size);
    close(params.fd);
    cr_assert_eq(rows, run->seq);
    return run->text;
}

static const struct viz_run_stream device = {.name = "k1,:80",
                                             .form = VIZ_FORM_LIGHTWAVE};

Test(exporter, a_run_without_samples_is_a_header)
{
    struct run run;
    open_run(&run);
    cr_expect_str_eq(export(&run, false, false), TEN "\n");
    add_stream(&run, &device);
    cr_expect_str_eq(export(&run, false, false), TEN "\n");
    json_t *document = json_loads(export(&run, true, false), 0, NULL);
    cr_expect_eq(json_array_size(json_object_get(document, "samples")), 0);
    cr_expect(json_is_array(json_object_get(document, "samples")));
    json_decref(document);
    close_run(&run);
}

Test(exporter, ten_columns_to_the_byte)
{
    struct run run;
    open_run(&run);
    add_stream(&run, &device);
    setlocale(LC_ALL, "de_DE.UTF-8");
    put_frame(&run, (struct viz_run_sample){.host_ns = START + 123456789},
              &(struct viz_lw_frame){.timestamp_ms = UINT32_MAX,
                                     .avg_total_us = 4321.5f,
                                     .avg_goertzel_us = 0.1f,
                                     .cpu_load_percent = 1e-20f,
                                     .peak_total_us = 65535,
                                     .peak_goertzel_us = 1,
                                     .hop_count = 4294967295,
                                     .goertzel_count = 65535,
                                     .flags = 255});
    put_frame(&run, (struct viz_run_sample){.host_ns = START + 999999999},
              &(struct viz_lw_frame){.avg_total_us = NAN,
                                     .avg_goertzel_us = INFINITY,
                                     .cpu_load_percent = -INFINITY});
    put_frame(&run, (struct viz_run_sample){.host_ns = -1}, &(struct viz_lw_frame){0});
    cr_expect_str_eq(export(&run, false, false), TEN
                     "\n2026-01-01T12:00:00.123456,4294967295,4321.5,0.1,65535,1,1e-20,"
                     "4294967295,65535,255\n"
                     "2026-01-01T12:00:00.999999,0,,Infinity,0,0,-Infinity,0,0,0\n"
                     "1969-12-31T23:59:59.999999,0,0,0,0,0,0,0,0,0\n");
    const char *text = strstr(export(&run, true, false), "\"samples\":[");
    cr_expect_str_eq(
        text,
        "\"samples\":[\n"
        "{\"timestamp_utc\":\"2026-01-01T12:00:00.123456\",\"timestamp_ms\":"
        "4294967295,\"avg_total_us\":4321.5,\"avg_goertzel_us\":0.1,"
        "\"peak_total_us\":65535,\"peak_goertzel_us\":1,\"cpu_load_percent\":1e-20,"
        "\"hop_count\":4294967295,\"goertzel_count\":65535,\"flags\":255},\n"
        "{\"timestamp_utc\":\"2026-01-01T12:00:00.999999\",\"timestamp_ms\":0,"
        "\"avg_total_us\":null,\"avg_goertzel_us\":1e999,\"peak_total_us\":0,"
        "\"peak_goertzel_us\":0,\"cpu_load_percent\":-1e999,\"hop_count\":0,"
        "\"goertzel_count\":0,\"flags\":0},\n"
        "{\"timestamp_utc\":\"1969-12-31T23:59:59.999999\",\"timestamp_ms\":0,"
        "\"avg_total_us\":0,\"avg_goertzel_us\":0,\"peak_total_us\":0,"
        "\"peak_goertzel_us\":0,\"cpu_load_percent\":0,\"hop_count\":0,"
        "\"goertzel_count\":0,\"flags\":0}\n]}\n");
    close_run(&run);
}

Test(exporter, json_tells_of_the_run_and_is_json_whatever_its_name)
{
    struct run run;
    json_error_t error;
    open_run(&run);
    add_stream(&run, &device);
    put_frame(&run, (struct viz_run_sample){.host_ns = START},
              &(struct viz_lw_frame){.flags = 3});
    json_t *document = json_loads(export(&run, true, true), 0, &error);
    cr_assert(document, "%s: %s", error.text, run.text);
    json_t *about = json_object_get(document, "run");
    cr_expect_str_eq(json_string_value(json_object_get(about, "name")),
                     "a \"b\"\n\xef\xbf\xbd");
    cr_expect_eq(json_integer_value(json_object_get(about, "started_ns")), START);
    json_t *sample = json_array_get(json_object_get(document, "samples"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(sample, "stream")), "k1,:80");
    cr_expect_str_eq(json_string_value(json_object_get(sample, "flag_names")),
                     "streaming|enabled");
    cr_expect(json_is_null(json_object_get(sample, "histogram_0")));
    json_decref(document);
    close_run(&run);
}

/* Counters go on over their wrap, and begin anew with a boot and a reset. */
Test(exporter, all_columns_unwrap_counters)
{
    static const struct {
        uint32_t hops;
        uint16_t goertzels;
        unsigned marks;
        const char *unwrapped; /* hops, goertzels, marks */
    } cases[] = {
        {4294967290, 65530, VIZ_MARK_BOOT, ",4294967290,65530,boot,"},
        {4, 4, 0, ",4294967300,65540,,"},
        {4, 4, VIZ_MARK_REPEAT | VIZ_MARK_GAP, ",4294967300,65540,repeat|gap,"},
        {7, 5, VIZ_MARK_RESET, ",7,5,reset,"},
        {9, 6, VIZ_MARK_BOOT | VIZ_MARK_NAN | VIZ_MARK_COPY, ",9,6,boot|nan|copy,"},
    };
    struct run run;
    open_run(&run);
    add_stream(&run, &device);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        put_frame(&run,
                  (struct viz_run_sample){.host_ns = START + (int64_t)i,
                                          .device_ns = (int64_t)i * 1000000,
                                          .marks = cases[i].marks,
                                          .missing = (uint32_t)i},
                  &(struct viz_lw_frame){.hop_count = cases[i].hops,
                                         .goertzel_count = cases[i].goertzels});
    const char *line = export(&run, false, true);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expected[128];
        snprintf(expected, sizeof(expected), "\"k1,:80\",%zu,%d,%lld,%zu%s%zu,", i,
                 i == 4, (long long)START + (long long)i, i, cases[i].unwrapped, i);
        line = strchr(line, '\n') + 1;
        const char *at = strstr(line, expected);
        cr_expect(at && at < strchr(line, '\n'), "%s not in %s", expected, line);
    }
    close_run(&run);
}

Test(exporter, extended_frames_have_their_fields)
{
    struct run run;
    open_run(&run);
    add_stream(&run, &device);
    put_frame(&run, (struct viz_run_sample){.host_ns = START},
              &(struct viz_lw_frame){.extended = true,
                                     .avg_dc_agc_us = 1.5f,
                                     .avg_chroma_us = NAN,
                                     .goertzel_count = 1,
                                     .goertzel_count_full = 65537,
                                     .histogram = {1, 2, 3, 4, 5, 6, 7, 65535}});
    const char *text = export(&run, false, true);
    cr_expect(strstr(text, ",0,1.5,,65537,0,1,2,3,4,5,6,7,65535,41424d00"), "%s", text);
    cr_expect(strstr(text, ",0,65537,,0,"), "%s", text);
    close_run(&run);
}

static void put_values(struct run *run, int64_t host_ns, int64_t device_ns,
                       const double *value, size_t count)
{
    put(run, (struct viz_run_sample){.host_ns = host_ns, .device_ns = device_ns}, value,
        count * sizeof(*value));
}

Test(exporter, streams_of_values_share_columns_of_one_name)
{
    const struct viz_run_channel one[] = {{"ax", "m/s²"}, {"x,y", ""}};
    const struct viz_run_channel two[] = {{"ax", ""}, {"seq", ""}};
    struct run run;
    open_run(&run);
    add_stream(&run, &(struct viz_run_stream){.name = "S1",
                                              .form = VIZ_FORM_VALUES,
                                              .channel = one,
                                              .channels = 2});
    put_values(&run, START + 5, 1500000000, (double[]){0.1, NAN}, 2);
    add_stream(&run, &(struct viz_run_stream){.name = "S2",
                                              .form = VIZ_FORM_VALUES,
                                              .channel = two,
                                              .channels = 2});
    put_values(&run, START + 250000000, INT64_MIN, (double[]){INFINITY, 0.1 + 0.2}, 2);
    cr_expect_str_eq(export(&run, false, false),
                     "t,ax,\"x,y\",seq,stream\n"
                     "1.5,0.1,,,S1\n"
                     "0.25,Infinity,,0.30000000000000004,S2\n");
    cr_expect_str_eq(strstr(export(&run, true, false), "\"samples\":["),
                     "\"samples\":[\n"
                     "{\"t\":1.5,\"ax\":0.1,\"x,y\":null,\"stream\":\"S1\"},\n"
                     "{\"t\":0.25,\"ax\":1e999,\"seq\":0.30000000000000004,"
                     "\"stream\":\"S2\"}\n]}\n");
    close_run(&run);
}

Test(exporter, a_channel_called_as_a_column_is_told_apart)
{
    const struct viz_run_channel channel[] = {{"missing", ""}};
    struct run run;
    open_run(&run);
    add_stream(&run, &(struct viz_run_stream){.name = "S1",
                                              .form = VIZ_FORM_VALUES,
                                              .channel = channel,
                                              .channels = 1});
    put_values(&run, START, 5, (double[]){7}, 1);
    cr_expect_str_eq(export(&run, false, false), "t,missing\n0.000000005,7\n");
    cr_expect_str_eq(export(&run, false, true),
                     "t,channel_missing,stream,seq,segment,host_ns,device_ns,marks,"
                     "missing\n"
                     "0.000000005,7,S1,0,0,1767268800000000000,5,,0\n");
    close_run(&run);
}

Test(exporter, a_channel_called_t_is_the_time)
{
    const struct viz_run_channel channel[] = {{"t", "s"}, {"fps", ""}};
    struct run run;
    open_run(&run);
    add_stream(&run, &(struct viz_run_stream){.name = "intervals",
                                              .form = VIZ_FORM_VALUES,
                                              .channel = channel,
                                              .channels = 2});
    put_values(&run, START + 77, INT64_MIN, (double[]){1.25, 60}, 2);
    cr_expect_str_eq(export(&run, false, false), "t,fps\n1.25,60\n");
    close_run(&run);
}

/* More than fits into memory for pieces, so that pieces end anywhere. */
Test(exporter, pieces_of_output_join)
{
    struct run run;
    struct viz_error *err = &run.rig.err;
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    open_run(&run);
    add_stream(&run, &device);
    put_frame(&run, (struct viz_run_sample){.host_ns = START},
              &(struct viz_lw_frame){0});
    STORE_OK(&run.rig, viz_store_begin(run.rig.store, err));
    for (uint32_t i = 1; i < 12000; i++) {
        const struct viz_lw_frame frame = {.timestamp_ms = i, .hop_count = i * 7};
        const struct viz_run_sample sample = {
            .stream = run.stream,
            .segment = run.segment,
            .seq = run.seq++,
            .host_ns = START + i * INT64_C(1000000),
            .frame = bytes,
            .size = (uint32_t)viz_lw_encode(&frame, bytes),
        };
        STORE_OK(&run.rig, viz_store_put(run.rig.store, run.run, &sample, err));
    }
    STORE_OK(&run.rig, viz_store_commit(run.rig.store, err));
    const char *line = export(&run, false, false);
    for (uint32_t i = 0; i < 12000; i++) {
        char expected[128];
        line = strchr(line, '\n') + 1;
        int size = snprintf(expected, sizeof(expected),
                            "2026-01-01T12:00:%02u.%03u000,%u,0,0,0,0,0,%u,0,0\n",
                            i / 1000, i % 1000, i, i * 7);
        cr_assert_eq(strncmp(line, expected, (size_t)size), 0, "%u: %.80s", i, line);
    }
    close_run(&run);
}

Test(exporter, failures_of_writing_are_told)
{
    struct run run;
    uint64_t rows;
    int pipe_fd[2];
    open_run(&run);
    add_stream(&run, &device);
    put_frame(&run, (struct viz_run_sample){.host_ns = START},
              &(struct viz_lw_frame){0});
    struct viz_export_params params = {.store = run.rig.store, .run = run.run};
    params.fd = open("/dev/full", O_WRONLY);
    if (params.fd >= 0)
        cr_expect_eq(viz_export_run(&params, &rows, &run.rig.err), -ENOSPC);
    close(params.fd);
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(pipe_fd), 0);
    close(pipe_fd[0]);
    params.fd = pipe_fd[1];
    cr_expect_eq(viz_export_run(&params, &rows, &run.rig.err), -EPIPE);
    const volatile sig_atomic_t stop = 1;
    params.stop = &stop;
    cr_expect_eq(viz_export_run(&params, &rows, &run.rig.err), -EINTR);
    params.run = 99;
    params.stop = NULL;
    cr_expect_eq(viz_export_run(&params, &rows, &run.rig.err), -ENOENT);
    close(pipe_fd[1]);
    close_run(&run);
}

/* ---- times and drafts ---- */

static bool parses(const char *text, int64_t expected)
{
    int64_t ns = 0;
    return viz_timestamp_parse(text, strlen(text), &ns) && ns == expected;
}

Test(timestamp, every_day_comes_back)
{
    for (int64_t day = -100000; day < 106000; day++) {
        char text[VIZ_TIMESTAMP_TEXT + 1] = "";
        int64_t ns = day * 86400 * INT64_C(1000000000) + 86399999999000;
        viz_timestamp_format(ns, text);
        cr_assert(parses(text, ns), "%s", text);
    }
}

Test(timestamp, reads_what_loggers_write)
{
    cr_expect(parses("2026-01-01T12:00:00", START));
    cr_expect(parses("2026-01-01 12:00", START));
    cr_expect(parses("2026-01-01T12:00:00.5", START + 500000000));
    cr_expect(parses("2026-01-01T12:00:00.1234567891", START + 123456789));
    cr_expect(parses("2026-01-01T12:00:00Z", START));
    cr_expect(parses("2026-01-01T13:00:00+01:00", START));
    cr_expect(parses("2026-01-01T06:30:00.000000-0530", START));
    cr_expect(parses("2026-01-01", START - 43200 * INT64_C(1000000000)));
    static const char *const wrong[] = {
        "",           "2026",          "2026-02-29",           "2026-13-01",
        "2026-00-01", "2026-04-31",    "2026-01-01T24:00:00",  "2026-01-01T12:00:00.",
        "9999-01-01", "2026-01-01T12", "2026-01-01T12:00:00x", "2026-01-01x12:00:00"};
    int64_t ns;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_expect_not(viz_timestamp_parse(wrong[i], strlen(wrong[i]), &ns), "%s",
                      wrong[i]);
}

static void write_draft(struct store_rig *rig, const char *path, const char *text)
{
    struct viz_draft *draft;
    STORE_OK(rig, viz_draft_open(path, &draft, &rig->err));
    cr_assert_eq(write(viz_draft_fd(draft), text, strlen(text)), (ssize_t)strlen(text));
    STORE_OK(rig, viz_draft_keep(draft, &rig->err));
}

static bool holds(const char *path, const char *expected)
{
    char text[64] = "";
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file)
        fclose(file);
    return size == strlen(expected) && !strcmp(text, expected);
}

Test(draft, takes_its_place_at_the_end_or_never)
{
    struct store_rig rig;
    struct viz_draft *draft;
    store_rig_folder(&rig);
    write_draft(&rig, rig.path, "one");
    cr_expect(holds(rig.path, "one"));
    STORE_OK(&rig, viz_draft_open(rig.path, &draft, &rig.err));
    cr_assert_eq(write(viz_draft_fd(draft), "two", 3), 3);
    cr_expect(holds(rig.path, "one"));
    viz_draft_discard(draft);
    cr_expect(holds(rig.path, "one"));
    unlink(rig.path);
    cr_expect_eq(rmdir(rig.folder), 0, "something is left");
}

Test(draft, keeps_the_rights_of_a_file_and_the_link_to_it)
{
    struct store_rig rig;
    struct stat found;
    char link[128];
    store_rig_folder(&rig);
    snprintf(link, sizeof(link), "%s/link", rig.folder);
    write_draft(&rig, rig.path, "one");
    cr_assert_eq(chmod(rig.path, 0640), 0);
    cr_assert_eq(symlink("runs.db", link), 0);
    write_draft(&rig, link, "two");
    cr_expect(holds(rig.path, "two"));
    cr_expect(lstat(link, &found) == 0 && S_ISLNK(found.st_mode));
    cr_expect(stat(rig.path, &found) == 0 && (found.st_mode & 07777) == 0640);
    store_rig_finish(&rig);
}

Test(draft, neither_folders_nor_devices_are_replaced)
{
    struct store_rig rig;
    struct viz_draft *draft;
    struct stat found;
    char path[128];
    store_rig_folder(&rig);
    cr_expect_eq(viz_draft_open(rig.folder, &draft, &rig.err), -EISDIR);
    cr_expect(strstr(rig.err.text, rig.folder), "%s", rig.err.text);
    snprintf(path, sizeof(path), "%s/no/file", rig.folder);
    cr_expect_eq(viz_draft_open(path, &draft, &rig.err), -ENOENT);
    write_draft(&rig, "/dev/null", "gone");
    cr_expect(stat("/dev/null", &found) == 0 && S_ISCHR(found.st_mode));
    store_rig_finish(&rig);
}
