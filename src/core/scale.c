/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/scale.h>

#include <float.h>
#include <math.h>
#include <stddef.h>

#define PADDING 0.05   /* of the data's range, above and below */
#define LEAST_JUMP 0.1 /* of the axis */
#define LOOSE_NS 2000000000LL
#define FLAT 1e-6 /* of the value: narrower is float32's own rounding */

/* In double: the range of two floats may not fit a float. */
struct range {
    double low, high;
};

static struct range padded(double low, double high)
{
    double middle = low / 2 + high / 2;
    double half = (high - low) / 2;
    if (half <= FLAT * fabs(middle) || half < FLT_MIN)
        half = fabs(middle) > FLT_MIN ? 0.1 * fabs(middle) : 1;
    else
        half *= 1 + 2 * PADDING;
    return (struct range){middle - half, middle + half};
}

static void set_axis(struct viz_scale *scale, double low, double high)
{
    scale->low = (float)fmax(low, -FLT_MAX);
    scale->high = (float)fmin(high, FLT_MAX);
    scale->set = true;
    scale->loose_since_ns = 0;
}

/* Each side that the data passes moves, and by a tenth of the axis or more. */
static void grow(struct viz_scale *scale, double low, double high)
{
    double jump = LEAST_JUMP * ((double)scale->high - scale->low);
    struct range want = padded(fmin(low, scale->low), fmax(high, scale->high));
    double new_low = scale->low, new_high = scale->high;
    if (low < scale->low)
        new_low = fmin(want.low, scale->low - jump);
    if (high > scale->high)
        new_high = fmax(want.high, scale->high + jump);
    set_axis(scale, new_low, new_high);
}

static void shrink(struct viz_scale *scale, double low, double high)
{
    double jump = LEAST_JUMP * ((double)scale->high - scale->low);
    struct range want = padded(low, high);
    if (fabs(want.low - scale->low) < jump && fabs(want.high - scale->high) < jump)
        return;
    set_axis(scale, want.low, want.high);
}

void viz_scale_update(struct viz_scale *scale, float low, float high, int64_t now_ns)
{
    if (!isfinite(low) || !isfinite(high) || low > high)
        return;
    if (!scale->set) {
        struct range want = padded(low, high);
        set_axis(scale, want.low, want.high);
        return;
    }
    if (low < scale->low || high > scale->high) {
        grow(scale, low, high);
        return;
    }
    double filled = ((double)high - low) / ((double)scale->high - scale->low);
    if (filled >= 0.5) {
        scale->loose_since_ns = 0;
        return;
    }
    bool backwards = now_ns < scale->loose_since_ns;
    if (!scale->loose_since_ns || backwards)
        scale->loose_since_ns = now_ns ? now_ns : 1;
    else if (now_ns - scale->loose_since_ns >= LOOSE_NS)
        shrink(scale, low, high);
}

static double power_of_ten(int power)
{
    return power < 0 ? 1 / pow(10, -power) : pow(10, power);
}

/* Ticks at multiples of @step in [low, high]; the slack lets 0.3 be a multiple of 0.1.
 */
static double count_ticks(double low, double high, double step, double *first)
{
    double from = ceil(low / step - 1e-9);
    *first = from * step + 0.0; /* never -0 */
    return floor(high / step + 1e-9) - from + 1;
}

double viz_scale_ticks(double low, double high, unsigned most, double *first)
{
    static const double rounds[] = {1, 2, 5};
    *first = low;
    if (!(low < high) || !isfinite(high - low) || !most)
        return 0;
    int power = (int)floor(log10((high - low) / most)) - 1;
    for (;; power++)
        for (size_t i = 0; i < 3; i++) {
            double step = rounds[i] * power_of_ten(power);
            if (step > 0 && count_ticks(low, high, step, first) <= most)
                return step;
        }
}

#define SECOND 1000000000LL
#define DAY (86400 * SECOND)

int64_t viz_scale_time_ticks(int64_t window_ns, unsigned most)
{
    static const int64_t long_steps[] = {
        10 * SECOND,       15 * SECOND,        30 * SECOND,       60 * SECOND,
        120 * SECOND,      300 * SECOND,       600 * SECOND,      900 * SECOND,
        1800 * SECOND,     3600 * SECOND,      2 * 3600 * SECOND, 3 * 3600 * SECOND,
        6 * 3600 * SECOND, 12 * 3600 * SECOND,
    };
    static const int64_t rounds[] = {1, 2, 5};
    if (window_ns < 1)
        window_ns = 1;
    /* A window may begin on a tick and end on one. */
    int64_t intervals = most > 1 ? most - 1 : 1;
    for (int64_t power = 1; power <= SECOND; power *= 10)
        for (size_t i = 0; i < 3; i++)
            if (window_ns / (rounds[i] * power) <= intervals)
                return rounds[i] * power;
    for (size_t i = 0; i < sizeof(long_steps) / sizeof(long_steps[0]); i++)
        if (window_ns / long_steps[i] <= intervals)
            return long_steps[i];
    int64_t step = DAY;
    while (window_ns / step > intervals)
        step *= 2;
    return step;
}
