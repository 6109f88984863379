/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export_row.h"

#include <viz/alloc.h>
#include <viz/timestamp.h>
#include <viz/track.h>

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LW VIZ_EXPORT_LIGHTWAVE
#define VALUES VIZ_EXPORT_VALUES
#define BOTH (LW | VALUES)

enum when {
    WHEN_ALWAYS,
    WHEN_SEVERAL, /* streams, or all columns are asked for */
    WHEN_ALL,
};

/* X(name, forms, when): every column but the channels, which stand where t stands. The
 * first ten are the old collector's, in its order. */
#define FIELDS(X)                                                                      \
    X(timestamp_utc, LW, WHEN_ALWAYS)                                                  \
    X(timestamp_ms, LW, WHEN_ALWAYS)                                                   \
    X(avg_total_us, LW, WHEN_ALWAYS)                                                   \
    X(avg_goertzel_us, LW, WHEN_ALWAYS)                                                \
    X(peak_total_us, LW, WHEN_ALWAYS)                                                  \
    X(peak_goertzel_us, LW, WHEN_ALWAYS)                                               \
    X(cpu_load_percent, LW, WHEN_ALWAYS)                                               \
    X(hop_count, LW, WHEN_ALWAYS)                                                      \
    X(goertzel_count, LW, WHEN_ALWAYS)                                                 \
    X(flags, LW, WHEN_ALWAYS)                                                          \
    X(t, VALUES, WHEN_ALWAYS)                                                          \
    X(stream, BOTH, WHEN_SEVERAL)                                                      \
    X(seq, BOTH, WHEN_ALL)                                                             \
    X(segment, BOTH, WHEN_ALL)                                                         \
    X(host_ns, BOTH, WHEN_ALL)                                                         \
    X(device_ns, VALUES, WHEN_ALL)                                                     \
    X(device_ms, LW, WHEN_ALL)                                                         \
    X(hops, LW, WHEN_ALL)                                                              \
    X(goertzels, LW, WHEN_ALL)                                                         \
    X(marks, BOTH, WHEN_ALL)                                                           \
    X(missing, BOTH, WHEN_ALL)                                                         \
    X(flag_names, LW, WHEN_ALL)                                                        \
    X(reserved, LW, WHEN_ALL)                                                          \
    X(avg_dc_agc_us, LW, WHEN_ALL)                                                     \
    X(avg_chroma_us, LW, WHEN_ALL)                                                     \
    X(goertzel_count_full, LW, WHEN_ALL)                                               \
    X(reserved_full, LW, WHEN_ALL)                                                     \
    X(histogram_0, LW, WHEN_ALL)                                                       \
    X(histogram_1, LW, WHEN_ALL)                                                       \
    X(histogram_2, LW, WHEN_ALL)                                                       \
    X(histogram_3, LW, WHEN_ALL)                                                       \
    X(histogram_4, LW, WHEN_ALL)                                                       \
    X(histogram_5, LW, WHEN_ALL)                                                       \
    X(histogram_6, LW, WHEN_ALL)                                                       \
    X(histogram_7, LW, WHEN_ALL)                                                       \
    X(frame, LW, WHEN_ALL)

enum field {
#define X(name, forms, when) FIELD_##name,
    FIELDS(X)
#undef X
        FIELD_VALUE, /* of a channel */
    FIELDS_END
};

static const struct {
    const char *name;
    unsigned forms;
    enum when when;
} fields[] = {
#define X(name, forms, when) {#name, forms, when},
    FIELDS(X)
#undef X
};
static_assert(sizeof(fields) / sizeof(fields[0]) == FIELD_VALUE, "a name for each");

const char *const viz_export_marks[VIZ_EXPORT_MARKS] = {"repeat", "gap", "boot",
                                                        "reset",  "nan", "copy"};

/* One sample, as its columns see it. */
struct row {
    const struct viz_run_sample *sample;
    const struct viz_export_stream *stream;
    struct viz_lw_frame frame;
    bool readable; /* the frame is what it must be */
};

static bool wanted(const struct viz_export_table *table, int field)
{
    return table->all || fields[field].when == WHEN_ALWAYS ||
           (fields[field].when == WHEN_SEVERAL && table->streams > 1);
}

/* A channel that is called as another column is told apart from it. */
static char *name_of(const struct viz_export_table *table, enum field field,
                     uint32_t slot)
{
    const char *name = field == FIELD_VALUE ? table->slot[slot] : fields[field].name;
    const char *before = "";
    for (int i = 0; field == FIELD_VALUE && i < FIELD_VALUE; i++)
        if (!strcmp(name, fields[i].name) && fields[i].forms & table->forms &&
            wanted(table, i))
            before = "channel_";
    char *text = viz_zalloc(strlen(before) + strlen(name) + 1);
    strcpy(text, before);
    strcat(text, name);
    return text;
}

static void add_column(struct viz_export_table *table, enum field field, unsigned forms,
                       uint32_t slot)
{
    struct viz_export_column *column = &table->column[table->columns++];
    char *name = name_of(table, field, slot);
    char *json = viz_export_json_text(name);
    size_t size = strlen(json);
    column->field = (int)field;
    column->forms = forms;
    column->channel = slot;
    column->name = viz_export_csv_text(name);
    column->key = viz_zalloc(size + 2);
    memcpy(column->key, json, size);
    column->key[size] = ':';
    free(json);
    free(name);
}

/* The channels. One that is called t is the time itself: a benchmark's figures have it. */
static void add_channels(struct viz_export_table *table)
{
    table->t = UINT32_MAX;
    for (uint32_t i = 0; i < table->slots; i++)
        if (!strcmp(table->slot[i], fields[FIELD_t].name))
            table->t = i;
        else
            add_column(table, FIELD_VALUE, VALUES, i);
}

void viz_export_columns(struct viz_export_table *table, bool all)
{
    table->all = all;
    for (uint32_t i = 0; i < table->streams; i++)
        table->forms |= 1u << table->stream[i].form;
    if (!table->forms)
        table->forms = LW;
    table->column =
        viz_zalloc((FIELDS_END + (size_t)table->slots) * sizeof(*table->column));
    table->value = viz_zalloc((table->slots + 1) * sizeof(*table->value));
    table->owned = viz_zalloc((table->slots + 1) * sizeof(*table->owned));
    table->second = INT64_MIN;
    for (int i = 0; i < FIELD_VALUE; i++) {
        if (wanted(table, i) && fields[i].forms & table->forms)
            add_column(table, (enum field)i, fields[i].forms, 0);
        if (i == FIELD_t)
            add_channels(table);
    }
}

void viz_export_header(struct viz_export_table *table)
{
    for (uint32_t i = 0; i < table->columns && !table->json; i++) {
        viz_export_put(table->out, ",", i > 0);
        viz_export_string(table->out, table->column[i].name);
    }
    viz_export_put(table->out, "\n", !table->json);
}

/* A number that is none: nothing in CSV. */
static void put_none(struct viz_export_table *table)
{
    viz_export_put(table->out, "null", table->json ? 4 : 0);
}

/* Infinity is no word of JSON; a number too large for a double reads as it. */
static size_t infinity(const struct viz_export_table *table, double value, char *text)
{
    const char *json = value < 0 ? "-1e999" : "1e999";
    if (!table->json)
        return viz_number_format_double(value, text);
    memcpy(text, json, strlen(json));
    return strlen(json);
}

static void put_cached(struct viz_export_table *table,
                       const struct viz_export_column *column)
{
    viz_export_put(table->out, column->text, column->size);
}

static void put_float(struct viz_export_table *table, struct viz_export_column *column,
                      float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    if (isnan(value)) {
        put_none(table);
        return;
    }
    if (!column->size || column->bits != bits) {
        column->bits = bits;
        column->size = isinf(value) ? infinity(table, (double)value, column->text)
                                    : viz_number_format(value, column->text);
    }
    put_cached(table, column);
}

static void put_double(struct viz_export_table *table, struct viz_export_column *column,
                       double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    if (isnan(value)) {
        put_none(table);
        return;
    }
    if (!column->size || column->bits != bits) {
        column->bits = bits;
        column->size = isinf(value) ? infinity(table, value, column->text)
                                    : viz_number_format_double(value, column->text);
    }
    put_cached(table, column);
}

/* Text that needs no quotes in CSV. */
static void put_word(struct viz_export_table *table, const char *text)
{
    viz_export_put(table->out, "\"", table->json);
    viz_export_string(table->out, text);
    viz_export_put(table->out, "\"", table->json);
}

/* The second's text is made once; six digits follow it. */
static void put_time(struct viz_export_table *table, int64_t ns)
{
    int64_t rest = ns % 1000000000;
    if (rest < 0)
        rest += 1000000000;
    if (table->second != ns - rest) {
        table->second = ns - rest;
        viz_timestamp_format(table->second, table->time);
    }
    uint32_t us = (uint32_t)(rest / 1000);
    for (int i = VIZ_TIMESTAMP_TEXT - 1; i >= VIZ_TIMESTAMP_TEXT - 6; i--, us /= 10)
        table->time[i] = (char)('0' + us % 10);
    table->time[VIZ_TIMESTAMP_TEXT] = 0;
    put_word(table, table->time);
}

/* What the stream calls t; else the device's clock; else since the run began. */
static void put_t(struct viz_export_table *table, struct viz_export_column *column,
                  const struct viz_run_sample *sample)
{
    if (table->t != UINT32_MAX && table->owned[table->t])
        put_double(table, column, table->value[table->t]);
    else if (sample->device_ns != INT64_MIN)
        viz_export_seconds(table->out, sample->device_ns);
    else
        viz_export_seconds(table->out, sample->host_ns - table->started_ns);
}

static void append_name(char *text, size_t size, const char *name)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used ? "|" : "", name);
}

static void put_marks(struct viz_export_table *table, uint32_t marks)
{
    char text[128] = "";
    for (size_t i = 0; i < VIZ_EXPORT_MARKS; i++)
        if (marks & (1u << i))
            append_name(text, sizeof(text), viz_export_marks[i]);
    put_word(table, text);
}

static void put_flags(struct viz_export_table *table, unsigned flags)
{
    char text[256] = "";
    for (unsigned bit = 0; bit < 8; bit++) {
        const char *name = viz_lw_flag_name(table->profile, bit);
        char other[16];
        snprintf(other, sizeof(other), "bit %u", bit);
        if (flags & (1u << bit))
            append_name(text, sizeof(text), name ? name : other);
    }
    put_word(table, text);
}

static void put_bytes(struct viz_export_table *table, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * VIZ_LW_EXTENDED_BYTES + 1];
    if (size > VIZ_LW_EXTENDED_BYTES)
        size = VIZ_LW_EXTENDED_BYTES;
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = 0;
    put_word(table, text);
}

static void put_extended(struct viz_export_table *table,
                         struct viz_export_column *column,
                         const struct viz_lw_frame *frame)
{
    if (!frame->extended)
        put_none(table);
    else if (column->field == FIELD_avg_dc_agc_us)
        put_float(table, column, frame->avg_dc_agc_us);
    else if (column->field == FIELD_avg_chroma_us)
        put_float(table, column, frame->avg_chroma_us);
    else if (column->field == FIELD_goertzel_count_full)
        viz_export_int(table->out, frame->goertzel_count_full);
    else if (column->field == FIELD_reserved_full)
        viz_export_int(table->out, frame->reserved_full);
    else
        viz_export_int(table->out, frame->histogram[column->field - FIELD_histogram_0]);
}

static void put_frame_field(struct viz_export_table *table,
                            struct viz_export_column *column, const struct row *row)
{
    const struct viz_lw_frame *frame = &row->frame;
    struct viz_export_out *out = table->out;
    if (!row->readable) {
        put_none(table);
        return;
    }
    switch (column->field) {
    case FIELD_timestamp_ms:
        return viz_export_int(out, frame->timestamp_ms);
    case FIELD_avg_total_us:
        return put_float(table, column, frame->avg_total_us);
    case FIELD_avg_goertzel_us:
        return put_float(table, column, frame->avg_goertzel_us);
    case FIELD_peak_total_us:
        return viz_export_int(out, frame->peak_total_us);
    case FIELD_peak_goertzel_us:
        return viz_export_int(out, frame->peak_goertzel_us);
    case FIELD_cpu_load_percent:
        return put_float(table, column, frame->cpu_load_percent);
    case FIELD_hop_count:
        return viz_export_int(out, frame->hop_count);
    case FIELD_goertzel_count:
        return viz_export_int(out, frame->goertzel_count);
    case FIELD_flags:
        return viz_export_int(out, frame->flags);
    case FIELD_flag_names:
        return put_flags(table, frame->flags);
    case FIELD_reserved:
        return viz_export_int(out, frame->reserved);
    case FIELD_hops:
        return viz_export_int(out, (int64_t)row->stream->hops);
    case FIELD_goertzels:
        return viz_export_int(out, (int64_t)row->stream->goertzels);
    default:
        return put_extended(table, column, frame);
    }
}

static void put_device_time(struct viz_export_table *table, int64_t ns, int64_t unit)
{
    if (ns == INT64_MIN)
        put_none(table);
    else
        viz_export_int(table->out, ns / unit);
}

static void put_field(struct viz_export_table *table, struct viz_export_column *column,
                      const struct row *row)
{
    const struct viz_run_sample *sample = row->sample;
    struct viz_export_out *out = table->out;
    switch (column->field) {
    case FIELD_VALUE:
        return put_double(table, column, table->value[column->channel]);
    case FIELD_timestamp_utc:
        return put_time(table, sample->host_ns);
    case FIELD_t:
        return put_t(table, column, sample);
    case FIELD_stream:
        return viz_export_string(out, row->stream->name);
    case FIELD_seq:
        return viz_export_int(out, (int64_t)sample->seq);
    case FIELD_segment:
        return viz_export_int(out, row->stream->segments - 1);
    case FIELD_host_ns:
        return viz_export_int(out, sample->host_ns);
    case FIELD_device_ns:
        return put_device_time(table, sample->device_ns, 1);
    case FIELD_device_ms:
        return put_device_time(table, sample->device_ns, 1000000);
    case FIELD_marks:
        return put_marks(table, sample->marks);
    case FIELD_missing:
        return viz_export_int(out, sample->missing);
    case FIELD_frame:
        return put_bytes(table, sample->frame, sample->size);
    default:
        return put_frame_field(table, column, row);
    }
}

/* Counters that wrap, carried on within what the store knows to be one count. */
static void unwrap(struct viz_export_stream *stream, const struct row *row)
{
    const struct viz_lw_frame *frame = &row->frame;
    bool anew = stream->segment != row->sample->segment;
    stream->segments += anew;
    stream->segment = row->sample->segment;
    if (!row->readable)
        return;
    if (anew || row->sample->marks & VIZ_MARK_RESET)
        stream->hops = stream->goertzels = 0;
    stream->hops += (uint32_t)(frame->hop_count - (uint32_t)stream->hops);
    if (frame->extended)
        stream->goertzels +=
            (uint32_t)(frame->goertzel_count_full - (uint32_t)stream->goertzels);
    else
        stream->goertzels +=
            (uint16_t)(frame->goertzel_count - (uint16_t)stream->goertzels);
}

/* A row of doubles into the slots of its channels. */
static void spread(struct viz_export_table *table,
                   const struct viz_export_stream *stream,
                   const struct viz_run_sample *sample)
{
    for (uint32_t i = 0; i < table->slots; i++) {
        table->value[i] = NAN;
        table->owned[i] = false;
    }
    for (uint32_t i = 0; i < stream->channels; i++) {
        table->owned[stream->slot[i]] = true;
        if ((i + 1) * sizeof(double) <= sample->size)
            table->value[stream->slot[i]] = viz_run_sample_value(sample, i);
    }
}

static struct viz_export_stream *find_stream(struct viz_export_table *table, int64_t id)
{
    for (uint32_t i = 0; i < table->streams; i++)
        if (table->stream[i].id == id)
            return &table->stream[i];
    return NULL;
}

static bool applies(const struct viz_export_table *table,
                    const struct viz_export_column *column, const struct row *row)
{
    if (!(column->forms & (1u << row->stream->form)))
        return false;
    return column->field != FIELD_VALUE || table->owned[column->channel];
}

static void put_csv(struct viz_export_table *table, const struct row *row)
{
    for (uint32_t i = 0; i < table->columns; i++) {
        struct viz_export_column *column = &table->column[i];
        viz_export_put(table->out, ",", i > 0);
        if (applies(table, column, row))
            put_field(table, column, row);
    }
    viz_export_put(table->out, "\n", 1);
}

static void put_json(struct viz_export_table *table, const struct row *row)
{
    const char *before = "{";
    viz_export_put(table->out, ",\n", table->rows ? 2 : 0);
    for (uint32_t i = 0; i < table->columns; i++) {
        struct viz_export_column *column = &table->column[i];
        if (!applies(table, column, row))
            continue;
        viz_export_put(table->out, before, 1);
        viz_export_string(table->out, column->key);
        put_field(table, column, row);
        before = ",";
    }
    viz_export_put(table->out, "}", 1);
}

void viz_export_row(struct viz_export_table *table, const struct viz_run_sample *sample)
{
    struct viz_export_stream *stream = find_stream(table, sample->stream);
    viz_assert(stream);
    struct row row = {.sample = sample, .stream = stream};
    if (stream->form == VIZ_FORM_LIGHTWAVE)
        row.readable = viz_lw_decode(sample->frame, sample->size, &row.frame);
    unwrap(stream, &row);
    if (stream->form == VIZ_FORM_VALUES)
        spread(table, stream, sample);
    if (table->json)
        put_json(table, &row);
    else
        put_csv(table, &row);
    table->rows++;
}

void viz_export_table_finish(struct viz_export_table *table)
{
    for (uint32_t i = 0; i < table->columns; i++) {
        free(table->column[i].name);
        free(table->column[i].key);
    }
    for (uint32_t i = 0; i < table->streams; i++) {
        free(table->stream[i].name);
        free(table->stream[i].slot);
    }
    for (uint32_t i = 0; i < table->slots; i++)
        free(table->slot[i]);
    free(table->column);
    free(table->stream);
    free(table->slot);
    free(table->value);
    free(table->owned);
}
