/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stored run as CSV or JSON, row by row with memory for one; docs/exchange.md has both
 * for people. Numbers are the shortest that read back to the same bits, in every locale.
 * Main thread only. */
#ifndef VIZ_EXPORTER_H
#define VIZ_EXPORTER_H

#include <viz/lightwave.h>
#include <viz/store.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct viz_export_params {
    struct viz_store *store;
    int64_t run;
    bool json;                         /* else CSV */
    bool all;                          /* every column */
    enum viz_lw_profile profile;       /* the names of flags */
    int fd;                            /* where to; stays open */
    const volatile sig_atomic_t *stop; /* NULL, or ends it when it becomes true */
};

/* 0 with the number of @rows; or a negative errno with the sentence: -EPIPE when nobody
 * reads any more, -EINTR when it was stopped. */
int viz_export_run(const struct viz_export_params *params, uint64_t *rows,
                   struct viz_error *err);

#endif
