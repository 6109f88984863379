/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "selector.h"

#include <viz/importer.h>
#include <viz/provenance.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(void *context, const char *sentence)
{
    (void)context;
    viz_say(sentence);
}

static void say_bad(const struct viz_imported *run)
{
    fprintf(stderr,
            "viz: %s: %" PRIu64
            " row%s could not be read and %s left out; the first is "
            "row %" PRIu64 ": %s\n",
            run->file, run->bad, run->bad == 1 ? "" : "s", run->bad == 1 ? "is" : "are",
            run->bad_line, run->bad_why);
}

static void print_run(void *context, const struct viz_imported *run)
{
    (void)context;
    if (run->known) {
        fprintf(stderr,
                "viz: %s: run \"%s\" was imported before and is run %" PRId64
                ": skipped (--again imports it once more)\n",
                run->file, run->name, run->run);
        return;
    }
    printf("run %" PRId64 " \"%s\": %" PRIu64 " samples from %s (%s)%s\n", run->run,
           run->name, run->samples, run->file, run->format,
           run->whole ? "" : ", interrupted");
    if (run->bad)
        say_bad(run);
    if (run->rounded)
        fprintf(stderr,
                "viz: %s: %" PRIu64 " numbers have more digits than a frame holds and "
                "are rounded\n",
                run->file, run->rounded);
}

static int import(struct viz_store *store, const struct viz_arguments *arguments)
{
    const struct viz_runs_config *config = &arguments->runs;
    const char *tag[VIZ_MAX_TAGS];
    char *tags = strdup(config->tags ? config->tags : "");
    const struct viz_import_params params = {
        .store = store,
        .format = config->format,
        .run_name = config->run_name,
        .description = config->description,
        .tags = tag,
        .tag_count = viz_provenance_tags(tags, tag),
        .again = config->again,
        .imported = print_run,
        .say = say,
        .stop = viz_interrupt_watch(),
    };
    int ret = viz_import_files(&params, arguments->operand, arguments->operands);
    free(tags);
    return ret < 0 ? VIZ_EXIT_FAILURE : VIZ_EXIT_OK;
}

/* Made when it is not there. */
static struct viz_store *open_store(const char *db)
{
    struct viz_store *store = NULL;
    struct viz_error err;
    char path[PATH_MAX];
    int ret = db ? 0 : viz_store_default(path, sizeof(path), &err);
    if (ret == 0)
        ret = viz_store_open(db ? db : path, VIZ_STORE_WRITE, &store, &err);
    if (ret < 0)
        viz_say(err.text);
    return ret < 0 ? NULL : store;
}

int viz_cmd_import(const struct viz_arguments *arguments)
{
    if (!viz_selector_operands(arguments, 1, VIZ_MAX_OPERANDS,
                               "viz import takes one FILE or more"))
        return VIZ_EXIT_USAGE;
    struct viz_store *store = open_store(arguments->runs.db);
    if (!store)
        return VIZ_EXIT_FAILURE;
    viz_raise_file_limit();
    int code = import(store, arguments);
    viz_store_close(store);
    return code;
}
