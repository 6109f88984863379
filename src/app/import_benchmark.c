/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables with a column t, in seconds: the benchmark's, of viz and of others, and viz's
 * exports of runs of values. Every other column is a channel. */
#include "import.h"

#include <viz/alloc.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_S 9e9 /* as nanoseconds in 64 bits */

#define CHANNEL "channel_" /* what an export puts before a channel's name */

/* Columns of an export of viz with all columns that are no channels. */
static const char *const aside[] = {"seq",       "segment", "host_ns",
                                    "device_ns", "marks",   "missing"};

struct table {
    const struct viz_import_params *params;
    const char *file, *source;
    struct viz_import_rows *rows;
    int t, stream, host;
    uint32_t columns;
    int column[VIZ_IMPORT_COLUMNS]; /* of each channel */
    bool benchmark;                 /* t is a figure as the others are */
    struct viz_import_run run;
    bool begun;
    int64_t started_ns;
};

bool viz_import_benchmark_knows(const struct viz_import_rows *rows)
{
    return viz_import_find(rows, "t") >= 0 && viz_import_columns(rows) > 1;
}

static bool is_aside(const char *name)
{
    for (size_t i = 0; i < sizeof(aside) / sizeof(aside[0]); i++)
        if (!strcmp(name, aside[i]))
            return true;
    return false;
}

static bool is_channel(const struct table *table, int column)
{
    if (column == table->stream)
        return false;
    if (column == table->t)
        return table->benchmark;
    return table->host < 0 ||
           !is_aside(viz_import_column(table->rows, (uint32_t)column));
}

static const char *channel_name(const struct table *table, uint32_t channel)
{
    const char *name = viz_import_column(table->rows, (uint32_t)table->column[channel]);
    size_t before = strlen(CHANNEL);
    if (table->host >= 0 && !strncmp(name, CHANNEL, before) && is_aside(name + before))
        name += before;
    return name;
}

static void find_channels(struct table *table)
{
    table->t = viz_import_find(table->rows, "t");
    table->stream = viz_import_find(table->rows, "stream");
    table->host = viz_import_find(table->rows, "host_ns");
    table->benchmark = viz_import_find(table->rows, "fps") >= 0;
    for (uint32_t i = 0; i < viz_import_columns(table->rows); i++)
        if (is_channel(table, (int)i))
            table->column[table->columns++] = (int)i;
}

static int begin(struct table *table, struct viz_error *err)
{
    char name[256];
    viz_import_name(table->file, name, sizeof(name));
    int ret = viz_import_begin(&table->run, table->params,
                               &(struct viz_import_about){
                                   .file = table->file,
                                   .format = "benchmark",
                                   .name = name,
                                   .tags = table->benchmark ? "benchmark" : "",
                                   .source = table->source,
                                   .started_ns = table->started_ns,
                               },
                               err);
    table->begun = ret == 0;
    return ret;
}

static int stream_for(struct table *table, const char *name, uint32_t *index,
                      struct viz_error *err)
{
    struct viz_import_run *run = &table->run;
    struct viz_run_channel channel[VIZ_IMPORT_COLUMNS];
    for (*index = 0; *index < run->streams; ++*index)
        if (!strcmp(run->stream[*index].name, name))
            return 0;
    for (uint32_t i = 0; i < table->columns; i++)
        channel[i] = (struct viz_run_channel){channel_name(table, i), ""};
    return viz_import_add_stream(run,
                                 &(struct viz_run_stream){
                                     .name = name,
                                     .source = run->result.file,
                                     .form = VIZ_FORM_VALUES,
                                     .channel = channel,
                                     .channels = table->columns,
                                 },
                                 index, err);
}

static const char *read_row(const struct table *table, int64_t *t_ns, double *value)
{
    const struct viz_field *t = viz_import_field(table->rows, table->t);
    double seconds;
    if (t->kind != VIZ_FIELD_NUMBER || !viz_number_int64(&t->number, 9, t_ns))
        return "t";
    seconds = viz_number_double(&t->number);
    if (seconds < -LONGEST_S || seconds > LONGEST_S)
        return "t";
    for (uint32_t i = 0; i < table->columns; i++)
        if (!viz_import_double(viz_import_field(table->rows, table->column[i]),
                               &value[i]))
            return viz_import_column(table->rows, (uint32_t)table->column[i]);
    return NULL;
}

static int take_row(void *context, struct viz_error *err)
{
    struct table *table = context;
    const struct viz_field *stream = viz_import_field(table->rows, table->stream);
    double value[VIZ_IMPORT_COLUMNS];
    char name[VIZ_IMPORT_NAME];
    int64_t t_ns, host_ns;
    uint32_t index;
    const char *wrong = read_row(table, &t_ns, value);
    if (wrong) {
        viz_import_bad(&table->run.result, viz_import_line(table->rows), wrong);
        return 0;
    }
    snprintf(name, sizeof(name), "%.*s", (int)stream->text.size,
             stream->text.size ? stream->text.text : "");
    if (!*name)
        snprintf(name, sizeof(name), "%s", table->benchmark ? "intervals" : "values");
    int ret = table->begun ? 0 : begin(table, err);
    if (ret == 0)
        ret = stream_for(table, name, &index, err);
    if (ret)
        return ret;
    if (!viz_import_int(viz_import_field(table->rows, table->host), INT64_MIN,
                        INT64_MAX, &host_ns) &&
        __builtin_add_overflow(table->started_ns, t_ns, &host_ns))
        host_ns = table->started_ns;
    return viz_import_values(&table->run, index, host_ns,
                             table->benchmark ? INT64_MIN : t_ns, value, err);
}

int viz_import_benchmark(const struct viz_import_params *params, const char *name,
                         const char *source, struct viz_import_rows *rows,
                         struct viz_error *err)
{
    struct table *table = viz_zalloc(sizeof(*table));
    table->params = params;
    table->rows = rows;
    table->file = name;
    table->source = source;
    /* Seconds since it began, and not when that was. */
    table->started_ns = viz_import_file_time(name);
    find_channels(table);
    const struct viz_import_taker taker = {take_row, table, params, &table->run.result,
                                           name};
    int ret = viz_import_all(rows, &taker, err);
    if (table->begun)
        ret = viz_import_end(&table->run, VIZ_RUN_COMPLETE, 0, ret, err);
    else if (!ret)
        ret = viz_fail(err, -ENODATA, "%s has no row that can be read", name);
    free(table);
    return ret > 0 ? 0 : ret;
}
