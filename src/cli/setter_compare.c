/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setter.h"

#include <viz/comparison.h>

#include <errno.h>
#include <string.h>

static void *field(const struct viz_option *option, struct viz_arguments *arguments)
{
    return (char *)arguments + option->at;
}

VIZ_SETTER(viz_set_statistic)
{
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        if (strcmp(text, viz_statistic_name((enum viz_statistic)i)))
            continue;
        *(enum viz_statistic *)field(option, arguments) = (enum viz_statistic)i;
        return 0;
    }
    return viz_fail(err, -EINVAL, "expected mean, median, p95 or p99");
}

VIZ_SETTER(viz_set_compare_seed)
{
    int ret = viz_set_seed(option, text, arguments, err);
    if (ret < 0 || arguments->compare.seed > INT64_MAX) /* JSON knows no larger ones */
        return viz_fail(err, -EINVAL, "expected a whole number from 0 to %lld",
                        (long long)INT64_MAX);
    arguments->compare.seeded = true;
    return 0;
}

VIZ_SETTER(viz_set_limit)
{
    double percent = arguments->compare.limit_percent;
    int ret = viz_comparison_limits_check(text, &percent, err);
    if (ret < 0)
        return ret;
    *(const char **)field(option, arguments) = text;
    arguments->compare.limit_percent = percent;
    return 0;
}

VIZ_SETTER(viz_set_report)
{
    static const char *const endings[] = {".json", ".md", ".html"};
    size_t length = strlen(text);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending = strlen(endings[i]);
        if (length <= ending || strcmp(text + length - ending, endings[i]))
            continue;
        *(const char **)field(option, arguments) = text;
        return 0;
    }
    return viz_fail(err, -EINVAL,
                    "expected a file that ends in .json, .md or .html: the ending says "
                    "what is written");
}
