/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the importer: rows out of text, and runs into the store. */
#ifndef VIZ_IMPORT_H
#define VIZ_IMPORT_H

#include <viz/fields.h>
#include <viz/importer.h>
#include <viz/lightwave.h>
#include <viz/spacing.h>
#include <viz/track.h>

/* ---- rows: import_rows.c, import_records.c ---- */

#define VIZ_IMPORT_COLUMNS VIZ_MAX_FIELDS
#define VIZ_IMPORT_NAME 64
#define VIZ_IMPORT_LONGEST                                                             \
    (16 * 1024 * 1024) /* bytes of one object of JSON, or until a line ends */

/* A table as text: CSV with a header, a JSON array of flat objects, an object that has
 * such an array as "samples", or one object a line. */
struct viz_import_rows;

enum viz_import_found {
    VIZ_IMPORT_ROW,
    VIZ_IMPORT_BAD, /* a row that cannot be read: viz_import_why() */
    VIZ_IMPORT_END,
    VIZ_IMPORT_FAILED, /* the file could not be read on: viz_import_fail() */
};

/* @file and @name stay the caller's. The columns of the first row are known afterwards. */
int viz_import_rows_open(const struct viz_import_params *params, const char *name,
                         FILE *file, struct viz_import_rows **out,
                         struct viz_error *err);
void viz_import_rows_close(struct viz_import_rows *rows);

enum viz_import_found viz_import_next(struct viz_import_rows *rows);

bool viz_import_is_json(const struct viz_import_rows *rows);
/* From its first row on, once more, where the file can go back. The columns of objects
 * keep their numbers. */
bool viz_import_can_restart(const struct viz_import_rows *rows);
int viz_import_restart(struct viz_import_rows *rows, struct viz_error *err);
/* What an object has before its "samples", as an object; NULL: nothing. */
const char *viz_import_head(const struct viz_import_rows *rows);
uint32_t viz_import_columns(const struct viz_import_rows *rows);
const char *viz_import_column(const struct viz_import_rows *rows, uint32_t column);
int viz_import_find(const struct viz_import_rows *rows, const char *name); /* or -1 */

/* Of the row at hand. Numbers begin with 1: lines of a table, objects of JSON. @column -1:
 * missing. */
const struct viz_field *viz_import_field(const struct viz_import_rows *rows,
                                         int column);
uint64_t viz_import_line(const struct viz_import_rows *rows);
const char *viz_import_why(const struct viz_import_rows *rows);

/* After FAILED: the sentence, and its negative errno. */
int viz_import_fail(const struct viz_import_rows *rows, struct viz_error *err);

/* Fields as what they must be; false when they are not. Whole numbers may have .0. */
bool viz_import_int(const struct viz_field *field, int64_t low, int64_t high,
                    int64_t *out);
/* Missing and null are NaN. */
bool viz_import_double(const struct viz_field *field, double *out);
/* @rounded counts numbers that came from no float32. */
bool viz_import_float(const struct viz_field *field, float *out, uint64_t *rounded);
/* A time as text; milliseconds since 1970 as a whole number. */
bool viz_import_time(const struct viz_field *field, int64_t *out);

/* JSON, for import_rows.c. */
struct viz_import_records;
struct viz_import_records *
viz_import_records_create(const struct viz_import_params *params, FILE *file);
void viz_import_records_destroy(struct viz_import_records *records);
/* The text of the next object goes to @out. */
enum viz_import_found viz_import_records_next(struct viz_import_records *records,
                                              struct viz_span *out);
/* Which object that was, from 1. */
uint64_t viz_import_records_number(const struct viz_import_records *records);
const char *viz_import_records_why(const struct viz_import_records *records);
const char *viz_import_records_head(const struct viz_import_records *records);
/* The next member of an object, whose text @at moves through: 1, 0 at its end, -1 when
 * it is no JSON. Escapes in strings are resolved where they stand. NaN and Infinity are
 * numbers. */
int viz_import_member(struct viz_span *at, struct viz_span *key,
                      struct viz_field *value);

/* @take each row that can be read, until it returns non-zero, which is returned; bad ones
 * are counted in @result. */
struct viz_import_taker {
    int (*take)(void *context, struct viz_error *err);
    void *context;
    const struct viz_import_params *params;
    struct viz_imported *result;
};
int viz_import_all(struct viz_import_rows *rows, const struct viz_import_taker *taker,
                   struct viz_error *err);

/* "folder/run.csv" is called run. */
void viz_import_name(const char *file, char *out, size_t size);

/* When a file was last written, in nanoseconds since 1970; 0: unknown. */
int64_t viz_import_file_time(const char *file);

/* ---- runs: import_run.c ---- */

#define VIZ_IMPORT_STREAMS 64

struct viz_import_stream {
    int64_t id, segment;
    char name[VIZ_IMPORT_NAME];
    struct viz_track *track;    /* of LightwaveOS */
    struct viz_spacing spacing; /* of anything else */
    int64_t newest_ns;
    uint32_t channels, segments;
};

/* One run on its way into the store. */
struct viz_import_run {
    const struct viz_import_params *params;
    struct viz_imported result;
    char name[256];
    char source[64];  /* which data it is: the same twice is the same run */
    bool open;        /* a transaction is */
    uint32_t pending; /* samples in it */
    uint64_t seq;
    int64_t newest_ns;
    char *delivered;                  /* what the file says of it */
    struct viz_import_stream *stream; /* [VIZ_IMPORT_STREAMS] */
    uint32_t streams;
};

/* What a file says of its run. */
struct viz_import_about {
    const char *file, *format;
    const char *name, *description, *host, *firmware; /* NULL: unknown */
    const char *tags;                                 /* "a,b" */
    const char *requested, *machine, *delivered;      /* JSON */
    const char *command;
    const char *source; /* which data it is; "" unknown */
    int64_t started_ns;
};

/* 0; 1 when the data are in the store already (said; there is nothing to end). */
int viz_import_begin(struct viz_import_run *run, const struct viz_import_params *params,
                     const struct viz_import_about *about, struct viz_error *err);
int viz_import_add_stream(struct viz_import_run *run,
                          const struct viz_run_stream *stream, uint32_t *index,
                          struct viz_error *err);
int viz_import_frame(struct viz_import_run *run, uint32_t stream, int64_t host_ns,
                     const struct viz_lw_frame *frame, struct viz_error *err);
/* A sample of values; @device_ns INT64_MIN: none. One that the stamps say is behind a gap
 * is marked so. */
struct viz_import_values {
    int64_t host_ns, device_ns;
    uint32_t marks, missing;
    const double *value; /* [channels] */
};
int viz_import_values(struct viz_import_run *run, uint32_t stream,
                      const struct viz_import_values *values, struct viz_error *err);
void viz_import_bad(struct viz_imported *result, uint64_t line, const char *why);

/* @failed: what ended it, 0: nothing; passed through, or the failure of ending it. */
int viz_import_end(struct viz_import_run *run, enum viz_run_state state,
                   int64_t ended_ns, int failed, struct viz_error *err);

static inline bool viz_import_stopped(const struct viz_import_params *params)
{
    return params->stop && *params->stop;
}

/* "fnv1a:..." of what @file has from its beginning, to which it goes back; "" where it
 * is no plain file, or when it was stopped. */
void viz_import_source(const struct viz_import_params *params, FILE *file, char *out,
                       size_t size);

/* ---- what an export of viz says of its run: import_document.c ---- */

struct json_t;

struct viz_import_document {
    struct json_t *root, *run; /* NULL: it says nothing */
    uint32_t streams;
    char *requested, *machine, *delivered;
    char tags[1024];
};

void viz_import_document_open(struct viz_import_document *document,
                              const struct viz_import_rows *rows);
void viz_import_document_close(struct viz_import_document *document);

/* What it says goes over what stands in @about; texts stay the document's. */
void viz_import_document_tell(const struct viz_import_document *document,
                              struct viz_import_about *about);
enum viz_run_state
viz_import_document_state(const struct viz_import_document *document);
int64_t viz_import_document_ended(const struct viz_import_document *document);

/* @channel: memory for VIZ_IMPORT_COLUMNS. False: it says nothing of such a stream. */
bool viz_import_document_stream(const struct viz_import_document *document,
                                uint32_t index, struct viz_run_channel *channel,
                                struct viz_run_stream *out);

/* ---- formats: 0, or a negative errno with the sentence ---- */

int viz_import_collector_rows(const struct viz_import_params *params, const char *name,
                              const char *source, struct viz_import_rows *rows,
                              struct viz_error *err);
bool viz_import_collector_knows(const struct viz_import_rows *rows);

int viz_import_collector_db(const struct viz_import_params *params, const char *path,
                            struct viz_error *err);

int viz_import_benchmark(const struct viz_import_params *params, const char *name,
                         const char *source, struct viz_import_rows *rows,
                         struct viz_error *err);
bool viz_import_benchmark_knows(const struct viz_import_rows *rows);

/* One file of an IMU logger, opened, and what stands beside it. */
struct viz_import_imu {
    const char *name, *source;
    char *meta; /* JSON; NULL: none */
    struct viz_import_rows *rows;
    bool taken; /* by a run */
};
bool viz_import_imu_knows(const struct viz_import_rows *rows);
/* One run for each session. */
int viz_import_imu(const struct viz_import_params *params, struct viz_import_imu *file,
                   uint32_t files, struct viz_error *err);

#endif
