/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/spacing.h>

#include <math.h>

#define FIRST_STEPS 1.25
#define LATER_STEPS 1.0625

bool viz_spacing_take(struct viz_spacing *spacing, double distance_ns, double least_ns)
{
    bool known = viz_spacing_knows(spacing);
    double longest_ns = fmax(VIZ_SPACING_FACTOR * spacing->median_ns, least_ns);
    double step = known ? LATER_STEPS : FIRST_STEPS;
    bool gap = known && distance_ns > longest_ns;
    if (!spacing->distances)
        spacing->median_ns = distance_ns;
    else
        spacing->median_ns *= distance_ns > spacing->median_ns ? step : 1 / step;
    spacing->distances += !known;
    return gap;
}

bool viz_spacing_stamp(struct viz_spacing *spacing, int64_t stamp_ns)
{
    int64_t distance_ns;
    if (stamp_ns == INT64_MIN)
        return false;
    /* A file that was imported may say any time. */
    if (__builtin_sub_overflow(stamp_ns, spacing->newest_ns, &distance_ns))
        distance_ns = stamp_ns > spacing->newest_ns ? INT64_MAX : INT64_MIN;
    bool begun = spacing->begun, back = distance_ns <= -VIZ_SPACING_STEP_NS;
    if (begun && !back && distance_ns <= 0)
        return false;
    spacing->begun = true;
    spacing->newest_ns = stamp_ns;
    if (!begun || back)
        return begun;
    return viz_spacing_take(spacing, (double)distance_ns, 0);
}
