/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "csv_layout.h"

#include <viz/outlet.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LEGACY_COLUMNS 7 /* timestamp_ns,ax,ay,az,gx,gy,gz without a header */

/* In the order of preference. */
static const struct {
    const char *name;
    int shift;
} time_names[] = {
    {"timestamp_ns", 0},
    {"time_ns", 0},
    {"t_ns", 0},
    {"timestamp_us", 3},
    {"time_us", 3},
    {"t_us", 3},
    {"micros", 3},
    {"timestamp_ms", 6},
    {"time_ms", 6},
    {"t_ms", 6},
    {"millis", 6},
    {"timestamp_s", 9},
    {"time_s", 9},
    {"t_s", 9},
    {"seconds", 9},
    {"timestamp", VIZ_CSV_AUTO_SHIFT},
    {"time", VIZ_CSV_AUTO_SHIFT},
    {"t", VIZ_CSV_AUTO_SHIFT},
    {"wall_ns", 0},
};
#define TIME_NAMES (sizeof(time_names) / sizeof(time_names[0]))

static const struct {
    const char *name;
    int shift;
} time_units[] = {
    {"ns", 0}, {"us", 3}, {"µs", 3}, {"ms", 6}, {"s", 9}, {"sec", 9}, {"seconds", 9},
};

/* Rank of a time column (lower is better) and its scale; -1: no time column. */
static int time_rank(const struct viz_channel *channel, int *shift)
{
    for (size_t i = 0; i < TIME_NAMES; i++) {
        if (strcasecmp(channel->name, time_names[i].name) != 0)
            continue;
        *shift = time_names[i].shift;
        if (!channel->unit[0])
            return (int)i;
        for (size_t k = 0; k < sizeof(time_units) / sizeof(time_units[0]); k++)
            if (!strcmp(channel->unit, time_units[k].name)) {
                *shift = time_units[k].shift;
                return (int)i;
            }
    }
    return -1;
}

static bool is_taken(const struct viz_csv_layout *layout, uint32_t columns,
                     const char *name)
{
    for (uint32_t i = 0; i < columns; i++)
        if (layout->role[i] == VIZ_CSV_CHANNEL &&
            !strcmp(layout->channel[i].name, name))
            return true;
    return false;
}

/* A name for a column that has none, or one that was there before. */
static void name_column(struct viz_csv_layout *layout, uint32_t column)
{
    struct viz_channel *channel = &layout->channel[column];
    if (!channel->name[0])
        snprintf(channel->name, sizeof(channel->name), "ch%u", layout->channels);
    char name[VIZ_MAX_NAME];
    memcpy(name, channel->name, sizeof(name));
    for (uint32_t i = column + 1; is_taken(layout, column, name); i++) {
        char text[VIZ_MAX_NAME * 2];
        int size = snprintf(text, sizeof(text), "%.36s_%u", channel->name, i);
        viz_outlet_name((struct viz_span){text, (size_t)size}, name, sizeof(name));
    }
    memcpy(channel->name, name, sizeof(name));
}

static void place_channels(struct viz_csv_layout *layout)
{
    layout->channels = 0;
    for (uint32_t i = 0; i < layout->columns; i++)
        if (layout->role[i] == VIZ_CSV_CHANNEL)
            layout->place[i] = (uint16_t)layout->channels++;
}

void viz_csv_read_header(const struct viz_fields *fields, struct viz_csv_layout *out)
{
    int best = TIME_NAMES;
    uint32_t time = 0;
    memset(out, 0, sizeof(*out));
    out->separator = fields->separator;
    out->columns = fields->count;
    for (uint32_t i = 0; i < fields->count; i++) {
        struct viz_channel *channel = &out->channel[i];
        int shift, rank;
        viz_fields_channel(fields->field[i].text, channel);
        rank = time_rank(channel, &shift);
        if (rank >= 0) {
            out->role[i] = VIZ_CSV_IGNORED;
            if (rank < best) {
                best = rank;
                time = i;
                out->shift = shift;
            }
        } else if (!strcasecmp(channel->name, "sensor_id")) {
            out->role[i] = VIZ_CSV_SENSOR;
        } else {
            out->channels++;
            name_column(out, i);
        }
    }
    out->timed = best < (int)TIME_NAMES;
    if (out->timed)
        out->role[time] = VIZ_CSV_TIME;
    place_channels(out);
    out->room = out->channels;
}

/* "2024-01-31", "12:30:01": two or more marks, not counting a sign. */
static bool is_date(struct viz_span text)
{
    int marks = 0;
    for (size_t i = 1; i < text.size; i++)
        marks += text.text[i] == '-' || text.text[i] == ':' || text.text[i] == '/';
    return marks >= 2;
}

bool viz_csv_fit(struct viz_csv_layout *layout, const struct viz_fields *row)
{
    for (uint32_t i = 0; i < row->count; i++) {
        if (row->field[i].kind < VIZ_FIELD_LABELLED)
            continue;
        if (layout->role[i] == VIZ_CSV_SENSOR ||
            (layout->role[i] == VIZ_CSV_TIME && !is_date(row->field[i].text)))
            return false;
    }
    for (uint32_t i = 0; i < row->count; i++) {
        if (row->field[i].kind < VIZ_FIELD_LABELLED)
            continue;
        if (layout->role[i] == VIZ_CSV_CHANNEL)
            layout->role[i] = VIZ_CSV_TEXT;
        if (layout->role[i] == VIZ_CSV_TIME) {
            layout->role[i] = VIZ_CSV_IGNORED;
            layout->timed = false;
        }
    }
    place_channels(layout);
    return layout->room > 0 && layout->room <= VIZ_MAX_CHANNELS;
}

void viz_csv_promote(struct viz_csv_layout *layout, uint32_t column)
{
    layout->role[column] = VIZ_CSV_MIXED;
    layout->place[column] = (uint16_t)layout->channels++;
}

void viz_csv_stamped_layout(const struct viz_fields *fields, struct viz_csv_layout *out)
{
    static const struct viz_channel axes[LEGACY_COLUMNS] = {
        {"timestamp_ns", ""}, {"ax", "m/s²"}, {"ay", "m/s²"}, {"az", "m/s²"},
        {"gx", "°/s"},        {"gy", "°/s"},  {"gz", "°/s"},
    };
    memset(out, 0, sizeof(*out));
    out->separator = fields->separator;
    out->columns = fields->count;
    out->timed = true;
    out->role[0] = VIZ_CSV_TIME;
    for (uint32_t i = 1; i < fields->count; i++) {
        if (fields->count == LEGACY_COLUMNS)
            out->channel[i] = axes[i];
        else
            snprintf(out->channel[i].name, VIZ_MAX_NAME, "ch%u", i);
    }
    place_channels(out);
    out->room = out->channels;
}

bool viz_csv_same_layout(const struct viz_csv_layout *a, const struct viz_csv_layout *b)
{
    if (a->columns != b->columns || a->separator != b->separator)
        return false;
    for (uint32_t i = 0; i < a->columns; i++)
        if (strcmp(a->channel[i].name, b->channel[i].name) != 0 ||
            strcmp(a->channel[i].unit, b->channel[i].unit) != 0)
            return false;
    return true;
}

int viz_csv_time_shift(const struct viz_number *number)
{
    int64_t value;
    if (!viz_number_int64(number, 0, &value))
        return 9;
    int64_t magnitude = value < 0 ? -(value + 1) : value;
    if (magnitude >= 100000000000000000)
        return 0;
    if (magnitude >= 100000000000000)
        return 3;
    return magnitude >= 100000000000 ? 6 : 9;
}
