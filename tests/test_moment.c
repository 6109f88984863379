/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/moment.h>

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_one(const char *text)
{
    int64_t ns = -1;
    cr_assert(viz_moment_parse(text, &ns), "%s", text);
    return ns;
}

static void local_time_is(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

Test(moment, a_z_is_universal_time)
{
    local_time_is("EST5");
    cr_expect_eq(read_one("1970-01-01Z"), 0);
    cr_expect_eq(read_one("2026-01-31T12:00Z"), INT64_C(1769860800000000000));
    cr_expect_eq(read_one("2026-01-31 12:00:05.25z"), INT64_C(1769860805250000000));
    cr_expect_eq(read_one("2024-02-29T23:59:59.999999999Z"),
                 INT64_C(1709251199999999999));
}

Test(moment, without_it_local_time_is_meant)
{
    local_time_is("CET-1CEST,M3.5.0,M10.5.0/3");
    cr_expect_eq(read_one("2026-01-31T13:00"), INT64_C(1769860800000000000));
    cr_expect_eq(read_one("2026-07-01T14:00"), INT64_C(1782907200000000000));
    cr_expect_eq(read_one("2026-01-31"), read_one("2026-01-30T23:00Z"));
}

Test(moment, what_is_no_day_is_refused)
{
    static const char *const wrong[] = {
        "",
        "yesterday",
        "2026",
        "2026-01",
        "2026-1-31",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-01-32",
        "2026-02-29",
        "2026-04-31Z",
        "26-01-31",
        "1969-12-31Z",
        "2262-01-01Z",
        "9999-01-01",
        "2026-01-31T",
        "2026-01-31T12",
        "2026-01-31T24:00",
        "2026-01-31T12:60",
        "2026-01-31T12:00:61",
        "2026-01-31T12:00:05.",
        "2026-01-31T12:00:05.1234567890",
        "2026-01-31T12:00Zx",
        "2026-01-31 ",
        " 2026-01-31",
        "2026-01-31T-1:00",
        "2026-01-31T12:00+01:00",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t ns = 7;
        cr_expect_not(viz_moment_parse(wrong[i], &ns), "\"%s\"", wrong[i]);
        cr_expect_eq(ns, 7, "\"%s\" left something", wrong[i]);
    }
}

Test(moment, times_are_written_local_and_universal)
{
    char text[64];
    local_time_is("CET-1CEST,M3.5.0,M10.5.0/3");
    cr_expect_eq(viz_moment_local(text, sizeof(text), INT64_C(1769860805250000000)),
                 19u);
    cr_expect_str_eq(text, "2026-01-31 13:00:05");
    cr_expect_eq(viz_moment_utc(text, sizeof(text), INT64_C(1769860805250000000)), 24u);
    cr_expect_str_eq(text, "2026-01-31T12:00:05.250Z");
    viz_moment_utc(text, sizeof(text), 0);
    cr_expect_str_eq(text, "1970-01-01T00:00:00.000Z");
    viz_moment_utc(text, sizeof(text), -1);
    cr_expect_str_eq(text, "1969-12-31T23:59:59.999Z");
    viz_moment_utc(text, sizeof(text), INT64_MAX);
    cr_expect_str_eq(text, "2262-04-11T23:47:16.854Z");
    cr_expect_eq(viz_moment_utc(text, 5, 0), 4u, "cut, and terminated");
    cr_expect_str_eq(text, "1970");
}
