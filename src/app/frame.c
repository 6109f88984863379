/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/frame.h>

bool viz_frame_make(const struct viz_frame_steps *steps, const struct viz_clock *clock,
                    struct viz_frame_counts *counts)
{
    struct viz_frame_stamps stamps = {.begin_ns = viz_clock_now(clock)};
    steps->drain(steps->context, stamps.begin_ns);
    steps->upload(steps->context);
    stamps.uploaded_ns = viz_clock_now(clock);
    steps->submit(steps->context);
    stamps.submitted_ns = viz_clock_now(clock);
    if (!steps->present(steps->context))
        return false;
    stamps.presented_ns = viz_clock_now(clock);
    counts->presented++;
    steps->account(steps->context, &stamps);
    counts->accounting_ns += viz_clock_now(clock) - stamps.presented_ns;
    return true;
}
