/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal numbers in text streams: fast, exact, and the same in every locale.
 *
 * A number is read once into its decimal parts; what it becomes is decided after that:
 * the nearest float32 (ties to even, exact for any number of digits), or a 64-bit
 * integer with a power of ten (nanoseconds from seconds, without a detour through
 * floating point). */
#ifndef VIZ_NUMBER_H
#define VIZ_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum viz_number_kind {
    VIZ_NUMBER_FINITE,
    VIZ_NUMBER_NAN,
    VIZ_NUMBER_INFINITE,
};

struct viz_number {
    enum viz_number_kind kind;
    bool negative;
    bool whole;         /* digits alone: no point, no exponent */
    bool cut;           /* digits that are not 0 lie beyond the mantissa */
    int32_t exponent;   /* value = mantissa * 10^exponent */
    uint64_t mantissa;  /* the first 19 significant digits */
    const char *digits; /* the text of digits and point, for the exact way */
    const char *digits_end;
};

/* Read the number that @text begins with: [+-] digits [point digits] [e[+-]digits], or
 * nan, inf, infinity in any case. @point is the decimal mark. Returns what follows it,
 * or NULL when there is none. Never reads at or beyond @end. */
const char *viz_number_parse(const char *text, const char *end, char point,
                             struct viz_number *out);

/* The nearest float32; beyond its range infinity or 0, any NaN the plain quiet one. */
float viz_number_float(const struct viz_number *number);

/* The nearest double (ties to even, exact for any number of digits); beyond its range
 * infinity or 0. */
double viz_number_double(const struct viz_number *number);

/* The number times 10^@shift, rounded to the nearest integer. False when it is not
 * finite, out of range, or has more digits than were kept. */
bool viz_number_int64(const struct viz_number *number, int shift, int64_t *out);

/* The shortest text of 6 to 9 significant digits that viz_number_float() reads back to
 * the same bits: "0.1", "-9.80665", "1.17549e-38", "NaN", "-Infinity". Returns its
 * length; not terminated. */
#define VIZ_NUMBER_TEXT 16
size_t viz_number_format(float value, char *out);

/* The shortest text that viz_number_double() reads back to the same bits, a NaN's payload
 * apart. Returns its length; not terminated. */
#define VIZ_NUMBER_DOUBLE_TEXT 32
size_t viz_number_format_double(double value, char *out);

/* Decimal digits, with a - where needed; 20 bytes at most, not terminated. */
size_t viz_number_format_int64(int64_t value, char *out);

#endif
