/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The y axis of one lane: automatic scale with hysteresis, and round ticks. Pure. */
#ifndef VIZ_SCALE_H
#define VIZ_SCALE_H

#include <stdbool.h>
#include <stdint.h>

/* The visible range of one lane. Grows at once when data leaves it (a value outside is
 * never drawn outside the lane), shrinks only after the data has filled less than half of
 * it for two seconds, and never jumps by less than 10 %. */
struct viz_scale {
    float low, high;        /* the axis; low < high always */
    bool set;               /* false until the first data */
    int64_t loose_since_ns; /* since when data fills less than half; 0: it does not */
};

/* Take in this frame's data range (nothing when @low > @high or either is not finite). */
void viz_scale_update(struct viz_scale *scale, float low, float high, int64_t now_ns);

/* Round tick distance (1, 2 or 5 times a power of ten) that puts at most @most ticks into
 * [low, high]; the first tick at or above low goes to @first. */
double viz_scale_ticks(double low, double high, unsigned most, double *first);

/* Round distance for a time axis: 1-2-5 up to seconds, then 10, 15, 30 s, 1 min, ... */
int64_t viz_scale_time_ticks(int64_t window_ns, unsigned most);

#endif
