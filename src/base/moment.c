/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/moment.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define LAST_YEAR 2261 /* the last whole one */

/* @digits digits at *text; they are stepped over. */
static bool read_digits(const char **text, unsigned digits, int *out)
{
    int value = 0;
    for (unsigned i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        value = value * 10 + (**text - '0');
    }
    *out = value;
    return true;
}

static bool read_mark(const char **text, const char *marks)
{
    if (!**text || !strchr(marks, **text))
        return false;
    ++*text;
    return true;
}

static bool read_day(const char **text, struct tm *out)
{
    if (!read_digits(text, 4, &out->tm_year) || !read_mark(text, "-") ||
        !read_digits(text, 2, &out->tm_mon) || !read_mark(text, "-") ||
        !read_digits(text, 2, &out->tm_mday))
        return false;
    if (out->tm_year < 1970 || out->tm_year > LAST_YEAR)
        return false;
    out->tm_year -= 1900;
    out->tm_mon -= 1;
    return true;
}

/* What stands behind the point of the seconds, nine digits at most. */
static bool read_fraction(const char **text, int64_t *out_ns)
{
    int64_t unit = SECOND_NS / 10;
    int digit;
    if (!read_mark(text, "."))
        return true;
    do {
        if (unit == 0 || !read_digits(text, 1, &digit))
            return false;
        *out_ns += digit * unit;
        unit /= 10;
    } while (**text >= '0' && **text <= '9');
    return true;
}

static bool read_time(const char **text, struct tm *out, int64_t *out_ns)
{
    if (!read_mark(text, "T "))
        return true;
    if (!read_digits(text, 2, &out->tm_hour) || !read_mark(text, ":") ||
        !read_digits(text, 2, &out->tm_min))
        return false;
    if (!read_mark(text, ":"))
        return true;
    return read_digits(text, 2, &out->tm_sec) && read_fraction(text, out_ns);
}

/* mktime() makes a day of every number; only those that it leaves alone are meant. An
 * hour that the change to summer time leaves out is moved, and that is as good. */
static bool same_day(const struct tm *a, const struct tm *b)
{
    return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon &&
           a->tm_mday == b->tm_mday && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

bool viz_moment_parse(const char *text, int64_t *out_ns)
{
    struct tm day = {.tm_isdst = -1};
    int64_t fraction_ns = 0;
    if (!read_day(&text, &day) || !read_time(&text, &day, &fraction_ns))
        return false;
    bool utc = read_mark(&text, "Zz");
    if (*text || day.tm_hour > 23)
        return false;
    struct tm given = day;
    time_t seconds = utc ? timegm(&day) : mktime(&day);
    if (!same_day(&given, &day))
        return false;
    *out_ns = seconds * SECOND_NS + fraction_ns;
    return true;
}

static int64_t split(int64_t ns, time_t *seconds)
{
    int64_t rest = ns % SECOND_NS;
    *seconds = ns / SECOND_NS - (rest < 0);
    return rest < 0 ? rest + SECOND_NS : rest;
}

static size_t length(int written, size_t size)
{
    return written < 0 ? 0 : (size_t)written < size ? (size_t)written : size - 1;
}

size_t viz_moment_local(char *out, size_t size, int64_t ns)
{
    time_t seconds;
    struct tm day;
    split(ns, &seconds);
    localtime_r(&seconds, &day);
    return length(snprintf(out, size, "%04d-%02d-%02d %02d:%02d:%02d",
                           day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, day.tm_hour,
                           day.tm_min, day.tm_sec),
                  size);
}

size_t viz_moment_utc(char *out, size_t size, int64_t ns)
{
    time_t seconds;
    struct tm day;
    int64_t rest_ns = split(ns, &seconds);
    gmtime_r(&seconds, &day);
    return length(snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                           day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, day.tm_hour,
                           day.tm_min, day.tm_sec, (int)(rest_ns / 1000000)),
                  size);
}
