/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames whose steps only let time pass, each another one, on a clock that moves when
 * told: every stamp, every stage of the trace and every count is known to the
 * nanosecond. */
#include "rig.h"

#include <viz/frame.h>

#include <criterion/criterion.h>
#include <string.h>

#define MS 1000000LL

/* What each step takes. No sum of some is a sum of others. */
#define AGE (64 * MS) /* of the row when the frame begins */
#define DRAIN (1 * MS)
#define UPLOAD (2 * MS)
#define SUBMIT (4 * MS)
#define PRESENT (30 * MS)
#define ACCOUNT (128 * MS)

struct bench {
    struct rig rig;
    struct viz_trace *trace;
    struct viz_frame_counts counts;
    struct viz_frame_steps steps;
    struct viz_frame_stamps stamps; /* as the account step saw them */
    int64_t began_ns;               /* as the drain step was told */
    bool fails;                     /* to be presented */
    char order[16];                 /* a letter for each step */
};

static void step(struct bench *bench, char letter, int64_t ns)
{
    size_t at = strlen(bench->order);
    if (at + 1 < sizeof(bench->order))
        bench->order[at] = letter; /* zeros behind it */
    viz_clock_advance(bench->rig.clock, ns);
}

static void drain(void *context, int64_t begin_ns)
{
    struct bench *bench = context;
    bench->began_ns = begin_ns;
    step(bench, 'd', DRAIN);
    viz_reader_drain(bench->rig.reader);
}

static void upload(void *context)
{
    step(context, 'u', UPLOAD);
}

static void submit(void *context)
{
    step(context, 's', SUBMIT);
}

static bool present(void *context)
{
    struct bench *bench = context;
    step(bench, 'p', PRESENT);
    return !bench->fails;
}

static void account(void *context, const struct viz_frame_stamps *stamps)
{
    struct bench *bench = context;
    bench->stamps = *stamps;
    viz_reader_presented(bench->rig.reader, INT64_MIN, INT64_MAX, stamps, true,
                         bench->trace);
    step(bench, 'a', ACCOUNT);
}

static void init(struct bench *bench)
{
    *bench = (struct bench){
        .steps = {.context = bench,
                  .drain = drain,
                  .upload = upload,
                  .submit = submit,
                  .present = present,
                  .account = account},
        .trace = viz_zalloc(sizeof(*bench->trace)),
    };
    rig_init(&bench->rig, &(struct rig_params){.channels = 3});
    rig_read(&bench->rig, 100);
}

static void finish(struct bench *bench)
{
    rig_finish(&bench->rig);
    free(bench->trace);
}

/* One row of three samples, AGE before the frame begins; returns the begin. */
static int64_t make(struct bench *bench, bool presented)
{
    int64_t origin_ns = viz_clock_now(bench->rig.clock);
    rig_row(&bench->rig, origin_ns, 1);
    viz_stream_commit(bench->rig.stream);
    viz_clock_advance(bench->rig.clock, AGE);
    cr_assert_eq(viz_frame_make(&bench->steps, bench->rig.clock, &bench->counts),
                 presented);
    return origin_ns + AGE;
}

Test(frame, every_stamp_is_taken_when_its_step_is_done)
{
    struct bench bench;
    init(&bench);
    int64_t begin_ns = make(&bench, true);
    cr_expect_str_eq(bench.order, "duspa");
    cr_expect_eq(bench.began_ns, begin_ns);
    cr_expect_eq(bench.stamps.begin_ns, begin_ns);
    cr_expect_eq(bench.stamps.uploaded_ns, begin_ns + DRAIN + UPLOAD);
    cr_expect_eq(bench.stamps.submitted_ns, begin_ns + DRAIN + UPLOAD + SUBMIT);
    cr_expect_eq(bench.stamps.presented_ns,
                 begin_ns + DRAIN + UPLOAD + SUBMIT + PRESENT);
    finish(&bench);
}

Test(frame, every_stage_takes_what_its_steps_take)
{
    static const struct {
        enum viz_stage stage;
        int64_t ns;
    } expected[] = {
        {VIZ_STAGE_receive, 0},       {VIZ_STAGE_decode, 0},
        {VIZ_STAGE_publish, 0},       {VIZ_STAGE_drain, AGE + DRAIN},
        {VIZ_STAGE_upload, UPLOAD},   {VIZ_STAGE_submit, SUBMIT},
        {VIZ_STAGE_present, PRESENT},
    };
    struct bench bench;
    init(&bench);
    make(&bench, true);
    for (size_t i = 0; i < VIZ_STAGE_COUNT; i++) {
        const struct viz_histogram *stage = &bench.trace->stage[expected[i].stage];
        const char *name = viz_stage_names[expected[i].stage];
        cr_expect_eq(stage->count, 3u, "%s", name);
        cr_expect(stage->sum_ns == 3 * expected[i].ns, "%s took %lld ns", name,
                  (long long)(stage->sum_ns / 3));
    }
    cr_expect_eq(bench.trace->total.max_ns, AGE + DRAIN + UPLOAD + SUBMIT + PRESENT);
    finish(&bench);
}

Test(frame, frames_and_the_time_of_accounting_add_up)
{
    struct bench bench;
    init(&bench);
    for (int i = 1; i <= 3; i++) {
        make(&bench, true);
        cr_expect_eq(bench.counts.presented, (uint64_t)i);
        cr_expect_eq(bench.counts.accounting_ns, i * ACCOUNT);
    }
    finish(&bench);
}

/* Nobody saw it: no sample was drawn, no latency known, no frame made. */
Test(frame, one_that_was_not_presented_counts_as_nothing)
{
    struct bench bench;
    struct viz_ledger ledger;
    init(&bench);
    bench.fails = true;
    make(&bench, false);
    cr_expect_str_eq(bench.order, "dusp");
    cr_expect_eq(bench.counts.presented, 0u);
    cr_expect_eq(bench.counts.accounting_ns, 0);
    cr_expect_eq(bench.trace->total.count, 0u);
    viz_reader_ledger(bench.rig.reader, &ledger);
    cr_expect_eq(ledger.drawn, 0u);
    cr_expect_eq(ledger.received, 3u);
    finish(&bench);
}
