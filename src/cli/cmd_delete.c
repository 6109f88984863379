/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "selector.h"

#include <viz/moment.h>
#include <viz/run_edit.h>
#include <viz/text.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What would go, in a line of its own. */
static int describe(void *context, const struct viz_run *run)
{
    char started[32], name[256];
    FILE *out = context;
    viz_moment_local(started, sizeof(started), run->started_ns);
    viz_text_visible(name, sizeof(name), run->name);
    fprintf(out, "  %" PRId64 "  %s  %s  %" PRIu64 " samples%s\n", run->id, started,
            name, run->samples,
            run->state == VIZ_RUN_RECORDING ? ", being recorded right now" : "");
    return 0;
}

static bool is_at_rest(struct viz_store *store, int64_t id)
{
    struct viz_error err;
    if (viz_run_edit_at_rest(store, id, &err) == 0)
        return true;
    viz_say(err.text);
    return false;
}

/* Every run that is named, each once; all of them, or nothing is deleted. */
static bool find_all(struct viz_store *store, const struct viz_arguments *arguments,
                     int64_t *id, uint32_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < arguments->operands; i++) {
        uint32_t known = 0;
        if (!viz_selector_find(store, arguments->operand[i], &id[*count]) ||
            !is_at_rest(store, id[*count]))
            return false;
        while (id[known] != id[*count])
            known++;
        *count += known == *count;
    }
    return true;
}

static bool confirm(uint32_t count)
{
    char answer[16];
    fprintf(stderr, "Delete %s for good? [y/N] ",
            count == 1 ? "this run" : "these runs");
    if (!fgets(answer, sizeof(answer), stdin))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return !strcmp(answer, "y") || !strcmp(answer, "Y") || !strcmp(answer, "yes");
}

static int delete_all(struct viz_store *store, const struct viz_arguments *arguments)
{
    int64_t id[VIZ_MAX_OPERANDS];
    struct viz_error err;
    uint32_t count;
    int ret = 0;
    if (!find_all(store, arguments, id, &count))
        return VIZ_EXIT_FAILURE;
    bool asks = !arguments->runs.yes;
    for (uint32_t i = 0; asks && i < count && ret == 0; i++)
        ret = viz_store_run(store, id[i], describe, stderr, &err);
    if (ret == 0 && asks && !confirm(count)) {
        viz_say("nothing was deleted");
        return VIZ_EXIT_FAILURE;
    }
    for (uint32_t i = 0; i < count && ret == 0; i++) {
        ret = viz_store_delete(store, id[i], &err);
        if (ret == 0)
            printf("deleted run %" PRId64 "\n", id[i]);
    }
    if (ret == 0)
        return VIZ_EXIT_OK;
    viz_say(err.text);
    return VIZ_EXIT_FAILURE;
}

int viz_cmd_delete(const struct viz_arguments *arguments)
{
    if (!viz_selector_operands(arguments, 1, VIZ_MAX_OPERANDS,
                               "viz delete takes one RUN or more"))
        return VIZ_EXIT_USAGE;
    if (!arguments->runs.yes && !isatty(STDIN_FILENO)) {
        viz_say(
            "viz delete asks before it deletes, and there is no terminal to ask on: "
            "give --yes");
        return VIZ_EXIT_USAGE;
    }
    struct viz_store *store = viz_selector_open(arguments, VIZ_STORE_WRITE);
    if (!store)
        return VIZ_EXIT_FAILURE;
    int code = delete_all(store, arguments);
    viz_store_close(store);
    return code;
}
