/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire_rig.h"

#include <criterion/criterion.h>

#define META                                                                           \
    "{\"meta\": \"mpu6050_stream_config\", \"sensor_ids\": [1, 2, 3], "                \
    "\"pi_device_sample_rate_hz\": 400.0, \"pi_stream_decimation\": 2, "               \
    "\"pi_stream_rate_hz\": 200.0}\n"

/* What comes out of @text, rows and counts, is this. */
static void check(const char *text, const char *rows, const char *counts)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "mpu");
    wire_rig_text(&rig, text);
    wire_rig_end(&rig);
    char *got = wire_rig_rows(&rig), *counted = wire_rig_counts(&rig);
    cr_expect_str_eq(got, rows, "%s gave %s", text, got);
    cr_expect_str_eq(counted, counts, "%s counted %s", text, counted);
    free(got);
    free(counted);
    wire_rig_finish(&rig);
}

Test(wire_mpu, a_logger_as_it_is)
{
    check(
        "[INFO] Sensor 1: bus 1, address 0x68\n" META
        "{\"timestamp_ns\":1000,\"t_s\":0.1,\"sensor_id\":1,\"ax\":1,\"ay\":2,\"az\":3,"
        "\"gx\":4,\"gy\":5,\"gz\":6}\n"
        "{\"timestamp_ns\":1400,\"t_s\":0.1,\"sensor_id\":2,\"ax\":1,\"ay\":2,\"gz\":3}"
        "\n"
        "{\"timestamp_ns\":2000,\"t_s\":0.2,\"sensor_id\":1,\"ax\":7,\"ay\":8,\"az\":9,"
        "\"gx\":-1,\"gy\":-2,\"gz\":-3}\n"
        "=== Run summary ===\n Sensor 1: samples=2, errors=0\n Overruns: 0\n",
        "S1: ax/m/s² ay/m/s² az/m/s² gx/°/s gy/°/s gz/°/s\n"
        "0 1 2 3 4 5 6\n1000 7 8 9 -1 -2 -3\n"
        "S2: ax/m/s² ay/m/s² gz/°/s\n400 1 2 3\nS3:\n",
        "lines=4 chatter=4");
}

Test(wire_mpu, keys_in_any_order_with_blanks_and_unknown_ones)
{
    check(" { \"gz\" : 3 , \"x\":{\"a\":[1,{\"b\":\"}]\\\"\"}]}, \"sensor_id\" "
          ":2,\"ok\":true,"
          "\"ax\":1e-3,\"timestamp_ns\":5,\"wall_ns\":1700000000000000000,\"n\":null "
          "}\r\n",
          "S2: ax/m/s² gz/°/s\n0 0.00100000005 3\n", "lines=1");
}

Test(wire_mpu, temperature_and_late_axes_come_behind)
{
    check("{\"timestamp_ns\":1,\"sensor_id\":1,\"temp_c\":20.5,\"ay\":2}\n"
          "{\"timestamp_ns\":2,\"sensor_id\":1,\"ax\":1,\"ay\":2,\"temp_c\":21}\n",
          "S1: ay/m/s² temp_c/°C ax/m/s²\n0 2 20.5\n1 2 21 1\n", "lines=2");
}

Test(wire_mpu, missing_is_not_nan)
{
    check("{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":1,\"ay\":2}\n"
          "{\"timestamp_ns\":2,\"sensor_id\":1,\"ay\":NaN}\n"
          "{\"timestamp_ns\":3,\"sensor_id\":1,\"ax\":null,\"ay\":-Infinity}\n",
          "S1: ax/m/s² ay/m/s²\n0 1 2\n1 - nan\n2 - -inf\n", "lines=3");
}

Test(wire_mpu, a_row_of_nothing_is_a_gap)
{
    check("{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":1}\n"
          "{\"timestamp_ns\":2,\"sensor_id\":1}\n"
          "{\"timestamp_ns\":3,\"sensor_id\":1,\"ax\":2}\n"
          "{\"timestamp_ns\":3,\"sensor_id\":9}\n",
          "S1: ax/m/s²\n0 1\n| 2 2\n", "lines=4");
}

Test(wire_mpu, time_is_exact_to_the_nanosecond)
{
    check("{\"timestamp_ns\":1700000000123456789,\"sensor_id\":1,\"ax\":1}\n"
          "{\"timestamp_ns\":1700000000123456790,\"sensor_id\":1,\"ax\":2}\n",
          "S1: ax/m/s²\n0 1\n1 2\n", "lines=2");
    check("{\"t_s\":0.000000001,\"sensor_id\":1,\"ax\":1}\n"
          "{\"t_s\":1.5,\"sensor_id\":1,\"ax\":2}\n",
          "S1: ax/m/s²\n0 1\n1499999999 2\n", "lines=2");
}

Test(wire_mpu, not_json)
{
    static const char *const lines[] = {
        "{\n",
        "{\"ax\"}\n",
        "{\"ax\":}\n",
        "{\"ax\":1\n",
        "{\"ax\":1,}\n",
        "{\"ax\":1}x\n",
        "{ax:1}\n",
        "{\"ax\":1 \"ay\":2}\n",
        "{\"ax\n",
        "{\"ax\":\"1\\\n",
        "{\"x\":[1}]}\n",
        "{\"x\":[\n",
        "{\"ax\":0x1}\n",
        "{\"ax\":1.2.3}\n",
        "{\"ax\":tru}\n",
        "{\"x\":\"\\",
    };
    for (size_t i = 0; i + 1 < sizeof(lines) / sizeof(lines[0]); i++)
        check(lines[i], "", "bad_syntax=1");
    check(lines[sizeof(lines) / sizeof(lines[0]) - 1], "", "truncated=1");
}

Test(wire_mpu, brackets_without_end)
{
    char text[512] = "{\"x\":";
    memset(text + 5, '[', 300);
    strcpy(text + 305, "\n");
    check(text, "", "bad_syntax=1");
}

Test(wire_mpu, json_that_makes_no_sense)
{
    static const char *const lines[] = {
        "{\"timestamp_ns\":1,\"sensor_id\":0,\"ax\":1}\n",
        "{\"timestamp_ns\":1,\"sensor_id\":65,\"ax\":1}\n",
        "{\"timestamp_ns\":1,\"sensor_id\":-1,\"ax\":1}\n",
        "{\"timestamp_ns\":1,\"sensor_id\":\"1\",\"ax\":1}\n",
        "{\"timestamp_ns\":1,\"sensor_id\":NaN,\"ax\":1}\n",
        "{\"timestamp_ns\":1,\"ax\":1}\n",
        "{\"sensor_id\":1,\"ax\":1}\n",
        "{\"sensor_id\":1,\"timestamp_ns\":NaN,\"ax\":1}\n",
        "{\"sensor_id\":1,\"timestamp_ns\":\"1\",\"ax\":1}\n",
        "{\"sensor_id\":1,\"timestamp_ns\":5000000000000000000,\"ax\":1}\n",
        "{\"sensor_id\":1,\"timestamp_ns\":1e40,\"ax\":1}\n",
        "{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":\"1\"}\n",
        "{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":[1]}\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        check(lines[i], "", "bad_value=1");
}

Test(wire_mpu, other_objects_and_blank_lines_are_chatter)
{
    check("{}\n\n{\"event\":\"started\",\"pid\":12}\n   \n", "", "chatter=4");
}

Test(wire_mpu, every_sensor_up_to_the_limit)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "mpu");
    for (int i = 1; i <= VIZ_MAX_STREAMS; i++) {
        char line[96];
        snprintf(line, sizeof(line), "{\"timestamp_ns\":1,\"sensor_id\":%d,\"ax\":1}\n",
                 i);
        wire_rig_text(&rig, line);
    }
    cr_expect_eq(viz_streams_count(&rig.streams), VIZ_MAX_STREAMS);
    cr_expect_eq(viz_counted(&rig.counts.lines), VIZ_MAX_STREAMS);
    wire_rig_finish(&rig);
}

Test(wire_mpu, a_full_session_refuses_rows)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "mpu");
    atomic_store(&rig.streams.claimed, VIZ_MAX_STREAMS);
    wire_rig_text(&rig, "{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":1}\n"
                        "{\"timestamp_ns\":2,\"sensor_id\":1,\"ax\":1}\n");
    cr_expect_eq(viz_counted(&rig.counts.no_room), 2);
    cr_expect_eq(viz_counted(&rig.streams.refused), 1,
                 "asked for once, not for each row");
    wire_rig_finish(&rig);
}

Test(wire_mpu, meta_sets_the_requested_rate)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "mpu");
    wire_rig_text(&rig, META "{\"timestamp_ns\":1,\"sensor_id\":3,\"ax\":1}\n"
                             "{\"timestamp_ns\":1,\"sensor_id\":4,\"ax\":1}\n");
    struct viz_stream *third = viz_streams_at(&rig.streams, 2);
    struct viz_stream *fourth = viz_streams_at(&rig.streams, 3);
    cr_expect_float_eq(third->requested_hz, 200, 0);
    cr_expect_float_eq(fourth->requested_hz, 0, 0, "not in the list of sensors");
    wire_rig_text(&rig, "{\"meta\":\"mpu6050_stream_config\","
                        "\"pi_device_sample_rate_hz\":333.3}\n");
    cr_expect_float_eq(third->requested_hz, 333.3, 0,
                       "the device's rate for want of one");
    cr_expect_float_eq(fourth->requested_hz, 333.3, 0);
    wire_rig_finish(&rig);
}

Test(wire_mpu, a_logger_that_starts_again_leaves_a_gap)
{
    check("{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":1}\n" META
          "{\"timestamp_ns\":5,\"sensor_id\":1,\"ax\":2}\n",
          "S1: ax/m/s²\n0 1\n| 4 2\nS2:\nS3:\n", "lines=3");
}

/* Whichever sensor is heard first, and however often it is said. */
Test(wire_mpu, meta_opens_the_sensors_in_its_order)
{
    static const char meta[] = "{\"meta\":\"x\",\"sensor_ids\":[3, 1, 70, -4, 1, 5]}\n";
    char text[512];
    snprintf(text, sizeof(text),
             "%s{\"timestamp_ns\":1,\"sensor_id\":2,\"ax\":1}\n"
             "{\"timestamp_ns\":2,\"sensor_id\":1,\"ay\":2}\n%s",
             meta, meta);
    check(text, "S3:\nS1: ay/m/s²\n0 2\nS5:\nS2: ax/m/s²\n-1 1\n", "lines=4");
    check("{\"meta\":\"x\",\"sensor_ids\":[]}\n{\"meta\":\"x\",\"sensor_ids\":7}\n"
          "{\"meta\":\"x\",\"sensor_ids\":null}\n",
          "", "lines=3");
}

/* @text gives @rows, and @samples of duplicates of sensor 1. */
static void check_duplicates(const char *text, const char *rows, uint64_t samples)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "mpu");
    wire_rig_text(&rig, text);
    char *got = wire_rig_rows(&rig);
    uint64_t counted = viz_counted(&viz_streams_at(&rig.streams, 0)->counts.duplicate);
    cr_expect_str_eq(got, rows, "%s gave %s", text, got);
    cr_expect_eq(counted, samples, "%s: %d", text, (int)counted);
    cr_expect_eq(viz_wire_lost(&rig.counts), 0);
    free(got);
    wire_rig_finish(&rig);
}

#define ROW(time, values) "{\"timestamp_ns\":" time ",\"sensor_id\":1," values "}\n"

Test(wire_mpu, the_newest_row_again_is_a_duplicate)
{
    const char *one = ROW("1", "\"ax\":1,\"ay\":NaN") ROW("1", "\"ay\":NaN,\"ax\":1.0");
    check_duplicates(one, "S1: ax/m/s² ay/m/s²\n0 1 nan\n", 2);
    check_duplicates(ROW("1", "\"ax\":1") ROW("1", "\"ax\":2") ROW("1", "\"ax\":2")
                         ROW("2", "\"ax\":2"),
                     "S1: ax/m/s²\n0 1\n0 2\n1 2\n", 1);
    check_duplicates(ROW("1", "\"ax\":1") ROW("1", "\"ax\":1,\"ay\":1")
                         ROW("1", "\"ax\":1"),
                     "S1: ax/m/s² ay/m/s²\n0 1\n0 1 1\n0 1 -\n", 0);
    check_duplicates(ROW("1", "\"ax\":0") ROW("1", "\"ax\":-0.0"),
                     "S1: ax/m/s²\n0 0\n0 -0\n", 0);
}

/* A late row between, a clock that was set back, and a logger that started again. */
Test(wire_mpu, what_comes_between_duplicates)
{
    check_duplicates(ROW("5", "\"ax\":1") ROW("4", "\"ax\":2") ROW("5", "\"ax\":1"),
                     "S1: ax/m/s²\n0 1\n", 1);
    check_duplicates(ROW("2000000000", "\"ax\":1") ROW("5", "\"ax\":2")
                         ROW("5", "\"ax\":2"),
                     "S1: ax/m/s²\n0 1\n| 0 2\n", 1);
    check_duplicates(META ROW("5", "\"ax\":1") META ROW("5", "\"ax\":1"),
                     "S1: ax/m/s²\n0 1\n| 0 1\nS2:\nS3:\n", 0);
}

Test(wire_mpu, last_line_without_newline)
{
    check("{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":1}", "S1: ax/m/s²\n0 1\n",
          "lines=1");
    check("{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":1", "", "truncated=1");
    check("[INFO] stopp", "", "chatter=1");
}

Test(wire_mpu, a_datagram_ends_its_line)
{
    struct wire_rig rig;
    wire_rig_init(&rig, "mpu");
    wire_rig_datagram(&rig, "{\"timestamp_ns\":1,\"sensor_id\":1,\"ax\":1}");
    wire_rig_datagram(&rig, "{\"timestamp_ns\":2,\"sens");
    wire_rig_datagram(&rig, "");
    wire_rig_datagram(&rig, "{\"timestamp_ns\":3,\"sensor_id\":1,\"ax\":3}\n"
                            "{\"timestamp_ns\":4,\"sensor_id\":1,\"ax\":4}");
    char *rows = wire_rig_rows(&rig), *counts = wire_rig_counts(&rig);
    cr_expect_str_eq(rows, "S1: ax/m/s²\n0 1\n2 3\n3 4\n");
    cr_expect_str_eq(counts, "lines=3 bad_syntax=1");
    cr_expect_eq(viz_counted(&rig.counts.packets), 4);
    free(rows);
    free(counts);
    wire_rig_finish(&rig);
}
