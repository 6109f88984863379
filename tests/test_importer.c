/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_rig.h"

#include <viz/exporter.h>
#include <viz/importer.h>
#include <viz/track.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

#define TEN                                                                            \
    "timestamp_utc,timestamp_ms,avg_total_us,avg_goertzel_us,peak_total_us,"           \
    "peak_goertzel_us,cpu_load_percent,hop_count,goertzel_count,flags"
#define ROW "2026-01-01T12:00:00.100000,100,4321.5,0.1,5000,7,21.6075,5,5,3"
#define MAX_RUNS 8

/* One importer, and what it said. */
struct work {
    struct store_rig rig;
    struct viz_import_params params;
    struct viz_imported run[MAX_RUNS];
    char name[MAX_RUNS][64], format[MAX_RUNS][32], why[MAX_RUNS][64];
    uint32_t runs;
    char said[4][512];
    uint32_t sentences;
    char *text;
};

static void imported(void *context, const struct viz_imported *run)
{
    struct work *work = context;
    cr_assert_lt(work->runs, MAX_RUNS);
    uint32_t i = work->runs++;
    work->run[i] = *run;
    snprintf(work->name[i], sizeof(work->name[i]), "%s", run->name);
    snprintf(work->format[i], sizeof(work->format[i]), "%s", run->format);
    snprintf(work->why[i], sizeof(work->why[i]), "%s",
             run->bad_why ? run->bad_why : "");
}

static void say(void *context, const char *sentence)
{
    struct work *work = context;
    cr_assert_lt(work->sentences, 4);
    snprintf(work->said[work->sentences++], sizeof(work->said[0]), "%s", sentence);
}

static void begin(struct work *work)
{
    memset(work, 0, sizeof(*work));
    store_rig_init(&work->rig);
    work->params = (struct viz_import_params){
        .store = work->rig.store, .imported = imported, .say = say, .context = work};
}

static void end(struct work *work)
{
    free(work->text);
    store_rig_finish(&work->rig);
}

static int import(struct work *work, const char *text)
{
    FILE *file = fmemopen((char *)text, strlen(text), "r");
    int ret = viz_import_text(&work->params, "folder/some.file", file, &work->rig.err);
    fclose(file);
    return ret;
}

/* Must be imported as one run. */
static void take(struct work *work, const char *text)
{
    STORE_OK(&work->rig, import(work, text));
    cr_assert_geq(work->runs, 1);
    cr_assert(work->run[work->runs - 1].whole, "%s", text);
}

/* What viz exports of the newest run. */
static const char *exported(struct work *work, bool json, bool all)
{
    char path[128];
    uint64_t rows;
    snprintf(path, sizeof(path), "%s/out", work->rig.folder);
    const struct viz_export_params params = {
        .store = work->rig.store,
        .run = work->run[work->runs - 1].run,
        .json = json,
        .all = all,
        .fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600),
    };
    STORE_OK(&work->rig, viz_export_run(&params, &rows, &work->rig.err));
    off_t size = lseek(params.fd, 0, SEEK_END);
    free(work->text);
    work->text = calloc(1, (size_t)size + 1);
    cr_assert_eq(pread(params.fd, work->text, (size_t)size, 0), size);
    close(params.fd);
    return work->text;
}

static int keep_run(void *context, const struct viz_run *run)
{
    snprintf(context, 512, "%s|%s|%s|%s|%s|%d|%lld", run->name, run->description,
             run->tags, run->origin, run->host, (int)run->state,
             (long long)run->started_ns);
    return 0;
}

Test(importer, an_export_comes_back_to_the_byte)
{
    static const char table[] =
        TEN "\n" ROW "\n"
            "2026-01-01T12:00:00.200000,4294967295,1e-20,3.4028235e38,65535,0,0,"
            "4294967295,65535,255\n"
            "2026-01-01T12:00:00.300000,5,,Infinity,0,0,-Infinity,0,0,0\n";
    struct work work;
    begin(&work);
    take(&work, table);
    cr_expect_str_eq(work.format[0], "collector-csv");
    cr_expect_str_eq(work.name[0], "some");
    cr_expect_eq(work.run[0].samples, 3);
    cr_expect_eq(work.run[0].bad + work.run[0].rounded, 0);
    cr_expect_str_eq(exported(&work, false, false), table);

    char *all = strdup(exported(&work, false, true));
    take(&work, all);
    cr_expect_str_eq(exported(&work, false, true), all);
    free(all);

    char *json = strdup(exported(&work, true, false));
    take(&work, json);
    cr_expect_str_eq(work.format[2], "collector-json");
    cr_expect_str_eq(exported(&work, false, false), table);
    free(json);
    end(&work);
}

Test(importer, columns_go_by_name_and_texts_as_other_programs_write_them)
{
    static const char *const tables[] = {
        "\xef\xbb\xbf" TEN
        ",id\r\n2026-01-01 12:00:00.1,100.0,4321.5,0.1,5000,7,21.6075,"
        "5,5.0,3,x\r\n\r\n",
        "flags;id;timestamp_utc;timestamp_ms;avg_total_us;avg_goertzel_us;peak_total_"
        "us;"
        "peak_goertzel_us;cpu_load_percent;hop_count;goertzel_count\n"
        "3;;2026-01-01T13:00:00.1+01:00;100;4321,5;0,1;5000;7;21,6075;5;5",
        "\"timestamp_utc\",\"timestamp_ms\",avg_total_us,avg_goertzel_us,peak_total_us,"
        "peak_goertzel_us,cpu_load_percent,hop_count,goertzel_count,flags\n"
        "\"2026-01-01T12:00:00.1Z\",\"100\",4321.5,0.10000000149011612,5000,7,"
        "21.607500076293945,5,5,3\n",
        " [ {\"timestamp_utc\": 1767268800100, \"timestamp_ms\": 100, "
        "\"avg_total_us\": "
        "4321.5, \"avg_goertzel_us\": 0.1,\n\"peak_total_us\": 5e3, "
        "\"peak_goertzel_us\":"
        "7, \"cpu_load_percent\": 21.6075, \"hop_count\": 5, \"goertzel_count\": 5, "
        "\"flags\": 3, \"other\": {\"a\": [1, \"}\"]}, \"more\": \"\\u00e4\\\"\"} ]",
    };
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        struct work work;
        begin(&work);
        take(&work, tables[i]);
        cr_expect_eq(work.run[0].bad + work.run[0].rounded, 0, "%zu: %s", i,
                     work.why[0]);
        cr_expect_str_eq(exported(&work, false, false), TEN "\n" ROW "\n", "%zu", i);
        end(&work);
    }
}

/* Each of these rows is the second of three. */
Test(importer, a_bad_row_is_counted_and_named)
{
    static const struct {
        const char *row, *why;
    } cases[] = {
        {"2026-01-01T12:00:00.1,100,1,1,1,1,1,1,1", "fields are missing"},
        {"2026-01-01T12:00:00.1,100,1,1,1,1,1,1,1,1,1", "too many fields"},
        {"2026-01-01T12:00:00.1,100,x,1,1,1,1,1,1,1", "avg_total_us"},
        {"2026-02-30T12:00:00.1,100,1,1,1,1,1,1,1,1", "timestamp_utc"},
        {"2026-01-01T12:00:00.1,4294967296,1,1,1,1,1,1,1,1", "timestamp_ms"},
        {"2026-01-01T12:00:00.1,-1,1,1,1,1,1,1,1,1", "timestamp_ms"},
        {"2026-01-01T12:00:00.1,1.5,1,1,1,1,1,1,1,1", "timestamp_ms"},
        {"2026-01-01T12:00:00.1,,1,1,1,1,1,1,1,1", "timestamp_ms"},
        {"2026-01-01T12:00:00.1,1,1,1,65536,1,1,1,1,1", "peak_total_us"},
        {"2026-01-01T12:00:00.1,1,1,1,1,1e99,1,1,1,1", "peak_goertzel_us"},
        {"2026-01-01T12:00:00.1,1,1,1,1,1,1,1,1,256", "flags"},
        {"2026-01-01T12:00:00.1,1,1,1,1,1,1,inf,1,1", "hop_count"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct work work;
        char text[1024];
        begin(&work);
        snprintf(text, sizeof(text), TEN "\n" ROW "\n%s\n" ROW "\n", cases[i].row);
        take(&work, text);
        cr_expect_eq(work.run[0].samples, 2, "%zu", i);
        cr_expect_eq(work.run[0].bad, 1, "%zu", i);
        cr_expect_eq(work.run[0].bad_line, 3, "%zu", i);
        cr_expect_str_eq(work.why[0], cases[i].why, "%zu", i);
        end(&work);
    }
}

Test(importer, numbers_that_no_float32_can_be_are_counted)
{
    struct work work;
    begin(&work);
    take(&work, TEN "\n2026-01-01T12:00:00,1,0.1000000001,0.1,1,1,0.123456789,1,1,1\n");
    cr_expect_eq(work.run[0].rounded, 1);
    end(&work);
}

static int count_segment(void *context, const struct viz_stored_segment *segment)
{
    (void)segment;
    ++*(uint32_t *)context;
    return 0;
}

Test(importer, boots_begin_segments_and_repeats_are_marked)
{
    struct work work;
    uint32_t segments = 0;
    begin(&work);
    take(&work, TEN "\n2026-01-01T12:00:00.0,900000,1,1,1,1,1,100,1,2\n"
                    "2026-01-01T12:00:00.1,900100,1,1,1,1,1,100,1,2\n"
                    "2026-01-01T12:00:03.0,500,1,1,1,1,1,7,1,2\n");
    STORE_OK(&work.rig, viz_store_segments(work.rig.store, work.run[0].run,
                                           count_segment, &segments, &work.rig.err));
    cr_expect_eq(segments, 2);
    const char *text = exported(&work, false, true);
    cr_expect(strstr(text, ",repeat,"), "%s", text);
    cr_expect(strstr(text, ",2,1,"), "%s", text);
    end(&work);
}

Test(importer, what_is_not_understood_is_said)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        {" ", -ENODATA},
        {"1,2,3\n4,5,6\n", -EPROTO},
        {"a,b,c\n1,2,3\n", -EPROTO},
        {"a,a\n1,2\n", -EPROTO},
        {TEN "\n", -ENODATA},
        {TEN "\nx\n", -ENODATA},
        {"[]", -EPROTO},
        {"[{\"a\":1}]", -EPROTO},
        {"{", -EPROTO},
        {"timestamp_ns,ax\nx,1\n", -ENODATA},
        {"t,fps\nx,1\n", -ENODATA},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct work work;
        begin(&work);
        cr_expect_eq(import(&work, cases[i].text), cases[i].error, "%s", cases[i].text);
        cr_expect(strstr(work.rig.err.text, "some.file"), "%s", work.rig.err.text);
        cr_expect_eq(work.runs, 0);
        end(&work);
    }
}

Test(importer, a_text_that_is_no_table_is_called_what_it_is)
{
    static const struct {
        const char *text;
        size_t size;
        const char *said;
    } cases[] = {
        {"\xff\xfet\0,\0", 6, "is UTF-16"},
        {"\xfe\xff\0t\0,", 6, "is UTF-16"},
        {"t\0,\0f\0p\0s\0\n\0", 12, "bytes of zero"},
        {"t,fps\r1,2\r3,4\r", 14, "carriage return"},
        {"\xef\xbb", 2, "in no format"},
        {"\xff", 1, "in no format"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct work work;
        begin(&work);
        FILE *file = fmemopen((void *)cases[i].text, cases[i].size, "r");
        cr_expect_eq(viz_import_text(&work.params, "f", file, &work.rig.err), -EPROTO);
        fclose(file);
        cr_expect(strstr(work.rig.err.text, cases[i].said), "%zu: %s", i,
                  work.rig.err.text);
        end(&work);
    }
}

#define OBJECT(t) "{\"t\":" #t ",\"a\":1}"

Test(importer, json_that_is_cut_off_or_goes_on_is_an_interrupted_run)
{
    static const struct {
        const char *text;
        uint64_t samples;
        const char *said;
    } cases[] = {
        {"[" OBJECT(1) "," OBJECT(2) ",{\"t\":", 2, "before its list does"},
        {"[" OBJECT(1) "," OBJECT(2), 2, "before its list does"},
        {"[" OBJECT(1) "," OBJECT(2) ",", 2, "before its list does"},
        {"[" OBJECT(1) "," OBJECT(2) ",]]", 2, "more behind its list"},
        {"[" OBJECT(1) "]garbage", 1, "more behind its list"},
        {"[" OBJECT(1) "][" OBJECT(2) "]", 1, "more behind its list"},
        {"{\"a\":[],\"samples\":[" OBJECT(1) "]", 1, "before its list does"},
        {"{\"samples\":[" OBJECT(1) "],\"b\":\"]}\"", 1, "before its list does"},
        {"{\"samples\":[" OBJECT(1) "]} {}", 1, "more behind its list"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct work work;
        char about[512];
        begin(&work);
        cr_expect_eq(import(&work, cases[i].text), -EPROTO, "%zu", i);
        cr_expect(strstr(work.rig.err.text, cases[i].said), "%zu: %s", i,
                  work.rig.err.text);
        cr_assert_eq(work.runs, 1, "%zu", i);
        cr_expect_not(work.run[0].whole, "%zu", i);
        cr_expect_eq(work.run[0].samples, cases[i].samples, "%zu", i);
        STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, keep_run,
                                          about, &work.rig.err));
        cr_expect(strstr(about, "|2|"), "not interrupted: %s", about);
        end(&work);
    }
}

Test(importer, json_that_is_whole_is_so_with_anything_that_json_allows_behind_it)
{
    static const char *const texts[] = {
        "\xef\xbb\xbf[" OBJECT(1) "]\r\n \t",
        "{\"samples\":[" OBJECT(1) "],\"b\":\"]}\\\"\",\"c\":{\"d\":[{}]}}\n",
        OBJECT(1) "\n" OBJECT(2) "\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct work work;
        begin(&work);
        take(&work, texts[i]);
        cr_expect_eq(work.run[0].bad, 0, "%zu", i);
        end(&work);
    }
}

Test(importer, objects_are_numbered_wherever_their_lines_end)
{
    struct work work;
    begin(&work);
    take(&work,
         "{\"run\":{},\"samples\":[" OBJECT(1) "," OBJECT(2) ",{\"t\":3,\"t\":4},"
                                                             "{\"t\":4,\"a\":x}]}");
    cr_expect_eq(work.run[0].samples, 2);
    cr_expect_eq(work.run[0].bad, 2);
    cr_expect_eq(work.run[0].bad_line, 3);
    cr_expect_str_eq(work.why[0], "a name that stands there twice");
    end(&work);
}

/* A file without an end: @before, then @again and again. */
struct endless {
    const char *before, *again;
    size_t given, most; /* then it is stopped; 0: never */
    volatile sig_atomic_t stop;
};

static ssize_t read_endless(void *cookie, char *out, size_t size)
{
    struct endless *endless = cookie;
    size_t before = strlen(endless->before), again = strlen(endless->again);
    for (size_t i = 0; i < size; i++, endless->given++)
        out[i] = endless->given < before
                     ? endless->before[endless->given]
                     : endless->again[(endless->given - before) % (again + !again)];
    endless->stop = endless->most && endless->given > endless->most;
    return (ssize_t)size;
}

static int import_endless(struct work *work, struct endless *endless)
{
    FILE *file =
        fopencookie(endless, "r", (cookie_io_functions_t){.read = read_endless});
    work->params.stop = &endless->stop;
    int ret = viz_import_text(&work->params, "endless", file, &work->rig.err);
    fclose(file);
    return ret;
}

Test(importer, a_file_without_an_end_can_be_stopped, .timeout = 60)
{
    static const struct endless cases[] = {
        {"", "\n", 0, 1000000, 0},         {"t,fps\n", "\n", 0, 1000000, 0},
        {"t,fps\n", "x", 0, 1000000, 0},   {"t,fps\n1,2\n", "3,4\n", 0, 1000000, 0},
        {"t,fps\n", "x\n", 0, 1000000, 0}, {"[", " ", 0, 1000000, 0},
        {"{\"a\":", " ", 0, 1000000, 0},   {"[x", "y", 0, 1000000, 0},
        {"[", OBJECT(1), 0, 1000000, 0},   {"[" OBJECT(1) "]", " ", 0, 1000000, 0},
        {OBJECT(1), "x\n", 0, 1000000, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct work work;
        struct endless endless = cases[i];
        begin(&work);
        cr_expect_eq(import_endless(&work, &endless), -EINTR, "%zu: %s", i,
                     work.rig.err.text);
        cr_expect_lt(endless.given, 2000000, "%zu", i);
        end(&work);
    }
}

Test(importer, what_grows_without_an_end_is_refused, .timeout = 60)
{
    static const struct endless cases[] = {
        {"", "", 0, 0, 0},
        {"", "x", 0, 0, 0},
        {"t,fps\n1,2\n", "x", 0, 0, 0},
        {"[{\"a\":\"", "x", 0, 0, 0},
        {"[" OBJECT(1) ",", "x", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct work work;
        struct endless endless = cases[i];
        begin(&work);
        cr_expect_eq(import_endless(&work, &endless), -EPROTO, "%zu", i);
        cr_expect_lt(endless.given, 20 * 1024 * 1024, "%zu", i);
        end(&work);
    }
}

Test(importer, a_format_can_be_forced_and_then_must_fit)
{
    struct work work;
    begin(&work);
    work.params.format = "benchmark";
    cr_expect_eq(import(&work, TEN "\n" ROW "\n"), -EPROTO);
    work.params.format = "collector-json";
    cr_expect_eq(import(&work, TEN "\n" ROW "\n"), -EPROTO);
    work.params.format = "collector-csv";
    take(&work, TEN "\n" ROW "\n");
    end(&work);
}

Test(importer, the_same_data_twice_are_one_run)
{
    struct work work;
    begin(&work);
    take(&work, TEN "\n" ROW "\n");
    STORE_OK(&work.rig, import(&work, TEN "\n" ROW "\n"));
    cr_expect(work.run[1].known);
    cr_expect_eq(work.run[1].run, work.run[0].run);
    take(&work, TEN "\n" ROW "\n" ROW "\n");
    cr_expect_not(work.run[2].known);
    work.params.again = true;
    take(&work, TEN "\n" ROW "\n");
    cr_expect_not(work.run[3].known);
    cr_expect_neq(work.run[3].run, work.run[0].run);
    end(&work);
}

Test(importer, a_run_is_called_as_asked)
{
    static const char *const tags[] = {"x", "y"};
    struct work work;
    char about[512];
    begin(&work);
    work.params.run_name = "mine";
    work.params.description = "why";
    work.params.tags = tags;
    work.params.tag_count = 2;
    take(&work, TEN "\n" ROW "\n");
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, keep_run, about,
                                      &work.rig.err));
    cr_expect_str_eq(about, "mine|why|x,y|import||1|1767268800100000000");
    end(&work);
}

Test(importer, reads_everything_and_keeps_nothing_without_a_store)
{
    struct work work;
    begin(&work);
    work.params.store = NULL;
    take(&work, TEN "\n" ROW "\nbad\n");
    cr_expect_eq(work.run[0].samples, 1);
    cr_expect_eq(work.run[0].bad, 1);
    cr_expect_eq(work.run[0].run, 0);
    end(&work);
}

/* ---- tables with t ---- */

Test(importer, a_benchmark_comes_back_with_its_values)
{
    static const char table[] =
        "t,fps,target_fps,timer_hz,avg_frame_ms,avg_latency_ms,max_latency_ms,"
        "approx_dropped_fps,cpu_percent\n"
        "1,59.94,60,60,3.125,,12.5,0,45.1\n"
        "2,60.01,60,60,0.1,1e-7,12345.6789,0,100\n";
    struct work work;
    begin(&work);
    take(&work, table);
    cr_expect_str_eq(work.format[0], "benchmark");
    cr_expect_str_eq(exported(&work, false, false), table);
    end(&work);
}

Test(importer, exports_of_streams_of_values_come_back)
{
    static const char table[] = "t,ax,temp,stream\n"
                                "-0.000000001,1,,S1\n"
                                "0.25,Infinity,21.5,\"S,2\"\n"
                                "9000000000,0.30000000000000004,,S1\n";
    struct work work;
    begin(&work);
    take(&work, table);
    cr_expect_eq(work.run[0].bad, 0, "%s", work.why[0]);
    cr_expect_str_eq(exported(&work, false, false), table);
    end(&work);
}

Test(importer, streams_of_objects_have_the_names_of_their_first)
{
    struct work work;
    begin(&work);
    take(&work, "[{\"t\":1,\"a\":null,\"stream\":\"x\"},\n"
                "{\"t\":2,\"b\":3,\"stream\":\"y\"},\n"
                "{\"t\":3,\"b\":3,\"stream\":\"x\"},\n"
                "{\"t\":4,\"a\":5,\"stream\":\"x\"}]\n");
    cr_expect_eq(work.run[0].bad, 1);
    cr_expect_eq(work.run[0].bad_line, 3);
    cr_expect_str_eq(exported(&work, false, false), "t,a,b,stream\n"
                                                    "1,,,x\n"
                                                    "2,,3,y\n"
                                                    "4,5,,x\n");
    cr_expect_str_eq(strstr(exported(&work, true, false), "\"samples\":["),
                     "\"samples\":[\n"
                     "{\"t\":1,\"a\":null,\"stream\":\"x\"},\n"
                     "{\"t\":2,\"b\":3,\"stream\":\"y\"},\n"
                     "{\"t\":4,\"a\":5,\"stream\":\"x\"}\n]}\n");
    end(&work);
}

Test(importer, all_columns_of_values_come_back)
{
    static const char table[] =
        "t,channel_missing,stream,seq,segment,host_ns,device_ns,marks,missing\n"
        "0.000000005,7,S1,0,0,1767268800000000000,5,,0\n";
    struct work work;
    begin(&work);
    take(&work, table);
    cr_expect_str_eq(exported(&work, false, true), table);
    end(&work);
}

/* A run as the benchmark keeps it: frames come before the first interval. */
static void keep_benchmark(struct work *work)
{
    static const char *const tags[] = {"night", "two"};
    static const struct viz_run_channel intervals[] = {{"t", "s"}, {"fps", "Hz"}};
    static const struct viz_run_channel frames[] = {{"frame_ms", "ms"},
                                                    {"gpu_ms", "ms"}};
    struct store_rig *rig = &work->rig;
    struct viz_imported *run = &work->run[work->runs++];
    const struct viz_run_new new = {
        .name = "kept",
        .description = "why",
        .origin = "benchmark",
        .host = "h",
        .machine = "{\"cores\":2}",
        .flags = "--benchmark",
        .requested = "{\"rate_hz\":500}",
        .tags = tags,
        .tag_count = 2,
        .started_ns = 1000,
    };
    STORE_OK(rig, viz_store_begin_run(rig->store, &new, &run->run, &rig->err));
    struct store_place at[] = {
        store_rig_place(rig, run->run,
                        &(struct viz_run_stream){.name = "intervals",
                                                 .form = VIZ_FORM_VALUES,
                                                 .channel = intervals,
                                                 .channels = 2}),
        store_rig_place(rig, run->run,
                        &(struct viz_run_stream){.name = "frames",
                                                 .source = "screen",
                                                 .form = VIZ_FORM_VALUES,
                                                 .requested_hz = 59.94,
                                                 .channel = frames,
                                                 .channels = 2}),
    };
    double value[][2] = {{16.5, NAN}, {17, NAN}, {1.5, 60}, {2.5, 59.9}};
    STORE_OK(rig, viz_store_begin(rig->store, &rig->err));
    for (uint64_t i = 0; i < 4; i++)
        STORE_OK(rig, store_rig_put(rig, &at[i < 2], i, value[i], sizeof(value[i])));
    STORE_OK(rig, viz_store_commit(rig->store, &rig->err));
    STORE_OK(rig, viz_store_end_run(rig->store, run->run, VIZ_RUN_INTERRUPTED, 5000,
                                    "{\"fps\":60}", &rig->err));
}

/* From @from on, to @to. */
static char *part(const char *text, const char *from, const char *to)
{
    const char *start = strstr(text, from);
    cr_assert(start, "no %s in %s", from, text);
    const char *stop = strstr(start, to);
    cr_assert(stop, "no %s in %s", to, text);
    return strndup(start, (size_t)(stop - start));
}

Test(importer, a_kept_benchmark_comes_back_from_json_as_it_was)
{
    static const char *const parts[][2] = {
        {"\"name\":", ",\"origin\""},       {"\"host\":", ",\"samples\":"},
        {"\"command\":", ",\"delivered\""}, {"\"streams\":", ",\n\"segments\""},
        {"\n\"annotations\":", "\n]}"},
    };
    struct work work;
    begin(&work);
    keep_benchmark(&work);
    char *first = strdup(exported(&work, true, true));
    take(&work, first);
    const char *second = exported(&work, true, true);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char *a = part(first, parts[i][0], parts[i][1]);
        char *b = part(second, parts[i][0], parts[i][1]);
        cr_expect_str_eq(a, b);
        free(a);
        free(b);
    }
    cr_expect(strstr(second, "\"delivered\":{\"fps\":60,\"import\":{"), "%s", second);
    free(first);
    end(&work);
}

Test(importer, a_kept_benchmark_comes_back_from_a_table_without_units)
{
    struct work work;
    char about[512];
    begin(&work);
    keep_benchmark(&work);
    char *first = strdup(exported(&work, false, true));
    take(&work, first);
    const char *second = exported(&work, false, true);
    /* gpu_ms has nothing in any row: that it was there cannot be known. */
    cr_expect_str_eq(second,
                     "t,fps,frame_ms,stream,seq,segment,host_ns,device_ns,marks,"
                     "missing\n"
                     "0,,16.5,frames,0,0,1000,,,0\n"
                     "0.000000001,,17,frames,1,0,1001,,,0\n"
                     "1.5,60,,intervals,2,0,1002,,,0\n"
                     "2.5,59.9,,intervals,3,0,1003,,,0\n");
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[1].run, keep_run, about,
                                      &work.rig.err));
    cr_expect_str_eq(about, "some||benchmark|import||1|1000");
    const char *json = exported(&work, true, false);
    cr_expect(strstr(json, "\"channels\":[{\"name\":\"t\",\"unit\":\"\"},"
                           "{\"name\":\"fps\",\"unit\":\"\"}]}"),
              "%s", json);
    free(first);
    end(&work);
}

Test(importer, objects_without_a_head_tell_frames_from_intervals)
{
    struct work work;
    begin(&work);
    keep_benchmark(&work);
    char *samples = part(exported(&work, true, true), "\"samples\":[\n", "}\n");
    char *list = strdup(strchr(samples, '\n') - 1);
    list[0] = '[';
    list = realloc(list, strlen(list) + 3);
    strcat(list, "}]");
    take(&work, list);
    char *again = part(exported(&work, true, true), "\"samples\":[\n", "}\n");
    cr_expect_str_eq(again, samples);
    free(again);
    free(list);
    free(samples);
    end(&work);
}

Test(importer, marks_and_what_is_missing_come_back)
{
    static const char table[] =
        "t,a,stream,seq,segment,host_ns,device_ns,marks,missing\n"
        "1,7,S1,0,0,1767268800000000000,1000000000,,0\n"
        "2,7,S1,1,0,1767268801000000000,,gap|copy,3\n"
        "0.5,7,S1,2,1,1767268802000000000,500000000,boot,0\n";
    struct work work;
    begin(&work);
    take(&work, table);
    cr_expect_eq(work.run[0].bad, 0, "%s", work.why[0]);
    const char *text = exported(&work, false, true);
    cr_expect(strstr(text, ",gap|copy,3\n"), "%s", text);
    cr_expect(strstr(text, ",S1,2,1,"), "%s", text);
    take(&work, "t,a,host_ns,marks\n1,2,3,gap\n1,2,3,gap|x\n");
    cr_expect_eq(work.run[1].bad, 1);
    cr_expect_str_eq(work.why[1], "marks");
    end(&work);
}

/* ---- IMU ---- */

static const char *write_file(struct work *work, const char *name, const char *text)
{
    static char path[8][128];
    static int next;
    char *out = path[next++ % 8];
    snprintf(out, sizeof(path[0]), "%s/%s", work->rig.folder, name);
    FILE *file = fopen(out, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    return out;
}

#define META(sensor, session, start)                                                   \
    "{\"sensor_id\": " #sensor ", \"session_name\": \"" session                        \
    "\", \"start_utc\": \"" start "\", \"start_monotonic_ns\": 1000000000, "           \
    "\"requested_rate_hz\": 200.0, \"hostname\": \"pi\"}"

Test(importer, files_of_one_session_are_one_run_in_order_of_time)
{
    struct work work;
    begin(&work);
    const char *file[] = {
        write_file(&work, "a_S1.csv",
                   "timestamp_ns,t_s,sensor_id,ax,temp_c\n"
                   "1000000000,0.0,1,1.5,nan\n1010000000,0.01,1,2.5,21\n"),
        write_file(&work, "a_S1.csv.meta.json",
                   META(1, "w", "2026-01-01T12:00:00+00:00")),
        write_file(&work, "a_S2.csv",
                   "timestamp_ns,t_s,sensor_id,ax,temp_c\n1005000000,0.0,2,3.5,\n"),
        write_file(&work, "a_S2.csv.meta.json",
                   META(2, "w", "2026-01-01T12:00:00+00:00")),
        write_file(&work, "b_S1.csv",
                   "timestamp_ns,t_s,sensor_id,ax,temp_c\n1000000000,0.0,1,4.5,20\n"),
        write_file(&work, "b_S1.csv.meta.json",
                   META(1, "w", "2026-01-01T13:00:00+00:00")),
    };
    cr_expect_eq(viz_import_files(&work.params, file, 6), 0);
    cr_assert_eq(work.runs, 2);
    cr_expect_eq(work.sentences, 0, "%s", work.said[0]);
    cr_expect_eq(work.run[0].samples, 3);
    cr_expect_eq(work.run[1].samples, 1);
    char about[512];
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, keep_run, about,
                                      &work.rig.err));
    cr_expect_str_eq(about, "w|||import|pi|1|1767268800000000000");
    work.runs = 1;
    cr_expect_str_eq(exported(&work, false, false), "t,ax,temp_c,stream\n"
                                                    "1,1.5,,S1\n"
                                                    "1.005,3.5,,S2\n"
                                                    "1.01,2.5,21,S1\n");
    end(&work);
}

Test(importer, json_lines_of_several_sensors_are_streams)
{
    struct work work;
    begin(&work);
    take(
        &work,
        "{\"timestamp_ns\":5,\"t_s\":0,\"sensor_id\":1,\"ax\":1,\"wall_ns\":100}\n"
        "{\"timestamp_ns\":6,\"t_s\":0,\"sensor_id\":2,\"ax\":NaN,\"wall_ns\":200}\n"
        "{\"timestamp_ns\": 7, \"t_\n"
        "{\"timestamp_ns\": 7,\n"
        "[INFO] chatter\n"
        "{\"timestamp_ns\":8,\"t_s\":0,\"sensor_id\":1,\"ax\":-2.5,\"wall_ns\":300}\n");
    cr_expect_eq(work.run[0].samples, 3);
    cr_expect_eq(work.run[0].bad_line, 3);
    cr_expect_str_eq(exported(&work, false, false), "t,ax,stream\n"
                                                    "0.000000005,1,S1\n"
                                                    "0.000000006,,S2\n"
                                                    "0.000000008,-2.5,S1\n");
    end(&work);
}

Test(importer, a_time_in_the_files_name_stands_for_its_start)
{
    struct work work;
    char about[512];
    begin(&work);
    const char *file =
        write_file(&work, "mpu_S3_2026-01-01_12-00-00.csv",
                   "timestamp_ns,ax,ay\n7000000000,1,2\n7005000000,1,2\n");
    cr_expect_eq(viz_import_files(&work.params, &file, 1), 0);
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, keep_run, about,
                                      &work.rig.err));
    cr_expect_str_eq(about,
                     "mpu_S3_2026-01-01_12-00-00|||import||1|1767268800000000000");
    end(&work);
}

Test(importer, one_bad_file_does_not_stop_the_others)
{
    struct work work;
    begin(&work);
    const char *file[] = {
        write_file(&work, "none.csv", "what,ever\n1,2\n"),
        "/nowhere/at/all",
        work.rig.folder,
        write_file(&work, "good.csv", TEN "\n" ROW "\n"),
    };
    cr_expect_eq(viz_import_files(&work.params, file, 4), -EPROTO);
    cr_expect_eq(work.sentences, 3);
    cr_expect_eq(work.runs, 1);
    cr_expect_str_eq(work.name[0], "good");
    end(&work);
}

/* ---- the collector's database ---- */

#define SCHEMA                                                                         \
    "CREATE TABLE benchmark_runs(id TEXT PRIMARY KEY, name TEXT NOT NULL, "            \
    "description "                                                                     \
    "TEXT, started_at TEXT NOT NULL, completed_at TEXT, host TEXT NOT NULL, "          \
    "firmware_version TEXT, tags TEXT);"                                               \
    "CREATE TABLE benchmark_samples(id TEXT PRIMARY KEY, run_id TEXT NOT NULL, "       \
    "timestamp_utc TEXT NOT NULL, timestamp_ms INTEGER NOT NULL, avg_total_us REAL, "  \
    "avg_goertzel_us REAL, peak_total_us INTEGER, peak_goertzel_us INTEGER, "          \
    "cpu_load_percent REAL, hop_count INTEGER, goertzel_count INTEGER, flags "         \
    "INTEGER);"
#define SAMPLE(run, values)                                                            \
    "INSERT INTO benchmark_samples VALUES(hex(randomblob(8)), '" run "', " values ");"

static const char *make_database(struct work *work, const char *sql)
{
    static char path[128];
    sqlite3 *db;
    snprintf(path, sizeof(path), "%s/old.db", work->rig.folder);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    store_rig_sql(db, sql);
    sqlite3_close(db);
    return path;
}

Test(importer, a_database_of_the_collector_gives_all_of_its_runs)
{
    struct work work;
    char about[512];
    begin(&work);
    const char *file = make_database(
        &work, SCHEMA
        "INSERT INTO benchmark_runs VALUES('b', 'late', NULL, "
        "'2026-01-02T12:00:00', NULL, 'host', NULL, '');"
        "INSERT INTO benchmark_runs VALUES('a', 'early', 'why', "
        "'2026-01-01T12:00:00', '2026-01-01T12:01:00', 'h', '1.2', 'q,p');" SAMPLE(
            "a", "'2026-01-01T12:00:00.1', 100, 4321.5, 0.100000001490116, 5000, 7, "
                 "21.607500076293945, 5, 5, 3")
            SAMPLE("b", "'2026-01-02T12:00:00.1', 1, NULL, 9e999, 0, 0, 1, 1, 1, 1")
                SAMPLE("b", "'2026-01-02T12:00:00.2', 1, 'x', 1, 0, 0, 1, 1, 1, 1")
                    SAMPLE("b", "'yesterday', 1, 1, 1, 0, 0, 1, 1, 1, 1") SAMPLE(
                        "b", "'2026-01-02T12:00:00.3', 1, 1, 1, 65536, 0, 1, 1, 1, 1"));
    cr_expect_eq(viz_import_files(&work.params, &file, 1), 0, "%s", work.said[0]);
    cr_assert_eq(work.runs, 2);
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, keep_run, about,
                                      &work.rig.err));
    cr_expect_str_eq(about, "early|why|p,q|import|h|1|1767268800000000000");
    cr_expect_eq(work.run[0].rounded, 1); /* 0.100000001490116 is no float32 */
    cr_expect_eq(work.run[1].samples, 1);
    cr_expect_eq(work.run[1].bad, 3);
    cr_expect_eq(work.run[1].bad_line, 3);
    cr_expect_str_eq(work.why[1], "avg_total_us");
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[1].run, keep_run, about,
                                      &work.rig.err));
    cr_expect_str_eq(about, "late|||import|host|2|1767355200000000000");
    cr_expect_eq(viz_import_files(&work.params, &file, 1), 0);
    cr_expect(work.run[2].known && work.run[3].known);
    work.runs = 1;
    cr_expect_str_eq(exported(&work, false, false), TEN "\n" ROW "\n");
    end(&work);
}

static void damage(const char *path)
{
    char garbage[4096];
    FILE *file = fopen(path, "r+");
    memset(garbage, 0x55, sizeof(garbage));
    cr_assert(file && fseek(file, 0, SEEK_END) == 0);
    long pages = ftell(file) / 4096;
    for (long page = pages / 3; page < pages / 3 + 20; page++) {
        fseek(file, page * 4096, SEEK_SET);
        cr_assert_eq(fwrite(garbage, sizeof(garbage), 1, file), 1);
    }
    fclose(file);
}

Test(importer, what_a_damaged_database_still_says_is_kept)
{
    struct work work;
    begin(&work);
    const char *file = make_database(
        &work, SCHEMA
        "INSERT INTO benchmark_runs VALUES('a', 'a', '', '2026-01-01T12:00:00', "
        "'2026-01-01T13:00:00', 'h', NULL, '');"
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < "
        "20000) INSERT INTO benchmark_samples SELECT i, 'a', "
        "'2026-01-01T12:00:00', i * 100, 1, 1, 1, 1, 1, i, 1, 1 FROM n;");
    damage(file);
    cr_expect_eq(viz_import_files(&work.params, &file, 1), -EBADMSG);
    cr_assert_eq(work.runs, 1);
    cr_expect_not(work.run[0].whole);
    cr_expect_gt(work.run[0].samples, 0);
    cr_expect_lt(work.run[0].samples, 20000);
    char about[512];
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, keep_run, about,
                                      &work.rig.err));
    cr_expect(strstr(about, "|2|"), "not interrupted: %s", about);
    end(&work);
}

Test(importer, other_databases_are_refused)
{
    struct work work;
    begin(&work);
    const char *file = make_database(&work, "CREATE TABLE t(x);");
    cr_expect_eq(viz_import_files(&work.params, &file, 1), -EPROTO);
    cr_expect(strstr(work.said[0], "not of the Python collector"), "%s", work.said[0]);
    const char *store = work.rig.path;
    cr_expect_eq(viz_import_files(&work.params, &store, 1), -EPROTO);
    end(&work);
}

Test(importer, one_name_for_several_runs_is_refused)
{
    struct work work;
    begin(&work);
    const char *file =
        make_database(&work, SCHEMA "INSERT INTO benchmark_runs VALUES('a', 'a', '', "
                                    "'2026-01-02T12:00:00', NULL, 'h', NULL, '');"
                                    "INSERT INTO benchmark_runs VALUES('b', 'b', '', "
                                    "'2026-01-02T12:00:00', NULL, 'h', NULL, '');");
    work.params.run_name = "one";
    cr_expect_eq(viz_import_files(&work.params, &file, 1), -EINVAL);
    cr_expect_eq(work.runs, 0);
    end(&work);
}
