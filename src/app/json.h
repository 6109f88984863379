/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of a report as JSON: what is not known is null, never 0. */
#ifndef VIZ_JSON_H
#define VIZ_JSON_H

#include <jansson.h>
#include <math.h>
#include <stdint.h>

static inline json_t *viz_json_count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static inline json_t *viz_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static inline json_t *viz_json_text(const char *value)
{
    json_t *string = json_string(value); /* NULL when it is not UTF-8 */
    return string ? string : json_string("(not UTF-8)");
}

#endif
