/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A point for the meter, put together from those who count: each total comes from the one
 * that measures it and is derived from no other. Pure, so that a test can tell every
 * source from every other. */
#ifndef VIZ_POINT_H
#define VIZ_POINT_H

#include <viz/frame.h>
#include <viz/ledger.h>
#include <viz/meter.h>
#include <viz/pacer.h>
#include <viz/renderer.h>

/* All as of @now_ns. */
struct viz_point_sources {
    int64_t now_ns;
    const struct viz_frame_counts *frames;
    const struct viz_pacer *pacer;
    struct viz_renderer_counts drawn;
    struct viz_ledger ledger;
    bool offered_known;
    uint64_t offered, achieved; /* rows, told by the sources and by the readers */
    int64_t cpu_ns;             /* of the process */
    uint64_t rss_bytes;         /* of the process */
    bool traced;
};

void viz_point_read(const struct viz_point_sources *from, struct viz_meter_point *out);

#endif
