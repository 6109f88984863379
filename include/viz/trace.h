/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Latency tracing: one histogram a stage, one for the whole way. Per sample (a row
 * weighs its samples), so that the stages' sums add up to the end-to-end sum, exactly.
 *
 *  stage    from -> to
 *  receive  origin (intended time, or kernel receive) -> in the source thread's hands
 *  decode   -> its values are in a block
 *  publish  -> the block is in the consumer's ring
 *  drain    -> the render thread took it
 *  upload   -> the frame's new columns are in GPU buffers
 *  submit   -> the frame's draw calls are issued
 *  present  -> the frame is presented: swap returned and its fence signalled
 *
 * Only samples first shown by a live (not frozen) frame are recorded: what a user
 * scrolls back to is late by choice. */
#ifndef VIZ_TRACE_H
#define VIZ_TRACE_H

#include <viz/block.h>
#include <viz/histogram.h>

#include <stdint.h>

#define VIZ_STAGES(X)                                                                  \
    X(receive, "origin to the source thread")                                          \
    X(decode, "to decoded")                                                            \
    X(publish, "to published in the ring")                                             \
    X(drain, "to drained by the render thread")                                        \
    X(upload, "to uploaded to the GPU")                                                \
    X(submit, "to draw calls submitted")                                               \
    X(present, "to presented")

enum viz_stage {
#define X(name, help) VIZ_STAGE_##name,
    VIZ_STAGES(X)
#undef X
        VIZ_STAGE_COUNT
};

/* When the frame reached each point. */
struct viz_frame_stamps {
    int64_t begin_ns; /* the deadline was reached, work began */
    int64_t uploaded_ns, submitted_ns, presented_ns;
};

struct viz_trace {
    struct viz_histogram stage[VIZ_STAGE_COUNT];
    struct viz_histogram total; /* origin -> presented */
};

extern const char *const viz_stage_names[VIZ_STAGE_COUNT];

/* Account rows [from, to) of @block, first shown by the frame of @frame. */
void viz_trace_block(struct viz_trace *trace, const struct viz_block *block,
                     uint32_t from, uint32_t to, const struct viz_frame_stamps *frame);

void viz_trace_reset(struct viz_trace *trace);
void viz_trace_merge(struct viz_trace *into, const struct viz_trace *from);

#endif
