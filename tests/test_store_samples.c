/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams, segments and samples, and the transactions that hold them. */
#include "store_rig.h"

#include <errno.h>
#include <math.h>

struct stream_seen {
    struct viz_stored_stream stream[2];
    char name[2][8], channel[2][32];
    unsigned streams;
};

static int see_stream(void *context, const struct viz_stored_stream *stream)
{
    struct stream_seen *seen = context;
    unsigned i = seen->streams++;
    seen->stream[i] = *stream;
    snprintf(seen->name[i], sizeof(seen->name[i]), "%s", stream->stream.name);
    for (uint32_t c = 0; c < stream->stream.channels; c++)
        snprintf(seen->channel[i] + strlen(seen->channel[i]), 16, "%s[%s] ",
                 stream->stream.channel[c].name, stream->stream.channel[c].unit);
    return 0;
}

static int see_segment(void *context, const struct viz_stored_segment *segment)
{
    char *out = context;
    snprintf(out + strlen(out), 64, "%s:%lld:%llu ", segment->reason,
             (long long)segment->started_ns, (unsigned long long)segment->samples);
    return 0;
}

Test(store_samples, streams_and_segments_count_their_samples)
{
    struct store_rig rig;
    struct stream_seen seen = {0};
    char segments[256] = "";
    int64_t segment;
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1);
    struct store_place a = store_rig_place(&rig, run, &store_rig_values);
    struct store_place b =
        store_rig_place(&rig, run, &(struct viz_run_stream){.name = "L"});
    STORE_OK(&rig, store_rig_fill(&rig, &a, 0, 3));
    STORE_OK(&rig, store_rig_fill(&rig, &b, 3, 4));
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig,
             viz_store_add_segment(rig.store, b.stream, "boot", 9, &segment, &rig.err));
    b.segment = segment;
    STORE_OK(&rig, store_rig_put(&rig, &b, 7, "x", 1));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));

    STORE_OK(&rig, viz_store_streams(rig.store, run, see_stream, &seen, &rig.err));
    cr_assert_eq(seen.streams, 2);
    cr_expect_str_eq(seen.name[0], "S1");
    cr_expect_eq(seen.stream[0].stream.form, VIZ_FORM_VALUES);
    cr_expect_eq(seen.stream[0].stream.requested_hz, 500.0);
    cr_expect_str_eq(seen.channel[0], "x[m/s\u00b2] y[] ");
    cr_expect_eq(seen.stream[0].samples, 3);
    cr_expect_eq(seen.stream[1].stream.form, VIZ_FORM_LIGHTWAVE);
    cr_expect_eq(seen.stream[1].samples, 5);
    cr_expect_eq(seen.stream[1].segments, 2);
    STORE_OK(&rig, viz_store_segments(rig.store, run, see_segment, segments, &rig.err));
    cr_expect_str_eq(segments, "start:0:3 start:0:4 boot:9:1 ");
    cr_expect_eq(viz_store_streams(rig.store, run + 1, see_stream, &seen, &rig.err),
                 -ENOENT);
    store_rig_finish(&rig);
}

Test(store_samples, names_of_streams_are_unique_in_their_run)
{
    struct store_rig rig;
    int64_t id;
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1), other = store_rig_run(&rig, "r", 1);
    store_rig_place(&rig, run, &store_rig_values);
    store_rig_place(&rig, other, &store_rig_values);
    cr_expect_eq(viz_store_add_stream(rig.store, run, &store_rig_values, &id, &rig.err),
                 -EEXIST);
    cr_expect_eq(viz_store_add_stream(rig.store, 99, &store_rig_values, &id, &rig.err),
                 -ENOENT);
    cr_expect_eq(viz_store_add_segment(rig.store, 99, "boot", 0, &id, &rig.err),
                 -ENOENT);
    store_rig_finish(&rig);
}

Test(store_samples, samples_come_back_in_the_order_of_seq_byte_by_byte)
{
    struct store_rig rig;
    struct viz_cursor *cursor;
    struct viz_run_sample out;
    const double row[2] = {1.5, NAN};
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1);
    struct store_place a = store_rig_place(&rig, run, &store_rig_values);
    struct store_place b =
        store_rig_place(&rig, run, &(struct viz_run_stream){.name = "L"});
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_put(rig.store, run,
                                 &(struct viz_run_sample){.stream = a.stream,
                                                          .segment = a.segment,
                                                          .seq = 0,
                                                          .host_ns = -7,
                                                          .device_ns = 12,
                                                          .marks = UINT32_MAX,
                                                          .missing = UINT32_MAX,
                                                          .frame = row,
                                                          .size = sizeof(row)},
                                 &rig.err));
    STORE_OK(&rig, store_rig_put(&rig, &b, 1, "", 0));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));

    STORE_OK(&rig, viz_store_read(rig.store, run, 0, &cursor, &rig.err));
    cr_assert_eq(viz_cursor_next(cursor, &out, &rig.err), 1);
    cr_expect_eq(out.seq, 0);
    cr_expect_eq(out.stream, a.stream);
    cr_expect_eq(out.segment, a.segment);
    cr_expect_eq(out.host_ns, -7);
    cr_expect_eq(out.device_ns, 12);
    cr_expect_eq(out.marks, UINT32_MAX);
    cr_expect_eq(out.missing, UINT32_MAX);
    cr_assert_eq(out.size, sizeof(row));
    cr_expect_eq(memcmp(out.frame, row, sizeof(row)), 0);
    cr_assert_eq(viz_cursor_next(cursor, &out, &rig.err), 1);
    cr_expect_eq(out.seq, 1);
    cr_expect_eq(out.device_ns, INT64_MIN);
    cr_expect_eq(out.size, 0);
    cr_expect_eq(viz_cursor_next(cursor, &out, &rig.err), 0);
    viz_cursor_close(cursor);

    STORE_OK(&rig, viz_store_read(rig.store, run, b.stream, &cursor, &rig.err));
    cr_assert_eq(viz_cursor_next(cursor, &out, &rig.err), 1);
    cr_expect_eq(out.seq, 1);
    cr_expect_eq(viz_cursor_next(cursor, &out, &rig.err), 0);
    viz_cursor_close(cursor);
    cr_expect_eq(viz_store_read(rig.store, run + 1, 0, &cursor, &rig.err), -ENOENT);
    store_rig_finish(&rig);
}

/* More segments than the writer's table of counts has room for at first. */
Test(store_samples, a_transaction_may_touch_many_segments)
{
    enum { SEGMENTS = 500 };
    struct store_rig rig;
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1);
    struct store_place place = store_rig_place(&rig, run, &store_rig_values);
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (uint64_t i = 0; i < SEGMENTS; i++) {
        STORE_OK(&rig, viz_store_add_segment(rig.store, place.stream, "boot",
                                             (int64_t)i, &place.segment, &rig.err));
        for (uint64_t k = 0; k <= i % 3; k++)
            STORE_OK(&rig, store_rig_put(&rig, &place, 3 * i + k, "x", 1));
    }
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM segment WHERE samples <>"
                                      " (SELECT count(*) FROM sample WHERE segment ="
                                      "  segment.id)"),
                 0);
    cr_expect_eq(store_rig_number(db, "SELECT samples FROM run"),
                 store_rig_number(db, "SELECT count(*) FROM sample"));
    store_rig_finish(&rig);
}

Test(store_samples, one_transaction_may_hold_samples_of_several_runs)
{
    struct store_rig rig;
    store_rig_init(&rig);
    struct store_place a =
        store_rig_place(&rig, store_rig_run(&rig, "a", 1), &store_rig_values);
    struct store_place b =
        store_rig_place(&rig, store_rig_run(&rig, "b", 1), &store_rig_values);
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (uint64_t i = 0; i < 10; i++)
        STORE_OK(&rig, store_rig_put(&rig, i % 3 ? &a : &b, i, "x", 1));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT sum(samples * id)"
                                                      " FROM run"),
                 6 * a.run + 4 * b.run);
    store_rig_finish(&rig);
}

Test(store_samples, what_was_rolled_back_leaves_nothing)
{
    struct store_rig rig;
    int64_t segment;
    store_rig_init(&rig);
    struct store_place a =
        store_rig_place(&rig, store_rig_run(&rig, "a", 1), &store_rig_values);
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig,
             viz_store_add_segment(rig.store, a.stream, "boot", 1, &segment, &rig.err));
    STORE_OK(&rig, store_rig_put(&rig, &a, 0, "x", 1));
    viz_store_rollback(rig.store);
    viz_store_rollback(rig.store);
    STORE_OK(&rig, store_rig_fill(&rig, &a, 0, 2));
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM segment"), 1);
    cr_expect_eq(store_rig_number(db, "SELECT samples FROM segment"), 2);
    cr_expect_eq(store_rig_number(db, "SELECT samples FROM run"), 2);
    store_rig_finish(&rig);
}

/* After each of these the transaction is over and the store usable. */
Test(store_samples, wrong_samples_are_refused_with_their_transaction)
{
    struct store_rig rig;
    store_rig_init(&rig);
    struct store_place a =
        store_rig_place(&rig, store_rig_run(&rig, "a", 1), &store_rig_values);
    struct store_place no_run = {99, a.stream, a.segment};
    struct store_place no_segment = {a.run, a.stream, 99};
    cr_expect_eq(store_rig_put(&rig, &a, 0, "x", 1), -EINVAL);
    cr_expect_eq(viz_store_commit(rig.store, &rig.err), -EINVAL);
    STORE_OK(&rig, store_rig_fill(&rig, &a, 0, 1));
    cr_expect_eq(store_rig_fill(&rig, &a, 0, 1), -EEXIST);
    cr_expect_eq(store_rig_fill(&rig, &no_run, 1, 1), -ENOENT);
    cr_expect(strstr(rig.err.text, "no run 99"));
    cr_expect_eq(store_rig_fill(&rig, &no_segment, 1, 1), -ENOENT);
    cr_expect(strstr(rig.err.text, "no segment 99"));
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    cr_expect_eq(viz_store_begin(rig.store, &rig.err), -EINVAL);
    viz_store_rollback(rig.store);
    STORE_OK(&rig, store_rig_fill(&rig, &a, 1, 1));
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT samples FROM run"), 2);
    store_rig_finish(&rig);
}

Test(store_samples, a_run_begun_in_a_transaction_goes_with_it)
{
    struct store_rig rig;
    struct store_place place;
    store_rig_init(&rig);
    sqlite3 *db = store_rig_db(&rig);
    for (int kept = 0; kept < 2; kept++) {
        STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
        place = store_rig_place(&rig, store_rig_run(&rig, "r", 1),
                                &(struct viz_run_stream){.name = "L"});
        if (kept)
            STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
        else
            viz_store_rollback(rig.store);
        cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM run"), kept);
        cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM stream"), kept);
        STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
        STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    }
    STORE_OK(&rig, store_rig_fill(&rig, &place, 0, 3));
    cr_expect_eq(store_rig_number(db, "SELECT samples FROM run"), 3);
    store_rig_finish(&rig);
}

Test(store_samples, seq_must_grow)
{
    struct store_rig rig;
    store_rig_init(&rig);
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "r", 1), &store_rig_values);
    STORE_OK(&rig, store_rig_fill(&rig, &place, 5, 1));
    cr_expect_eq(store_rig_fill(&rig, &place, 4, 1), -EINVAL);
    cr_expect(strstr(rig.err.text, "greater"), "%s", rig.err.text);
    STORE_OK(&rig, store_rig_fill(&rig, &place, 6, 1));
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT samples FROM run"), 2);
    store_rig_finish(&rig);
}

Test(store_samples, remarks_go_with_the_transaction)
{
    struct store_rig rig;
    sqlite3 *db;
    const struct viz_annotation remark = {.text = "t", .author = "a"};
    store_rig_init(&rig);
    db = store_rig_db(&rig);
    int64_t run = store_rig_run(&rig, "r", 1);
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_annotate(rig.store, run, &remark, NULL, &rig.err));
    viz_store_rollback(rig.store);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM annotation"), 0);
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_annotate(rig.store, run, &remark, NULL, &rig.err));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM annotation"), 1);
    store_rig_finish(&rig);
}
