/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "compare_report.h"
#include "selector.h"

#include <viz/special.h>
#include <viz/trend.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define WIDEST 100

static void print_line(void *context, const char *text)
{
    (void)context;
    puts(text);
}

static void print(const struct viz_trend *trend, bool json)
{
    uint32_t width = viz_selector_width();
    if (!json) {
        viz_trend_text(trend, width && width < WIDEST ? width : WIDEST, print_line,
                       NULL);
        return;
    }
    char *text = viz_trend_json(trend);
    puts(text);
    free(text);
}

static int follow(struct viz_store *store, const struct viz_compare_config *config,
                  const int64_t *ids, uint32_t count)
{
    const struct viz_trend_params params = {
        .alpha = config->alpha,
        .limit_percent = config->limit_percent,
        .seed = config->seed,
        .seeded = config->seeded,
        .metric = config->metrics,
        .statistic = config->statistic,
        .threads = config->threads,
    };
    struct viz_trend *trend;
    struct viz_error err;
    int ret = viz_trend_create(store, ids, count, &params, &trend, &err);
    if (ret < 0) {
        viz_say(err.text);
        return ret == -EINVAL ? VIZ_EXIT_USAGE : VIZ_EXIT_FAILURE;
    }
    print(trend, config->json);
    int code = viz_compare_code(trend->verdict, config);
    viz_trend_destroy(trend);
    return code;
}

int viz_cmd_trend(const struct viz_arguments *arguments)
{
    int64_t *ids = NULL;
    uint32_t count;
    if (!viz_selector_operands(arguments, 1, 1,
                               "viz trend takes one TAG (or runs, with commas)"))
        return VIZ_EXIT_USAGE;
    viz_special_start();
    struct viz_store *store = viz_compare_open(&arguments->compare);
    if (!store)
        return VIZ_EXIT_FAILURE;
    int code = viz_compare_side(store, arguments->operand[0], &ids, &count);
    if (code == 0)
        code = follow(store, &arguments->compare, ids, count);
    free(ids);
    viz_store_close(store);
    return code;
}
