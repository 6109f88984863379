/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The telemetry thread (viz:telemetry): the render thread pushes one set of figures an
 * interval; this thread writes it to the CSV file and says the line for people. A slow
 * disk holds up nobody: a full ring loses the row and counts it. */
#ifndef VIZ_TELEMETRY_H
#define VIZ_TELEMETRY_H

#include <viz/error.h>
#include <viz/figures.h>
#include <viz/role.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_telemetry;

struct viz_telemetry_params {
    const char *csv;                               /* NULL: no file */
    void (*line)(void *context, const char *text); /* NULL: says nothing */
    void *context;
};

/* Opens the file, writes its header, starts the thread. Main thread. */
int viz_telemetry_start(const struct viz_telemetry_params *params,
                        struct viz_telemetry **out, struct viz_error *err);

/* False: the ring was full, the row is lost and counted. */
bool viz_telemetry_push(struct viz_telemetry *telemetry, const struct viz_figures *row)
    VIZ_ON(render);

/* Wait until every row pushed so far is written and said. Waits for the disk: not between
 * frames that matter. */
void viz_telemetry_flush(struct viz_telemetry *telemetry) VIZ_ON(render);

/* Write what is left, end the thread, close the file. Returns 0, or -errno of the first
 * failed write with the sentence, or -EOVERFLOW when rows were lost. NULL is fine. */
int viz_telemetry_finish(struct viz_telemetry *telemetry, struct viz_error *err);

/* The two texts, for tests: a header or row of the CSV file, and the line for people,
 * without a newline. */
void viz_telemetry_header(char *out, size_t size);
void viz_telemetry_row(const struct viz_figures *row, char *out, size_t size);
void viz_telemetry_line(const struct viz_figures *row, char *out, size_t size);

#endif
