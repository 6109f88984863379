/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables with a column t, in seconds: the benchmark's, of viz and of others, and viz's
 * exports of runs of values. Every other column is a channel. */
#include "import.h"

#include <viz/alloc.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL "channel_" /* what an export puts before a channel's name */

/* Columns of an export of viz with all columns that are no channels. */
static const char *const aside[] = {"seq",       "segment", "host_ns",
                                    "device_ns", "marks",   "missing"};

struct table {
    const struct viz_import_params *params;
    const char *file, *source;
    struct viz_import_rows *rows;
    int t, stream, host;
    bool benchmark; /* t is a figure as the others are */
    /* Of each stream and column: its channel's number, from 1; 0: none of its channels. */
    uint16_t place[VIZ_IMPORT_STREAMS][VIZ_IMPORT_COLUMNS];
    double value[VIZ_IMPORT_COLUMNS]; /* of the row at hand, by column */
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

/* Objects of JSON may each have other names. */
static bool has(const struct table *table, int column)
{
    return is_channel(table, column) &&
           (!viz_import_is_json(table->rows) ||
            viz_import_field(table->rows, column)->text.text);
}

static const char *channel_name(const struct table *table, int column)
{
    const char *name = viz_import_column(table->rows, (uint32_t)column);
    size_t before = strlen(CHANNEL);
    if (table->host >= 0 && !strncmp(name, CHANNEL, before) && is_aside(name + before))
        name += before;
    return name;
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

/* A stream has the channels of its first row. */
static int stream_for(struct table *table, const char *name, uint32_t *index,
                      struct viz_error *err)
{
    struct viz_import_run *run = &table->run;
    struct viz_run_channel channel[VIZ_IMPORT_COLUMNS];
    uint32_t channels = 0;
    for (*index = 0; *index < run->streams; ++*index)
        if (!strcmp(run->stream[*index].name, name))
            return 0;
    for (int i = 0; i < (int)viz_import_columns(table->rows); i++)
        if (has(table, i) && run->streams < VIZ_IMPORT_STREAMS) {
            channel[channels++] = (struct viz_run_channel){channel_name(table, i), ""};
            table->place[run->streams][i] = (uint16_t)channels;
        }
    return viz_import_add_stream(run,
                                 &(struct viz_run_stream){
                                     .name = name,
                                     .source = run->result.file,
                                     .form = VIZ_FORM_VALUES,
                                     .channel = channel,
                                     .channels = channels,
                                 },
                                 index, err);
}

static const char *read_row(struct table *table, int64_t *t_ns)
{
    const struct viz_field *t = viz_import_field(table->rows, table->t);
    if (t->kind != VIZ_FIELD_NUMBER || !viz_number_int64(&t->number, 9, t_ns))
        return "t";
    for (int i = 0; i < (int)viz_import_columns(table->rows); i++)
        if (is_channel(table, i) &&
            !viz_import_double(viz_import_field(table->rows, i), &table->value[i]))
            return viz_import_column(table->rows, (uint32_t)i);
    return NULL;
}

static int put_row(struct table *table, uint32_t stream, int64_t t_ns,
                   struct viz_error *err)
{
    double value[VIZ_IMPORT_COLUMNS];
    int64_t host_ns;
    for (uint32_t i = 0; i < table->run.stream[stream].channels; i++)
        value[i] = NAN;
    for (int i = 0; i < (int)viz_import_columns(table->rows); i++) {
        uint16_t place = table->place[stream][i];
        if (place) {
            value[place - 1] = table->value[i];
        } else if (has(table, i)) {
            viz_import_bad(&table->run.result, viz_import_line(table->rows),
                           "a name that its stream did not begin with");
            return 0;
        }
    }
    if (!viz_import_int(viz_import_field(table->rows, table->host), INT64_MIN,
                        INT64_MAX, &host_ns) &&
        __builtin_add_overflow(table->started_ns, t_ns, &host_ns))
        host_ns = table->started_ns;
    return viz_import_values(&table->run, stream, host_ns,
                             table->benchmark ? INT64_MIN : t_ns, value, err);
}

static int take_row(void *context, struct viz_error *err)
{
    struct table *table = context;
    const struct viz_field *stream = viz_import_field(table->rows, table->stream);
    char name[VIZ_IMPORT_NAME];
    int64_t t_ns;
    uint32_t index;
    const char *wrong = read_row(table, &t_ns);
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
    return ret ? ret : put_row(table, index, t_ns, err);
}

static void find_columns(struct table *table)
{
    table->t = viz_import_find(table->rows, "t");
    table->stream = viz_import_find(table->rows, "stream");
    table->host = viz_import_find(table->rows, "host_ns");
    table->benchmark = viz_import_find(table->rows, "fps") >= 0;
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
    find_columns(table);
    const struct viz_import_taker taker = {take_row, table, params, &table->run.result};
    int ret = viz_import_all(rows, &taker, err);
    if (table->begun)
        ret = viz_import_end(&table->run, VIZ_RUN_COMPLETE, 0, ret, err);
    else if (!ret)
        ret = viz_fail(err, -ENODATA, "%s has no row that can be read", name);
    free(table);
    return ret > 0 ? 0 : ret;
}
