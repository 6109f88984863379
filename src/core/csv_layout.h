/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the columns of a table of separated values mean. */
#ifndef VIZ_CSV_LAYOUT_H
#define VIZ_CSV_LAYOUT_H

#include <viz/fields.h>

#define VIZ_CSV_AUTO_SHIFT (-1) /* the unit of time follows from the first value */

enum viz_csv_role {
    VIZ_CSV_CHANNEL,
    VIZ_CSV_TIME,
    VIZ_CSV_SENSOR,
    VIZ_CSV_IGNORED,
};

struct viz_csv_layout {
    char separator;
    uint32_t columns, channels;
    int shift; /* power of ten from the time column to nanoseconds */
    bool timed;
    uint8_t role[VIZ_MAX_FIELDS];
    struct viz_channel channel[VIZ_MAX_FIELDS]; /* by column */
};

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
