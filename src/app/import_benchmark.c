/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables with a column t, in seconds: the benchmark's, of viz and of others, and viz's
 * exports of runs of values. Every other column is a channel. */
#include "export.h"
#include "import.h"

#include <viz/alloc.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL "channel_" /* what an export puts before a channel's name */
#define UNPLACED UINT16_MAX
#define SURVEYED 1

/* Columns of an export of viz with all columns that are no channels. */
enum aside { SEQ, SEGMENT, HOST_NS, DEVICE_NS, MARKS, MISSING, ASIDES };
static const char *const aside[ASIDES] = {"seq",       "segment", "host_ns",
                                          "device_ns", "marks",   "missing"};

/* A stream, and where its channels stand in a row. */
struct known {
    char name[VIZ_IMPORT_NAME];
    struct viz_run_stream stream;
    struct viz_run_channel channel[VIZ_IMPORT_COLUMNS];
    bool owns_t; /* t is one of its figures, and not a device's clock */
    bool added;
    uint32_t index;                     /* in the run */
    uint32_t placed;                    /* columns that have been looked for */
    uint16_t place[VIZ_IMPORT_COLUMNS]; /* by column; UNPLACED: none of its channels */
};

struct table {
    const struct viz_import_params *params;
    const char *file, *source;
    struct viz_import_rows *rows;
    struct viz_import_document document;
    int t, stream, aside[ASIDES];
    bool figures; /* of a benchmark */
    struct known *known;
    uint32_t streams;
    double value[VIZ_IMPORT_COLUMNS]; /* of the row at hand, by channel */
    struct viz_import_run run;
    bool begun;
    int64_t started_ns;
    bool surveyed;
    bool timed; /* that is what the rows say */
};

bool viz_import_benchmark_knows(const struct viz_import_rows *rows)
{
    return viz_import_find(rows, "t") >= 0 && viz_import_columns(rows) > 1;
}

static bool is_aside(const char *name)
{
    for (size_t i = 0; i < ASIDES; i++)
        if (!strcmp(name, aside[i]))
            return true;
    return false;
}

static bool could_be_channel(const struct table *table, int column)
{
    if (column == table->stream || column == table->t)
        return false;
    return table->aside[HOST_NS] < 0 ||
           !is_aside(viz_import_column(table->rows, (uint32_t)column));
}

/* Objects of JSON may each have other names. */
static bool is_there(const struct table *table, int column)
{
    return !viz_import_is_json(table->rows) ||
           viz_import_field(table->rows, column)->text.text;
}

static const char *channel_name(const struct table *table, int column)
{
    const char *name = viz_import_column(table->rows, (uint32_t)column);
    size_t before = strlen(CHANNEL);
    if (table->aside[HOST_NS] >= 0 && !strncmp(name, CHANNEL, before) &&
        is_aside(name + before))
        name += before;
    return name;
}

/* ---- which streams there are ---- */

static struct known *find_known(struct table *table, const char *name)
{
    for (uint32_t i = 0; i < table->streams; i++)
        if (!strcmp(table->known[i].name, name))
            return &table->known[i];
    return NULL;
}

/* NULL: there is no room for more. */
static struct known *add_known(struct table *table, const char *name)
{
    if (table->streams == VIZ_IMPORT_STREAMS)
        return NULL;
    struct known *known = &table->known[table->streams++];
    snprintf(known->name, sizeof(known->name), "%s", name);
    known->stream = (struct viz_run_stream){
        .name = known->name,
        .source = table->file,
        .form = VIZ_FORM_VALUES,
        .channel = known->channel,
    };
    return known;
}

static void add_channel(const struct table *table, struct known *known, int column)
{
    const char *name = channel_name(table, column);
    for (uint32_t i = 0; i < known->stream.channels; i++)
        if (!strcmp(known->channel[i].name, name))
            return;
    if (!strcmp(name, "fps") && !known->owns_t) {
        /* An interval of a benchmark: its t is a figure, and the first. */
        known->owns_t = true;
        memmove(known->channel + 1, known->channel,
                known->stream.channels * sizeof(known->channel[0]));
        known->channel[0] = (struct viz_run_channel){"t", ""};
        known->stream.channels++;
    }
    known->channel[known->stream.channels++] = (struct viz_run_channel){name, ""};
}

static void name_stream(const struct table *table, char *out, size_t size)
{
    const struct viz_field *stream = viz_import_field(table->rows, table->stream);
    snprintf(out, size, "%.*s", (int)stream->text.size,
             stream->text.size ? stream->text.text : "");
    if (!*out && table->document.streams && table->streams == 1)
        snprintf(out, size, "%s", table->known[0].name);
    else if (!*out)
        snprintf(out, size, "%s", table->figures ? "intervals" : "values");
}

/* The channels of a stream are the columns that have something in one of its rows. */
static void survey_row(struct table *table)
{
    char name[VIZ_IMPORT_NAME];
    int64_t host_ns;
    name_stream(table, name, sizeof(name));
    struct known *known = find_known(table, name);
    if (!known)
        known = add_known(table, name);
    for (int i = 0; known && i < (int)viz_import_columns(table->rows); i++)
        if (known->place[i] != SURVEYED && could_be_channel(table, i) &&
            viz_import_field(table->rows, i)->kind != VIZ_FIELD_MISSING) {
            add_channel(table, known, i);
            known->place[i] = SURVEYED;
        }
    if (viz_import_int(viz_import_field(table->rows, table->aside[HOST_NS]), INT64_MIN,
                       INT64_MAX, &host_ns) &&
        (!table->timed || host_ns < table->started_ns)) {
        table->started_ns = host_ns;
        table->timed = true;
    }
}

static int by_column(const void *a, const void *b)
{
    const struct viz_run_channel *left = a, *right = b;
    return left->name < right->name ? -1 : left->name > right->name;
}

/* A first reading: only the whole of a table tells its streams apart, and when it began. */
static int survey(struct table *table, struct viz_error *err)
{
    enum viz_import_found found;
    while ((found = viz_import_next(table->rows)) == VIZ_IMPORT_ROW ||
           found == VIZ_IMPORT_BAD) {
        if (found == VIZ_IMPORT_ROW)
            survey_row(table);
        if (viz_import_stopped(table->params))
            return viz_import_fail(table->rows, err);
    }
    /* An object says itself which names it has, and one stream has all columns. */
    if (viz_import_is_json(table->rows) || table->streams == 1)
        table->streams = 0;
    memset(table->known + table->streams, 0,
           (VIZ_IMPORT_STREAMS - table->streams) * sizeof(table->known[0]));
    for (uint32_t i = 0; i < table->streams; i++) {
        struct known *known = &table->known[i];
        memset(known->place, 0, sizeof(known->place));
        qsort(known->channel + known->owns_t, known->stream.channels - known->owns_t,
              sizeof(known->channel[0]), by_column);
    }
    table->surveyed = true;
    return viz_import_restart(table->rows, err);
}

/* A stream that neither the head nor a survey has named: all that its first row has. */
static struct known *learn(struct table *table, const char *name)
{
    struct known *known = add_known(table, name);
    for (int i = 0; known && i < (int)viz_import_columns(table->rows); i++)
        if (could_be_channel(table, i) && is_there(table, i))
            add_channel(table, known, i);
    return known;
}

static void read_document(struct table *table)
{
    struct viz_import_about about = {.started_ns = table->started_ns};
    viz_import_document_open(&table->document, table->rows);
    viz_import_document_tell(&table->document, &about);
    table->started_ns = about.started_ns;
    for (uint32_t i = 0;
         i < table->document.streams && table->streams < VIZ_IMPORT_STREAMS; i++) {
        struct known *known = &table->known[table->streams];
        if (!viz_import_document_stream(&table->document, i, known->channel,
                                        &known->stream) ||
            known->stream.form != VIZ_FORM_VALUES ||
            find_known(table, known->stream.name))
            continue;
        snprintf(known->name, sizeof(known->name), "%s", known->stream.name);
        for (uint32_t k = 0; k < known->stream.channels; k++)
            known->owns_t |= !strcmp(known->channel[k].name, "t");
        table->streams++;
    }
}

/* ---- rows ---- */

static int begin(struct table *table, struct viz_error *err)
{
    char name[256];
    viz_import_name(table->file, name, sizeof(name));
    struct viz_import_about about = {
        .file = table->file,
        .format = "benchmark",
        .name = name,
        .tags = table->figures ? "benchmark" : "",
        .source = table->source,
        .started_ns = table->started_ns,
    };
    viz_import_document_tell(&table->document, &about);
    int ret = viz_import_begin(&table->run, table->params, &about, err);
    table->begun = ret == 0;
    return ret;
}

static int add_stream(struct table *table, struct known *known, struct viz_error *err)
{
    known->added = true;
    return viz_import_add_stream(&table->run, &known->stream, &known->index, err);
}

/* In a table, streams stand in the order of their columns, so that an export of the run
 * has the columns of this one. */
static struct known *next_stream(struct table *table)
{
    struct known *next = NULL;
    for (uint32_t i = 0; i < table->streams; i++) {
        struct known *known = &table->known[i];
        if (!known->added &&
            (!next || (table->surveyed && known->channel[known->owns_t].name <
                                              next->channel[next->owns_t].name)))
            next = known;
    }
    return next;
}

/* Those that the head names are there also when they have no rows. */
static int begin_all(struct table *table, struct viz_error *err)
{
    struct known *known;
    int ret = begin(table, err);
    while (ret == 0 && (known = next_stream(table)))
        ret = add_stream(table, known, err);
    return ret;
}

static void place_columns(const struct table *table, struct known *known)
{
    for (; known->placed < viz_import_columns(table->rows); known->placed++) {
        int column = (int)known->placed;
        uint16_t *place = &known->place[column];
        *place = UNPLACED;
        if (column != table->t && !could_be_channel(table, column))
            continue;
        for (uint32_t i = 0; i < known->stream.channels; i++)
            if (!strcmp(known->channel[i].name, channel_name(table, column)))
                *place = (uint16_t)i;
    }
}

/* NULL, or what is wrong. */
static const char *read_values(struct table *table, struct known *known)
{
    place_columns(table, known);
    for (uint32_t i = 0; i < known->stream.channels; i++)
        table->value[i] = NAN;
    for (int i = 0; i < (int)viz_import_columns(table->rows); i++) {
        const struct viz_field *field = viz_import_field(table->rows, i);
        uint16_t place = known->place[i];
        bool given = viz_import_is_json(table->rows) ? field->text.text != NULL
                                                     : field->kind != VIZ_FIELD_MISSING;
        if (place == UNPLACED && given && could_be_channel(table, i))
            return "a name that its stream did not begin with";
        if (place != UNPLACED && !viz_import_double(field, &table->value[place]))
            return viz_import_column(table->rows, (uint32_t)i);
    }
    return NULL;
}

static const char *read_marks(const struct viz_field *field, uint32_t *out)
{
    struct viz_span rest = field->text;
    *out = 0;
    while (rest.size) {
        const char *bar = memchr(rest.text, '|', rest.size);
        size_t size = bar ? (size_t)(bar - rest.text) : rest.size;
        uint32_t known = 0;
        while (known < VIZ_EXPORT_MARKS &&
               (strlen(viz_export_marks[known]) != size ||
                memcmp(viz_export_marks[known], rest.text, size) != 0))
            known++;
        if (known == VIZ_EXPORT_MARKS)
            return aside[MARKS];
        *out |= 1u << known;
        rest.text += size + (bar != NULL);
        rest.size -= size + (bar != NULL);
    }
    return NULL;
}

/* The columns of an export of viz, where they are. */
static const char *read_asides(const struct table *table, const struct known *known,
                               int64_t t_ns, struct viz_import_values *out)
{
    const struct viz_field *field[ASIDES];
    int64_t missing = 0;
    for (int i = 0; i < ASIDES; i++)
        field[i] = viz_import_field(table->rows,
                                    table->aside[HOST_NS] < 0 ? -1 : table->aside[i]);
    out->device_ns = known->owns_t || table->aside[DEVICE_NS] >= 0 ? INT64_MIN : t_ns;
    if (field[DEVICE_NS]->kind != VIZ_FIELD_MISSING &&
        !viz_import_int(field[DEVICE_NS], INT64_MIN, INT64_MAX, &out->device_ns))
        return aside[DEVICE_NS];
    if (field[MISSING]->kind != VIZ_FIELD_MISSING &&
        !viz_import_int(field[MISSING], 0, UINT32_MAX, &missing))
        return aside[MISSING];
    out->missing = (uint32_t)missing;
    if (field[HOST_NS]->kind != VIZ_FIELD_MISSING) {
        if (!viz_import_int(field[HOST_NS], INT64_MIN, INT64_MAX, &out->host_ns))
            return aside[HOST_NS];
    } else if (__builtin_add_overflow(table->started_ns, t_ns, &out->host_ns)) {
        out->host_ns = table->started_ns;
    }
    return read_marks(field[MARKS], &out->marks);
}

/* A figure t may be none where the row says when it came. */
static const char *read_t(const struct table *table, const struct known *known,
                          int64_t *t_ns)
{
    const struct viz_field *t = viz_import_field(table->rows, table->t);
    const struct viz_field *host = viz_import_field(table->rows, table->aside[HOST_NS]);
    *t_ns = 0;
    if (known->owns_t && t->kind == VIZ_FIELD_MISSING &&
        host->kind != VIZ_FIELD_MISSING)
        return NULL;
    return t->kind == VIZ_FIELD_NUMBER && viz_number_int64(&t->number, 9, t_ns) ? NULL
                                                                                : "t";
}

static const char *read_row(struct table *table, struct known *known,
                            struct viz_import_values *out)
{
    int64_t t_ns;
    const char *wrong = read_t(table, known, &t_ns);
    if (!wrong)
        wrong = read_values(table, known);
    out->value = table->value;
    return wrong ? wrong : read_asides(table, known, t_ns, out);
}

static int take_row(void *context, struct viz_error *err)
{
    struct table *table = context;
    struct viz_import_values values;
    char name[VIZ_IMPORT_NAME];
    uint32_t streams = table->streams;
    name_stream(table, name, sizeof(name));
    struct known *known = find_known(table, name);
    if (!known)
        known = learn(table, name);
    if (!known)
        return viz_fail(err, -E2BIG, "%s has more than %d streams", table->file,
                        VIZ_IMPORT_STREAMS);
    const char *wrong = read_row(table, known, &values);
    if (wrong) {
        /* It begins no stream. */
        memset(&table->known[streams], 0, (table->streams - streams) * sizeof(*known));
        table->streams = streams;
        viz_import_bad(&table->run.result, viz_import_line(table->rows), wrong);
        return 0;
    }
    if (!table->begun && !table->timed && !table->document.run &&
        table->aside[HOST_NS] >= 0)
        table->started_ns = values.host_ns; /* the file could be read only once */
    int ret = table->begun ? 0 : begin_all(table, err);
    if (ret == 0 && !known->added)
        ret = add_stream(table, known, err);
    return ret ? ret : viz_import_values(&table->run, known->index, &values, err);
}

static void find_columns(struct table *table)
{
    table->t = viz_import_find(table->rows, "t");
    table->stream = viz_import_find(table->rows, "stream");
    table->figures = viz_import_find(table->rows, "fps") >= 0;
    for (int i = 0; i < ASIDES; i++)
        table->aside[i] = viz_import_find(table->rows, aside[i]);
}

/* When it began, and which streams it has, as far as that can be known beforehand. */
static int prepare(struct table *table, struct viz_error *err)
{
    find_columns(table);
    /* Seconds since it began, and not when that was. */
    table->started_ns = viz_import_file_time(table->file);
    read_document(table);
    if (table->document.run || !viz_import_can_restart(table->rows) ||
        (table->aside[HOST_NS] < 0 && table->stream < 0))
        return 0;
    return survey(table, err);
}

int viz_import_benchmark(const struct viz_import_params *params, const char *name,
                         const char *source, struct viz_import_rows *rows,
                         struct viz_error *err)
{
    struct table *table = viz_zalloc(sizeof(*table));
    table->known = viz_zalloc(VIZ_IMPORT_STREAMS * sizeof(*table->known));
    table->params = params;
    table->rows = rows;
    table->file = name;
    table->source = source;
    const struct viz_import_taker taker = {take_row, table, params, &table->run.result};
    int ret = prepare(table, err);
    if (ret == 0)
        ret = viz_import_all(rows, &taker, err);
    if (table->begun)
        ret = viz_import_end(&table->run, viz_import_document_state(&table->document),
                             viz_import_document_ended(&table->document), ret, err);
    else if (!ret)
        ret = viz_fail(err, -ENODATA, "%s has no row that can be read", name);
    viz_import_document_close(&table->document);
    free(table->known);
    free(table);
    return ret > 0 ? 0 : ret;
}
