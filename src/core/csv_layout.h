/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the columns of a table of separated values mean. */
#ifndef VIZ_CSV_LAYOUT_H
#define VIZ_CSV_LAYOUT_H

#include <viz/fields.h>

#define VIZ_CSV_AUTO_SHIFT (-1) /* the unit of time follows from the first value */

enum viz_csv_role {
    VIZ_CSV_CHANNEL,
    VIZ_CSV_TEXT,  /* held text in the first row: a channel once it holds a number */
    VIZ_CSV_MIXED, /* and did: text in it is a value that was not delivered */
    VIZ_CSV_TIME,
    VIZ_CSV_SENSOR,
    VIZ_CSV_IGNORED,
};

struct viz_csv_layout {
    char separator;
    uint32_t columns;
    uint32_t channels; /* columns that are channels now */
    uint32_t room;     /* columns that are or may become channels */
    int shift;         /* power of ten from the time column to nanoseconds */
    bool timed;
    uint8_t role[VIZ_MAX_FIELDS];
    uint16_t place[VIZ_MAX_FIELDS];             /* of a channel in the row, by column */
    struct viz_channel channel[VIZ_MAX_FIELDS]; /* by column */
};

static inline bool viz_csv_is_channel(const struct viz_csv_layout *layout,
                                      uint32_t column)
{
    return layout->role[column] == VIZ_CSV_CHANNEL ||
           layout->role[column] == VIZ_CSV_MIXED;
}

/* Whether text may stand in @column without making its row unreadable. */
static inline bool viz_csv_allows_text(const struct viz_csv_layout *layout,
                                       uint32_t column)
{
    return column < layout->columns && layout->role[column] != VIZ_CSV_CHANNEL &&
           layout->role[column] != VIZ_CSV_TIME &&
           layout->role[column] != VIZ_CSV_SENSOR;
}

/* Fit @layout to the first row under its header: columns that hold text in it are no
 * channels yet, and a date is no time. False when the row cannot belong to it. */
bool viz_csv_fit(struct viz_csv_layout *layout, const struct viz_fields *row);

/* @column, which held text, holds a number: it is the next channel. */
void viz_csv_promote(struct viz_csv_layout *layout, uint32_t column);

/* The layout that a line of names gives. */
void viz_csv_read_header(const struct viz_fields *fields, struct viz_csv_layout *out);

/* A table without a header whose first column is a time stamp in nanoseconds. */
void viz_csv_stamped_layout(const struct viz_fields *fields,
                            struct viz_csv_layout *out);

bool viz_csv_same_layout(const struct viz_csv_layout *a,
                         const struct viz_csv_layout *b);

/* The unit that a first time of this size is most likely in, as a shift. */
int viz_csv_time_shift(const struct viz_number *number);

int viz_csv_probe(const uint8_t *bytes, size_t size);

#endif
