/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "selector.h"

#include <viz/draft.h>
#include <viz/exporter.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_run(struct viz_export_params *params, const char *path,
                     struct viz_error *err)
{
    struct viz_draft *draft;
    uint64_t rows = 0;
    if (!strcmp(path, "-")) {
        params->fd = STDOUT_FILENO;
        return viz_export_run(params, &rows, err);
    }
    int ret = viz_draft_open(path, &draft, err);
    if (ret < 0)
        return ret;
    params->fd = viz_draft_fd(draft);
    ret = viz_export_run(params, &rows, err);
    if (ret < 0) {
        viz_draft_discard(draft);
        return ret;
    }
    ret = viz_draft_keep(draft, err);
    if (ret == 0)
        fprintf(stderr, "viz: %" PRIu64 " rows are in %s\n", rows, path);
    return ret;
}

static int export_run(struct viz_store *store, const struct viz_arguments *arguments)
{
    struct viz_export_params params = {
        .store = store,
        .json = arguments->runs.export_json,
        .all = arguments->runs.all,
        .profile = arguments->runs.profile,
    };
    struct viz_error err;
    if (!viz_selector_find(store, arguments->operand[0], &params.run))
        return VIZ_EXIT_FAILURE;
    params.stop = viz_interrupt_watch();
    int ret = write_run(&params, arguments->runs.output, &err);
    if (ret == -EPIPE) /* who reads it has enough */
        return VIZ_EXIT_FAILURE;
    if (ret < 0)
        viz_say(err.text);
    return ret < 0 ? VIZ_EXIT_FAILURE : VIZ_EXIT_OK;
}

int viz_cmd_export(const struct viz_arguments *arguments)
{
    if (!viz_selector_operands(arguments, 1, 1, "viz export takes one RUN"))
        return VIZ_EXIT_USAGE;
    struct viz_store *store = viz_selector_open(arguments, VIZ_STORE_READ);
    if (!store)
        return VIZ_EXIT_FAILURE;
    int code = export_run(store, arguments);
    viz_store_close(store);
    return code;
}
