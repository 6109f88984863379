/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Separated values: tables with and without a header, and lines of the Arduino serial
 * plotter. docs/wire.md says what is taken for what. */
#include "csv_layout.h"

#include <viz/alloc.h>
#include <viz/encode.h>
#include <viz/outlet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_CHANNELS 64 /* of a stream without a header: names may come later */
#define LEAST_STAMP 10000000000LL /* a first column from here on is nanoseconds */
#define SENSORS_A_LAYOUT 128

enum mode {
    MODE_UNDECIDED,
    MODE_TABLE, /* columns mean what layout says */
    MODE_PLAIN, /* numbers with a label or without, no time */
};

/* A line that only the next one explains. */
enum waiting {
    WAITING_NONE,
    WAITING_HEADER, /* perhaps a header: in candidate */
    WAITING_ROW,    /* perhaps a row that begins with a time stamp: in held */
};

struct viz_decoder {
    struct viz_outlet outlet;
    struct viz_lines lines;
    bool begun; /* a first line was seen */
    enum mode mode;
    enum mode last; /* of the present generation; outlives the end of a connection */
    enum waiting waiting;
    uint32_t generation; /* of layouts: a new one begins new streams */
    int64_t last_ns;     /* time of the last row that had none of its own */
    struct viz_csv_layout layout, candidate;
    struct viz_fields fields; /* the line at hand */
    struct viz_arrival held_arrival;
    size_t held_size;
    char held[VIZ_MAX_LINE];
    struct {
        char label[VIZ_MAX_NAME + VIZ_MAX_UNIT];
        size_t size;
        int channel;
    } seen[VIZ_MAX_FIELDS]; /* in plain mode, by place: what the last row had there */
};

static struct viz_wire_counts *counts_of(struct viz_decoder *decoder)
{
    return decoder->outlet.intake->counts;
}

/* A plain stream has room for names that come later. */
static uint32_t room_for(const struct viz_decoder *decoder)
{
    if (decoder->mode != MODE_PLAIN)
        return decoder->layout.room;
    uint32_t count = decoder->fields.count;
    if (count > VIZ_MAX_CHANNELS)
        return VIZ_MAX_CHANNELS;
    return count > PLAIN_CHANNELS ? count : PLAIN_CHANNELS;
}

static void name_stream(const struct viz_decoder *decoder, uint32_t sensor, char *out)
{
    const char *source = decoder->outlet.intake->source_name;
    if (sensor)
        snprintf(out, VIZ_MAX_NAME, "S%u", sensor);
    else
        viz_outlet_name((struct viz_span){source, source ? strlen(source) : 0}, out,
                        VIZ_MAX_NAME);
}

static VIZ_ON(source) int open_stream(struct viz_decoder *decoder, uint32_t number,
                                      uint32_t sensor)
{
    bool timed = decoder->mode == MODE_TABLE && decoder->layout.timed;
    char name[VIZ_MAX_NAME];
    name_stream(decoder, sensor, name);
    int place = viz_outlet_open(&decoder->outlet, &(struct viz_outlet_params){
                                                      .number = number,
                                                      .name = name,
                                                      .max_channels = room_for(decoder),
                                                      .timed = timed,
                                                  });
    return place;
}

/* Give @stream, in the order of their places, the channels that it does not have yet. */
static VIZ_ON(source) void add_channels(struct viz_stream *stream,
                                        const struct viz_csv_layout *layout)
{
    uint32_t count = atomic_load_explicit(&stream->channels, memory_order_relaxed);
    for (; count < layout->channels; count++)
        for (uint32_t i = 0; i < layout->columns; i++)
            if (viz_csv_is_channel(layout, i) && layout->place[i] == count)
                viz_stream_channel(stream, layout->channel[i].name,
                                   layout->channel[i].unit);
}

/* The stream for @sensor (0: no sensors) in the present layout, or -1. */
static VIZ_ON(source) int find_stream(struct viz_decoder *decoder, uint32_t sensor)
{
    uint32_t number = decoder->generation * SENSORS_A_LAYOUT + sensor;
    int place = viz_outlet_find(&decoder->outlet, number);
    if (place < 0)
        place = open_stream(decoder, number, sensor);
    return place >= 0 && decoder->outlet.slot[place].stream ? place : -1;
}

/* Rows without a time of their own are where they arrived; several that arrived
 * together follow each other by a nanosecond. */
static int64_t arrival_time(struct viz_decoder *decoder,
                            const struct viz_arrival *arrival)
{
    decoder->last_ns = arrival->origin_ns > decoder->last_ns ? arrival->origin_ns
                                                             : decoder->last_ns + 1;
    return decoder->last_ns;
}

/* From now on lines mean @mode and, in a table, @layout. Another meaning than before is
 * for other streams than before. */
static void enter(struct viz_decoder *decoder, enum mode mode,
                  const struct viz_csv_layout *layout)
{
    if (decoder->mode == mode && layout == &decoder->layout)
        return;
    bool same = decoder->last == mode &&
                (mode == MODE_PLAIN || viz_csv_same_layout(&decoder->layout, layout));
    if (!same && decoder->last != MODE_UNDECIDED)
        decoder->generation++;
    if (!same) {
        memset(decoder->seen, 0, sizeof(decoder->seen));
        if (layout != &decoder->layout)
            decoder->layout = *layout;
    }
    decoder->mode = decoder->last = mode;
}

struct reading {
    int64_t time_ns;
    uint32_t sensor;
    float value[VIZ_MAX_FIELDS];
};

static void read_channel(struct viz_csv_layout *layout, uint32_t column,
                         const struct viz_field *field, float *value)
{
    if (field->kind != VIZ_FIELD_NUMBER)
        return;
    if (layout->role[column] == VIZ_CSV_TEXT && field->number.kind == VIZ_NUMBER_FINITE)
        viz_csv_promote(layout, column);
    if (viz_csv_is_channel(layout, column))
        value[layout->place[column]] = viz_number_float(&field->number);
}

static bool read_time(struct viz_csv_layout *layout, const struct viz_field *field,
                      int64_t *out)
{
    if (field->kind != VIZ_FIELD_NUMBER)
        return false;
    if (layout->shift == VIZ_CSV_AUTO_SHIFT)
        layout->shift = viz_csv_time_shift(&field->number);
    return viz_number_int64(&field->number, layout->shift, out) &&
           viz_time_in_range(*out);
}

static bool read_sensor(const struct viz_field *field, uint32_t *out)
{
    int64_t sensor;
    if (field->kind != VIZ_FIELD_NUMBER ||
        !viz_number_int64(&field->number, 0, &sensor) || sensor < 1 ||
        sensor > VIZ_MAX_STREAMS)
        return false;
    *out = (uint32_t)sensor;
    return true;
}

/* Count to blame, or NULL when @out holds the row. */
static struct viz_counter *read_row(struct viz_decoder *decoder, struct reading *out)
{
    static const struct viz_field missing = {.kind = VIZ_FIELD_MISSING};
    struct viz_wire_counts *counts = counts_of(decoder);
    const struct viz_fields *fields = &decoder->fields;
    struct viz_csv_layout *layout = &decoder->layout;
    out->sensor = 0;
    if (fields->count > layout->columns)
        return &counts->bad_value;
    for (uint32_t i = 0; i < layout->room; i++)
        out->value[i] = viz_missing_value();
    for (uint32_t i = 0; i < layout->columns; i++) {
        const struct viz_field *field =
            i < fields->count ? &fields->field[i] : &missing;
        if (field->kind >= VIZ_FIELD_LABELLED && !viz_csv_allows_text(layout, i))
            return &counts->bad_syntax;
        if (layout->role[i] == VIZ_CSV_TIME) {
            if (!read_time(layout, field, &out->time_ns))
                return &counts->bad_value;
        } else if (layout->role[i] == VIZ_CSV_SENSOR) {
            if (!read_sensor(field, &out->sensor))
                return &counts->bad_value;
        } else {
            read_channel(layout, i, field, out->value);
        }
    }
    return NULL;
}

static VIZ_ON(source) void take_table_row(struct viz_decoder *decoder,
                                          const struct viz_arrival *arrival, bool whole)
{
    struct viz_wire_counts *counts = counts_of(decoder);
    struct reading row;
    if (!whole && decoder->fields.count < decoder->layout.columns) {
        viz_count(&counts->truncated, 1);
        return;
    }
    struct viz_counter *blame = read_row(decoder, &row);
    if (blame) {
        viz_count(whole ? blame : &counts->truncated, 1);
        return;
    }
    int place = find_stream(decoder, row.sensor);
    if (place < 0) {
        viz_count(&counts->no_room, 1);
        return;
    }
    add_channels(decoder->outlet.slot[place].stream, &decoder->layout);
    if (!decoder->layout.timed)
        row.time_ns = arrival_time(decoder, arrival);
    viz_outlet_row(&decoder->outlet, place, arrival, row.time_ns, row.value,
                   decoder->layout.channels);
    viz_count(&counts->lines, 1);
}

/* Channel of the field at @place of a plain line, or -1. */
static VIZ_ON(source) int plain_channel(struct viz_decoder *decoder,
                                        struct viz_stream *stream, uint32_t place)
{
    const struct viz_field *field = &decoder->fields.field[place];
    struct viz_span label = {"", 0};
    if (field->kind == VIZ_FIELD_LABELLED)
        label = field->label;
    if (decoder->seen[place].channel > 0 && decoder->seen[place].size == label.size &&
        memcmp(decoder->seen[place].label, label.text, label.size) == 0)
        return decoder->seen[place].channel - 1;
    struct viz_channel channel = {.unit = ""};
    if (label.size)
        viz_fields_channel(label, &channel);
    if (!channel.name[0])
        snprintf(channel.name, sizeof(channel.name), "ch%u", place + 1);
    int found = viz_stream_channel(stream, channel.name, channel.unit);
    if (label.size <= sizeof(decoder->seen[place].label)) {
        memcpy(decoder->seen[place].label, label.text, label.size);
        decoder->seen[place].size = label.size;
        decoder->seen[place].channel = found + 1;
    }
    return found;
}

static VIZ_ON(source) void take_plain_row(struct viz_decoder *decoder,
                                          const struct viz_arrival *arrival)
{
    struct viz_wire_counts *counts = counts_of(decoder);
    const struct viz_fields *fields = &decoder->fields;
    enter(decoder, MODE_PLAIN, &decoder->layout);
    int place = find_stream(decoder, 0);
    if (place < 0) {
        viz_count(&counts->no_room, 1);
        return;
    }
    struct viz_stream *stream = decoder->outlet.slot[place].stream;
    float value[VIZ_MAX_CHANNELS];
    for (uint32_t i = 0; i < VIZ_MAX_CHANNELS; i++)
        value[i] = viz_missing_value();
    for (uint32_t i = 0; i < fields->count; i++) {
        if (fields->field[i].kind == VIZ_FIELD_MISSING)
            continue;
        int channel = plain_channel(decoder, stream, i);
        if (channel < 0) {
            viz_count(&counts->no_room, 1);
            return;
        }
        value[channel] = viz_number_float(&fields->field[i].number);
    }
    viz_outlet_row(&decoder->outlet, place, arrival, arrival_time(decoder, arrival),
                   value,
                   atomic_load_explicit(&stream->channels, memory_order_relaxed));
    viz_count(&counts->lines, 1);
}

/* The line that waits was no header. */
static void drop_candidate(struct viz_decoder *decoder)
{
    if (decoder->waiting != WAITING_HEADER)
        return;
    viz_count(&counts_of(decoder)->chatter, 1);
    decoder->waiting = WAITING_NONE;
}

/* Whether the row in fields misses the last of the candidate's columns. Words that name
 * a time are a header; but a row of the table that there is says nothing of another. */
static bool is_short_row(const struct viz_decoder *decoder)
{
    const struct viz_fields *fields = &decoder->fields;
    if (fields->count >= decoder->candidate.columns || fields->separator == ' ' ||
        fields->separator != decoder->candidate.separator ||
        (decoder->mode == MODE_TABLE &&
         viz_fields_match(fields, decoder->layout.columns)))
        return false;
    for (uint32_t i = 0; i < fields->count; i++)
        if (decoder->candidate.role[i] == VIZ_CSV_TIME)
            return fields->field[i].kind == VIZ_FIELD_NUMBER;
    return false;
}

/* Whether the row in fields has the candidate's columns. */
static bool fits_candidate(const struct viz_decoder *decoder)
{
    const struct viz_fields *fields = &decoder->fields;
    const struct viz_csv_layout *candidate = &decoder->candidate;
    if (decoder->waiting != WAITING_HEADER || !fields->kinds[VIZ_FIELD_NUMBER] ||
        (fields->count > 1 && fields->separator != candidate->separator))
        return false;
    return viz_fields_match(fields, candidate->columns) || is_short_row(decoder);
}

static VIZ_ON(source) void adopt_candidate(struct viz_decoder *decoder)
{
    decoder->waiting = WAITING_NONE;
    viz_count(&counts_of(decoder)->lines, 1);
    enter(decoder, MODE_TABLE, &decoder->candidate);
    viz_outlet_break(
        &decoder->outlet); /* where it came before, the logger starts anew */
}

/* A line of text: a header if the next row has as many columns, else chatter. Words set
 * apart by blanks may be a sentence: they take no other candidate's place, and are none
 * once it is known what the columns mean. */
static void take_text(struct viz_decoder *decoder)
{
    const struct viz_fields *fields = &decoder->fields;
    bool clear = fields->separator != ' ' && fields->count > 1;
    bool free_place =
        decoder->mode == MODE_UNDECIDED && decoder->waiting != WAITING_HEADER;
    if (!viz_fields_are_names(fields) || !(clear || free_place)) {
        viz_count(&counts_of(decoder)->chatter, 1);
        return;
    }
    drop_candidate(decoder);
    viz_csv_read_header(fields, &decoder->candidate);
    decoder->waiting = WAITING_HEADER;
}

static bool begins_with_stamp(const struct viz_fields *fields, int64_t *out)
{
    const struct viz_field *first = &fields->field[0];
    return fields->count > 1 && fields->count <= VIZ_MAX_CHANNELS + 1 &&
           first->kind == VIZ_FIELD_NUMBER && first->number.whole &&
           viz_number_int64(&first->number, 0, out) && *out >= LEAST_STAMP &&
           viz_time_in_range(*out);
}

static void split_line(struct viz_decoder *decoder, struct viz_span line)
{
    char separator = decoder->mode == MODE_TABLE ? decoder->layout.separator
                                                 : viz_fields_separator(line);
    viz_fields_split(line, separator, &decoder->fields);
}

/* The row that was held back: now it is known whether its first column is a time. */
static VIZ_ON(source) void release_row(struct viz_decoder *decoder, bool stamped)
{
    if (decoder->waiting != WAITING_ROW)
        return;
    decoder->waiting = WAITING_NONE;
    split_line(decoder, (struct viz_span){decoder->held, decoder->held_size});
    if (stamped) {
        viz_csv_stamped_layout(&decoder->fields, &decoder->candidate);
        enter(decoder, MODE_TABLE, &decoder->candidate);
        take_table_row(decoder, &decoder->held_arrival, true);
    } else {
        take_plain_row(decoder, &decoder->held_arrival);
    }
}

/* Whether the row in fields (which is @line) had to be held back for the next one. */
static VIZ_ON(source) bool hold_row(struct viz_decoder *decoder,
                                    const struct viz_arrival *arrival,
                                    struct viz_span line)
{
    int64_t stamp, before = 0;
    bool stamped = begins_with_stamp(&decoder->fields, &stamp);
    if (decoder->waiting == WAITING_ROW) {
        split_line(decoder, (struct viz_span){decoder->held, decoder->held_size});
        begins_with_stamp(&decoder->fields, &before);
        release_row(decoder, stamped && stamp > before);
        split_line(decoder, line);
        return false;
    }
    if (!stamped || decoder->mode != MODE_UNDECIDED)
        return false;
    memcpy(decoder->held, line.text, line.size);
    decoder->held_size = line.size;
    decoder->held_arrival = *arrival;
    decoder->waiting = WAITING_ROW;
    return true;
}

static VIZ_ON(source) void take_data(struct viz_decoder *decoder,
                                     const struct viz_arrival *arrival,
                                     struct viz_span line, bool whole)
{
    if (fits_candidate(decoder) && viz_csv_fit(&decoder->candidate, &decoder->fields))
        adopt_candidate(decoder);
    drop_candidate(decoder);
    if (hold_row(decoder, arrival, line))
        return;
    if (decoder->mode == MODE_TABLE)
        take_table_row(decoder, arrival, whole);
    else
        take_plain_row(decoder, arrival);
}

/* Numbers, and text only where the table has text. */
static bool is_table_row(const struct viz_decoder *decoder)
{
    const struct viz_fields *fields = &decoder->fields;
    if (decoder->mode != MODE_TABLE)
        return false;
    for (uint32_t i = 0; i < fields->count; i++)
        if (fields->field[i].kind >= VIZ_FIELD_LABELLED &&
            !viz_csv_allows_text(&decoder->layout, i))
            return false;
    return fields->kinds[VIZ_FIELD_NUMBER] > 0;
}

static VIZ_ON(source) void take_fields(struct viz_decoder *decoder,
                                       const struct viz_arrival *arrival,
                                       struct viz_span line, bool whole)
{
    struct viz_wire_counts *counts = counts_of(decoder);
    const struct viz_fields *fields = &decoder->fields;
    bool numbers = fields->kinds[VIZ_FIELD_NUMBER] > 0;
    bool text = fields->kinds[VIZ_FIELD_TEXT] > 0;
    bool labels = fields->kinds[VIZ_FIELD_LABELLED] > 0;
    if (fields->overflow) {
        viz_count(&counts->no_room, 1);
    } else if ((numbers && !text && !labels) || is_table_row(decoder) ||
               (fits_candidate(decoder) &&
                viz_csv_fit(&decoder->candidate, &decoder->fields))) {
        take_data(decoder, arrival, line, whole);
    } else if (labels && !text && decoder->mode != MODE_TABLE) {
        drop_candidate(decoder);
        take_plain_row(decoder, arrival);
    } else if (fits_candidate(decoder) ||
               (numbers && fields->field[0].kind == VIZ_FIELD_NUMBER)) {
        viz_count(whole ? &counts->bad_syntax : &counts->truncated, 1);
    } else {
        take_text(decoder);
    }
}

static struct viz_span without_mark(struct viz_span line)
{
    if (line.size >= 3 && memcmp(line.text, "\xef\xbb\xbf", 3) == 0)
        return (struct viz_span){line.text + 3, line.size - 3};
    return line;
}

/* @whole: the line's end was seen. */
static VIZ_ON(source) void take_line(struct viz_decoder *decoder,
                                     const struct viz_arrival *arrival,
                                     struct viz_span line, bool whole)
{
    if (!decoder->begun)
        line = without_mark(line);
    decoder->begun = true;
    struct viz_span text = viz_span_trim(line);
    if (!text.size || text.text[0] == '#') {
        viz_count(&counts_of(decoder)->chatter, 1);
        return;
    }
    split_line(decoder, line);
    bool row = decoder->fields.kinds[VIZ_FIELD_NUMBER] == decoder->fields.count;
    if (!row && decoder->waiting == WAITING_ROW) {
        release_row(decoder, true);
        split_line(decoder, line);
    }
    take_fields(decoder, arrival, line, whole);
}

static void decode(struct viz_decoder *decoder, const struct viz_arrival *arrival,
                   const uint8_t *bytes, size_t size, bool datagram)
{
    viz_role_assume_source();
    struct viz_wire_counts *counts = counts_of(decoder);
    struct viz_span input = {(const char *)bytes, size}, line;
    viz_count(&counts->packets, 1);
    viz_count(&counts->bytes, size);
    while (viz_lines_take(&decoder->lines, &input, datagram, &counts->oversized, &line))
        take_line(decoder, arrival, line, true);
    viz_outlet_commit(&decoder->outlet);
}

static void finish(struct viz_decoder *decoder, const struct viz_arrival *arrival)
{
    viz_role_assume_source();
    struct viz_span line;
    if (viz_lines_rest(&decoder->lines, &line))
        take_line(decoder, arrival, line, false);
    release_row(decoder, true);
    drop_candidate(decoder);
    viz_outlet_commit(&decoder->outlet);
    viz_outlet_break(&decoder->outlet);
    decoder->begun = false;
    decoder->mode = MODE_UNDECIDED;
}

static struct viz_decoder *create(struct viz_intake *intake)
{
    struct viz_decoder *decoder = viz_zalloc(sizeof(*decoder));
    decoder->outlet.intake = intake;
    decoder->outlet.format = "csv";
    return decoder;
}

static void destroy(struct viz_decoder *decoder)
{
    free(decoder);
}

extern const struct viz_encode viz_encode_csv;
extern const struct viz_wire viz_wire_csv;
const struct viz_wire viz_wire_csv = {
    .name = "csv",
    .help = "separated values, with a header or without; name:value lines",
    .announce = "separated values",
    .probe = viz_csv_probe,
    .create = create,
    .destroy = destroy,
    .decode = decode,
    .finish = finish,
    .encode = &viz_encode_csv,
};
