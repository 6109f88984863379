/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs out of the files of other programs, and out of viz's own exports;
 * docs/exchange.md says what is taken for what:
 *
 *   collector-db    the SQLite database of the Python collector: all of its runs
 *   collector-csv   its exports, and those of viz, of LightwaveOS: ten columns by name
 *   collector-json
 *   imu             files of an IMU logger, CSV or JSON Lines, with FILE.meta.json
 *   benchmark       tables with a column t: viz's benchmark's, and exports of such runs
 *
 * A row that cannot be read is counted and left out, and the first is named. A run is
 * imported whole; where its file ends in an error, what came until then is kept as an
 * interrupted run. Main thread only. */
#ifndef VIZ_IMPORTER_H
#define VIZ_IMPORTER_H

#include <viz/error.h>
#include <viz/store.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* One run, when it is done with. Texts are valid during the call. */
struct viz_imported {
    const char *file, *format, *name;
    int64_t run;         /* 0: nothing is kept */
    bool known;          /* was imported before: skipped, @run is that one */
    bool whole;          /* else an error ended it */
    uint64_t samples;    /* kept */
    uint64_t bad;        /* rows that could not be read */
    uint64_t bad_line;   /* the first of them: its line, or its number in a database */
    const char *bad_why; /* what is wrong with it */
    uint64_t
        rounded; /* numbers that no frame can hold exactly: the nearest was taken */
};

struct viz_import_params {
    struct viz_store *store;            /* NULL: read everything, keep nothing */
    const char *format;                 /* NULL: by the content */
    const char *run_name, *description; /* NULL: what the file says */
    const char *const *tags;            /* besides the file's */
    uint32_t tag_count;
    bool again; /* import also what was imported before */
    void (*imported)(void *context, const struct viz_imported *run);
    void (*say)(void *context, const char *sentence);
    void *context;
    const volatile sig_atomic_t *stop; /* NULL, or ends it when it becomes true */
};

/* All of them: a file that fails is said, and the others go on. 0; or the negative errno of
 * the first failure. */
int viz_import_files(const struct viz_import_params *params, const char *const *file,
                     uint32_t files);

/* One text file; @name is what it is called. 0, or a negative errno with the sentence. */
int viz_import_text(const struct viz_import_params *params, const char *name,
                    FILE *file, struct viz_error *err);

#endif
