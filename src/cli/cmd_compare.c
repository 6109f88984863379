/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "compare_report.h"
#include "selector.h"

#include <viz/special.h>

#include <errno.h>
#include <stdlib.h>

struct sides {
    int64_t *ids[2];
    uint32_t count[2];
};

/* What is asked for is impossible, whatever the store holds: usage. */
static int refuse(int ret, const struct viz_error *err)
{
    viz_say(err->text);
    return ret == -EINVAL ? VIZ_EXIT_USAGE : VIZ_EXIT_FAILURE;
}

static int compare(struct viz_store *store, const struct viz_arguments *arguments,
                   const struct sides *sides)
{
    const struct viz_compare_config *config = &arguments->compare;
    const struct viz_comparison_params params = viz_compare_params(config);
    struct viz_comparison *comparison;
    struct viz_error err;
    int ret = viz_comparison_create(
        store, sides->ids[0], sides->count[0], arguments->operand[0], sides->ids[1],
        sides->count[1], arguments->operand[1], &params, &comparison, &err);
    if (ret < 0)
        return refuse(ret, &err);
    int code = viz_compare_report(comparison, config);
    viz_comparison_destroy(comparison);
    return code;
}

int viz_cmd_compare(const struct viz_arguments *arguments)
{
    struct sides sides = {.count = {0}};
    struct viz_error err;
    if (!viz_selector_operands(
            arguments, 2, 2,
            "viz compare takes two sides, A and B (runs, or tag:NAME)"))
        return VIZ_EXIT_USAGE;
    viz_special_start();
    const struct viz_compare_config *config = &arguments->compare;
    if (viz_compare_check(config, config->output, &err) < 0) {
        viz_say(err.text);
        return VIZ_EXIT_FAILURE;
    }
    struct viz_store *store = viz_compare_open(config);
    if (!store)
        return VIZ_EXIT_FAILURE;
    int code =
        viz_compare_side(store, arguments->operand[0], &sides.ids[0], &sides.count[0]);
    if (code == 0)
        code = viz_compare_side(store, arguments->operand[1], &sides.ids[1],
                                &sides.count[1]);
    if (code == 0)
        code = compare(store, arguments, &sides);
    free(sides.ids[0]);
    free(sides.ids[1]);
    viz_store_close(store);
    return code;
}
