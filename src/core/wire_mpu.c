/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON Lines of an MPU6050 logger: one object a line, one line a sensor and instant. */
#include <viz/alloc.h>
#include <viz/encode.h>
#include <viz/number.h>
#include <viz/outlet.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AXES 7
#define MAX_DEPTH 64          /* of brackets in a value that is skipped */
#define RESTART_NS 1000000000 /* a row so much older is of a clock that was set back */

static const struct viz_channel axes[AXES] = {
    {"ax", "m/s²"}, {"ay", "m/s²"}, {"az", "m/s²"},   {"gx", "°/s"},
    {"gy", "°/s"},  {"gz", "°/s"},  {"temp_c", "°C"},
};

enum key {
    KEY_AX, /* the axes come first: their number is their place in axes[] */
    KEY_TEMP = 6,
    KEY_TIMESTAMP_NS,
    KEY_T_S,
    KEY_SENSOR_ID,
    KEY_META,
    KEY_SENSOR_IDS,
    KEY_STREAM_RATE,
    KEY_DEVICE_RATE,
    KEY_OTHER,
};

static const struct {
    const char *text;
    uint8_t size;
    uint8_t key;
} long_keys[] = {
    {"timestamp_ns", 12, KEY_TIMESTAMP_NS},
    {"t_s", 3, KEY_T_S},
    {"sensor_id", 9, KEY_SENSOR_ID},
    {"temp_c", 6, KEY_TEMP},
    {"meta", 4, KEY_META},
    {"sensor_ids", 10, KEY_SENSOR_IDS},
    {"pi_stream_rate_hz", 17, KEY_STREAM_RATE},
    {"pi_device_sample_rate_hz", 24, KEY_DEVICE_RATE},
};

struct cursor {
    const char *at, *end;
};

/* One line, understood. */
struct row {
    uint32_t axes;   /* bit per axis that was named */
    uint32_t number; /* of the sensor; 0: not named */
    bool meta, has_time_ns, has_time_s;
    bool bad_value;
    int64_t time_ns, time_s_ns;
    struct cursor sensors; /* list of a meta line; empty: not named */
    double stream_hz, device_hz;
    float value[AXES];
};

struct sensor {
    uint32_t channels;
    int8_t channel[AXES]; /* -1: has not been seen */
    uint32_t axes;        /* of the newest row, 0: none; the two below are its, too */
    int64_t time_ns;
    float value[AXES]; /* of those axes */
};

struct viz_decoder {
    struct viz_outlet outlet;
    struct viz_lines lines;
    double requested_hz[VIZ_MAX_STREAMS + 1]; /* by sensor number */
    struct sensor sensor[VIZ_MAX_STREAMS];    /* by place in the outlet */
};

enum value_kind {
    VALUE_NUMBER,
    VALUE_NULL,
    VALUE_TEXT,
    VALUE_OTHER,
};

struct value {
    enum value_kind kind;
    struct viz_number number;
    struct viz_span text; /* as written, without the quotes of a string */
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t'))
        cursor->at++;
}

static bool take(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

/* A string with its quotes; escapes are stepped over and not resolved: no key that
 * means anything here has one. */
static bool take_string(struct cursor *cursor, struct viz_span *out)
{
    if (!take(cursor, '"'))
        return false;
    const char *start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != '"') {
        if (*cursor->at == '\\' && ++cursor->at == cursor->end)
            return false;
        cursor->at++;
    }
    if (cursor->at == cursor->end)
        return false;
    *out = (struct viz_span){start, (size_t)(cursor->at - start)};
    cursor->at++;
    return true;
}

/* An array or object as a whole: brackets must nest, what is between is not looked at.
 */
static bool take_nested(struct cursor *cursor)
{
    char closing[MAX_DEPTH];
    int depth = 0;
    do {
        struct viz_span ignored;
        if (cursor->at >= cursor->end)
            return false;
        char c = *cursor->at;
        if (c == '"') {
            if (!take_string(cursor, &ignored))
                return false;
            continue;
        }
        if (c == '[' || c == '{') {
            if (depth == MAX_DEPTH)
                return false;
            closing[depth++] = c == '[' ? ']' : '}';
        } else if ((c == ']' || c == '}') && closing[--depth] != c) {
            return false;
        }
        cursor->at++;
    } while (depth);
    return true;
}

static bool take_word(struct cursor *cursor, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(cursor->end - cursor->at) < size ||
        memcmp(cursor->at, word, size) != 0)
        return false;
    cursor->at += size;
    return true;
}

static bool take_value(struct cursor *cursor, struct value *out)
{
    if (cursor->at == cursor->end)
        return false;
    const char *start = cursor->at;
    const char *rest = viz_number_parse(cursor->at, cursor->end, '.', &out->number);
    if (rest) {
        cursor->at = rest;
        out->kind = VALUE_NUMBER;
        return true;
    }
    if (*start == '"') {
        out->kind = VALUE_TEXT;
        return take_string(cursor, &out->text);
    }
    out->kind = VALUE_OTHER;
    if (*start == '[' || *start == '{') {
        if (!take_nested(cursor))
            return false;
        out->text = (struct viz_span){start, (size_t)(cursor->at - start)};
        return true;
    }
    out->text = (struct viz_span){start, 0};
    if (take_word(cursor, "null")) {
        out->kind = VALUE_NULL;
        return true;
    }
    return take_word(cursor, "true") || take_word(cursor, "false");
}

static enum key find_key(struct viz_span key)
{
    if (key.size == 2) {
        int axis = key.text[1] - 'x';
        if (axis < 0 || axis > 2)
            return KEY_OTHER;
        if (key.text[0] == 'a')
            return (enum key)(KEY_AX + axis);
        return key.text[0] == 'g' ? (enum key)(KEY_AX + 3 + axis) : KEY_OTHER;
    }
    for (size_t i = 0; i < sizeof(long_keys) / sizeof(long_keys[0]); i++)
        if (key.size == long_keys[i].size &&
            memcmp(key.text, long_keys[i].text, key.size) == 0)
            return (enum key)long_keys[i].key;
    return KEY_OTHER;
}

static void set_axis(struct row *row, int axis, const struct value *value)
{
    if (value->kind == VALUE_NUMBER) {
        row->value[axis] = viz_number_float(&value->number);
        row->axes |= 1u << axis;
    } else if (value->kind != VALUE_NULL) {
        row->bad_value = true;
    }
}

static bool read_time(const struct value *value, int shift, int64_t *out)
{
    return value->kind == VALUE_NUMBER &&
           viz_number_int64(&value->number, shift, out) && viz_time_in_range(*out);
}

static bool read_sensor(const struct viz_number *number, uint32_t *out)
{
    int64_t value;
    if (!viz_number_int64(number, 0, &value) || value < 1 || value > VIZ_MAX_STREAMS)
        return false;
    *out = (uint32_t)value;
    return true;
}

/* 0 where it is no rate. */
static double read_rate(const struct value *value)
{
    if (value->kind != VALUE_NUMBER)
        return 0;
    double hz = viz_number_double(&value->number);
    return hz > 0 && hz <= VIZ_MAX_RATE ? hz : 0;
}

static void apply(struct row *row, enum key key, const struct value *value)
{
    switch (key) {
    case KEY_TIMESTAMP_NS:
        row->has_time_ns = read_time(value, 0, &row->time_ns);
        row->bad_value |= !row->has_time_ns;
        break;
    case KEY_T_S:
        row->has_time_s = read_time(value, 9, &row->time_s_ns);
        break;
    case KEY_SENSOR_ID:
        if (value->kind != VALUE_NUMBER || !read_sensor(&value->number, &row->number))
            row->bad_value = true;
        break;
    case KEY_META:
        row->meta = true;
        break;
    case KEY_SENSOR_IDS:
        if (value->kind == VALUE_OTHER)
            row->sensors =
                (struct cursor){value->text.text, value->text.text + value->text.size};
        break;
    case KEY_STREAM_RATE:
        row->stream_hz = read_rate(value);
        break;
    case KEY_DEVICE_RATE:
        row->device_hz = read_rate(value);
        break;
    case KEY_OTHER:
        break;
    default:
        set_axis(row, (int)key, value);
    }
}

/* The object that @line is; false where it is none. */
static bool parse_object(struct viz_span line, struct row *row)
{
    struct cursor cursor = {line.text, line.text + line.size};
    if (!take(&cursor, '{'))
        return false;
    skip_blanks(&cursor);
    if (take(&cursor, '}'))
        return cursor.at == cursor.end;
    for (;;) {
        struct viz_span key;
        struct value value;
        skip_blanks(&cursor);
        if (!take_string(&cursor, &key))
            return false;
        skip_blanks(&cursor);
        if (!take(&cursor, ':'))
            return false;
        skip_blanks(&cursor);
        if (!take_value(&cursor, &value))
            return false;
        apply(row, find_key(key), &value);
        skip_blanks(&cursor);
        if (take(&cursor, '}'))
            return cursor.at == cursor.end;
        if (!take(&cursor, ','))
            return false;
    }
}

static VIZ_ON(source) int open_sensor(struct viz_decoder *decoder, uint32_t number)
{
    char name[VIZ_MAX_NAME];
    snprintf(name, sizeof(name), "S%u", number);
    int place = viz_outlet_open(&decoder->outlet,
                                &(struct viz_outlet_params){
                                    .number = number,
                                    .name = name,
                                    .max_channels = AXES,
                                    .requested_hz = decoder->requested_hz[number],
                                    .timed = true,
                                });
    if (place >= 0)
        memset(decoder->sensor[place].channel, -1, AXES);
    return place;
}

/* What a sensor is to send, now and when it is first heard of. */
static void request(struct viz_decoder *decoder, uint32_t number, double hz)
{
    decoder->requested_hz[number] = hz;
    int place = viz_outlet_find(&decoder->outlet, number);
    if (place >= 0 && decoder->outlet.slot[place].stream)
        atomic_store_explicit(&decoder->outlet.slot[place].stream->requested_hz, hz,
                              memory_order_relaxed);
}

/* The next sensor of "1, 2, 3]", or 0. Numbers that are no sensor's are left out. */
static uint32_t next_sensor(struct cursor *list)
{
    while (list->at < list->end) {
        struct viz_number number;
        uint32_t sensor;
        const char *rest = viz_number_parse(list->at, list->end, '.', &number);
        list->at = rest ? rest : list->at + 1;
        if (rest && read_sensor(&number, &sensor))
            return sensor;
    }
    return 0;
}

/* What comes does not follow on what came. */
static VIZ_ON(source) void begin_anew(struct viz_decoder *decoder)
{
    for (uint32_t i = 0; i < decoder->outlet.count; i++)
        decoder->sensor[i].axes = 0;
    viz_outlet_break(&decoder->outlet);
}

/* The sensors that are named have their streams from here on, in this order: which of
 * them is heard first does not change the numbers of their channels. */
static VIZ_ON(source) void take_meta(struct viz_decoder *decoder, const struct row *row)
{
    double hz = row->stream_hz > 0 ? row->stream_hz : row->device_hz;
    struct cursor list = row->sensors;
    uint32_t number = next_sensor(&list);
    for (uint32_t i = 1; !number && i <= VIZ_MAX_STREAMS; i++)
        request(decoder, i, hz);
    for (; number; number = next_sensor(&list)) {
        request(decoder, number, hz);
        if (viz_outlet_find(&decoder->outlet, number) < 0)
            open_sensor(decoder, number);
    }
    begin_anew(decoder); /* the logger says it when it starts */
}

static bool same_values(const struct sensor *sensor, const struct row *row)
{
    for (uint32_t rest = row->axes; rest; rest &= rest - 1) {
        int axis = __builtin_ctz(rest);
        if (memcmp(&row->value[axis], &sensor->value[axis], sizeof(float)) != 0)
            return false;
    }
    return row->axes == sensor->axes;
}

/* Whether this is the newest row once more: datagrams are duplicated on their way. */
static bool is_duplicate(struct sensor *sensor, const struct row *row, int64_t time_ns)
{
    if (sensor->axes && time_ns == sensor->time_ns && same_values(sensor, row))
        return true;
    bool late = sensor->axes && time_ns < sensor->time_ns &&
                sensor->time_ns - time_ns < RESTART_NS;
    if (late || !row->axes)
        return false;
    sensor->axes = row->axes;
    sensor->time_ns = time_ns;
    memcpy(sensor->value, row->value, sizeof(row->value));
    return false;
}

static VIZ_ON(source) void take_row(struct viz_decoder *decoder, const struct row *row,
                                    const struct viz_arrival *arrival)
{
    int place = viz_outlet_find(&decoder->outlet, row->number);
    if (place < 0 && row->axes)
        place = open_sensor(decoder, row->number);
    if (place < 0 && !row->axes) { /* says nothing, and of a sensor never heard of */
        viz_count(&decoder->outlet.intake->counts->lines, 1);
        return;
    }
    struct viz_stream *stream = place < 0 ? NULL : decoder->outlet.slot[place].stream;
    if (!stream) {
        viz_count(&decoder->outlet.intake->counts->no_room, 1);
        return;
    }
    struct sensor *sensor = &decoder->sensor[place];
    int64_t time_ns = row->has_time_ns ? row->time_ns : row->time_s_ns;
    viz_count(&decoder->outlet.intake->counts->lines, 1);
    if (is_duplicate(sensor, row, time_ns)) {
        viz_count(&stream->counts.duplicate, (uint64_t)__builtin_popcount(row->axes));
        return;
    }
    float value[AXES];
    for (int i = 0; i < AXES; i++)
        value[i] = viz_missing_value();
    for (uint32_t rest = row->axes; rest; rest &= rest - 1) {
        int axis = __builtin_ctz(rest);
        if (sensor->channel[axis] < 0) {
            sensor->channel[axis] =
                (int8_t)viz_stream_channel(stream, axes[axis].name, axes[axis].unit);
            sensor->channels++;
        }
        value[sensor->channel[axis]] = row->value[axis];
    }
    viz_outlet_row(&decoder->outlet, place, arrival, time_ns, value, sensor->channels);
}

/* @whole: the line's end was seen. */
static VIZ_ON(source) void take_line(struct viz_decoder *decoder,
                                     const struct viz_arrival *arrival,
                                     struct viz_span line, bool whole)
{
    struct viz_wire_counts *counts = decoder->outlet.intake->counts;
    struct row row = {.axes = 0};
    line = viz_span_trim(line);
    if (!line.size || line.text[0] != '{') {
        viz_count(&counts->chatter, 1);
        return;
    }
    if (!parse_object(line, &row)) {
        viz_count(whole ? &counts->bad_syntax : &counts->truncated, 1);
        return;
    }
    bool timed = row.has_time_ns || row.has_time_s;
    if (row.meta) {
        viz_count(&counts->lines, 1);
        take_meta(decoder, &row);
    } else if (!row.axes && !row.number && !timed && !row.bad_value) {
        viz_count(&counts->chatter, 1);
    } else if (row.bad_value || !row.number || !timed) {
        viz_count(&counts->bad_value, 1);
    } else {
        take_row(decoder, &row, arrival);
    }
}

static void decode(struct viz_decoder *decoder, const struct viz_arrival *arrival,
                   const uint8_t *bytes, size_t size, bool datagram)
{
    viz_role_assume_source();
    struct viz_wire_counts *counts = decoder->outlet.intake->counts;
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
    viz_outlet_commit(&decoder->outlet);
    begin_anew(decoder);
}

static struct viz_decoder *create(struct viz_intake *intake)
{
    struct viz_decoder *decoder = viz_zalloc(sizeof(*decoder));
    decoder->outlet.intake = intake;
    decoder->outlet.format = "mpu";
    return decoder;
}

static void destroy(struct viz_decoder *decoder)
{
    free(decoder);
}

static bool contains(struct viz_span text, const char *word)
{
    return text.size && memmem(text.text, text.size, word, strlen(word));
}

static int probe_line(struct viz_span line)
{
    line = viz_span_trim(line);
    if (!line.size || line.text[0] != '{')
        return 0;
    if (contains(line, "\"mpu6050_stream_config\"") || contains(line, "\"sensor_id\""))
        return 95;
    return 10;
}

static int probe(const uint8_t *bytes, size_t size)
{
    int best = 0;
    const char *at = (const char *)bytes;
    for (const char *end = at + size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        int score = probe_line((struct viz_span){at, (size_t)(stop - at)});
        best = score > best ? score : best;
        at = newline ? newline + 1 : end;
    }
    return best;
}

extern const struct viz_encode viz_encode_mpu;
extern const struct viz_wire viz_wire_mpu;
const struct viz_wire viz_wire_mpu = {
    .name = "mpu",
    .help = "JSON Lines of an MPU6050 logger: one object a sensor and instant",
    .announce = "JSON Lines of an MPU6050 logger",
    .probe = probe,
    .create = create,
    .destroy = destroy,
    .decode = decode,
    .finish = finish,
    .encode = &viz_encode_mpu,
};
