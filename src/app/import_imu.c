/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of an IMU logger: one sensor a file, or all in one, with what was set beside it.
 * The files of one session become one run, its rows in order of time. */
#include "import.h"

#include <viz/alloc.h>
#include <viz/timestamp.h>

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_START_NS 5000000000 /* sensors of a session begin one after the other */
#define STAMP_TEXT 19            /* 2026-01-31_12-00-00 */
#define MAX_SENSOR 255

static const char *const aside[] = {"timestamp_ns", "t_s", "sensor_id", "wall_ns"};

static const struct viz_run_channel units[] = {
    {"ax", "m/s²"}, {"ay", "m/s²"}, {"az", "m/s²"},   {"gx", "°/s"},
    {"gy", "°/s"},  {"gz", "°/s"},  {"temp_c", "°C"},
};

/* One file, and its row at hand. */
struct part {
    const struct viz_import_imu *file;
    struct viz_import_rows *rows;
    json_t *meta;
    int time, sensor, wall;
    uint32_t known; /* columns that the first row had */
    uint32_t columns;
    int column[VIZ_IMPORT_COLUMNS]; /* of each channel */
    int64_t start_ns;               /* when it began, as far as that is known */
    bool first_known;
    int64_t first_ns, base_ns; /* device time, and the wall time then */
    int64_t default_sensor;    /* of rows that do not say */
    enum viz_import_found found;
    int64_t time_ns, host_ns, number;
    double value[VIZ_IMPORT_COLUMNS];
};

struct session {
    const struct viz_import_params *params;
    struct part *part;
    uint32_t parts;
    struct viz_import_run run;
};

bool viz_import_imu_knows(const struct viz_import_rows *rows)
{
    return viz_import_find(rows, "timestamp_ns") >= 0;
}

static const char *meta_text(const json_t *meta, const char *key)
{
    const char *text = json_string_value(json_object_get(meta, key));
    return text ? text : "";
}

static bool is_aside(const char *name)
{
    for (size_t i = 0; i < sizeof(aside) / sizeof(aside[0]); i++)
        if (!strcmp(name, aside[i]))
            return true;
    return false;
}

/* The last date and time in a file's name, as UTC. */
static bool stamp_in(const char *name, int64_t *ns)
{
    static const char pattern[] = "0000-00-00_00-00-00";
    size_t size = strlen(name);
    for (size_t at = size < STAMP_TEXT ? 0 : size - STAMP_TEXT + 1; at-- > 0;) {
        char text[STAMP_TEXT];
        bool fits = true;
        for (int i = 0; fits && i < STAMP_TEXT; i++) {
            text[i] = name[at + (size_t)i];
            fits = pattern[i] == '0' ? text[i] >= '0' && text[i] <= '9'
                                     : text[i] == pattern[i];
        }
        text[10] = 'T';
        text[13] = text[16] = ':';
        if (fits && viz_timestamp_parse(text, STAMP_TEXT, ns))
            return true;
    }
    return false;
}

static int64_t start_of(const struct viz_import_imu *file, const json_t *meta)
{
    const char *text = meta_text(meta, "start_utc");
    int64_t ns;
    if (viz_timestamp_parse(text, strlen(text), &ns) || stamp_in(file->name, &ns))
        return ns;
    return viz_import_file_time(file->name);
}

/* mpu_S2_... */
static int64_t sensor_in(const char *name)
{
    const char *slash = strrchr(name, '/');
    for (const char *at = slash ? slash : name; (at = strstr(at, "S")); at++)
        if (at[1] >= '0' && at[1] <= '9' && (at == name || !strchr("-", at[-1])))
            return strtol(at + 1, NULL, 10);
    return 1;
}

static void open_part(struct part *part, const struct viz_import_imu *file)
{
    part->file = file;
    part->rows = file->rows;
    part->meta = file->meta ? json_loads(file->meta, 0, NULL) : NULL;
    part->time = viz_import_find(part->rows, "timestamp_ns");
    part->sensor = viz_import_find(part->rows, "sensor_id");
    part->wall = viz_import_find(part->rows, "wall_ns");
    part->start_ns = part->base_ns = start_of(file, part->meta);
    json_t *sensor = json_object_get(part->meta, "sensor_id");
    json_t *first = json_object_get(part->meta, "start_monotonic_ns");
    part->default_sensor =
        json_is_integer(sensor) ? json_integer_value(sensor) : sensor_in(file->name);
    part->first_known = json_is_integer(first);
    part->first_ns = json_integer_value(first);
    part->known = viz_import_columns(part->rows);
    for (uint32_t i = 0; i < part->known; i++)
        if (!is_aside(viz_import_column(part->rows, i)))
            part->column[part->columns++] = (int)i;
}

/* False: beyond all times. */
static bool place(const struct part *part, int64_t time_ns, int64_t *host_ns)
{
    int64_t since_ns;
    return !__builtin_sub_overflow(time_ns, part->first_ns, &since_ns) &&
           !__builtin_add_overflow(part->base_ns, since_ns, host_ns);
}

static const char *read_row(struct part *part)
{
    const struct viz_field *sensor = viz_import_field(part->rows, part->sensor);
    const struct viz_field *wall = viz_import_field(part->rows, part->wall);
    if (!viz_import_int(viz_import_field(part->rows, part->time), INT64_MIN + 1,
                        INT64_MAX, &part->time_ns))
        return "timestamp_ns";
    part->number = part->default_sensor;
    if (sensor->kind != VIZ_FIELD_MISSING &&
        !viz_import_int(sensor, 0, MAX_SENSOR, &part->number))
        return "sensor_id";
    if (!part->first_known)
        part->first_ns = part->time_ns;
    part->first_known = true;
    if (!place(part, part->time_ns, &part->host_ns))
        return "timestamp_ns";
    if (wall->kind != VIZ_FIELD_MISSING &&
        !viz_import_int(wall, INT64_MIN, INT64_MAX, &part->host_ns))
        return "wall_ns";
    for (uint32_t i = part->known; i < viz_import_columns(part->rows); i++)
        if (viz_import_field(part->rows, (int)i)->text.text)
            return "a name that the first row has not";
    for (uint32_t i = 0; i < part->columns; i++)
        if (!viz_import_double(viz_import_field(part->rows, part->column[i]),
                               &part->value[i]))
            return viz_import_column(part->rows, (uint32_t)part->column[i]);
    return NULL;
}

/* The next row that can be read. */
static void advance(struct session *session, struct part *part)
{
    const char *wrong;
    do {
        part->found = viz_import_next(part->rows);
        wrong = part->found == VIZ_IMPORT_BAD   ? viz_import_why(part->rows)
                : part->found == VIZ_IMPORT_ROW ? read_row(part)
                                                : NULL;
        if (wrong)
            viz_import_bad(&session->run.result, viz_import_line(part->rows), wrong);
    } while (wrong);
}

static const char *unit_of(const char *name)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (!strcmp(units[i].name, name))
            return units[i].unit;
    return "";
}

static int stream_for(struct session *session, const struct part *part, uint32_t *index,
                      struct viz_error *err)
{
    struct viz_run_channel channel[VIZ_IMPORT_COLUMNS];
    struct viz_import_run *run = &session->run;
    char name[32];
    snprintf(name, sizeof(name), "S%lld", (long long)part->number);
    for (*index = 0; *index < run->streams; ++*index)
        if (!strcmp(run->stream[*index].name, name))
            return 0;
    for (uint32_t i = 0; i < part->columns; i++) {
        channel[i].name = viz_import_column(part->rows, (uint32_t)part->column[i]);
        channel[i].unit = unit_of(channel[i].name);
    }
    return viz_import_add_stream(run,
                                 &(struct viz_run_stream){
                                     .name = name,
                                     .source = part->file->name,
                                     .form = VIZ_FORM_VALUES,
                                     .requested_hz = json_number_value(json_object_get(
                                         part->meta, "requested_rate_hz")),
                                     .channel = channel,
                                     .channels = part->columns,
                                 },
                                 index, err);
}

static int take_row(struct session *session, const struct part *part,
                    struct viz_error *err)
{
    uint32_t index;
    int ret = stream_for(session, part, &index, err);
    if (ret < 0)
        return ret;
    /* Several files may name one sensor, with other columns. */
    if (session->run.stream[index].channels != part->columns) {
        viz_import_bad(&session->run.result, viz_import_line(part->rows),
                       "other columns than the sensor had before");
        return 0;
    }
    return viz_import_values(&session->run, index,
                             &(struct viz_import_values){.host_ns = part->host_ns,
                                                         .device_ns = part->time_ns,
                                                         .value = part->value},
                             err);
}

static int take_rows(struct session *session, struct viz_error *err)
{
    for (;;) {
        struct part *oldest = NULL;
        for (uint32_t i = 0; i < session->parts; i++) {
            struct part *part = &session->part[i];
            if (part->found == VIZ_IMPORT_FAILED)
                return viz_import_fail(part->rows, err);
            if (part->found == VIZ_IMPORT_ROW &&
                (!oldest || part->host_ns < oldest->host_ns))
                oldest = part;
        }
        if (!oldest)
            return 0;
        if (viz_import_stopped(session->params))
            return viz_import_fail(oldest->rows, err);
        int ret = take_row(session, oldest, err);
        if (ret < 0)
            return ret;
        advance(session, oldest);
    }
}

/* What was set, of all files. */
static char *requested(const struct session *session)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < session->parts; i++)
        if (session->part[i].meta)
            json_array_append(list, session->part[i].meta);
    json_t *all = json_pack("{s:o}", "imu", list);
    char *text = json_array_size(list) ? json_dumps(all, JSON_COMPACT) : NULL;
    json_decref(all);
    return text;
}

/* The session's name, else the files', as many as fit. */
static void name_of(const struct session *session, char *out, size_t size)
{
    const char *name = meta_text(session->part[0].meta, "session_name");
    size_t used = 0;
    if (*name) {
        snprintf(out, size, "%s", name);
        return;
    }
    for (uint32_t i = 0; i < session->parts; i++) {
        char one[256];
        viz_import_name(session->part[i].file->name, one, sizeof(one));
        if (i && used + strlen(one) + 1 >= size)
            return;
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? "+" : "", one);
    }
}

static int begin(struct session *session, struct viz_error *err)
{
    const struct part *part = session->part;
    char name[256], source[1024] = "";
    int64_t started_ns = part->start_ns;
    size_t used = 0;
    name_of(session, name, sizeof(name));
    for (uint32_t i = 0; i < session->parts; i++) {
        used += (size_t)snprintf(source + used, sizeof(source) - used, "%s",
                                 session->part[i].file->source);
        used = used < sizeof(source) ? used : sizeof(source) - 1;
        if (session->part[i].found == VIZ_IMPORT_ROW &&
            session->part[i].host_ns < started_ns)
            started_ns = session->part[i].host_ns;
    }
    char *set = requested(session);
    int ret = viz_import_begin(&session->run, session->params,
                               &(struct viz_import_about){
                                   .file = part->file->name,
                                   .format = "imu",
                                   .name = name,
                                   .host = meta_text(part->meta, "hostname"),
                                   .requested = set,
                                   .source = source,
                                   .started_ns = started_ns,
                               },
                               err);
    free(set);
    if (ret)
        return ret;
    ret = take_rows(session, err);
    return viz_import_end(&session->run, VIZ_RUN_COMPLETE, 0, ret, err);
}

static bool same_session(const struct part *a, const struct part *b)
{
    int64_t apart_ns;
    if (strcmp(meta_text(a->meta, "session_name"), meta_text(b->meta, "session_name")))
        return false;
    return !__builtin_sub_overflow(a->start_ns, b->start_ns, &apart_ns) &&
           apart_ns <= SAME_START_NS && apart_ns >= -SAME_START_NS;
}

/* Whether @part belongs to what is there: same session, a sensor of its own. */
static bool joins(const struct session *session, const struct part *part)
{
    for (uint32_t i = 0; i < session->parts; i++)
        if (!same_session(&session->part[i], part) ||
            session->part[i].number == part->number)
            return false;
    return true;
}

/* Files of a session share a clock, unless their stamps say otherwise: then what lies
 * between two rows is what lies between their stamps, and when each file began is no more
 * than a guess. */
static void share_clock(const struct session *session, struct part *part)
{
    const struct viz_field *wall = viz_import_field(part->rows, part->wall);
    int64_t host_ns, apart_ns;
    for (uint32_t i = 0; i < session->parts; i++) {
        const struct part *other = &session->part[i];
        if (!other->first_known || !part->first_known)
            continue;
        if (!place(other, part->first_ns, &host_ns) ||
            __builtin_sub_overflow(host_ns, part->base_ns, &apart_ns) ||
            apart_ns > SAME_START_NS || apart_ns < -SAME_START_NS)
            continue;
        part->base_ns = host_ns;
        if (part->found == VIZ_IMPORT_ROW && wall->kind == VIZ_FIELD_MISSING)
            place(part, part->time_ns, &part->host_ns);
        return;
    }
}

static int import_session(struct session *session, struct viz_import_imu *file,
                          uint32_t files, struct viz_error *err)
{
    for (uint32_t i = 0; i < files; i++) {
        struct part *part = &session->part[session->parts];
        if (file[i].taken)
            continue;
        memset(part, 0, sizeof(*part));
        open_part(part, &file[i]);
        part->number = part->default_sensor;
        if (session->parts && !joins(session, part)) {
            json_decref(part->meta);
            continue;
        }
        file[i].taken = true;
        advance(session, part);
        share_clock(session, part);
        session->parts++;
    }
    for (uint32_t i = 0; i < session->parts; i++)
        if (session->part[i].found == VIZ_IMPORT_ROW)
            return begin(session, err);
    return viz_fail(err, -ENODATA, "%s has no row that can be read", file->name);
}

int viz_import_imu(const struct viz_import_params *params, struct viz_import_imu *file,
                   uint32_t files, struct viz_error *err)
{
    int first = 0;
    for (uint32_t i = 0; i < files; i++) {
        struct session session = {.params = params};
        struct viz_error failure;
        if (file[i].taken)
            continue;
        session.part = viz_zalloc((files - i) * sizeof(*session.part));
        int ret = import_session(&session, file + i, files - i, &failure);
        for (uint32_t k = 0; k < session.parts; k++)
            json_decref(session.part[k].meta);
        free(session.part);
        if (ret < 0 && params->say && files > 1)
            params->say(params->context, failure.text);
        if (ret < 0 && !first) {
            first = ret;
            viz_fail(err, ret, "%s", failure.text);
        }
    }
    return first;
}
