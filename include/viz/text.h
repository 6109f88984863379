/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers to text and back, the same in every locale.
 *
 * Writers fill @out like snprintf (cut to @size, always terminated) and return the
 * length of what stands there. A number that is not finite is written as "–" (a dash:
 * no figure). Readers take the whole text or refuse it: no blanks, no rest, no
 * infinity, no NaN. */
#ifndef VIZ_TEXT_H
#define VIZ_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Three digits and an SI prefix: "1.23 kHz", "-45.6 mV", "0 V"; without a unit "1.23 k"
 * and "1.23". @unit may be NULL. Micro is µ (U+00B5). Beyond the prefixes (f to P) a
 * power of ten: "1.25e+24". */
size_t viz_text_si(char *out, size_t size, double value, const char *unit);

/* The same in columns that do not move while the value changes: sign or blank, four
 * columns of number, a blank, prefix or blank: seven columns, then the unit. Beyond the
 * prefixes one digit and a power of ten: " 2e+24 ". */
size_t viz_text_si_fixed(char *out, size_t size, double value, const char *unit);

/* @decimals (0..9) digits behind the point: "0.250". From 1e9 on without decimals. */
size_t viz_text_decimal(char *out, size_t size, double value, unsigned decimals);

/* Label of an axis tick: as many decimals as the distance @step of the ticks needs, and
 * the SI prefix that fits @largest, the largest magnitude on the axis: "-0.5", "12 k".
 * Beyond the prefixes each has its own power of ten: "1.5e+38". */
size_t viz_text_tick(char *out, size_t size, double value, double step, double largest);

/* What to give viz_text_tick() for @largest where its numbers stand before @unit (NULL:
 * none): a unit that has a prefix of its own ("µs", "kHz") and a percentage get no second
 * one. */
double viz_text_tick_largest(double largest, const char *unit);

/* Label of a time axis tick in the unit that fits @step_ns: "-500 ms", "-2.5 s", "0 s",
 * and from steps of a minute on "-1 min 30 s". */
size_t viz_text_time_tick(char *out, size_t size, int64_t ns, int64_t step_ns);

/* Two figures: "850 ns", "2.3 ms", "42 s", "1 min 5 s", "1 h 5 min", "2 d 3 h". */
size_t viz_text_duration(char *out, size_t size, int64_t ns);

/* Groups of three, set apart by thin spaces (U+2009): "12 345 678". */
size_t viz_text_count(char *out, size_t size, uint64_t count);

/* "12.3 MiB". */
size_t viz_text_bytes(char *out, size_t size, uint64_t bytes);

/* Words from outside, fit for a terminal: control characters, what turns the direction
 * of writing, and malformed UTF-8 become "?", and what does not fit is cut between
 * characters. */
size_t viz_text_visible(char *out, size_t size, const char *text);

/* Whether all of @text is well-formed. */
bool viz_text_is_utf8(const char *text);

/* Whether there is nothing to see in @text: it is empty, or has blanks alone. */
bool viz_text_is_blank(const char *text);

/* Columns that @text takes on a terminal. */
uint32_t viz_text_width(const char *text);

/* Bytes at the beginning of @text that take at most @columns: whole characters. */
size_t viz_text_fit(const char *text, uint32_t columns);

/* A decimal number: "12", "-0.5", ".5", "1e3". */
bool viz_text_number(const char *text, double *out);

/* An unsigned integer in decimal digits. */
bool viz_text_unsigned(const char *text, uint64_t *out);

/* What may stand behind a number, and what it multiplies it by. */
struct viz_text_suffix {
    const char *text; /* NULL ends a table */
    double factor;
};

/* ns us µs ms s min h -> seconds; k M G; Hz kHz MHz and k M -> hertz; % -> percent. A
 * bare number is in the table's own unit: seconds, ones, hertz, percent. */
extern const struct viz_text_suffix viz_text_seconds[];
extern const struct viz_text_suffix viz_text_milliseconds[]; /* the same to ms */
extern const struct viz_text_suffix viz_text_multiples[];
extern const struct viz_text_suffix viz_text_hertz[];
extern const struct viz_text_suffix viz_text_percent[];

/* A number with one of @suffixes or none: "20ms", "1.5 s" (one blank may come between).
 */
bool viz_text_quantity(const char *text, const struct viz_text_suffix *suffixes,
                       double *out);

#endif
