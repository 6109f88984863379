/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates and times of day, to and from nanoseconds since 1970 UTC. Local time is that of
 * TZ. Years 1970 to 2262: what 64 bits of nanoseconds hold. */
#ifndef VIZ_MOMENT_H
#define VIZ_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "2026-01-31", "2026-01-31T12:00" or "2026-01-31 12:00:05.25"; local time, UTC where a Z
 * stands behind it. A day alone is its first moment. False: no such text, or no such day.
 */
bool viz_moment_parse(const char *text, int64_t *out_ns);

/* "2026-01-31 12:00:05", local time. */
size_t viz_moment_local(char *out, size_t size, int64_t ns);

/* "2026-01-31T11:00:05.250Z", ISO 8601. */
size_t viz_moment_utc(char *out, size_t size, int64_t ns);

#endif
