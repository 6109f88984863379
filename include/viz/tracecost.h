/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What latency tracing costs, measured on this machine in this process: the render
 * thread's accounting of the same blocks with tracing on and off. */
#ifndef VIZ_TRACECOST_H
#define VIZ_TRACECOST_H

#include <viz/clock.h>

#include <stdint.h>

struct viz_trace_cost {
    double on_ns_per_row, off_ns_per_row; /* medians of alternating rounds */
    double stamp_ns;                      /* one reading of the clock */
};

/* Takes a few milliseconds. @channels: of the stream that is measured; @rows: in a
 * block. */
void viz_trace_cost_measure(const struct viz_clock *clock, uint32_t channels,
                            uint32_t rows, struct viz_trace_cost *out);

#endif
