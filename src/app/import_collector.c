/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exports of the Python collector and of viz: ten columns by name, as CSV or JSON. Where
 * there is a column "frame", it is the frame as it came, and is taken instead. */
#include "import.h"

#include <viz/alloc.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum column {
    TIMESTAMP_UTC,
    TIMESTAMP_MS,
    AVG_TOTAL,
    AVG_GOERTZEL,
    PEAK_TOTAL,
    PEAK_GOERTZEL,
    CPU_LOAD,
    HOP_COUNT,
    GOERTZEL_COUNT,
    FLAGS,
    NEEDED, /* all before it */
    HOST_NS = NEEDED,
    STREAM,
    FRAME,
    COLUMNS
};

static const char *const names[COLUMNS] = {
    "timestamp_utc",
    "timestamp_ms",
    "avg_total_us",
    "avg_goertzel_us",
    "peak_total_us",
    "peak_goertzel_us",
    "cpu_load_percent",
    "hop_count",
    "goertzel_count",
    "flags",
    "host_ns",
    "stream",
    "frame",
};

struct table {
    const struct viz_import_params *params;
    const char *file, *source;
    struct viz_import_rows *rows;
    int column[COLUMNS];
    struct viz_import_run run;
    bool begun;
    struct viz_import_document document;
};

/* One row, read. */
struct row {
    int64_t host_ns;
    struct viz_lw_frame frame;
    char stream[VIZ_IMPORT_NAME];
};

bool viz_import_collector_knows(const struct viz_import_rows *rows)
{
    for (int i = 0; i < NEEDED; i++)
        if (viz_import_find(rows, names[i]) < 0)
            return false;
    return true;
}

static const struct viz_field *field(const struct table *table, enum column column)
{
    return viz_import_field(table->rows, table->column[column]);
}

static const char *read_frame(const struct table *table, struct viz_lw_frame *frame,
                              uint64_t *rounded)
{
    const struct {
        enum column column;
        int64_t high;
    } whole[] = {{TIMESTAMP_MS, UINT32_MAX},   {PEAK_TOTAL, UINT16_MAX},
                 {PEAK_GOERTZEL, UINT16_MAX},  {HOP_COUNT, UINT32_MAX},
                 {GOERTZEL_COUNT, UINT16_MAX}, {FLAGS, UINT8_MAX}};
    int64_t value[COLUMNS];
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        if (!viz_import_int(field(table, whole[i].column), 0, whole[i].high,
                            &value[whole[i].column]))
            return names[whole[i].column];
    *frame = (struct viz_lw_frame){
        .timestamp_ms = (uint32_t)value[TIMESTAMP_MS],
        .peak_total_us = (uint16_t)value[PEAK_TOTAL],
        .peak_goertzel_us = (uint16_t)value[PEAK_GOERTZEL],
        .hop_count = (uint32_t)value[HOP_COUNT],
        .goertzel_count = (uint16_t)value[GOERTZEL_COUNT],
        .flags = (uint8_t)value[FLAGS],
    };
    if (!viz_import_float(field(table, AVG_TOTAL), &frame->avg_total_us, rounded))
        return names[AVG_TOTAL];
    if (!viz_import_float(field(table, AVG_GOERTZEL), &frame->avg_goertzel_us, rounded))
        return names[AVG_GOERTZEL];
    if (!viz_import_float(field(table, CPU_LOAD), &frame->cpu_load_percent, rounded))
        return names[CPU_LOAD];
    return NULL;
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool read_bytes(const struct viz_field *from, struct viz_lw_frame *frame)
{
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    size_t size = from->text.size / 2;
    if (size > sizeof(bytes))
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit(from->text.text[2 * i]);
        int low = digit(from->text.text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return viz_lw_decode(bytes, size, frame);
}

/* NULL, or the column that is not what it must be. */
static const char *read_row(const struct table *table, struct row *row,
                            uint64_t *rounded)
{
    const struct viz_field *stream = field(table, STREAM);
    const struct viz_field *frame = field(table, FRAME);
    if (!viz_import_int(field(table, HOST_NS), INT64_MIN, INT64_MAX, &row->host_ns) &&
        !viz_import_time(field(table, TIMESTAMP_UTC), &row->host_ns))
        return names[TIMESTAMP_UTC];
    snprintf(row->stream, sizeof(row->stream), "%.*s", (int)stream->text.size,
             stream->text.size ? stream->text.text : "");
    if (frame->text.size)
        return read_bytes(frame, &row->frame) ? NULL : names[FRAME];
    return read_frame(table, &row->frame, rounded);
}

static int begin(struct table *table, int64_t started_ns, struct viz_error *err)
{
    char name[256];
    viz_import_name(table->file, name, sizeof(name));
    struct viz_import_about about = {
        .file = table->file,
        .format = viz_import_is_json(table->rows) ? "collector-json" : "collector-csv",
        .name = name,
        .source = table->source,
        .started_ns = started_ns,
    };
    viz_import_document_tell(&table->document, &about);
    int ret = viz_import_begin(&table->run, table->params, &about, err);
    table->begun = ret == 0;
    return ret;
}

/* Of rows that do not say: what the export says, else the device's address. */
static const char *only_stream(const struct table *table)
{
    struct viz_import_about about = {0};
    struct viz_run_channel channel[VIZ_IMPORT_COLUMNS];
    struct viz_run_stream stream;
    if (table->document.streams == 1 &&
        viz_import_document_stream(&table->document, 0, channel, &stream))
        return stream.name;
    viz_import_document_tell(&table->document, &about);
    return about.host && *about.host ? about.host : "device";
}

static int stream_for(struct table *table, const char *name, uint32_t *index,
                      struct viz_error *err)
{
    struct viz_import_run *run = &table->run;
    if (!*name)
        name = only_stream(table);
    for (*index = 0; *index < run->streams; ++*index)
        if (!strcmp(run->stream[*index].name, name))
            return 0;
    return viz_import_add_stream(run,
                                 &(struct viz_run_stream){
                                     .name = name,
                                     .source = run->result.file,
                                     .form = VIZ_FORM_LIGHTWAVE,
                                 },
                                 index, err);
}

static int take_row(void *context, struct viz_error *err)
{
    struct table *table = context;
    struct row row;
    uint32_t stream;
    const char *wrong = read_row(table, &row, &table->run.result.rounded);
    if (wrong) {
        viz_import_bad(&table->run.result, viz_import_line(table->rows), wrong);
        return 0;
    }
    int ret = table->begun ? 0 : begin(table, row.host_ns, err);
    if (ret == 0)
        ret = stream_for(table, row.stream, &stream, err);
    if (ret == 0)
        ret = viz_import_frame(&table->run, stream, row.host_ns, &row.frame, err);
    return ret;
}

static int end(struct table *table, int failed, struct viz_error *err)
{
    if (!table->begun && failed > 0)
        return 0; /* known */
    if (!table->begun)
        return failed
                   ? failed
                   : viz_fail(err, -ENODATA, "%s has no row that can be read%s%s",
                              table->file,
                              table->run.result.bad ? "; the first is wrong in: " : "",
                              table->run.result.bad ? table->run.result.bad_why : "");
    return viz_import_end(&table->run, viz_import_document_state(&table->document),
                          viz_import_document_ended(&table->document), failed, err);
}

int viz_import_collector_rows(const struct viz_import_params *params, const char *name,
                              const char *source, struct viz_import_rows *rows,
                              struct viz_error *err)
{
    struct table *table = viz_zalloc(sizeof(*table));
    table->params = params;
    table->file = name;
    table->source = source;
    table->rows = rows;
    viz_import_document_open(&table->document, rows);
    for (int i = 0; i < COLUMNS; i++)
        table->column[i] = viz_import_find(rows, names[i]);
    const struct viz_import_taker taker = {take_row, table, params, &table->run.result};
    int ret = end(table, viz_import_all(rows, &taker, err), err);
    viz_import_document_close(&table->document);
    free(table);
    return ret;
}
