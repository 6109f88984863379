/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rig.h"

#include <viz/telemetry.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The contract with scripts: these nine, in this order. */
static const char first_nine[] =
    "t,fps,target_fps,timer_hz,avg_frame_ms,avg_latency_ms,"
    "max_latency_ms,approx_dropped_fps,cpu_percent,";

static struct viz_figures nothing(void)
{
    struct viz_figures row;
#define X(name, decimals, help) row.name = NAN;
    VIZ_FIGURES(X)
#undef X
    return row;
}

static size_t commas(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == ',';
    return count;
}

static size_t columns(void)
{
    return sizeof(struct viz_figures) / sizeof(double);
}

Test(telemetry, the_header_begins_with_the_nine_of_the_contract)
{
    char header[4096];
    viz_telemetry_header(header, sizeof(header));
    cr_expect_eq(strncmp(header, first_nine, strlen(first_nine)), 0, "%s", header);
    cr_expect_eq(commas(header), columns() - 1);
    cr_expect_eq(commas(first_nine), VIZ_CSV_COLUMNS_FIXED);
}

/* Each figure stands in the column of its name, with its decimals. */
Test(telemetry, fields_stand_under_their_names)
{
    char header[4096], row[4096], expected[4096] = "", field[64];
    struct viz_figures figures;
    double value = 0.5;
#define X(name, decimals, help)                                                        \
    figures.name = value += 1;                                                         \
    snprintf(field, sizeof(field), "%s%.*f", expected[0] ? "," : "", decimals, value); \
    strcat(expected, field);
    VIZ_FIGURES(X)
#undef X
    viz_telemetry_row(&figures, row, sizeof(row));
    cr_expect_str_eq(row, expected);
    viz_telemetry_header(header, sizeof(header));
    cr_expect_eq(commas(header), commas(row));
}

Test(telemetry, no_figure_is_an_empty_field)
{
    char row[4096];
    struct viz_figures figures = nothing();
    viz_telemetry_row(&figures, row, sizeof(row));
    cr_expect_eq(strlen(row), columns() - 1);
    cr_expect_eq(commas(row), columns() - 1);
    figures.fps = INFINITY;
    figures.t = 1.25;
    figures.cpu_percent = 0;
    viz_telemetry_row(&figures, row, sizeof(row));
    cr_expect_eq(strncmp(row, "1.250,,,,,,,,0.00,", 18), 0, "%s", row);
}

Test(telemetry, the_line_has_a_dash_for_no_figure)
{
    char line[512];
    struct viz_figures figures = nothing();
    viz_telemetry_line(&figures, line, sizeof(line));
    cr_expect_null(strstr(line, "nan"), "%s", line);
    cr_expect_null(strchr(line, '\n'));
    cr_expect_not_null(strstr(line, "fps –"), "%s", line);
    cr_expect_not_null(strstr(line, "dropped –"), "%s", line);
    figures.fps = 59.94;
    figures.target_fps = 0;
    viz_telemetry_line(&figures, line, sizeof(line));
    cr_expect_not_null(strstr(line, "fps 59.9/max"), "%s", line);
}

/* Where a test writes; removed by finish(). */
static const char *temporary(void)
{
    static char path[] = "/tmp/viz-telemetry-XXXXXX";
    close(mkstemp(path));
    return path;
}

static size_t read_file(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(out, 1, size - 1, file) : 0;
    out[length] = 0;
    if (file)
        fclose(file);
    return length;
}

/* The line is said before the row is written: the second line's row is the first one
 * that is surely on disk. */
struct listener {
    sem_t said, go_on;
    int lines;
};

static void listen_to(void *context, const char *text)
{
    struct listener *listener = context;
    (void)text;
    listener->lines++;
    sem_post(&listener->said);
    sem_wait(&listener->go_on);
}

Test(telemetry, rows_are_on_disk_as_they_are_pushed, .timeout = 60)
{
    char text[8192];
    const char *path = temporary();
    struct listener listener = {.lines = 0};
    struct viz_telemetry *telemetry = NULL;
    struct viz_error err;
    sem_init(&listener.said, 0, 0);
    sem_init(&listener.go_on, 0, 0);
    struct viz_telemetry_params params = {path, listen_to, &listener};
    cr_assert_eq(viz_telemetry_start(&params, &telemetry, &err), 0);
    read_file(path, text, sizeof(text));
    cr_expect_eq(strncmp(text, first_nine, strlen(first_nine)), 0);
    struct viz_figures figures = nothing();
    for (int i = 0; i < 2; i++) {
        figures.t = i + 1;
        cr_expect(viz_telemetry_push(telemetry, &figures));
    }
    sem_wait(&listener.said);
    sem_post(&listener.go_on);
    sem_wait(&listener.said); /* the second line is said: the first row is written */
    read_file(path, text, sizeof(text));
    cr_expect_not_null(strstr(text, "\n1.000,"));
    cr_expect_null(strstr(text, "\n2.000,"));
    sem_post(&listener.go_on);
    cr_expect_eq(viz_telemetry_finish(telemetry, &err), 0);
    read_file(path, text, sizeof(text));
    cr_expect_not_null(strstr(text, "\n2.000,"));
    cr_expect_eq(text[strlen(text) - 1], '\n');
    cr_expect_eq(listener.lines, 2);
    unlink(path);
}

/* 128 rows wait for a disk that stands still; the next is lost and counted. */
Test(telemetry, a_full_ring_loses_and_counts, .timeout = 60)
{
    struct listener listener = {.lines = 0};
    struct viz_telemetry *telemetry = NULL;
    struct viz_error err = {""};
    sem_init(&listener.said, 0, 0);
    sem_init(&listener.go_on, 0, 0);
    struct viz_telemetry_params params = {NULL, listen_to, &listener};
    cr_assert_eq(viz_telemetry_start(&params, &telemetry, &err), 0);
    struct viz_figures figures = nothing();
    for (int i = 0; i < 128; i++)
        cr_assert(viz_telemetry_push(telemetry, &figures));
    cr_expect_not(viz_telemetry_push(telemetry, &figures));
    cr_expect_not(viz_telemetry_push(telemetry, &figures));
    for (int i = 0; i < 128; i++)
        sem_post(&listener.go_on);
    cr_expect_eq(viz_telemetry_finish(telemetry, &err), -EOVERFLOW);
    cr_expect_eq(strncmp(err.text, "2 rows", 6), 0, "%s", err.text);
    cr_expect_eq(listener.lines, 128);
}

Test(telemetry, a_full_disk_is_found_at_the_start)
{
    struct viz_telemetry *telemetry = NULL;
    struct viz_error err = {""};
    struct viz_telemetry_params params = {.csv = "/dev/full"};
    cr_expect_eq(viz_telemetry_start(&params, &telemetry, &err), -ENOSPC);
    cr_expect_null(telemetry);
    cr_expect_not_null(strstr(err.text, "/dev/full"));
}

Test(telemetry, a_place_that_cannot_be_written_is_named)
{
    struct viz_telemetry *telemetry = NULL;
    struct viz_error err = {""};
    struct viz_telemetry_params params = {.csv = "/nowhere/at/all.csv"};
    cr_expect_eq(viz_telemetry_start(&params, &telemetry, &err), -ENOENT);
    cr_expect_not_null(strstr(err.text, "/nowhere/at/all.csv"));
}

/* The disk is full after the header: the rest of the session goes on, and its end says
 * so. */
Test(telemetry, a_disk_that_fills_up_is_reported_at_the_end, .timeout = 60)
{
    const char *path = temporary();
    struct viz_telemetry *telemetry = NULL;
    struct viz_error err = {""};
    struct viz_telemetry_params params = {.csv = path};
    cr_assert_eq(viz_telemetry_start(&params, &telemetry, &err), 0);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {1024, 1024};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct viz_figures figures = nothing();
    for (int i = 0; i < 100; i++)
        cr_expect(viz_telemetry_push(telemetry, &figures));
    cr_expect_eq(viz_telemetry_finish(telemetry, &err), -EFBIG);
    cr_expect_not_null(strstr(err.text, path), "%s", err.text);
    unlink(path);
}

Test(telemetry, nothing_pushed_is_a_header)
{
    char text[8192];
    const char *path = temporary();
    struct viz_telemetry *telemetry = NULL;
    struct viz_error err;
    struct viz_telemetry_params params = {.csv = path};
    cr_assert_eq(viz_telemetry_start(&params, &telemetry, &err), 0);
    cr_expect_eq(viz_telemetry_finish(telemetry, &err), 0);
    read_file(path, text, sizeof(text));
    cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1);
    cr_expect_eq(viz_telemetry_finish(NULL, &err), 0);
    unlink(path);
}
