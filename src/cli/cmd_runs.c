/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "selector.h"

#include <viz/moment.h>
#include <viz/run_json.h>
#include <viz/run_text.h>
#include <viz/table.h>
#include <viz/text.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct viz_table_column columns[] = {
    {.title = "id", .right = true},
    {.title = "name", .least = 8},
    {.title = "state"},
    {.title = "started"},
    {.title = "duration", .right = true},
    {.title = "samples", .right = true},
    {.title = "host", .least = 6},
    {.title = "tags", .least = 4},
};

struct listing {
    struct viz_table *table;
    uint64_t runs;
};

static bool read_date(const char *option, const char *text, int64_t *out)
{
    if (!text || viz_moment_parse(text, out))
        return true;
    fprintf(stderr,
            "viz: --%s \"%s\": expected a date such as 2026-01-31, 2026-01-31T12:00 or "
            "2026-01-31T12:00Z\n",
            option, text);
    return false;
}

static int list_run(void *context, const struct viz_run *run)
{
    struct listing *listing = context;
    char id[24], started[32], duration[32] = "–", samples[24], hosts[256];
    double duration_s = viz_run_duration_s(run);
    snprintf(id, sizeof(id), "%" PRId64, run->id);
    snprintf(samples, sizeof(samples), "%" PRIu64, run->samples);
    viz_moment_local(started, sizeof(started), run->started_ns);
    if (isfinite(duration_s))
        viz_text_duration(duration, sizeof(duration), (int64_t)(duration_s * 1e9));
    viz_table_row(listing->table,
                  (const char *const[]){id, run->name, viz_run_state_name(run->state),
                                        started, duration, samples,
                                        viz_run_hosts(hosts, sizeof(hosts), run->host),
                                        run->tags});
    listing->runs++;
    return 0;
}

static void print_line(void *context, const char *text)
{
    (void)context;
    puts(text);
}

static bool is_filtered(const struct viz_runs_config *config)
{
    return config->tag || config->name || config->host || config->since ||
           config->until;
}

static int list_table(struct viz_store *store, const struct viz_runs_config *config,
                      const struct viz_run_filter *filter, struct viz_error *err)
{
    struct listing listing = {
        .table = viz_table_create(columns, sizeof(columns) / sizeof(columns[0])),
    };
    int ret = viz_store_runs(store, filter, list_run, &listing, err);
    if (ret == 0 && listing.runs)
        viz_table_write(listing.table, viz_selector_width(), 0, print_line, NULL);
    else if (ret == 0)
        puts(is_filtered(config) ? "no run is like that" : "the store has no runs yet");
    if (ret == 0 && filter->limit && listing.runs == filter->limit)
        fprintf(stderr, "viz: the newest %u; --limit 0 lists all\n", filter->limit);
    viz_table_destroy(listing.table);
    return ret;
}

static int list_json(struct viz_store *store, const struct viz_run_filter *filter,
                     struct viz_error *err)
{
    char *text;
    int ret = viz_runs_json(store, filter, &text, err);
    if (ret < 0)
        return ret;
    puts(text);
    free(text);
    return 0;
}

int viz_cmd_runs(const struct viz_arguments *arguments)
{
    const struct viz_runs_config *config = &arguments->runs;
    struct viz_run_filter filter = {.tag = config->tag,
                                    .name = config->name,
                                    .host = config->host,
                                    .limit = config->limit};
    struct viz_error err;
    if (!viz_selector_operands(arguments, 0, 0,
                               "viz runs takes no operand (--name, --tag and --host "
                               "choose)") ||
        !read_date("since", config->since, &filter.from_ns) ||
        !read_date("until", config->until, &filter.to_ns))
        return VIZ_EXIT_USAGE;
    struct viz_store *store = viz_selector_open(arguments, VIZ_STORE_READ);
    if (!store)
        return VIZ_EXIT_FAILURE;
    int ret = config->json ? list_json(store, &filter, &err)
                           : list_table(store, config, &filter, &err);
    viz_store_close(store);
    if (ret == 0)
        return VIZ_EXIT_OK;
    viz_say(err.text);
    return VIZ_EXIT_FAILURE;
}
