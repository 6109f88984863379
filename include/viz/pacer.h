/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frame deadlines on an absolute grid: deadline k is start + k * period. Pure: it is
 * told the time and tells until when to wait, so it runs on a fake clock.
 *
 * A deadline that passed while a frame was still being made is skipped and counted,
 * never made up for in a burst. Rate 0: as fast as it goes, every frame is its own
 * deadline. */
#ifndef VIZ_PACER_H
#define VIZ_PACER_H

#include <stdint.h>

struct viz_pacer {
    double hz;
    int64_t start_ns;
    uint64_t next;    /* number of the next deadline */
    uint64_t served;  /* deadlines for which a frame was begun */
    uint64_t skipped; /* deadlines that passed without one */
};

void viz_pacer_init(struct viz_pacer *pacer, double hz, int64_t now_ns);

/* When the next frame is to begin; @now_ns when hz is 0. */
int64_t viz_pacer_deadline(const struct viz_pacer *pacer, int64_t now_ns);

/* It is @now_ns, at or after the deadline, and a frame begins: serves the newest
 * deadline that is due and skips those before it. */
void viz_pacer_serve(struct viz_pacer *pacer, int64_t now_ns);

#endif
