/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rig.h"

#include <viz/trace.h>

#include <criterion/criterion.h>
#include <string.h>

#define ROWS 32

struct bench {
    struct viz_block *block;
    struct viz_trace *trace;
    uint64_t random;
};

static void init(struct bench *bench)
{
    bench->block = rig_block_create(ROWS, 18);
    bench->trace = viz_zalloc(sizeof(*bench->trace));
    bench->random = 2463534242ULL;
}

static void finish(struct bench *bench)
{
    rig_block_destroy(bench->block);
    free(bench->trace);
}

static __int128 sum_of_stages(const struct viz_trace *trace)
{
    __int128 sum = 0;
    for (int i = 0; i < VIZ_STAGE_COUNT; i++)
        sum += trace->stage[i].sum_ns;
    return sum;
}

/* Stamps anywhere within a second, in no order: negative steps as well. */
static int64_t anywhere(struct bench *bench)
{
    return 5000000000 + (int64_t)rig_below(&bench->random, 1000000000);
}

Test(trace, stages_add_up_to_the_total_whatever_the_stamps)
{
    struct bench bench;
    init(&bench);
    for (int round = 0; round < 300; round++) {
        struct viz_block *block = bench.block;
        block->rows = 1 + (uint32_t)rig_below(&bench.random, ROWS);
        for (uint32_t i = 0; i < block->rows; i++)
            block->row[i] = (struct viz_row){
                .origin_ns = anywhere(&bench),
                .received_ns = anywhere(&bench),
                .decoded_ns = anywhere(&bench),
                .samples = (uint16_t)rig_below(&bench.random, 19),
            };
        block->published_ns = anywhere(&bench);
        block->drained_ns = anywhere(&bench);
        struct viz_frame_stamps frame = {anywhere(&bench), anywhere(&bench),
                                         anywhere(&bench), anywhere(&bench)};
        uint32_t from = (uint32_t)rig_below(&bench.random, block->rows + 1);
        uint32_t to = from + (uint32_t)rig_below(&bench.random, block->rows - from + 1);
        viz_trace_block(bench.trace, block, from, to, &frame);
        cr_assert(sum_of_stages(bench.trace) == bench.trace->total.sum_ns);
        for (int i = 0; i < VIZ_STAGE_COUNT; i++)
            cr_assert_eq(bench.trace->stage[i].count, bench.trace->total.count);
    }
    cr_expect_gt(bench.trace->total.negative, 0);
    cr_expect_gt(bench.trace->stage[VIZ_STAGE_drain].negative, 0);
    finish(&bench);
}

/* One row with stamps one power of two apart: each stage is from and to what it says. */
Test(trace, each_stage_measures_its_own_step)
{
    struct bench bench;
    init(&bench);
    bench.block->rows = 1;
    bench.block->row[0] = (struct viz_row){
        .origin_ns = 0, .received_ns = 1, .decoded_ns = 3, .samples = 18};
    bench.block->published_ns = 7;
    bench.block->drained_ns = 15;
    struct viz_frame_stamps frame = {14, 31, 63, 127};
    viz_trace_block(bench.trace, bench.block, 0, 1, &frame);
    for (int i = 0; i < VIZ_STAGE_COUNT; i++) {
        cr_expect_eq(bench.trace->stage[i].count, 18);
        cr_expect_eq(bench.trace->stage[i].max_ns, 1 << i, "%s", viz_stage_names[i]);
        cr_expect_eq(bench.trace->stage[i].min_ns, 1 << i);
    }
    cr_expect_eq(bench.trace->total.max_ns, 127);
    cr_expect_str_eq(viz_stage_names[VIZ_STAGE_receive], "receive");
    cr_expect_str_eq(viz_stage_names[VIZ_STAGE_present], "present");
    finish(&bench);
}

Test(trace, rows_outside_and_rows_without_samples_leave_no_mark)
{
    struct bench bench;
    init(&bench);
    bench.block->rows = 3;
    for (uint32_t i = 0; i < 3; i++)
        bench.block->row[i] =
            (struct viz_row){.origin_ns = (int64_t)i * 1000, .samples = i == 1};
    struct viz_frame_stamps frame = {.presented_ns = 5000};
    viz_trace_block(bench.trace, bench.block, 1, 1, &frame);
    cr_expect_eq(bench.trace->total.count, 0);
    viz_trace_block(bench.trace, bench.block, 0, 3, &frame);
    cr_expect_eq(bench.trace->total.count, 1);
    cr_expect_eq(bench.trace->total.max_ns, 4000);
    finish(&bench);
}

Test(trace, merges_and_forgets)
{
    struct bench bench;
    init(&bench);
    struct viz_trace *sum = viz_zalloc(sizeof(*sum));
    bench.block->rows = 2;
    bench.block->row[0].samples = bench.block->row[1].samples = 3;
    struct viz_frame_stamps frame = {.presented_ns = 1000};
    viz_trace_block(bench.trace, bench.block, 0, 2, &frame);
    viz_trace_merge(sum, bench.trace);
    viz_trace_merge(sum, bench.trace);
    cr_expect_eq(sum->total.count, 12);
    cr_expect_eq(sum->stage[VIZ_STAGE_present].count, 12);
    viz_trace_reset(sum);
    cr_expect_eq(sum->total.count, 0);
    for (int i = 0; i < VIZ_STAGE_COUNT; i++)
        cr_expect_eq(sum->stage[i].count, 0);
    free(sum);
    finish(&bench);
}
