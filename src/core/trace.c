/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/trace.h>

const char *const viz_stage_names[VIZ_STAGE_COUNT] = {
#define X(name, help) #name,
    VIZ_STAGES(X)
#undef X
};

static void record(struct viz_trace *trace, enum viz_stage stage, int64_t from_ns,
                   int64_t to_ns, uint64_t weight)
{
    viz_histogram_record(&trace->stage[stage], to_ns - from_ns, weight);
}

void viz_trace_block(struct viz_trace *trace, const struct viz_block *block,
                     uint32_t from, uint32_t to, const struct viz_frame_stamps *frame)
{
    uint64_t weight = 0;
    for (uint32_t i = from; i < to; i++) {
        const struct viz_row *row = &block->row[i];
        weight += row->samples;
        record(trace, VIZ_STAGE_receive, row->origin_ns, row->received_ns,
               row->samples);
        record(trace, VIZ_STAGE_decode, row->received_ns, row->decoded_ns,
               row->samples);
        record(trace, VIZ_STAGE_publish, row->decoded_ns, block->published_ns,
               row->samples);
        viz_histogram_record(&trace->total, frame->presented_ns - row->origin_ns,
                             row->samples);
    }
    record(trace, VIZ_STAGE_drain, block->published_ns, block->drained_ns, weight);
    record(trace, VIZ_STAGE_upload, block->drained_ns, frame->uploaded_ns, weight);
    record(trace, VIZ_STAGE_submit, frame->uploaded_ns, frame->submitted_ns, weight);
    record(trace, VIZ_STAGE_present, frame->submitted_ns, frame->presented_ns, weight);
}

void viz_trace_reset(struct viz_trace *trace)
{
    for (int i = 0; i < VIZ_STAGE_COUNT; i++)
        viz_histogram_reset(&trace->stage[i]);
    viz_histogram_reset(&trace->total);
}

void viz_trace_merge(struct viz_trace *into, const struct viz_trace *from)
{
    for (int i = 0; i < VIZ_STAGE_COUNT; i++)
        viz_histogram_merge(&into->stage[i], &from->stage[i]);
    viz_histogram_merge(&into->total, &from->total);
}
