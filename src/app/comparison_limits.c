/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differences do not matter: "1,frame_ms=0.5%,S1/ay=0.02". */
#include "comparison_state.h"

#include <viz/text.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LEAST 0.0001 /* percent */
#define MOST 1000
#define LONGEST 256

/* One of the list. Its name is empty where it stands for all the rest. */
struct limit {
    char name[LONGEST];
    double value;
    bool percent;
};

static int refuse(const char *entry, struct viz_error *err)
{
    char shown[160];
    viz_text_visible(shown, sizeof(shown), entry);
    return viz_fail(err, -EINVAL,
                    "'%s' is no limit: expected a percentage from %g to %d (1 or 1%%), "
                    "NAME=P%% for one metric, or NAME=V in its unit",
                    shown, LEAST, MOST);
}

/* The entry at @at, which ends with a comma or the text. */
static int read_limit(const char *at, struct limit *out, struct viz_error *err)
{
    char entry[LONGEST];
    size_t length = strcspn(at, ",");
    snprintf(entry, sizeof(entry), "%.*s", (int)(length < LONGEST ? length : LONGEST),
             at);
    char *equals = strrchr(entry, '=');
    const char *number = equals ? equals + 1 : entry;
    *out = (struct limit){.percent = !equals || strchr(number, '%')};
    if (length >= LONGEST || equals == entry ||
        !viz_text_quantity(number, viz_text_percent, &out->value) || out->value <= 0 ||
        out->value > VIZ_SERIES_LARGEST ||
        (out->percent && (out->value < LEAST || out->value > MOST)))
        return refuse(entry, err);
    if (equals) {
        *equals = '\0';
        snprintf(out->name, sizeof(out->name), "%s", entry);
    }
    return 0;
}

/* The entry behind @at, or NULL. */
static const char *next(const char *at)
{
    at += strcspn(at, ",");
    return *at ? at + 1 : NULL;
}

int viz_comparison_limits_check(const char *limits, double *percent,
                                struct viz_error *err)
{
    bool given = false;
    for (const char *at = limits; at; at = next(at)) {
        struct limit limit;
        int ret = read_limit(at, &limit, err);
        if (ret < 0)
            return ret;
        if (*limit.name)
            continue;
        if (given)
            return viz_fail(err, -EINVAL, "two limits for all metrics: expected one");
        given = true;
        *percent = limit.value;
    }
    return 0;
}

int viz_comparison_limits_known(const struct viz_comparison *comparison,
                                struct viz_error *err)
{
    for (const char *at = comparison->params.limits; at; at = next(at)) {
        struct limit limit;
        int ret = read_limit(at, &limit, err);
        if (ret == 0 && *limit.name && !viz_comparison_has(comparison, limit.name))
            ret = viz_comparison_unknown(comparison, limit.name, err);
        if (ret < 0)
            return ret;
    }
    return 0;
}

bool viz_comparison_limit_of(const struct viz_comparison *comparison,
                             const struct viz_comparison_metric *metric, double *part,
                             double *absolute)
{
    bool named = false;
    *part = comparison->params.limit_percent / 100;
    *absolute = 0;
    for (const char *at = comparison->params.limits; at; at = next(at)) {
        struct limit limit;
        struct viz_error err;
        if (read_limit(at, &limit, &err) < 0 || !*limit.name ||
            !viz_metric_wanted(metric->a[0], limit.name))
            continue;
        named = true;
        *absolute = limit.percent ? 0 : limit.value;
        if (limit.percent)
            *part = limit.value / 100;
    }
    return named;
}
