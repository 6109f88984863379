/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "selector.h"

#include <viz/run_json.h>
#include <viz/run_summary.h>
#include <viz/run_text.h>

#include <stdio.h>
#include <stdlib.h>

static void print_line(void *context, const char *text)
{
    (void)context;
    puts(text);
}

static void print_summary(const struct viz_run_summary *summary, bool json)
{
    const struct viz_run_text_params params = {
        .width = viz_selector_width(),
        .ascii = !viz_selector_unicode(),
    };
    if (!json) {
        viz_run_text(summary, &params, print_line, NULL);
        return;
    }
    char *text = viz_run_summary_json(summary);
    puts(text);
    free(text);
}

static int show(struct viz_store *store, const struct viz_arguments *arguments)
{
    const struct viz_runs_config *config = &arguments->runs;
    const struct viz_run_summary_params params = {
        .alpha = config->ema,
        .bins = config->bins,
        .metric = config->metric,
        .profile = config->profile,
    };
    struct viz_run_summary *summary;
    struct viz_error err;
    int64_t run;
    if (!viz_selector_find(store, arguments->operand[0], &run))
        return VIZ_EXIT_FAILURE;
    if (viz_run_summary_create(store, run, &params, &summary, &err) < 0) {
        viz_say(err.text);
        return VIZ_EXIT_FAILURE;
    }
    print_summary(summary, config->json);
    viz_run_summary_destroy(summary);
    return VIZ_EXIT_OK;
}

int viz_cmd_show(const struct viz_arguments *arguments)
{
    if (!viz_selector_operands(arguments, 1, 1, "viz show takes one RUN"))
        return VIZ_EXIT_USAGE;
    struct viz_store *store = viz_selector_open(arguments, VIZ_STORE_READ);
    if (!store)
        return VIZ_EXIT_FAILURE;
    int code = show(store, arguments);
    viz_store_close(store);
    return code;
}
