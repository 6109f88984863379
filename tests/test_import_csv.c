/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collector's tables. */
#include "import_rig.h"

Test(import_csv, an_export_comes_back_to_the_byte)
{
    static const char table[] =
        TEN "\n" ROW "\n"
            "2026-01-01T12:00:00.200000,4294967295,1e-20,3.4028235e38,65535,0,0,"
            "4294967295,65535,255\n"
            "2026-01-01T12:00:00.300000,5,,Infinity,0,0,-Infinity,0,0,0\n";
    struct import_work work;
    import_begin(&work);
    import_whole(&work, table);
    cr_expect_str_eq(work.format[0], "collector-csv");
    cr_expect_str_eq(work.name[0], "some");
    cr_expect_eq(work.run[0].samples, 3);
    cr_expect_eq(work.run[0].bad + work.run[0].rounded, 0);
    cr_expect_str_eq(import_exported(&work, false, false), table);

    char *all = strdup(import_exported(&work, false, true));
    import_whole(&work, all);
    cr_expect_str_eq(import_exported(&work, false, true), all);
    free(all);

    char *json = strdup(import_exported(&work, true, false));
    import_whole(&work, json);
    cr_expect_str_eq(work.format[2], "collector-json");
    cr_expect_str_eq(import_exported(&work, false, false), table);
    free(json);
    import_end(&work);
}

Test(import_csv, columns_go_by_name_and_texts_as_other_programs_write_them)
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
        struct import_work work;
        import_begin(&work);
        import_whole(&work, tables[i]);
        cr_expect_eq(work.run[0].bad + work.run[0].rounded, 0, "%zu: %s", i,
                     work.why[0]);
        cr_expect_str_eq(import_exported(&work, false, false), TEN "\n" ROW "\n", "%zu",
                         i);
        import_end(&work);
    }
}

/* Each of these rows is the second of three. */
Test(import_csv, a_bad_row_is_counted_and_named)
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
        struct import_work work;
        char text[1024];
        import_begin(&work);
        snprintf(text, sizeof(text), TEN "\n" ROW "\n%s\n" ROW "\n", cases[i].row);
        import_whole(&work, text);
        cr_expect_eq(work.run[0].samples, 2, "%zu", i);
        cr_expect_eq(work.run[0].bad, 1, "%zu", i);
        cr_expect_eq(work.run[0].bad_line, 3, "%zu", i);
        cr_expect_str_eq(work.why[0], cases[i].why, "%zu", i);
        import_end(&work);
    }
}

Test(import_csv, numbers_that_no_float32_can_be_are_counted)
{
    struct import_work work;
    import_begin(&work);
    import_whole(&work, TEN
                 "\n2026-01-01T12:00:00,1,0.1000000001,0.1,1,1,0.123456789,1,1,1\n");
    cr_expect_eq(work.run[0].rounded, 1);
    import_end(&work);
}

static int count_segment(void *context, const struct viz_stored_segment *segment)
{
    (void)segment;
    ++*(uint32_t *)context;
    return 0;
}

Test(import_csv, boots_begin_segments_and_repeats_are_marked)
{
    struct import_work work;
    uint32_t segments = 0;
    import_begin(&work);
    import_whole(&work, TEN "\n2026-01-01T12:00:00.0,900000,1,1,1,1,1,100,1,2\n"
                            "2026-01-01T12:00:00.1,900100,1,1,1,1,1,100,1,2\n"
                            "2026-01-01T12:00:03.0,500,1,1,1,1,1,7,1,2\n");
    STORE_OK(&work.rig, viz_store_segments(work.rig.store, work.run[0].run,
                                           count_segment, &segments, &work.rig.err));
    cr_expect_eq(segments, 2);
    const char *text = import_exported(&work, false, true);
    cr_expect(strstr(text, ",repeat,"), "%s", text);
    cr_expect(strstr(text, ",2,1,"), "%s", text);
    import_end(&work);
}
