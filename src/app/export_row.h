/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the exporter: the columns of a run, and one row in them. */
#ifndef VIZ_EXPORT_ROW_H
#define VIZ_EXPORT_ROW_H

#include "export.h"

#include <viz/exporter.h>
#include <viz/number.h>

/* What a column is a column of: set of 1 << enum viz_stream_form. */
#define VIZ_EXPORT_LIGHTWAVE (1u << VIZ_FORM_LIGHTWAVE)
#define VIZ_EXPORT_VALUES (1u << VIZ_FORM_VALUES)

struct viz_export_column {
    int field; /* export_row.c's */
    unsigned forms;
    uint32_t channel; /* of a value: its place in a row's slots */
    char *name;       /* as it stands in the header of CSV */
    char *key;        /* "name": as it stands in JSON */
    uint64_t bits;    /* the number that was written last, ... */
    size_t size;      /* ... which often comes again, and its text; 0: none yet */
    char text[VIZ_NUMBER_DOUBLE_TEXT];
};

struct viz_export_stream {
    int64_t id;
    enum viz_stream_form form;
    char *name;     /* as a field of CSV or a string of JSON */
    uint32_t *slot; /* of each channel: its place in a row's slots */
    uint32_t channels;
    int64_t segment; /* id of the newest sample's; 0: none came yet */
    uint32_t segments;
    uint64_t hops, goertzels; /* unwrapped, of the newest sample */
};

struct viz_export_table {
    struct viz_export_out *out;
    bool json, all;
    unsigned forms; /* of the streams: set as in a column */
    enum viz_lw_profile profile;
    int64_t started_ns; /* of the run */
    struct viz_export_column *column;
    uint32_t columns;
    struct viz_export_stream *stream;
    uint32_t streams;
    char **slot; /* [slots] names of all channels of all streams of values */
    uint32_t slots;
    uint32_t t;     /* the slot of the channel that is called so; UINT32_MAX: none */
    double *value;  /* [slots] the row at hand; NaN: none, or no such channel */
    bool *owned;    /* [slots] whether its stream has the channel */
    int64_t second; /* the time that was written last, and its text */
    char time[32];
    uint64_t rows;
};

/* The columns that the streams need; @all: every one. */
void viz_export_columns(struct viz_export_table *table, bool all);
void viz_export_header(struct viz_export_table *table);
void viz_export_row(struct viz_export_table *table,
                    const struct viz_run_sample *sample);
void viz_export_table_finish(struct viz_export_table *table);

#endif
