/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Minimum and maximum of floats, four at a time where the processor has SSE2: compilers
 * do not vectorise this loop because of NaN. NaN does not take part. */
#ifndef VIZ_MINMAX_H
#define VIZ_MINMAX_H

#include <math.h>
#include <stddef.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct viz_minmax {
    float min, max; /* min > max: nothing yet */
};

static inline struct viz_minmax viz_minmax_none(void)
{
    return (struct viz_minmax){INFINITY, -INFINITY};
}

static inline void viz_minmax_add(struct viz_minmax *into, float value)
{
    into->min = value < into->min ? value : into->min;
    into->max = value > into->max ? value : into->max;
}

static inline void viz_minmax_merge(struct viz_minmax *into, struct viz_minmax from)
{
    into->min = from.min < into->min ? from.min : into->min;
    into->max = from.max > into->max ? from.max : into->max;
}

/* Take in @count values. */
static inline void viz_minmax_scan(struct viz_minmax *into, const float *value,
                                   size_t count)
{
    size_t i = 0;
#if defined(__SSE2__)
    if (count >= 8) {
        /* minps returns its second operand when either is NaN: the running value. */
        __m128 min = _mm_set1_ps(into->min), max = _mm_set1_ps(into->max);
        for (; i + 4 <= count; i += 4) {
            __m128 four = _mm_loadu_ps(value + i);
            min = _mm_min_ps(four, min);
            max = _mm_max_ps(four, max);
        }
        float low[4], high[4];
        _mm_storeu_ps(low, min);
        _mm_storeu_ps(high, max);
        for (int lane = 0; lane < 4; lane++)
            viz_minmax_merge(into, (struct viz_minmax){low[lane], high[lane]});
    }
#endif
    for (; i < count; i++)
        viz_minmax_add(into, value[i]);
}

#endif
