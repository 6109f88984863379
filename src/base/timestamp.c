/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/timestamp.h>

#define SECOND_NS INT64_C(1000000000)
#define DAY_S 86400
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */
#define ERA_DAYS 146097   /* 400 years */

/* Floor division: times before 1970 as well. */
static int64_t split(int64_t value, int64_t by, int64_t *rest)
{
    int64_t whole = value / by;
    *rest = value % by;
    if (*rest < 0) {
        *rest += by;
        whole--;
    }
    return whole;
}

/* Years that begin in March: the leap day is their last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t in_era, shifted = year - (month <= 2);
    int64_t era = split(shifted, 400, &in_era);
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * ERA_DAYS + in_era * 365 + in_era / 4 - in_era / 100 + in_year -
           EPOCH_DAYS;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
    int64_t in_era, era = split(days + EPOCH_DAYS, ERA_DAYS, &in_era);
    int64_t of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * of_era + of_era / 4 - of_era / 100);
    int64_t shifted = (5 * in_year + 2) / 153;
    *day = (int)(in_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(of_era + era * 400 + (*month <= 2));
}

static char *put(char *out, int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + digits;
}

void viz_timestamp_format(int64_t ns, char *out)
{
    int year, month, day;
    int64_t rest_ns, second;
    int64_t days = split(split(ns, SECOND_NS, &rest_ns), DAY_S, &second);
    date_of(days, &year, &month, &day);
    out = put(out, year, 4);
    *out++ = '-';
    out = put(out, month, 2);
    *out++ = '-';
    out = put(out, day, 2);
    *out++ = 'T';
    out = put(out, second / 3600, 2);
    *out++ = ':';
    out = put(out, second / 60 % 60, 2);
    *out++ = ':';
    out = put(out, second % 60, 2);
    *out++ = '.';
    put(out, rest_ns / 1000, 6);
}

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

static bool take_digits(struct cursor *cursor, int digits, int low, int high, int *out)
{
    int value = 0;
    if (cursor->end - cursor->at < digits)
        return false;
    for (int i = 0; i < digits; i++) {
        unsigned digit = (unsigned char)(*cursor->at++ - '0');
        if (digit > 9)
            return false;
        value = value * 10 + (int)digit;
    }
    *out = value;
    return value >= low && value <= high;
}

static int days_in(int year, int month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2)
        return 28 + leap;
    return 30 + ((month + month / 8) & 1);
}

static bool take_date(struct cursor *cursor, int64_t *days)
{
    int year, month, day;
    if (!take_digits(cursor, 4, 1, 9999, &year) || !take(cursor, '-') ||
        !take_digits(cursor, 2, 1, 12, &month) || !take(cursor, '-') ||
        !take_digits(cursor, 2, 1, days_in(year, month), &day))
        return false;
    *days = days_of(year, month, day);
    return true;
}

static bool take_time(struct cursor *cursor, int64_t *second)
{
    int hours, minutes, seconds = 0;
    if (!take_digits(cursor, 2, 0, 23, &hours) || !take(cursor, ':') ||
        !take_digits(cursor, 2, 0, 59, &minutes))
        return false;
    if (take(cursor, ':') && !take_digits(cursor, 2, 0, 59, &seconds))
        return false;
    *second = hours * INT64_C(3600) + minutes * INT64_C(60) + seconds;
    return true;
}

/* Digits behind the point; from the tenth on they are only stepped over. */
static bool take_fraction(struct cursor *cursor, int64_t *ns)
{
    int64_t unit = SECOND_NS / 10;
    *ns = 0;
    if (!take(cursor, '.'))
        return true;
    const char *first = cursor->at;
    for (; cursor->at < cursor->end && (unsigned char)(*cursor->at - '0') < 10;
         cursor->at++, unit /= 10)
        *ns += (*cursor->at - '0') * unit;
    return cursor->at > first;
}

static bool take_zone(struct cursor *cursor, int64_t *offset_s)
{
    int hours, minutes = 0;
    *offset_s = 0;
    if (cursor->at == cursor->end || take(cursor, 'Z') || take(cursor, 'z'))
        return true;
    bool east = take(cursor, '+');
    if (!east && !take(cursor, '-'))
        return false;
    if (!take_digits(cursor, 2, 0, 23, &hours))
        return false;
    take(cursor, ':');
    if (cursor->at < cursor->end && !take_digits(cursor, 2, 0, 59, &minutes))
        return false;
    *offset_s = (hours * INT64_C(3600) + minutes * INT64_C(60)) * (east ? 1 : -1);
    return true;
}

bool viz_timestamp_parse(const char *text, size_t size, int64_t *ns)
{
    struct cursor cursor = {text, text + size};
    int64_t days, second = 0, fraction_ns = 0, offset_s = 0;
    if (!take_date(&cursor, &days))
        return false;
    if (cursor.at < cursor.end) {
        if (!take(&cursor, 'T') && !take(&cursor, ' '))
            return false;
        if (!take_time(&cursor, &second) || !take_fraction(&cursor, &fraction_ns) ||
            !take_zone(&cursor, &offset_s) || cursor.at != cursor.end)
            return false;
    }
    int64_t seconds = days * DAY_S + second - offset_s;
    return !__builtin_mul_overflow(seconds, SECOND_NS, ns) &&
           !__builtin_add_overflow(*ns, fraction_ns, ns);
}
