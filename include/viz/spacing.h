/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far apart the rows of a stream come, and which of them came too late: where rows have
 * no numbers, that is all that shows a gap. It keeps no distances: a running median moves a
 * small step towards each new one (a large one at first), and one gap hardly moves it. Zero
 * is its beginning. One thread. */
#ifndef VIZ_SPACING_H
#define VIZ_SPACING_H

#include <stdbool.h>
#include <stdint.h>

#define VIZ_SPACING_FACTOR 3  /* times the median: what is longer is a gap */
#define VIZ_SPACING_LEARNS 32 /* distances seen before the median is believed */
#define VIZ_SPACING_STEP_NS 1000000000 /* a clock that goes back so far was set */

struct viz_spacing {
    double median_ns;
    uint32_t distances; /* at most VIZ_SPACING_LEARNS */
    bool begun;         /* viz_spacing_stamp(): there is a newest */
    int64_t newest_ns;
};

/* A row that came @distance_ns, above 0, behind its predecessor. True: that is a gap. What
 * is no longer than @least_ns is none. */
bool viz_spacing_take(struct viz_spacing *spacing, double distance_ns, double least_ns);

/* A row that was stamped @stamp_ns; INT64_MIN: it was not. True: a gap is before it, or the
 * clock was set back by VIZ_SPACING_STEP_NS or more. One that is less late is out of order
 * and says nothing. */
bool viz_spacing_stamp(struct viz_spacing *spacing, int64_t stamp_ns);

/* The clock begins anew with the next stamp: its distance says nothing. */
static inline void viz_spacing_restart(struct viz_spacing *spacing)
{
    spacing->begun = false;
}

/* Whether a gap would have shown. */
static inline bool viz_spacing_knows(const struct viz_spacing *spacing)
{
    return spacing->distances == VIZ_SPACING_LEARNS;
}

#endif
