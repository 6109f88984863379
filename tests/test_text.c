/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/text.h>

#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static void expect(size_t length, const char *out, const char *want)
{
    cr_expect_str_eq(out, want);
    cr_expect_eq(length, strlen(out), "\"%s\"", out);
}

Test(text, si)
{
    static const struct {
        double value;
        const char *unit, *text;
    } cases[] = {
        {0, "V", "0 V"},
        {-0.0, NULL, "0"},
        {1, "Hz", "1.00 Hz"},
        {1234, NULL, "1.23 k"},
        {-0.00456, NULL, "-4.56 m"},
        {12.34, "V", "12.3 V"},
        {999.4, "V", "999 V"},
        {999.6, "V", "1.00 kV"},
        {9.994, NULL, "9.99"},
        {9.996, NULL, "10.0"},
        {99.96, NULL, "100"},
        {1e6, "Hz", "1.00 MHz"},
        {2.5e-6, "s", "2.50 \u00b5s"},
        {-3e-15, "V", "-3.00 fV"},
        {4.5e17, NULL, "450 P"},
        {1e20, NULL, "1e+20"},
        {3e-20, "V", "3e-20 V"},
        {2e24, NULL, "2e+24"},
        {-1.254e24, "V", "-1.25e+24 V"},
        {9.996e30, NULL, "1e+31"},
        {3.402e38, "V", "3.4e+38 V"},
        {9.9949e17, NULL, "999 P"},
        {9.996e17, NULL, "1e+18"},
        {5e-324, NULL, "4.94e-324"},
        {NAN, "V", "\u2013"},
        {INFINITY, "V", "\u2013"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        expect(viz_text_si(out, sizeof(out), cases[i].value, cases[i].unit), out,
               cases[i].text);
    }
}

static size_t columns_of(const char *text)
{
    size_t columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

Test(text, si_fixed_never_moves)
{
    const double values[] = {0,    1,       -1,      9.996,     12.3,    -123, 999.6,
                             1e4,  -2e-6,   4e11,    1e15,      -3e-7,   NAN,  INFINITY,
                             2e24, -3.4e38, 1.2e-30, -9.99e-45, 999.6e15};
    char out[64];
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        viz_text_si_fixed(out, sizeof(out), values[i], NULL);
        cr_assert_eq(columns_of(out), 7, "\"%s\"", out);
    }
    viz_text_si_fixed(out, sizeof(out), -1.234, "m/s\u00b2");
    cr_assert_str_eq(out, "-1.23  m/s\u00b2");
}

Test(text, decimal)
{
    char out[64];
    expect(viz_text_decimal(out, sizeof(out), 0.25, 3), out, "0.250");
    expect(viz_text_decimal(out, sizeof(out), -0.0004, 3), out, "0.000");
    expect(viz_text_decimal(out, sizeof(out), -1.9996, 3), out, "-2.000");
    expect(viz_text_decimal(out, sizeof(out), 60, 0), out, "60");
    expect(viz_text_decimal(out, sizeof(out), 1e12, 2), out, "1000000000000");
    expect(viz_text_decimal(out, sizeof(out), 123456789.5, 20), out,
           "123456789.500000000");
    expect(viz_text_decimal(out, sizeof(out), -INFINITY, 1), out, "\u2013");
}

Test(text, output_is_cut_and_terminated)
{
    char out[4] = "xyz";
    cr_assert_eq(viz_text_si(out, sizeof(out), 12.34, "V"), 3);
    cr_assert_str_eq(out, "12.");
    cr_assert_eq(viz_text_si(out, 0, 1, "V"), 0);
    cr_assert_eq(viz_text_count(out, 1, 1000), 0);
    cr_assert_str_eq(out, "");
}

Test(text, ticks)
{
    char out[64];
    expect(viz_text_tick(out, sizeof(out), -0.5, 0.5, 1), out, "-0.5");
    expect(viz_text_tick(out, sizeof(out), 0, 0.5, 1), out, "0.0");
    expect(viz_text_tick(out, sizeof(out), 2, 1, 10), out, "2");
    expect(viz_text_tick(out, sizeof(out), 12000, 2000, 14000), out, "12 k");
    expect(viz_text_tick(out, sizeof(out), 0.002, 0.001, 0.005), out, "2 m");
    expect(viz_text_tick(out, sizeof(out), 99.95, 0.05, 100.1), out, "99.95");
    expect(viz_text_tick(out, sizeof(out), 1, 1, 0), out, "1");
    expect(viz_text_tick(out, sizeof(out), 1.25, 0.25, 2), out, "1.25");
    expect(viz_text_tick(out, sizeof(out), 8e17, 2e17, 9e17), out, "800 P");
}

Test(text, a_unit_with_a_prefix_gets_no_second_one)
{
    static const char *const prefixed[] = {"µs", "ms", "kHz", "MiB", "mV", "%"};
    static const char *const plain[] = {"", "s", "m", "min", "m/s²", "°/s", "Hz", "V"};
    char out[64];
    for (size_t i = 0; i < sizeof(prefixed) / sizeof(prefixed[0]); i++)
        cr_expect_eq(viz_text_tick_largest(31540, prefixed[i]), 1, "%s", prefixed[i]);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        cr_expect_eq(viz_text_tick_largest(31540, plain[i]), 31540, "%s", plain[i]);
    cr_expect_eq(viz_text_tick_largest(31540, NULL), 31540);
    cr_expect_eq(viz_text_tick_largest(1e30, "µs"), 1e30, "beyond all prefixes");
    expect(viz_text_tick(out, sizeof(out), 30000, 2000,
                         viz_text_tick_largest(31540, "µs")),
           out, "30000");
}

Test(text, ticks_beyond_the_prefixes)
{
    static const struct {
        double value, step, largest;
        const char *text;
    } cases[] = {
        {2e24, 1e24, 2e24, "2e+24"},
        {-1.5e38, 5e37, 3e38, "-1.5e+38"},
        {5e37, 5e37, 3e38, "5e+37"},
        {1.25e38, 2.5e37, 2e38, "1.25e+38"},
        {1e38, 5e37, 3e38, "1e+38"},
        {1.9999999e38, 1e38, 3e38, "2e+38"},
        {0, 1e38, 3e38, "0"},
        {1.2e22, 1e38, 3e38, "0"}, /* what adding up steps leaves of zero */
        {1.00002e38, 1e33, 1.0001e38, "1.00002e+38"},
        {3e-20, 1e-20, 5e-20, "3e-20"},
        {2e24, 0, 2e24, "2e+24"},
        {2.346e24, 0, 2.346e24, "2.35e+24"},
        {2e24, INFINITY, 3e24, "2e+24"},
        {NAN, 1e24, 3e24, "\u2013"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        expect(viz_text_tick(out, sizeof(out), cases[i].value, cases[i].step,
                             cases[i].largest),
               out, cases[i].text);
    }
}

/* Whatever floats an axis spans, its labels leave room for the names of the lanes. */
Test(text, no_tick_is_long)
{
    char out[64];
    for (int power = -44; power <= 38; power++)
        for (int i = -4; i <= 4; i++) {
            double step = 0.25 * pow(10, power);
            size_t length = viz_text_tick(out, sizeof(out), i * step, step, 4 * step);
            cr_expect_leq(length, 9u, "\"%s\"", out);
        }
}

Test(text, time_ticks)
{
    char out[64];
    expect(viz_text_time_tick(out, sizeof(out), -2000000000, 1000000000), out, "-2 s");
    expect(viz_text_time_tick(out, sizeof(out), -2500000000, 500000000), out, "-2.5 s");
    expect(viz_text_time_tick(out, sizeof(out), 0, 1000000000), out, "0 s");
    expect(viz_text_time_tick(out, sizeof(out), -5000000, 5000000), out, "-5 ms");
    expect(viz_text_time_tick(out, sizeof(out), -200000, 100000), out, "-0.2 ms");
    expect(viz_text_time_tick(out, sizeof(out), -15000, 5000), out, "-15 \u00b5s");
    expect(viz_text_time_tick(out, sizeof(out), -30000000000, 15000000000), out,
           "-30 s");
    expect(viz_text_time_tick(out, sizeof(out), -90000000000, 60000000000), out,
           "-1 min 30 s");
    expect(viz_text_time_tick(out, sizeof(out), -7200000000000, 3600000000000), out,
           "-2 h");
    expect(viz_text_time_tick(out, sizeof(out), 0, 60000000000), out, "0 s");
}

Test(text, durations)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {850, "850 ns"},
        {1000, "1.0 \u00b5s"},
        {2300000, "2.3 ms"},
        {340000000, "340 ms"},
        {999600000, "1.0 s"},
        {2300000000, "2.3 s"},
        {9960000000, "10 s"},
        {42000000000, "42 s"},
        {59600000000, "1 min"},
        {65000000000, "1 min 5 s"},
        {3599600000000, "1 h"},
        {3900000000000, "1 h 5 min"},
        {86400000000000, "1 d"},
        {183600000000000, "2 d 3 h"},
        {-2300000000, "-2.3 s"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        expect(viz_text_duration(out, sizeof(out), cases[i].ns), out, cases[i].text);
    }
    char out[64];
    cr_assert_gt(viz_text_duration(out, sizeof(out), INT64_MIN), 0);
}

Test(text, counts_and_bytes)
{
    char out[64];
    expect(viz_text_count(out, sizeof(out), 0), out, "0");
    expect(viz_text_count(out, sizeof(out), 999), out, "999");
    expect(viz_text_count(out, sizeof(out), 1000), out, "1\u2009000");
    expect(viz_text_count(out, sizeof(out), 12345678), out, "12\u2009345\u2009678");
    cr_assert_eq(columns_of((viz_text_count(out, sizeof(out), UINT64_MAX), out)), 26);
    expect(viz_text_bytes(out, sizeof(out), 1023), out, "1023 B");
    expect(viz_text_bytes(out, sizeof(out), 1536), out, "1.50 KiB");
    expect(viz_text_bytes(out, sizeof(out), 123456789), out, "118 MiB");
}

Test(text, numbers_are_read_whole_or_not_at_all)
{
    double value;
    cr_assert(viz_text_number("12", &value) && value == 12);
    cr_assert(viz_text_number("-0.5", &value) && value == -0.5);
    cr_assert(viz_text_number("+.5", &value) && value == 0.5);
    cr_assert(viz_text_number("5.", &value) && value == 5);
    cr_assert(viz_text_number("1e3", &value) && value == 1000);
    cr_assert(viz_text_number("333.3", &value) && value == 333.3);
    const char *const bad[] = {"",     " 1",  "1 ", "nan",  "inf", "1e999",
                               "0x10", "1,5", "1e", "e5",   ".",   "-",
                               "--1",  "1-",  "+",  "1.2.3"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(!viz_text_number(bad[i], &value), "\"%s\"", bad[i]);
}

Test(text, unsigned_numbers)
{
    uint64_t value;
    cr_assert(viz_text_unsigned("0", &value) && value == 0);
    cr_assert(viz_text_unsigned("18446744073709551615", &value) && value == UINT64_MAX);
    const char *const bad[] = {
        "", "-1", "+1", "1.0", " 1", "1k", "18446744073709551616"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(!viz_text_unsigned(bad[i], &value), "\"%s\"", bad[i]);
}

Test(text, quantities)
{
    double value;
    cr_assert(viz_text_quantity("20ms", viz_text_seconds, &value) && value == 0.02);
    cr_assert(viz_text_quantity("1.5 s", viz_text_seconds, &value) && value == 1.5);
    cr_assert(viz_text_quantity("2min", viz_text_seconds, &value) && value == 120);
    cr_assert(viz_text_quantity("7", viz_text_seconds, &value) && value == 7);
    cr_assert(viz_text_quantity("3\u00b5s", viz_text_milliseconds, &value));
    cr_assert_float_eq(value, 0.003, 1e-12);
    cr_assert(viz_text_quantity("50kHz", viz_text_hertz, &value) && value == 50000);
    cr_assert(viz_text_quantity("1M", viz_text_hertz, &value) && value == 1e6);
    cr_assert(viz_text_quantity("5%", viz_text_percent, &value) && value == 5);
    cr_assert(viz_text_quantity("2G", viz_text_multiples, &value) && value == 2e9);
    const char *const bad[] = {"", "s", "5 ", "5  s", "5 sec", "ms5", "5S", "1e308M"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(!viz_text_quantity(bad[i], viz_text_seconds, &value), "\"%s\"",
                  bad[i]);
    cr_assert(!viz_text_quantity("1e308M", viz_text_hertz, &value));
}

Test(text, another_locale_changes_nothing)
{
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    const char *found = NULL;
    for (size_t i = 0; i < 3 && !found; i++)
        found = setlocale(LC_ALL, names[i]);
    if (!found)
        cr_skip_test("no locale with a decimal comma is installed");
    char out[64];
    double value;
    expect(viz_text_si(out, sizeof(out), 1.5, "V"), out, "1.50 V");
    expect(viz_text_si(out, sizeof(out), 1e20, "V"), out, "1e+20 V");
    expect(viz_text_si(out, sizeof(out), 1.5e20, "V"), out, "1.5e+20 V");
    cr_assert(viz_text_number("1.5", &value) && value == 1.5);
    setlocale(LC_ALL, "C");
}

Test(text, words_from_outside_cannot_control_a_terminal)
{
    static const struct {
        const char *text, *shown;
        size_t room;
    } words[] = {
        {"plain", "plain", 32},
        {"a\033[31mb\rc\n\t\177d", "a?[31mb?c???d", 32},
        {"a\302\233b", "a?b", 32}, /* a control character of two bytes */
        {"\302\240\303\274\342\202\254\360\237\230\200",
         "\302\240\303\274\342\202\254\360\237\230\200", 32},
        {"ab\342\202\254", "ab", 5}, /* cut between characters */
        {"ab\342\202\254", "ab\342\202\254", 6},
        {"abc", "ab", 3},
        {"abc", "", 1},
        {"ab\360", "ab?", 32}, /* its end is missing: nothing is read behind it */
        {"\342\033[2J", "??[2J", 32}, /* a control character inside of a character */
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char out[32];
        size_t length = viz_text_visible(out, words[i].room, words[i].text);
        cr_expect_str_eq(out, words[i].shown);
        cr_expect_eq(length, strlen(words[i].shown));
    }
    cr_expect_eq(viz_text_visible(NULL, 0, "abc"), 0);
}

Test(text, blanks_alone_are_nothing_to_see)
{
    static const char *const blank[] = {"",       " ",      "  \t\n",
                                        "\u00a0", "\u3000", "\u200b \ufeff"};
    static const char *const seen[] = {"x", " x", "x ", " \u00b5 ", "\xff", " \u2014"};
    for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++)
        cr_expect(viz_text_is_blank(blank[i]), "%zu", i);
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
        cr_expect_not(viz_text_is_blank(seen[i]), "%zu", i);
}

Test(text, only_well_formed_characters_are_utf8)
{
    static const char *const good[] = {"", "?", "caf\u00e9 \u20ac \U0001f600",
                                       "\x01\x7f"};
    static const char *const bad[] = {"\xff",     "a\xc3",        "\xc3?",
                                      "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\x80"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(viz_text_is_utf8(good[i]), "%zu", i);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(viz_text_is_utf8(bad[i]), "%zu", i);
}
