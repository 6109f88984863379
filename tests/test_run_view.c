/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A view beside every sample of its stream, on runs of many shapes. */
#include "view_rig.h"

#include <viz/lightwave_fields.h>

#include <errno.h>

static struct store_rig rig;

static void begin(void)
{
    store_rig_init(&rig);
}

static void finish(void)
{
    store_rig_finish(&rig);
}

TestSuite(run_view, .init = begin, .fini = finish);

/* A run with the streams S1, S2, ...: rows come to them in turns by chance. */
#define MOST_STREAMS 8
struct made {
    int64_t run;
    struct store_place place[MOST_STREAMS];
    uint32_t streams;
    uint64_t seq, random;
    int64_t host_ns, device_ns[MOST_STREAMS];
    void (*shape)(struct made *made, uint32_t stream, struct view_plan *plan);
};

static struct made make_run(uint32_t streams,
                            void (*shape)(struct made *, uint32_t, struct view_plan *))
{
    struct made made = {.run = store_rig_run(&rig, "r", VIEW_START_NS),
                        .streams = streams,
                        .random = 7,
                        .host_ns = VIEW_START_NS + 10 * VIEW_MS,
                        .shape = shape};
    for (uint32_t i = 0; i < streams; i++) {
        struct viz_run_stream stream = store_rig_values;
        char name[16];
        snprintf(name, sizeof(name), "S%u", i + 1);
        stream.name = name;
        made.place[i] = store_rig_place(&rig, made.run, &stream);
        made.device_ns[i] = 5000 * VIEW_MS;
    }
    return made;
}

static void put_row(struct made *made)
{
    uint32_t stream = (uint32_t)(view_random(&made->random) % made->streams);
    struct store_place *place = &made->place[stream];
    made->host_ns += 2 * VIEW_MS;
    made->device_ns[stream] += 2 * VIEW_MS;
    struct view_plan plan = {
        .host_ns = made->host_ns,
        .device_ns = made->device_ns[stream],
        .value = {view_unit(&made->random) * 10 - 5, sin((double)made->seq / 1000)}};
    if (made->shape)
        made->shape(made, stream, &plan);
    if (plan.boots)
        STORE_OK(&rig, viz_store_add_segment(rig.store, place->stream, "boot",
                                             plan.host_ns, &place->segment, &rig.err));
    STORE_OK(&rig, viz_store_put(rig.store, made->run,
                                 &(struct viz_run_sample){.stream = place->stream,
                                                          .segment = place->segment,
                                                          .seq = made->seq++,
                                                          .host_ns = plan.host_ns,
                                                          .device_ns = plan.device_ns,
                                                          .marks = plan.marks,
                                                          .frame = plan.value,
                                                          .size = sizeof(plan.value)},
                                 &rig.err));
}

static void put_rows(struct made *made, uint64_t count)
{
    while (count) {
        STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
        for (int i = 0; count && i < 5000; i++, count--)
            put_row(made);
        STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    }
}

static const uint32_t widths[] = {1, 2, 3, 10, 100, 1000, 5000, VIZ_RUN_VIEW_PX};

/* The whole run, and stretches of all lengths. */
static void check_views(struct made *made, uint32_t stream, int views)
{
    int64_t id = made->place[stream].stream;
    struct view_rows rows = view_rows_read(&rig, made->run, id);
    char name[16];
    snprintf(name, sizeof(name), "S%u", stream + 1);
    for (int i = 0; i < views; i++) {
        struct viz_run_view_params params = {
            .stream = name,
            .metrics = "x,y",
            .from_s = NAN,
            .to_s = NAN,
            .px = widths[view_random(&made->random) % 8],
            .clock = i % 2 ? VIZ_RUN_DEVICE : VIZ_RUN_ARRIVAL,
        };
        double whole = (double)(made->host_ns - VIEW_START_NS) / 1e9;
        double length = whole * pow(view_unit(&made->random), 4);
        double from = view_unit(&made->random) * whole * 1.1 - whole * 0.05;
        if (i > 3)
            params.from_s = from;
        if (i > 3 && i % 5)
            params.to_s = from + length;
        view_check(&rig, made->run, id, &rows, &params);
    }
    free(rows.row);
}

Test(run_view, bins_have_the_exact_minimum_and_maximum)
{
    struct made made = make_run(1, NULL);
    put_rows(&made, 100000);
    STORE_OK(&rig, viz_store_end_run(rig.store, made.run, VIZ_RUN_COMPLETE,
                                     made.host_ns, "", &rig.err));
    check_views(&made, 0, 60);
}

Test(run_view, several_streams_share_a_run)
{
    struct made made = make_run(MOST_STREAMS, NULL);
    put_rows(&made, 120000);
    check_views(&made, 3, 60);
}

/* A store that is closed and opened again in the middle of a run goes on. */
Test(run_view, run_that_is_being_recorded)
{
    struct made made = make_run(2, NULL);
    for (int i = 0; i < 5; i++) {
        put_rows(&made, 9000 + (uint64_t)i * 3000);
        if (i == 2) {
            store_rig_close(&rig);
            store_rig_open(&rig, VIZ_STORE_WRITE);
        }
        check_views(&made, 1, 12);
    }
}

static void boots_and_gaps(struct made *made, uint32_t stream, struct view_plan *plan)
{
    uint64_t chance = view_random(&made->random) % 20000;
    if (chance < 5) {
        plan->boots = true;
        plan->marks = VIZ_MARK_BOOT;
        made->host_ns = plan->host_ns += 60000 * VIEW_MS;
        made->device_ns[stream] = plan->device_ns = 300 * VIEW_MS;
    } else if (chance < 30) {
        plan->marks = VIZ_MARK_GAP;
        made->host_ns = plan->host_ns += 10000 * VIEW_MS;
        made->device_ns[stream] = plan->device_ns += 10000 * VIEW_MS;
    } else if (chance < 200) {
        plan->marks = VIZ_MARK_GAP | VIZ_MARK_REPEAT;
    }
}

Test(run_view, boots_and_gaps_begin_bins)
{
    struct made made = make_run(2, boots_and_gaps);
    put_rows(&made, 120000);
    STORE_OK(&rig, viz_store_end_run(rig.store, made.run, VIZ_RUN_COMPLETE,
                                     made.host_ns, "", &rig.err));
    check_views(&made, 0, 60);
}

static void odd_values(struct made *made, uint32_t stream, struct view_plan *plan)
{
    uint64_t chance = view_random(&made->random) % 10;
    (void)stream;
    if (made->seq > 40000 && made->seq < 60000)
        plan->value[0] = plan->value[1] = NAN;
    if (chance < 4)
        plan->value[chance % 2] = chance < 2 ? NAN : INFINITY;
}

Test(run_view, what_is_no_number_takes_no_part)
{
    struct made made = make_run(1, odd_values);
    put_rows(&made, 70000);
    check_views(&made, 0, 40);
}

static void disordered(struct made *made, uint32_t stream, struct view_plan *plan)
{
    (void)stream;
    if (view_random(&made->random) % 50 == 0)
        plan->device_ns -= 700 * VIEW_MS;
    if (view_random(&made->random) % 50 == 0)
        plan->host_ns -= 500 * VIEW_MS;
}

Test(run_view, times_that_run_back)
{
    struct made made = make_run(1, disordered);
    put_rows(&made, 50000);
    check_views(&made, 0, 40);
}

static void mostly_timed(struct made *made, uint32_t stream, struct view_plan *plan)
{
    (void)stream;
    if (made->seq < 100 || (made->seq > 30000 && made->seq % 7 == 0) ||
        (made->seq > 33000 && made->seq < 36000))
        plan->device_ns = INT64_MIN;
}

Test(run_view, rows_without_a_device_time_are_left_out)
{
    struct made made = make_run(1, mostly_timed);
    put_rows(&made, 50000);
    check_views(&made, 0, 40);
}

static struct viz_run_view *view_of(int64_t run, struct viz_run_view_params params)
{
    struct viz_run_view *view;
    STORE_OK(&rig, viz_run_view_create(rig.store, run, &params, &view, &rig.err));
    return view;
}

Test(run_view, empty_run_has_no_bins)
{
    struct made made = make_run(1, NULL);
    struct viz_run_view *view =
        view_of(made.run, (struct viz_run_view_params){.from_s = NAN, .to_s = NAN});
    cr_expect_eq(view->rows, 0);
    cr_expect_eq(view->bins, 0);
    cr_expect(!view->reduced);
    cr_expect(isnan(view->begin_s) && isnan(view->end_s));
    cr_expect_eq(view->channels, 2);
    char *json = viz_run_view_json(view, made.run, &(struct viz_run_view_params){0});
    cr_expect(strstr(json, "\"begin\":null"), "%s", json);
    free(json);
    viz_run_view_destroy(view);
}

Test(run_view, one_row_is_its_own_minimum_and_maximum)
{
    struct made made = make_run(1, NULL);
    put_rows(&made, 1);
    check_views(&made, 0, 20);
}

Test(run_view, full_chunk_and_one_row_more)
{
    struct made made = make_run(1, NULL);
    put_rows(&made, 32768);
    check_views(&made, 0, 8);
    put_rows(&made, 1);
    check_views(&made, 0, 8);
}

/* What was rolled back is in no overview; what is put in its place is. */
Test(run_view, rollback_leaves_nothing_of_what_was_put)
{
    struct made made = make_run(2, NULL);
    put_rows(&made, 40000);
    struct made before = made;
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (int i = 0; i < 30000; i++)
        put_row(&made);
    viz_store_rollback(rig.store);
    before.random += 99;
    made = before;
    put_rows(&made, 40000);
    check_views(&made, 0, 20);
    check_views(&made, 1, 20);
}

/* As a store of version 2 has it after it was brought to this one. */
static void drop_overview(void)
{
    store_rig_sql(store_rig_db(&rig), "DELETE FROM overview; DELETE FROM overview_end;"
                                      "DELETE FROM overview_entries");
}

Test(run_view, run_without_an_overview_is_read)
{
    struct made made = make_run(2, boots_and_gaps);
    put_rows(&made, 60000);
    STORE_OK(&rig, viz_store_end_run(rig.store, made.run, VIZ_RUN_COMPLETE,
                                     made.host_ns, "", &rig.err));
    drop_overview();
    check_views(&made, 0, 20);
    store_rig_make_overview(&rig, made.run);
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT sum(rows) FROM overview"), 60000);
    cr_expect_eq(store_rig_number(db, "SELECT seq FROM overview_end"), 60000);
    check_views(&made, 0, 20);
    put_rows(&made, 40000);
    check_views(&made, 1, 20);
}

/* Made by somebody else while it is written: the writer's transaction can be tried again. */
Test(run_view, overview_that_another_process_makes)
{
    struct made made = make_run(1, NULL);
    struct store_rig other = rig;
    put_rows(&made, 30000);
    store_rig_open(&other, VIZ_STORE_WRITE);
    store_rig_make_overview(&other, made.run);
    store_rig_close(&other);
    struct made before = made;
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    int ret = 0;
    for (int i = 0; !ret && i < 5000; i++) {
        const double value[2] = {1, 2};
        ret = viz_store_put(rig.store, made.run,
                            &(struct viz_run_sample){.segment = made.place[0].segment,
                                                     .seq = made.seq++,
                                                     .frame = value,
                                                     .size = sizeof(value)},
                            &rig.err);
    }
    cr_expect_eq(ret, -EBUSY, "%d %s", ret, rig.err.text);
    made = before;
    put_rows(&made, 40000);
    check_views(&made, 0, 20);
    cr_expect_eq(
        store_rig_number(store_rig_db(&rig), "SELECT max(row + rows) FROM overview"),
        30000 + 32768);
}

Test(run_view, deleting_a_run_takes_its_overview)
{
    struct made gone = make_run(2, NULL), kept = make_run(1, NULL);
    put_rows(&gone, 70000);
    put_rows(&kept, 40000);
    STORE_OK(&rig, viz_store_delete(rig.store, gone.run, &rig.err));
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM overview WHERE run = 1"),
                 0);
    cr_expect_eq(
        store_rig_number(db, "SELECT count(DISTINCT run) FROM overview_entries"), 1);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM overview_end"), 1);
    check_views(&kept, 0, 8);
}

static void put_frame(const struct store_place *place, uint64_t seq, bool extended)
{
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    struct viz_lw_frame frame = {.timestamp_ms = (uint32_t)seq * 100,
                                 .avg_total_us = 5000 + (float)seq,
                                 .hop_count = UINT32_MAX - (uint32_t)seq,
                                 .avg_dc_agc_us = (float)seq,
                                 .extended = extended};
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, store_rig_put(&rig, place, seq, bytes,
                                 (uint32_t)viz_lw_encode(&frame, bytes)));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
}

Test(run_view, frames_show_the_channels_that_the_device_sends)
{
    for (int extended = 0; extended < 2; extended++) {
        struct store_place place = store_rig_place(
            &rig, store_rig_run(&rig, "l", 0), &(struct viz_run_stream){.name = "L"});
        for (uint64_t i = 0; i < 3; i++)
            put_frame(&place, i, extended);
        struct viz_run_view *view = view_of(
            place.run, (struct viz_run_view_params){.from_s = NAN, .to_s = NAN});
        cr_assert_eq(view->channels, extended ? 7 : 5);
        cr_expect_str_eq(view->channel[0].name, "avg_total_us");
        cr_expect_str_eq(view->channel[0].unit, "µs");
        cr_expect_eq(view->channel[0].max[2], 5002);
        viz_run_view_destroy(view);
        view = view_of(place.run, (struct viz_run_view_params){.metrics = "L/hop_count",
                                                               .from_s = NAN,
                                                               .to_s = NAN});
        cr_assert_eq(view->channels, 1);
        cr_expect_eq(view->channel[0].min[1], 4294967294.0);
        viz_run_view_destroy(view);
        view = view_of(place.run, (struct viz_run_view_params){
                                      .metrics = "all", .from_s = NAN, .to_s = NAN});
        cr_expect_eq(view->channels, VIZ_LW_FIELDS);
        viz_run_view_destroy(view);
    }
}

static int refusal(int64_t run, struct viz_run_view_params params)
{
    struct viz_run_view *view;
    return viz_run_view_create(rig.store, run, &params, &view, &rig.err);
}

Test(run_view, what_is_not_there_is_named)
{
    struct made made = make_run(2, NULL);
    int64_t bare = store_rig_run(&rig, "bare", 1);
    put_rows(&made, 10);
    cr_expect_eq(refusal(99, (struct viz_run_view_params){0}), -ENOENT);
    cr_expect_eq(refusal(bare, (struct viz_run_view_params){0}), -ENOENT);
    cr_expect_eq(refusal(made.run, (struct viz_run_view_params){.stream = "S9"}),
                 -ENOENT);
    cr_expect(strstr(rig.err.text, "\"S9\""), "%s", rig.err.text);
    cr_expect_eq(refusal(made.run, (struct viz_run_view_params){.metrics = "x,q"}),
                 -EINVAL);
    cr_expect(strstr(rig.err.text, "x,q"), "%s", rig.err.text);
    cr_expect_eq(refusal(made.run, (struct viz_run_view_params){.metrics = ""}),
                 -EINVAL);
    cr_expect_eq(
        refusal(made.run, (struct viz_run_view_params){.from_s = 2, .to_s = 1}),
        -EINVAL);
    cr_expect_eq(
        refusal(made.run, (struct viz_run_view_params){.px = VIZ_RUN_VIEW_PX + 1}),
        -EINVAL);
    struct viz_run_view *view = view_of(
        made.run, (struct viz_run_view_params){.metrics = "S2/y", .stream = "2"});
    cr_expect_eq(view->stream, made.place[1].stream);
    cr_expect_eq(view->rows, 0);
    viz_run_view_destroy(view);
    view = view_of(made.run,
                   (struct viz_run_view_params){.metrics = "S2/y", .to_s = INFINITY});
    cr_expect_eq(view->stream, made.place[1].stream);
    viz_run_view_destroy(view);
}

Test(run_view, json_has_values_where_nothing_is_reduced)
{
    struct made made = make_run(1, NULL);
    put_rows(&made, 4);
    struct viz_run_view_params params = {
        .metrics = "y", .from_s = NAN, .to_s = NAN, .px = 4};
    struct viz_run_view *view = view_of(made.run, params);
    char *json = viz_run_view_json(view, made.run, &params);
    cr_expect(strstr(json, "\"reduced\":false"), "%s", json);
    cr_expect(strstr(json, "\"value\":["), "%s", json);
    cr_expect(!strstr(json, "\"n\":") && !strstr(json, "\"min\""), "%s", json);
    cr_expect(strstr(json, "\"clock\":\"arrival\""), "%s", json);
    free(json);
    viz_run_view_destroy(view);
    params.px = 2;
    params.clock = VIZ_RUN_DEVICE;
    view = view_of(made.run, params);
    json = viz_run_view_json(view, made.run, &params);
    cr_expect(strstr(json, "\"reduced\":true"), "%s", json);
    cr_expect(strstr(json, "\"n\":[2,2]"), "%s", json);
    cr_expect(strstr(json, "\"clock\":\"device\""), "%s", json);
    cr_expect(strstr(json, "\"t\":[0.0,0.004"), "%s", json);
    free(json);
    viz_run_view_destroy(view);
}
