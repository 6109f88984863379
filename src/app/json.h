/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of a report as JSON: what is not known is null, never 0. */
#ifndef VIZ_JSON_H
#define VIZ_JSON_H

#include <viz/error.h>

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

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

static inline json_t *viz_json_reals(const double *value, size_t n)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, viz_json_real(value[i]));
    return out;
}

/* Of "a,b" a list. */
static inline json_t *viz_json_tags(const char *tags)
{
    json_t *out = json_array();
    while (*tags) {
        size_t length = strcspn(tags, ",");
        json_t *tag = json_stringn(tags, length);
        json_array_append_new(out, tag ? tag : json_string("(not UTF-8)"));
        tags += length + (tags[length] == ',');
    }
    return out;
}

/* @value goes to @object. */
static inline void viz_json_set(json_t *object, const char *key, json_t *value)
{
    viz_assert(value && !json_object_set_new(object, key, value));
}

#endif
