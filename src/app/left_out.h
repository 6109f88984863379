/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which samples of a metric are no values, and why, as JSON. */
#ifndef VIZ_LEFT_OUT_H
#define VIZ_LEFT_OUT_H

#include "json.h"

#include <viz/run_series.h>

/* null where there is no metric. */
static inline json_t *viz_left_out_json(const struct viz_metric_series *series)
{
    json_t *out = series ? json_object() : json_null();
#define X(name, words)                                                                 \
    if (series)                                                                        \
        viz_json_set(out, #name, viz_json_count(series->name));
    VIZ_LEFT_OUT(X)
#undef X
    return out;
}

#endif
