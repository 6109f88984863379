/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in time as text, UTC, of the years 1678 to 2261: what nanoseconds since 1970
 * can tell. Pure functions. */
#ifndef VIZ_TIMESTAMP_H
#define VIZ_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "2026-01-31T12:00:00.123456": microseconds, what is beyond them cut off; 26 bytes, not
 * terminated. */
#define VIZ_TIMESTAMP_TEXT 26
void viz_timestamp_format(int64_t ns, char *out);

/* The whole of @text: the same with any number of decimals (nanoseconds are kept) or
 * none, a blank for the T, and Z, +01:00 or +0100 behind it; without them it is UTC. */
bool viz_timestamp_parse(const char *text, size_t size, int64_t *ns);

#endif
