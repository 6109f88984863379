/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run's summary for people, line by line. A figure that is not known is "–". Words from
 * outside cannot control the terminal. */
#ifndef VIZ_RUN_TEXT_H
#define VIZ_RUN_TEXT_H

#include <viz/run_summary.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_run_text_params {
    uint32_t width; /* columns of the terminal; 0: as wide as it gets */
    bool ascii;     /* bars of "#" instead of blocks */
};

/* All of it: what the store knows, streams, figures, histograms, remarks. */
void viz_run_text(const struct viz_run_summary *summary,
                  const struct viz_run_text_params *params,
                  void (*line)(void *context, const char *text), void *context);

/* One stream's part of it, without histograms: what collecting ends with. */
void viz_run_text_stream(const struct viz_run_summary *summary, uint32_t stream,
                         void (*line)(void *context, const char *text), void *context);

/* The first of a run's hosts and how many more there are: "10.0.0.7:80 +599"; "–" where
 * none is known. Returns @out. */
const char *viz_run_hosts(char *out, size_t size, const char *hosts);

/* A number with so many significant @digits, and never less than its whole part up to 15
 * of them; "–" when it is not finite. Returns the length. */
size_t viz_run_number(char *out, size_t size, double value, int digits);

#endif
