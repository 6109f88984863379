/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/pacer.h>

#include <math.h>

void viz_pacer_init(struct viz_pacer *pacer, double hz, int64_t now_ns)
{
    *pacer = (struct viz_pacer){.hz = hz, .start_ns = now_ns};
}

static int64_t deadline_of(const struct viz_pacer *pacer, uint64_t number)
{
    return pacer->start_ns + (int64_t)llrint((double)number * 1e9 / pacer->hz);
}

int64_t viz_pacer_deadline(const struct viz_pacer *pacer, int64_t now_ns)
{
    return pacer->hz > 0 ? deadline_of(pacer, pacer->next) : now_ns;
}

void viz_pacer_serve(struct viz_pacer *pacer, int64_t now_ns)
{
    uint64_t newest = pacer->next;
    if (pacer->hz > 0 && now_ns > pacer->start_ns) {
        double due = floor((double)(now_ns - pacer->start_ns) * pacer->hz / 1e9);
        if (due > (double)newest)
            newest = (uint64_t)due;
        while (newest > pacer->next && deadline_of(pacer, newest) > now_ns)
            newest--; /* rounding: not due after all */
        while (deadline_of(pacer, newest + 1) <= now_ns)
            newest++; /* rounding: one more is due */
    }
    pacer->skipped += newest - pacer->next;
    pacer->served++;
    pacer->next = newest + 1;
}
