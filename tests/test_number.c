/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/number.h>

#include <criterion/criterion.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static bool same_bits(float a, float b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static float read_whole(const char *text)
{
    struct viz_number number;
    const char *end = text + strlen(text);
    cr_assert(viz_number_parse(text, end, '.', &number) == end, "\"%s\"", text);
    return viz_number_float(&number);
}

Test(number, edges_of_float32)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1",
        "-1",
        "+2.5",
        ".5",
        "5.",
        "00012.50",
        "1e3",
        "1E-3",
        "1e+3",
        "16777217",
        "16777219",
        "33554434.00000000000000000001",
        "3.4028234663852886e38",
        "3.4028235677973366e38",
        "3.40282356779733661637539395458142568447e38",
        "1e39",
        "1.1754943508222875e-38",
        "1.401298464324817e-45",
        "7.006492321624085e-46",
        "7.006492321624086e-46",
        "1e-50",
        "1e99999999999",
        "1e-99999999999",
        "0.100000001490116119384765625",
        "123456789012345678901234567890",
        "0.00000000000000000000000000000000000001",
        "9007199254740993",
        /* Halfway between two floats, and one digit far behind decides: */
        ("1."
         "0000000596046447753906250000000000000000000000000000000000000000000000000000"
         "1"),
        "1.000000059604644775390625",
        "-9.80665",
        "4294967295",
        "18446744073709551616",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_expect(same_bits(read_whole(texts[i]), strtof(texts[i], NULL)),
                  "%s: %a, not %a", texts[i], (double)read_whole(texts[i]),
                  (double)strtof(texts[i], NULL));
}

Test(number, words)
{
    cr_expect(isnan(read_whole("NaN")) && isnan(read_whole("nan")));
    cr_expect(same_bits(read_whole("Infinity"), INFINITY));
    cr_expect(same_bits(read_whole("-Infinity"), -INFINITY));
    cr_expect(same_bits(read_whole("inf"), INFINITY));
}

Test(number, nothing_to_read)
{
    static const char *const texts[] = {"",  "-",  "+", ".",  "-.", "e5",  ".e5",
                                        "x", "na", "i", " 1", ",",  "--1", "in"};
    struct viz_number number;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_expect_null(
            viz_number_parse(texts[i], texts[i] + strlen(texts[i]), '.', &number),
            "\"%s\"", texts[i]);
}

Test(number, stops_where_the_number_ends)
{
    static const struct {
        const char *text;
        size_t size;
    } cases[] = {{"1.5,2", 3}, {"12e", 2}, {"12e+", 2}, {"12ex", 2}, {"1.2.3", 3},
                 {"nano", 3},  {"7}", 1},  {"1-2", 1},  {"0x10", 1}};
    struct viz_number number;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *text = cases[i].text;
        const char *rest = viz_number_parse(text, text + strlen(text), '.', &number);
        cr_expect_eq((size_t)(rest - text), cases[i].size, "\"%s\"", text);
    }
}

static double read_double(const char *text)
{
    struct viz_number number;
    const char *end = text + strlen(text);
    cr_assert_eq(viz_number_parse(text, end, '.', &number), end, "%s", text);
    return viz_number_double(&number);
}

Test(number, doubles)
{
    cr_expect(read_double("333.3") == 333.3);
    cr_expect(read_double("-0.1") == -0.1);
    cr_expect(read_double("123456789012345e-22") == 123456789012345e-22);
    cr_expect(read_double("1e22") == 1e22);
    cr_expect(read_double("0e99999") == 0);
    cr_expect(read_double("1e-99999") == 0);
    cr_expect(read_double("-1e99999") == -INFINITY);
    cr_expect(read_double("inf") == INFINITY);
    cr_expect(isnan(read_double("nan")));
    cr_expect(read_double("1.7976931348623157e308") == DBL_MAX);
    cr_expect(read_double("4.9e-324") == 4.9e-324);
    cr_expect(read_double("9007199254740993") == 9007199254740992.0); /* ties to even */
    cr_expect(read_double("9007199254740993.0000000000000000000000000001") ==
              9007199254740994.0);
}

static void writes_double(double value, const char *text)
{
    char out[VIZ_NUMBER_DOUBLE_TEXT + 1] = "";
    out[viz_number_format_double(value, out)] = 0;
    cr_expect_str_eq(out, text);
}

Test(number, doubles_are_written_as_shortly_as_they_read_back)
{
    writes_double(0.1, "0.1");
    writes_double(-9.80665, "-9.80665");
    writes_double(0, "0");
    writes_double(-0.0, "-0");
    writes_double(1763830459.125, "1763830459.125");
    writes_double(0.1 + 0.2, "0.30000000000000004");
    writes_double(123456789, "123456789");
    writes_double(0.001, "0.001");
    writes_double(1e-7, "1e-7");
    writes_double(5e-324, "5e-324");
    writes_double(DBL_MAX, "1.7976931348623157e308");
    writes_double((double)0.1f, "0.10000000149011612");
    writes_double(NAN, "NaN");
    writes_double(INFINITY, "Infinity");
    writes_double(-INFINITY, "-Infinity");
}

Test(number, doubles_of_any_bits_come_back)
{
    uint64_t state = 88172645463325252;
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = next_random(&state);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (i & 1) /* few digits, as sensors have them */
            value = (double)(int32_t)(bits >> 32) / 10000;
        if (isnan(value))
            continue;
        char text[VIZ_NUMBER_DOUBLE_TEXT + 1] = "";
        size_t length = viz_number_format_double(value, text);
        struct viz_number number;
        cr_assert_lt(length, VIZ_NUMBER_DOUBLE_TEXT);
        cr_assert_eq(viz_number_parse(text, text + length, '.', &number),
                     text + length);
        cr_assert(viz_number_double(&number) == value, "%a: %s", value, text);
        cr_assert(strtod(text, NULL) == value, "%a: %s", value, text);
    }
}

Test(number, does_not_depend_on_the_locale)
{
    setlocale(LC_NUMERIC, "de_DE.UTF-8"); /* where there is one: a decimal comma */
    struct viz_number number;
    /* Nearest by the exact way, which goes through strtof. */
    cr_expect(same_bits(read_whole("0.100000001490116119384765625e-30"),
                        0.100000001490116119384765625e-30f));
    static const char comma[] = "1,5";
    viz_number_parse(comma, comma + 3, ',', &number);
    cr_expect_float_eq(viz_number_float(&number), 1.5f, 0);
}

Test(number, random_texts_are_exact)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
        char text[512];
        uint64_t bits = next_random(&state);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (i % 2)
            value = (double)(int64_t)bits / (double)(UINT64_C(1) << (bits % 61));
        if (!isfinite(value))
            continue;
        if (i % 3)
            snprintf(text, sizeof(text), "%.*g", i % 60 + 1, value);
        else
            snprintf(text, sizeof(text), "%.*f", i % 30, value);
        cr_assert(same_bits(read_whole(text), strtof(text, NULL)), "%s", text);
    }
}

/* The worst there is: exactly between two float32, and a hair beside. */
Test(number, middles_are_exact)
{
    uint64_t state = 1;
    for (int i = 0; i < 50000; i++) {
        char text[256];
        uint32_t bits = (uint32_t)next_random(&state);
        float low;
        memcpy(&low, &bits, sizeof(low));
        if (!isfinite(low) || !isfinite(nextafterf(low, INFINITY)))
            continue;
        double middle = ((double)low + (double)nextafterf(low, INFINITY)) / 2;
        int size = snprintf(text, sizeof(text), "%.130e", middle);
        cr_assert(same_bits(read_whole(text), strtof(text, NULL)), "%s", text);
        char *e = strchr(text, 'e');
        memmove(e + 1, e, (size_t)(text + size - e) + 1);
        *e = '1';
        cr_assert(same_bits(read_whole(text), strtof(text, NULL)), "%s", text);
    }
}

Test(number, integers)
{
    static const struct {
        const char *text;
        int shift;
        bool good;
        int64_t value;
    } cases[] = {
        {"1", 0, true, 1},
        {"9223372036854775807", 0, true, INT64_MAX},
        {"9223372036854775808", 0, false, 0},
        {"-9223372036854775807", 0, true, -INT64_MAX},
        {"1700000000123456789", 0, true, 1700000000123456789},
        {"1700000000.123456789", 9, true, 1700000000123456789},
        {"0.30000000000000004", 9, true, 300000000},
        {"0.29999999999999999", 9, true, 300000000},
        {"1.5", 0, true, 2},
        {"-0.0000000005", 9, true, -1},
        {"0.00000000049", 9, true, 0},
        {"1e-40", 9, true, 0},
        {"1e10", 9, false, 0},
        {"1e18", 0, true, 1000000000000000000},
        {"0e99", 9, true, 0},
        {"12345678901234567890", 0, false, 0},
        {"1234.5678901234567890123456789", 3, true, 1234568},
        {"nan", 9, false, 0},
        {"inf", 9, false, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct viz_number number;
        int64_t value = 0;
        const char *text = cases[i].text;
        viz_number_parse(text, text + strlen(text), '.', &number);
        bool good = viz_number_int64(&number, cases[i].shift, &value);
        cr_expect(good == cases[i].good && value == cases[i].value, "%s: %lld", text,
                  (long long)value);
    }
}

static const char *format(float value, char *out)
{
    out[viz_number_format(value, out)] = 0;
    return out;
}

Test(number, formats_short)
{
    static const struct {
        float value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0f, "-0"},
        {1, "1"},
        {0.1f, "0.1"},
        {-9.80665f, "-9.80665"},
        {100, "100"},
        {123456, "123456"},
        {1e8f, "100000000"},
        {1e9f, "1e9"},
        {1e-5f, "0.00001"},
        {1e-6f, "1e-6"},
        {1.5e-7f, "1.5e-7"},
        {16777216, "16777216"},
        {9999999, "9999999"},
        {0.99999994f, "0.99999994"},
        {INFINITY, "Infinity"},
        {-INFINITY, "-Infinity"},
        {NAN, "NaN"},
    };
    char text[VIZ_NUMBER_TEXT + 1];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_str_eq(format(cases[i].value, text), cases[i].text);
}

Test(number, what_is_formatted_reads_back)
{
    uint64_t state = 42;
    for (int i = 0; i < 300000; i++) {
        char text[VIZ_NUMBER_TEXT + 1] = {0};
        uint32_t bits = i < 1000 ? (uint32_t)i : (uint32_t)next_random(&state);
        float value;
        memcpy(&value, &bits, sizeof(value));
        if (isnan(value))
            continue;
        size_t size = viz_number_format(value, text);
        cr_assert(size <= VIZ_NUMBER_TEXT);
        text[size] = 0;
        cr_assert(same_bits(strtof(text, NULL), value), "%s", text);
        cr_assert(same_bits(read_whole(text), value), "%s", text);
    }
}

Test(number, formats_integers)
{
    static const int64_t values[] = {0, 1, -1, 10, INT64_MAX, INT64_MIN, 1234567890123};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char text[21], want[32];
        text[viz_number_format_int64(values[i], text)] = 0;
        snprintf(want, sizeof(want), "%lld", (long long)values[i]);
        cr_expect_str_eq(text, want);
    }
}
