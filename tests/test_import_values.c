/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables and objects with t: a benchmark's, and what viz exported. */
#include "import_rig.h"

#include <math.h>

Test(import_values, a_benchmark_comes_back_with_its_values)
{
    static const char table[] =
        "t,fps,target_fps,timer_hz,avg_frame_ms,avg_latency_ms,max_latency_ms,"
        "approx_dropped_fps,cpu_percent\n"
        "1,59.94,60,60,3.125,,12.5,0,45.1\n"
        "2,60.01,60,60,0.1,1e-7,12345.6789,0,100\n";
    struct import_work work;
    import_begin(&work);
    import_whole(&work, table);
    cr_expect_str_eq(work.format[0], "benchmark");
    cr_expect_str_eq(import_exported(&work, false, false), table);
    import_end(&work);
}

Test(import_values, exports_of_streams_of_values_come_back)
{
    static const char table[] = "t,ax,temp,stream\n"
                                "-0.000000001,1,,S1\n"
                                "0.25,Infinity,21.5,\"S,2\"\n"
                                "9000000000,0.30000000000000004,,S1\n";
    struct import_work work;
    import_begin(&work);
    import_whole(&work, table);
    cr_expect_eq(work.run[0].bad, 0, "%s", work.why[0]);
    cr_expect_str_eq(import_exported(&work, false, false), table);
    import_end(&work);
}

Test(import_values, all_columns_of_values_come_back)
{
    static const char table[] =
        "t,channel_missing,stream,seq,segment,host_ns,device_ns,marks,missing\n"
        "0.000000005,7,S1,0,0,1767268800000000000,5,,0\n";
    struct import_work work;
    import_begin(&work);
    import_whole(&work, table);
    cr_expect_str_eq(import_exported(&work, false, true), table);
    import_end(&work);
}

/* A run as the benchmark keeps it: frames come before the first interval. */
static void keep_benchmark(struct import_work *work)
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

Test(import_values, a_kept_benchmark_comes_back_from_json_as_it_was)
{
    static const char *const parts[][2] = {
        {"\"name\":", ",\"origin\""},       {"\"host\":", ",\"samples\":"},
        {"\"command\":", ",\"delivered\""}, {"\"streams\":", ",\n\"segments\""},
        {"\n\"annotations\":", "\n]}"},
    };
    struct import_work work;
    import_begin(&work);
    keep_benchmark(&work);
    char *first = strdup(import_exported(&work, true, true));
    import_whole(&work, first);
    const char *second = import_exported(&work, true, true);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char *a = part(first, parts[i][0], parts[i][1]);
        char *b = part(second, parts[i][0], parts[i][1]);
        cr_expect_str_eq(a, b);
        free(a);
        free(b);
    }
    cr_expect(strstr(second, "\"delivered\":{\"fps\":60,\"import\":{"), "%s", second);
    free(first);
    import_end(&work);
}

Test(import_values, a_kept_benchmark_comes_back_from_a_table_without_units)
{
    struct import_work work;
    char about[512];
    import_begin(&work);
    keep_benchmark(&work);
    char *first = strdup(import_exported(&work, false, true));
    import_whole(&work, first);
    const char *second = import_exported(&work, false, true);
    /* gpu_ms has nothing in any row: that it was there cannot be known. */
    cr_expect_str_eq(second,
                     "t,fps,frame_ms,stream,seq,segment,host_ns,device_ns,marks,"
                     "missing\n"
                     "0,,16.5,frames,0,0,1000,,,0\n"
                     "0.000000001,,17,frames,1,0,1001,,,0\n"
                     "1.5,60,,intervals,2,0,1002,,,0\n"
                     "2.5,59.9,,intervals,3,0,1003,,,0\n");
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[1].run, import_about,
                                      about, &work.rig.err));
    cr_expect_str_eq(about, "some||benchmark|import||1|1000");
    const char *json = import_exported(&work, true, false);
    cr_expect(strstr(json, "\"channels\":[{\"name\":\"t\",\"unit\":\"\"},"
                           "{\"name\":\"fps\",\"unit\":\"\"}]}"),
              "%s", json);
    free(first);
    import_end(&work);
}

Test(import_values, objects_without_a_head_tell_frames_from_intervals)
{
    struct import_work work;
    import_begin(&work);
    keep_benchmark(&work);
    char *samples = part(import_exported(&work, true, true), "\"samples\":[\n", "}\n");
    char *list = strdup(strchr(samples, '\n') - 1);
    list[0] = '[';
    list = realloc(list, strlen(list) + 3);
    strcat(list, "}]");
    import_whole(&work, list);
    char *again = part(import_exported(&work, true, true), "\"samples\":[\n", "}\n");
    cr_expect_str_eq(again, samples);
    free(again);
    free(list);
    free(samples);
    import_end(&work);
}

Test(import_values, marks_and_what_is_missing_come_back)
{
    static const char table[] =
        "t,a,stream,seq,segment,host_ns,device_ns,marks,missing\n"
        "1,7,S1,0,0,1767268800000000000,1000000000,,0\n"
        "2,7,S1,1,0,1767268801000000000,,gap|copy,3\n"
        "0.5,7,S1,2,1,1767268802000000000,500000000,boot,0\n";
    struct import_work work;
    import_begin(&work);
    import_whole(&work, table);
    cr_expect_eq(work.run[0].bad, 0, "%s", work.why[0]);
    const char *text = import_exported(&work, false, true);
    cr_expect(strstr(text, ",gap|copy,3\n"), "%s", text);
    cr_expect(strstr(text, ",S1,2,1,"), "%s", text);
    import_whole(&work, "t,a,host_ns,marks\n1,2,3,gap\n1,2,3,gap|x\n");
    cr_expect_eq(work.run[1].bad, 1);
    cr_expect_str_eq(work.why[1], "marks");
    import_end(&work);
}
