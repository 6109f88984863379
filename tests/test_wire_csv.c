/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire_rig.h"

#include <criterion/criterion.h>

static void check(const char *text, const char *rows, const char *counts)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "csv");
    wire_rig_text(&rig, text);
    wire_rig_end(&rig);
    char *got = wire_rig_rows(&rig), *counted = wire_rig_counts(&rig);
    cr_expect_str_eq(got, rows, "%s gave %s", text, got);
    cr_expect_str_eq(counted, counts, "%s counted %s", text, counted);
    free(got);
    free(counted);
    wire_rig_finish(&rig);
}

Test(wire_csv, header_and_time)
{
    check("t_s,ax,ay\n0.5,1,2\n0.501,3,4\n", "test: ax ay\n0 1 2\n1000000 3 4\n",
          "lines=3");
}

Test(wire_csv, separators)
{
    static const char rows[] = "test: a b\n0 1.5 -2\n1000000 3 0.25\n";
    check("t_ms,a,b\n1,1.5,-2\n2,3,0.25\n", rows, "lines=3");
    check("t_ms;a;b\n1;1.5;-2\n2;3;0.25\n", rows, "lines=3");
    check("t_ms\ta\tb\n1\t1.5\t-2\n2\t3\t0.25\n", rows, "lines=3");
    check("t_ms a b\n1 1.5 -2\n 2  3   0.25 \n", rows, "lines=3");
    check("t_ms, a, b\r\n1, 1.5, -2\r\n2, 3, 0.25\r\n", rows, "lines=3");
    check("t_ms;a;b;\n1;1,5;-2;\n2;3;0,25;\n", rows, "lines=3");
    check("t_ms\ta\tb\n1\t1,5\t-2\n2\t3\t0,25\n", rows, "lines=3");
    check("\xef\xbb\xbf\"t_ms\",\"a\",\"b\"\n\"1\",1.5,-2\n2,\"3\",0.25\n", rows,
          "lines=3");
}

Test(wire_csv, units_of_time)
{
    static const struct {
        const char *name, *first, *second;
    } cases[] = {
        {"timestamp_ns", "0", "1000000"},
        {"TIMESTAMP_US", "0", "1000"},
        {"micros", "0", "1000"},
        {"millis", "0", "1"},
        {"timestamp_ms", "0", "1"},
        {"seconds", "0", "0.001"},
        {"time (ms)", "0", "1"},
        {"time[us]", "0", "1000"},
        {"t (s)", "0", "1e-3"},
        {"Time", "0", "0.001"},
        {"timestamp", "1700000000000000000", "1700000000001000000"},
        {"timestamp", "1700000000000000", "1700000000001000"},
        {"timestamp", "1700000000000", "1700000000001"},
        {"timestamp", "1700000000", "1700000000.001"},
        {"timestamp_ns", "1700000000123456789", "1700000000124456789"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text), "%s,a\n%s,1\n%s,2\n", cases[i].name,
                 cases[i].first, cases[i].second);
        check(text, "test: a\n0 1\n1000000 2\n", "lines=3");
    }
}

Test(wire_csv, a_unit_that_is_no_time_is_a_channel)
{
    check("time_ns,t (°C),ax [m/s²]\n1,20,3\n", "test: t/°C ax/m/s²\n0 20 3\n",
          "lines=2");
}

Test(wire_csv, log_file_of_the_logger)
{
    check("timestamp_ns,t_s,sensor_id,ax,gz,temp_c,wall_ns\n"
          "1000,0.1,1,1,2,20,1700000000000000000\n"
          "1400,0.1,3,5,6,21,1700000000000000000\n"
          "2000,0.2,1,3,4,nan,1700000000000000000\n",
          "S1: ax gz temp_c\n0 1 2 20\n1000 3 4 nan\nS3: ax gz temp_c\n400 5 6 21\n",
          "lines=4");
}

Test(wire_csv, sensors_out_of_range)
{
    check("t_ns,sensor_id,a\n1,0,1\n1,65,1\n1,x,1\n1,,1\n1,2,1\n", "S2: a\n0 1\n",
          "lines=2 bad_syntax=1 bad_value=3");
}

Test(wire_csv, legacy_lines_without_header)
{
    check("123456789012,1,2,3,4,5,6\n123456790012,7,8,9,10,11,12\n"
          "123456791012,7,8,9,10,11,12,13\n",
          "test: ax/m/s² ay/m/s² az/m/s² gx/°/s gy/°/s gz/°/s\n"
          "0 1 2 3 4 5 6\n1000 7 8 9 10 11 12\n",
          "lines=2 bad_value=1");
    check("123456789012,1,2,3,4,5,6\n",
          "test: ax/m/s² ay/m/s² az/m/s² gx/°/s gy/°/s gz/°/s\n0 1 2 3 4 5 6\n",
          "lines=1");
    check("123456789012 1\n123456790012 2\n# end\n", "test: ch1\n0 1\n1000 2\n",
          "lines=2 chatter=1");
}

Test(wire_csv, a_large_first_column_that_does_not_grow_is_a_value)
{
    check("123456789012,1\n123456789012,2\n",
          "test: ch1 ch2\n0 1.23456791e+11 1\n1 1.23456791e+11 2\n", "lines=2");
}

Test(wire_csv, rows_without_time_are_where_they_arrived)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "csv");
    wire_rig_text(&rig, "1,2\n3,4\n5,6\n");
    rig.now_ns += 1000;
    wire_rig_text(&rig, "7,8\n");
    rig.now_ns -= 5000; /* a stamp before the last one */
    wire_rig_text(&rig, "9,10\n");
    char *rows = wire_rig_rows(&rig);
    cr_expect_str_eq(rows, "test: ch1 ch2\n0 1 2\n1 3 4\n2 5 6\n1000 7 8\n1001 9 10\n");
    free(rows);
    wire_rig_finish(&rig);
}

Test(wire_csv, missing_and_nan)
{
    check("t_ns,a,b\n1,1,\n2,,2\n3,NaN,nan\n4,5\n5,,\n6,6,6\n",
          "test: a b\n0 1 -\n1 - 2\n2 nan nan\n3 5 -\n| 5 6 6\n", "lines=7");
}

Test(wire_csv, more_columns_than_the_header)
{
    check("t_ns,a\n1,1\n2,2,3\n3,3,\n", "test: a\n0 1\n2 3\n", "lines=3 bad_value=1");
}

Test(wire_csv, bad_time)
{
    check("t_ns,a\n,1\nnan,2\n9e30,3\n5000000000000000000,4\n1,5\n", "test: a\n0 5\n",
          "lines=2 bad_value=4");
}

Test(wire_csv, chatter_before_and_between)
{
    check("Booting...\n# comment\n\nt_ns,a\n1,1\n2,x\nwarning: low battery\n3,3\n",
          "test: a\n0 1\n2 3\n", "lines=3 chatter=4 bad_syntax=1");
    check("sensor found\nt_ns,a\nall set\n1,1\n2,2\n", "test: a\n0 1\n1 2\n",
          "lines=3 chatter=2");
    check("all set\n1,1\n2,2\n", "test: ch1 ch2\n0 1 1\n1 2 2\n", "lines=2 chatter=1");
}

Test(wire_csv, columns_of_text_are_not_drawn)
{
    check("t_ns,a,activity\n1,1,walking\n2,2,running\n3,3,\n4,4,nan\n",
          "test: a\n0 1\n1 2\n2 3\n3 4\n", "lines=5");
    check("time,a\n2024-01-31T12:00:00,1\n2024-01-31T12:00:01,2\n",
          "test: a\n0 1\n1 2\n", "lines=3");
}

/* A first row with a broken value does not cost its column. */
Test(wire_csv, columns_of_text_may_turn_out_to_be_numbers)
{
    check("t_ns,a,b,c\n1,1,2x,3\n2,4,5,6\n3,7,?,8\n",
          "test: a c b\n0 1 3\n1 4 6 5\n2 7 8 -\n", "lines=4");
    check("t_ns,sensor_id,a,b\n1,1,x,2\n2,1,3,4\n2,2,5,6\n",
          "S1: b a\n0 2\n1 4 3\nS2: b a\n1 6 5\n", "lines=4");
}

Test(wire_csv, a_first_row_of_text_alone)
{
    check("t_ns,a\n1,x\n2,3\n", "test: a\n0 3\n", "lines=3");
    check("t_ns,a\n1,x\n2,y\n", "test:\n", "lines=3");
}

/* A first row with a broken time or sensor is lost alone. */
Test(wire_csv, the_header_waits_for_a_row_that_fits)
{
    check("t_ns,a\n1x,1\n2,2\n", "test: a\n0 2\n", "lines=2 bad_syntax=1");
    check("sensor_id,t_ns,a\nq,1,1\n3,2,2\n", "S3: a\n0 2\n", "lines=2 bad_syntax=1");
}

Test(wire_csv, a_first_row_that_misses_the_last_columns)
{
    check("t_ns,a,b,c\n1,1\n2,2,3,4\n", "test: a b c\n0 1 - -\n1 2 3 4\n", "lines=3");
    check("t_ns;a;b\n1;1,5\n2;2;3\n", "test: a b\n0 1.5 -\n1 2 3\n", "lines=3");
    check("a\tt_ns\tb\n5\t1\n6\t2\t3\n", "test: a b\n0 5 -\n1 6 3\n", "lines=3");
    check("t_ns,a,b,c\n1,1,\n2,2,3,4\n", "test: a b c\n0 1 - -\n1 2 3 4\n", "lines=3");
    check("t_ns,a,b\n1,x\n2,2,3\n", "test: b a\n0 3 2\n", "lines=3");
}

/* Words that name no time, a row without one, a line of text, blanks between. */
Test(wire_csv, what_a_short_row_makes_no_header_of)
{
    check("a,b,c\n1,2\n", "test: ch1 ch2\n0 1 2\n", "lines=1 chatter=1");
    check("a,b,t_ns\n1,2\n", "test: ch1 ch2\n0 1 2\n", "lines=1 chatter=1");
    check("t_ns,a,b\nok,2\n1,2,3\n", "test: a b\n0 2 3\n", "lines=2 chatter=1");
    check("t_ns a b\n1 2\n", "test: ch1 ch2\n0 1 2\n", "lines=1 chatter=1");
}

/* A message that looks like a header does not end the table that it stands in. */
Test(wire_csv, a_row_of_the_table_is_no_short_row_of_another)
{
    check("t_ns,a\n1,1\nTime,sync,done\n2,2\n", "test: a\n0 1\n1 2\n",
          "lines=3 chatter=1");
    check("t_ns,a,b\n1,1,1\nt_ns,a,b\n5,5\n6,6,6\n",
          "test: a b\n0 1 1\n| 4 5 -\n5 6 6\n", "lines=5");
}

Test(wire_csv, columns_without_a_name_or_with_the_same)
{
    check("t_ns,,a,a\n1,1,2,3\n", "test: ch1 a a_4\n0 1 2 3\n", "lines=2");
    check("a_4,a_5,a,a,ch5,\"\",z\n1,2,3,4,5,6,7\n",
          "test: a_4 a_5 a a_6 ch5 ch6 z\n0 1 2 3 4 5 6 7\n", "lines=2");
}

Test(wire_csv, a_header_again)
{
    check("t_ns,a\n1,1\nt_ns,a\n5,5\n", "test: a\n0 1\n| 4 5\n", "lines=4");
    check("t_ns,a\n1,1\nt_ns,b,c\n5,5,6\n", "test: a\n0 1\ntest: b c\n4 5 6\n",
          "lines=4");
}

Test(wire_csv, a_new_connection_goes_on)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "csv");
    for (int i = 0; i < 2; i++) {
        char text[64];
        snprintf(text, sizeof(text), "t_ns,a\n%d,1\n%d,2\n", 1 + 10 * i, 2 + 10 * i);
        wire_rig_text(&rig, text);
        wire_rig_end(&rig);
    }
    char *rows = wire_rig_rows(&rig);
    cr_expect_str_eq(rows, "test: a\n0 1\n1 2\n| 10 1\n11 2\n");
    free(rows);
    wire_rig_finish(&rig);
}

Test(wire_csv, serial_plotter)
{
    static const char rows[] = "test: Temp Hum\n0 21.5 40\n1 22 41\n";
    check("Temp:21.5,Hum:40\nTemp:22,Hum:41\n", rows, "lines=2");
    check("Temp:21.5\tHum:40\r\nTemp:22\tHum:41\r\n", rows, "lines=2");
    check("Temp:21.5 Hum:40\nTemp:22 Hum:41\n", rows, "lines=2");
    check("Temp: 21.5, Hum: 40\nTemp: 22, Hum: 41\n", rows, "lines=2");
    check("Temp: 21.5 Hum: 40\nTemp: 22 Hum: 41\n", rows, "lines=2");
}

Test(wire_csv, serial_plotter_names_later_and_some_without)
{
    check("a:1,2\na:3,4,b(mV):5\nb(mV):6\n7,8\n",
          "test: a ch2 b/mV ch1\n0 1 2\n1 3 4 5\n2 - - 6\n3 - 8 - 7\n", "lines=4");
}

Test(wire_csv, labels_are_not_times_of_day)
{
    check("1,2\n12:30:01,3\n", "test: ch1 ch2\n0 1 2\n", "lines=1 chatter=1");
}

static char *repeat(const char *part, int count, const char *end)
{
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    for (int i = 0; i < count; i++)
        fprintf(file, "%s%s", i ? "," : "", part);
    fputs(end, file);
    fclose(file);
    return text;
}

static void check_width(int columns, bool fits)
{
    struct wire_rig rig;
    char *text = repeat("7", columns, "\n");
    wire_rig_init(&rig, "csv");
    wire_rig_text(&rig, text);
    cr_expect_eq(viz_counted(&rig.counts.lines), fits, "%d columns", columns);
    cr_expect_eq(viz_counted(&rig.counts.no_room), !fits, "%d columns", columns);
    free(text);
    wire_rig_finish(&rig);
}

Test(wire_csv, as_many_columns_as_there_may_be)
{
    check_width(1, true);
    check_width(100, true);
    check_width(VIZ_MAX_CHANNELS, true);
    check_width(VIZ_MAX_CHANNELS + 1, false);
    check_width(1000, false);
}

Test(wire_csv, separators_alone)
{
    check(";;;\n,,,\n\t\t\n", "", "chatter=3");
    check("\"\n\"\"\n\",\"\n", "", "chatter=3");
}

Test(wire_csv, last_line_without_newline)
{
    check("t_ns,a,b\n1,1,2\n2,3,4", "test: a b\n0 1 2\n1 3 4\n", "lines=3");
    check("t_ns,a,b\n1,1,2\n2,3", "test: a b\n0 1 2\n", "lines=2 truncated=1");
    check("t_ns,a,b\n1,1,2\n2,3-", "test: a b\n0 1 2\n", "lines=2 truncated=1");
    check("t_ns,a", "", "chatter=1");
}

Test(wire_csv, a_datagram_ends_its_line)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "csv");
    wire_rig_datagram(&rig, "t_ns,a");
    wire_rig_datagram(&rig, "1,1");
    wire_rig_datagram(&rig, "2,2\n3,3");
    char *rows = wire_rig_rows(&rig);
    cr_expect_str_eq(rows, "test: a\n0 1\n1 2\n2 3\n");
    free(rows);
    wire_rig_finish(&rig);
}

Test(wire_csv, a_separator_too_many_at_the_end)
{
    check("1,2,\n3,4,\n", "test: ch1 ch2\n0 1 2\n1 3 4\n", "lines=2");
    check("t_ns,a,b,\n1,1,2,\n2,,3,\n", "test: a b\n0 1 2\n1 - 3\n", "lines=3");
}
