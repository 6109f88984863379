/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of an IMU logger. */
#include "import_rig.h"

#include <viz/track.h>

#include <sys/stat.h>

#define META(sensor, session, start)                                                   \
    "{\"sensor_id\": " #sensor ", \"session_name\": \"" session                        \
    "\", \"start_utc\": \"" start "\", \"start_monotonic_ns\": 1000000000, "           \
    "\"requested_rate_hz\": 200.0, \"hostname\": \"pi\"}"

Test(import_imu, files_of_one_session_are_one_run_in_order_of_time)
{
    struct import_work work;
    import_begin(&work);
    const char *file[] = {
        import_file(&work, "a_S1.csv",
                    "timestamp_ns,t_s,sensor_id,ax,temp_c\n"
                    "1000000000,0.0,1,1.5,nan\n1010000000,0.01,1,2.5,21\n"),
        import_file(&work, "a_S1.csv.meta.json",
                    META(1, "w", "2026-01-01T12:00:00+00:00")),
        import_file(&work, "a_S2.csv",
                    "timestamp_ns,t_s,sensor_id,ax,temp_c\n1005000000,0.0,2,3.5,\n"),
        import_file(&work, "a_S2.csv.meta.json",
                    META(2, "w", "2026-01-01T12:00:00+00:00")),
        import_file(&work, "b_S1.csv",
                    "timestamp_ns,t_s,sensor_id,ax,temp_c\n1000000000,0.0,1,4.5,20\n"),
        import_file(&work, "b_S1.csv.meta.json",
                    META(1, "w", "2026-01-01T13:00:00+00:00")),
    };
    cr_expect_eq(viz_import_files(&work.params, file, 6), 0);
    cr_assert_eq(work.runs, 2);
    cr_expect_eq(work.sentences, 0, "%s", work.said[0]);
    cr_expect_eq(work.run[0].samples, 3);
    cr_expect_eq(work.run[1].samples, 1);
    char about[512];
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, import_about,
                                      about, &work.rig.err));
    cr_expect_str_eq(about, "w|||import|pi|1|1767268800000000000");
    work.runs = 1;
    cr_expect_str_eq(import_exported(&work, false, false), "t,ax,temp_c,stream\n"
                                                           "1,1.5,,S1\n"
                                                           "1.005,3.5,,S2\n"
                                                           "1.01,2.5,21,S1\n");
    import_end(&work);
}

Test(import_imu, json_lines_of_several_sensors_are_streams)
{
    struct import_work work;
    import_begin(&work);
    import_whole(
        &work,
        "{\"timestamp_ns\":5,\"t_s\":0,\"sensor_id\":1,\"ax\":1,\"wall_ns\":100}\n"
        "{\"timestamp_ns\":6,\"t_s\":0,\"sensor_id\":2,\"ax\":NaN,\"wall_ns\":200}\n"
        "{\"timestamp_ns\": 7, \"t_\n"
        "{\"timestamp_ns\": 7,\n"
        "[INFO] chatter\n"
        "{\"timestamp_ns\":8,\"t_s\":0,\"sensor_id\":1,\"ax\":-2.5,\"wall_ns\":300}\n");
    cr_expect_eq(work.run[0].samples, 3);
    cr_expect_eq(work.run[0].bad_line, 3);
    cr_expect_str_eq(import_exported(&work, false, false), "t,ax,stream\n"
                                                           "0.000000005,1,S1\n"
                                                           "0.000000006,,S2\n"
                                                           "0.000000008,-2.5,S1\n");
    import_end(&work);
}

Test(import_imu, a_time_in_the_files_name_stands_for_its_start)
{
    struct import_work work;
    char about[512];
    import_begin(&work);
    const char *file =
        import_file(&work, "mpu_S3_2026-01-01_12-00-00.csv",
                    "timestamp_ns,ax,ay\n7000000000,1,2\n7005000000,1,2\n");
    cr_expect_eq(viz_import_files(&work.params, &file, 1), 0);
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, import_about,
                                      about, &work.rig.err));
    cr_expect_str_eq(about,
                     "mpu_S3_2026-01-01_12-00-00|||import||1|1767268800000000000");
    import_end(&work);
}

/* Rows 5 ms apart, of which some in the middle are missing. */
static const char *with_a_hole(void)
{
    static char text[8192];
    size_t used = (size_t)snprintf(text, sizeof(text), "timestamp_ns,ax\n");
    for (int i = 0; i < 100; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%lld,%d\n",
                                 (i + (i >= 60) * 100) * 5000000LL, i);
    return text;
}

static int count_gaps(struct import_work *work, int64_t *at_ns)
{
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    int gaps = 0;
    STORE_OK(&work->rig, viz_store_read(work->rig.store, work->run[0].run, 0, &cursor,
                                        &work->rig.err));
    while (viz_cursor_next(cursor, &sample, &work->rig.err) == 1)
        if (sample.marks & VIZ_MARK_GAP) {
            *at_ns = sample.device_ns;
            gaps++;
        }
    viz_cursor_close(cursor);
    return gaps;
}

Test(import_imu, a_hole_in_the_stamps_is_marked)
{
    struct import_work work;
    int64_t at_ns = 0;
    import_begin(&work);
    import_whole(&work, with_a_hole());
    cr_expect_eq(count_gaps(&work, &at_ns), 1);
    cr_expect_eq(at_ns, 800000000);
    import_end(&work);
}

/* Sets when a file was last written. */
static void written_at(const char *path, int64_t ms)
{
    const struct timespec at = {ms / 1000, ms % 1000 * 1000000};
    const struct timespec both[2] = {at, at};
    cr_assert_eq(utimensat(AT_FDCWD, path, both, 0), 0);
}

Test(import_imu, files_of_one_clock_are_placed_by_their_stamps)
{
    struct import_work work;
    char about[512];
    import_begin(&work);
    const char *file[] = {
        import_file(&work, "S1.csv", "timestamp_ns,ax\n1000000000,1\n1010000000,2\n"),
        import_file(&work, "S2.csv", "timestamp_ns,ax\n1000000000,3\n1010000000,4\n"),
        import_file(&work, "S3.csv", "timestamp_ns,ax\n3000000000,5\n"),
    };
    for (int i = 0; i < 3; i++)
        written_at(file[i], 1700000000000 + i * 140);
    cr_expect_eq(viz_import_files(&work.params, file, 3), 0);
    cr_assert_eq(work.runs, 1);
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, import_about,
                                      about, &work.rig.err));
    cr_expect_str_eq(about, "S1+S2+S3|||import||1|1700000000000000000");
    cr_expect_str_eq(import_exported(&work, false, false), "t,ax,stream\n"
                                                           "1,1,S1\n"
                                                           "1,3,S2\n"
                                                           "1.01,2,S1\n"
                                                           "1.01,4,S2\n"
                                                           "3,5,S3\n");
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    STORE_OK(&work.rig, viz_store_read(work.rig.store, work.run[0].run, 0, &cursor,
                                       &work.rig.err));
    while (viz_cursor_next(cursor, &sample, &work.rig.err) == 1)
        cr_expect_eq(sample.host_ns - 1700000000000000000,
                     sample.device_ns - 1000000000);
    viz_cursor_close(cursor);
    import_end(&work);
}

Test(import_imu, files_of_clocks_that_disagree_keep_their_own)
{
    struct import_work work;
    import_begin(&work);
    const char *file[] = {
        import_file(&work, "S1.csv", "timestamp_ns,ax\n1000000000,1\n"),
        import_file(&work, "S2.csv", "timestamp_ns,ax\n9000000000,2\n"),
    };
    written_at(file[0], 1700000000000);
    written_at(file[1], 1700000000140);
    cr_expect_eq(viz_import_files(&work.params, file, 2), 0);
    cr_assert_eq(work.runs, 1);
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    STORE_OK(&work.rig, viz_store_read(work.rig.store, work.run[0].run, 0, &cursor,
                                       &work.rig.err));
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(viz_cursor_next(cursor, &sample, &work.rig.err), 1);
        cr_expect_eq(sample.host_ns - 1700000000000000000, i * 140000000);
    }
    viz_cursor_close(cursor);
    import_end(&work);
}
