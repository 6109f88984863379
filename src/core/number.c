/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/number.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_DIGITS 19 /* any 19 digits fit into 64 bits */
#define EXPONENT_LIMIT 100000
#define EXACT_POWER                                                                    \
    22 /* 10^22 is the last power of ten that a double holds exactly   \
                        */

/* A float32 or the middle between two has no more than 113 significant digits, a double
 * no more than 768. */
#define DECISIVE_DIGITS 120
#define DECISIVE_DIGITS_DOUBLE 780

#define EXACT_INTEGER (UINT64_C(1) << 53) /* a double holds each up to it */

static const double powers[EXACT_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool has_word(const char *text, const char *end, const char *word, size_t length)
{
    if ((size_t)(end - text) < length)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((text[i] | 0x20) != word[i])
            return false;
    return true;
}

static const char *parse_word(const char *text, const char *end, struct viz_number *out)
{
    static const struct {
        const char *text;
        size_t length;
        enum viz_number_kind kind;
    } words[] = {
        {"nan", 3, VIZ_NUMBER_NAN},
        {"infinity", 8, VIZ_NUMBER_INFINITE},
        {"inf", 3, VIZ_NUMBER_INFINITE},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (has_word(text, end, words[i].text, words[i].length)) {
            out->kind = words[i].kind;
            return text + words[i].length;
        }
    return NULL;
}

/* The digits again, when there are more than fit: leading zeros do not count. */
static void keep_first_digits(struct viz_number *number, char point)
{
    bool behind = false;
    int kept = 0;
    number->mantissa = 0;
    number->exponent = 0;
    for (const char *at = number->digits; at < number->digits_end; at++) {
        if (*at == point) {
            behind = true;
            continue;
        }
        if (kept < KEPT_DIGITS) {
            number->mantissa = number->mantissa * 10 + (uint64_t)(*at - '0');
            kept += number->mantissa != 0;
            number->exponent -= behind;
        } else {
            number->cut |= *at != '0';
            number->exponent += !behind;
        }
    }
}

/* @at is behind the digits; nothing is read unless digits follow the e. */
static const char *parse_exponent(const char *at, const char *end,
                                  struct viz_number *number)
{
    if (at == end || (*at | 0x20) != 'e')
        return at;
    const char *digit = at + 1;
    bool negative = digit < end && *digit == '-';
    if (digit < end && (*digit == '-' || *digit == '+'))
        digit++;
    if (digit == end || !is_digit(*digit))
        return at;
    int32_t exponent = 0;
    for (; digit < end && is_digit(*digit); digit++)
        if (exponent < EXPONENT_LIMIT)
            exponent = exponent * 10 + (*digit - '0');
    number->exponent += negative ? -exponent : exponent;
    number->whole = false;
    return digit;
}

const char *viz_number_parse(const char *text, const char *end, char point,
                             struct viz_number *out)
{
    *out = (struct viz_number){.kind = VIZ_NUMBER_FINITE, .whole = true};
    const char *at = text;
    if (at < end && (*at == '-' || *at == '+'))
        out->negative = *at++ == '-';
    const char *start = at;
    uint64_t mantissa = 0;
    for (; at < end && is_digit(*at); at++)
        mantissa = mantissa * 10 + (uint64_t)(*at - '0');
    ptrdiff_t digits = at - start;
    if (at < end && *at == point) {
        const char *fraction = ++at;
        for (; at < end && is_digit(*at); at++)
            mantissa = mantissa * 10 + (uint64_t)(*at - '0');
        out->exponent = (int32_t)(fraction - at);
        digits += at - fraction;
        out->whole = false;
    }
    if (!digits)
        return out->whole ? parse_word(start, end, out) : NULL;
    out->mantissa = mantissa;
    out->digits = start;
    out->digits_end = at;
    if (digits > KEPT_DIGITS)
        keep_first_digits(out, point);
    return parse_exponent(at, end, out);
}

/* For strtof and strtod, which are exact: at most @limit digits, which decide, with a power
 * of ten. Their decimal point is the locale's, so they are given none. */
static void put_exact(const struct viz_number *number, size_t limit, char *text)
{
    size_t used = 0;
    int64_t exponent = number->exponent;
    bool more = false;
    for (const char *at = number->digits; at < number->digits_end; at++) {
        if (!is_digit(*at) || (!used && *at == '0'))
            continue;
        if (used < limit)
            text[used++] = *at;
        else
            more |= *at != '0';
    }
    if (used > KEPT_DIGITS)
        exponent -= (int64_t)used - KEPT_DIGITS;
    if (more) {
        text[used++] = '1';
        exponent--;
    }
    text[used++] = 'e';
    used += viz_number_format_int64(exponent, text + used);
    text[used] = 0;
}

static float exact_float(const struct viz_number *number)
{
    char text[DECISIVE_DIGITS + 24];
    put_exact(number, DECISIVE_DIGITS, text);
    return strtof(text, NULL);
}

static double exact_double(const struct viz_number *number)
{
    char text[DECISIVE_DIGITS_DOUBLE + 24];
    put_exact(number, DECISIVE_DIGITS_DOUBLE, text);
    return strtod(text, NULL);
}

/* Within two units in the last place of a double. Where that decides which float32 is
 * the nearest, this is it; false where the exact way must decide. */
static bool quick_float(const struct viz_number *number, float *out)
{
    if (number->exponent < -EXACT_POWER || number->exponent > EXACT_POWER)
        return false;
    double value = (double)number->mantissa;
    if (number->exponent < 0)
        value /= powers[-number->exponent];
    else
        value *= powers[number->exponent];
    if (value < 2.4e-38 || value > 3.4e38) /* subnormal, or near the end of the range */
        return false;
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    /* The 29 bits that a float32 has not: too near to one half? */
    if ((bits & 0x1fffffff) - 0x0ffffff8 <= 16)
        return false;
    *out = (float)value;
    return true;
}

float viz_number_float(const struct viz_number *number)
{
    if (number->kind == VIZ_NUMBER_NAN)
        return NAN;
    float value = 0;
    if (number->kind == VIZ_NUMBER_INFINITE)
        value = INFINITY;
    else if (number->mantissa && !quick_float(number, &value))
        value = exact_float(number);
    return number->negative ? -value : value;
}

static uint64_t power_of_ten(int exponent)
{
    uint64_t power = 1;
    for (; exponent > 0; exponent--)
        power *= 10;
    return power;
}

bool viz_number_int64(const struct viz_number *number, int shift, int64_t *out)
{
    if (number->kind != VIZ_NUMBER_FINITE)
        return false;
    int64_t exponent = (int64_t)number->exponent + shift;
    uint64_t magnitude = number->mantissa;
    if (magnitude && exponent >= 0) {
        if (number->cut || exponent > 18 ||
            __builtin_mul_overflow(magnitude, power_of_ten((int)exponent), &magnitude))
            return false;
    } else if (exponent < 0) {
        uint64_t divisor = exponent < -19 ? 0 : power_of_ten((int)-exponent);
        uint64_t rest = divisor ? magnitude % divisor : 0;
        magnitude = divisor ? magnitude / divisor : 0;
        magnitude += divisor && rest >= divisor / 2;
    }
    if (magnitude > INT64_MAX)
        return false;
    *out = number->negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

size_t viz_number_format_int64(int64_t value, char *out)
{
    char reversed[20];
    size_t digits = 0, length = 0;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        reversed[digits++] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude);
    if (value < 0)
        out[length++] = '-';
    while (digits)
        out[length++] = reversed[--digits];
    return length;
}

static double scale(double value, int power)
{
    for (; power > EXACT_POWER; power -= EXACT_POWER)
        value *= powers[EXACT_POWER];
    for (; power < -EXACT_POWER; power += EXACT_POWER)
        value /= powers[EXACT_POWER];
    return power < 0 ? value / powers[-power] : value * powers[power];
}

/* One operation on two numbers that are exact is rounded once. */
static double finite_double(const struct viz_number *number)
{
    double value = (double)number->mantissa;
    if (number->mantissa > EXACT_INTEGER || number->exponent < -EXACT_POWER ||
        number->exponent > EXACT_POWER)
        return number->mantissa ? exact_double(number) : 0;
    return number->exponent < 0 ? value / powers[-number->exponent]
                                : value * powers[number->exponent];
}

double viz_number_double(const struct viz_number *number)
{
    if (number->kind == VIZ_NUMBER_NAN)
        return NAN;
    double value = INFINITY;
    if (number->kind == VIZ_NUMBER_FINITE)
        value = finite_double(number);
    return number->negative ? -value : value;
}

/* Nine digits of @value > 0, and the power of ten of the first. */
static uint32_t nine_digits(double value, int *power)
{
    int binary;
    frexp(value, &binary);
    *power = (int)floor((binary - 1) * 0.30102999566398120);
    double scaled = scale(value, 8 - *power);
    if (scaled >= 999999999.5)
        scaled = scale(value, 8 - ++*power);
    return (uint32_t)(scaled + 0.5);
}

/* @digits as text: @count of them, the first worth 10^@power. */
static size_t put_decimal(uint64_t digits, int count, int power, char *out)
{
    for (; count > 1 && digits % 10 == 0; count--)
        digits /= 10;
    char text[20];
    viz_number_format_int64((int64_t)digits, text);
    size_t used = 0;
    if (power < -5 || power > 8) {
        out[used++] = text[0];
        if (count > 1)
            out[used++] = '.';
        memcpy(out + used, text + 1, (size_t)count - 1);
        used += (size_t)count - 1;
        out[used++] = 'e';
        return used + viz_number_format_int64(power, out + used);
    }
    if (power < 0) {
        memcpy(out, "0.0000", 6);
        used = (size_t)(1 - power);
    }
    for (int i = 0; i < count || i <= power; i++) {
        if (i == power + 1 && power >= 0)
            out[used++] = '.';
        out[used++] = i < count ? text[i] : '0';
    }
    return used;
}

static bool reads_back(const char *text, size_t length, float value)
{
    struct viz_number number;
    viz_number_parse(text, text + length, '.', &number);
    return viz_number_float(&number) == value;
}

static size_t put_magnitude(float value, char *out)
{
    static const uint32_t divisors[] = {1000, 100, 10, 1};
    int power;
    uint32_t nine = nine_digits((double)value, &power);
    for (int i = 0;; i++) {
        uint32_t digits = (nine + divisors[i] / 2) / divisors[i];
        int count = 6 + i, first = power;
        if (digits >= 1000000000 / divisors[i]) { /* 9.999999 became 10.00000 */
            digits /= 10;
            first++;
        }
        size_t length = put_decimal(digits, count, first, out);
        if (divisors[i] == 1 || reads_back(out, length, value))
            return length;
    }
}

/* What is no number, and zero; 0 for all others. */
static size_t put_special(double value, char *out)
{
    size_t sign = 0;
    if (isnan(value)) {
        memcpy(out, "NaN", 3);
        return 3;
    }
    if (signbit(value))
        out[sign++] = '-';
    if (isinf(value)) {
        memcpy(out + sign, "Infinity", 8);
        return sign + 8;
    }
    if (value != 0)
        return 0;
    out[sign] = '0';
    return sign + 1;
}

size_t viz_number_format(float value, char *out)
{
    size_t special = put_special((double)value, out);
    if (special)
        return special;
    size_t sign = signbit(value) ? 1 : 0;
    out[0] = '-';
    return sign + put_magnitude(fabsf(value), out + sign);
}

/* @digits / 10^@decimals. */
static size_t put_fixed(uint64_t digits, int decimals, char *out)
{
    char text[20];
    int count = (int)viz_number_format_int64((int64_t)digits, text);
    size_t used = 0;
    int at = 0;
    for (; at < count - decimals; at++)
        out[used++] = text[at];
    if (!used)
        out[used++] = '0';
    if (!decimals)
        return used;
    out[used++] = '.';
    for (int zeros = decimals - count; zeros > 0; zeros--)
        out[used++] = '0';
    memcpy(out + used, text + at, (size_t)(count - at));
    return used + (size_t)(count - at);
}

/* As few decimals as tell @value > 0, where its digits fit into what a double counts in
 * ones: then one division reads them back. */
static size_t put_short(double value, char *out)
{
    if (value < 1e-5 || value > 1e15)
        return 0;
    for (int decimals = 0; decimals <= EXACT_POWER; decimals++) {
        double scaled = value * powers[decimals];
        if (scaled > 1e15)
            return 0;
        uint64_t digits = (uint64_t)(scaled + 0.5);
        if ((double)digits / powers[decimals] == value)
            return put_fixed(digits, decimals, out);
    }
    return 0;
}

static size_t put_long(double value, char *out)
{
    for (int count = value < DBL_MIN ? 1 : 15;; count++) {
        char text[40];
        snprintf(text, sizeof(text), "%.*e", count - 1, value);
        const char *exponent = strchr(text, 'e');
        uint64_t digits = 0;
        for (const char *at = text; at < exponent; at++)
            if (is_digit(*at))
                digits = digits * 10 + (uint64_t)(*at - '0');
        size_t length = put_decimal(digits, count, atoi(exponent + 1), out);
        struct viz_number number;
        viz_number_parse(out, out + length, '.', &number);
        if (count == 17 || viz_number_double(&number) == value)
            return length;
    }
}

size_t viz_number_format_double(double value, char *out)
{
    size_t special = put_special(value, out);
    if (special)
        return special;
    size_t sign = signbit(value) ? 1 : 0;
    out[0] = '-';
    size_t length = put_short(fabs(value), out + sign);
    return sign + (length ? length : put_long(fabs(value), out + sign));
}
