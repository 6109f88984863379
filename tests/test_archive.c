/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/archive.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STARTED_NS 4000000000000000000
#define CLOCK_NS 5000000000
#define MS 1000000

/* A store in a folder of its own, a run with two devices and one row of figures. */
struct rig {
    char folder[64], path[96];
    struct viz_clock *clock;
    struct viz_store *store;
    struct viz_spool *spool;
    struct viz_archive *archive;
    int64_t run, stream[3];
};

static const struct viz_run_channel channels[] = {{"a", "V"}, {"b", ""}};

static void open_rig(struct rig *rig, uint64_t max_samples)
{
    struct viz_error err = {""};
    memset(rig, 0, sizeof(*rig));
    strcpy(rig->folder, "/tmp/viz-archive-XXXXXX");
    cr_assert(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof(rig->path), "%s/runs.db", rig->folder);
    cr_assert_eq(viz_store_open(rig->path, VIZ_STORE_WRITE, &rig->store, &err), 0, "%s",
                 err.text);
    struct viz_run_new run = {
        .name = "test", .origin = "device", .started_ns = STARTED_NS};
    cr_assert_eq(viz_store_begin_run(rig->store, &run, &rig->run, &err), 0, "%s",
                 err.text);
    const struct viz_run_stream streams[] = {
        {.name = "one", .form = VIZ_FORM_LIGHTWAVE},
        {.name = "two", .form = VIZ_FORM_LIGHTWAVE},
        {.name = "row", .form = VIZ_FORM_VALUES, .channel = channels, .channels = 2},
    };
    for (int i = 0; i < 3; i++)
        cr_assert_eq(viz_store_add_stream(rig->store, rig->run, &streams[i],
                                          &rig->stream[i], &err),
                     0, "%s", err.text);
    rig->clock = viz_clock_create_fake(CLOCK_NS);
    rig->spool = viz_spool_create(0);
    rig->archive =
        viz_archive_create(&(struct viz_archive_params){.store = rig->store,
                                                        .run = rig->run,
                                                        .spool = rig->spool,
                                                        .clock = rig->clock,
                                                        .started_ns = STARTED_NS,
                                                        .started_clock_ns = CLOCK_NS,
                                                        .stream = rig->stream,
                                                        .streams = 3,
                                                        .max_samples = max_samples});
}

static void close_rig(struct rig *rig)
{
    static const char *const names[] = {"runs.db", "runs.db-wal", "runs.db-shm"};
    viz_archive_destroy(rig->archive);
    viz_spool_destroy(rig->spool);
    viz_store_close(rig->store);
    viz_clock_destroy(rig->clock);
    for (int i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", rig->folder, names[i]);
        unlink(path);
    }
    rmdir(rig->folder);
}

static void put(struct rig *rig, uint32_t source, enum viz_record_kind kind,
                const void *bytes, size_t size)
{
    int64_t now_ns = viz_clock_now(rig->clock);
    struct viz_record record = {.origin_ns = now_ns,
                                .received_ns = now_ns,
                                .source = source,
                                .kind = (uint16_t)kind,
                                .size = (uint16_t)size};
    cr_assert(viz_spool_put(rig->spool, &record, bytes));
    viz_spool_commit(rig->spool);
}

static void put_frame(struct rig *rig, uint32_t source, uint32_t stamp_ms,
                      uint32_t hops)
{
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    struct viz_lw_frame frame = {
        .timestamp_ms = stamp_ms, .avg_total_us = (float)hops, .hop_count = hops};
    put(rig, source, VIZ_RECORD_FRAME, bytes, viz_lw_encode(&frame, bytes));
}

static void step(struct rig *rig)
{
    struct viz_error err = {""};
    viz_role_assume_store();
    cr_assert_eq(viz_archive_step(rig->archive, &err), 0, "%s", err.text);
}

static void finish(struct rig *rig)
{
    struct viz_error err = {""};
    viz_role_assume_store();
    cr_assert_eq(viz_archive_finish(rig->archive, 0, &err), 0, "%s", err.text);
}

static uint64_t stored(const struct rig *rig)
{
    return viz_counted(&viz_archive_status(rig->archive)->stored);
}

/* The samples of the run, at most @room; how many there are. */
static uint32_t read_back(struct rig *rig, struct viz_run_sample *out,
                          uint8_t bytes[][64], uint32_t room)
{
    struct viz_error err = {""};
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    uint32_t count = 0;
    cr_assert_eq(viz_store_read(rig->store, rig->run, 0, &cursor, &err), 0, "%s",
                 err.text);
    while (viz_cursor_next(cursor, &sample, &err) == 1) {
        cr_assert_lt(count, room);
        out[count] = sample;
        memcpy(bytes[count], sample.frame, sample.size);
        count++;
    }
    viz_cursor_close(cursor);
    return count;
}

Test(archive, frames_of_two_devices_are_rows_in_the_order_of_arrival)
{
    struct rig rig;
    struct viz_run_sample sample[8];
    uint8_t bytes[8][64];
    open_rig(&rig, 0);
    put_frame(&rig, 0, 1000, 50);
    viz_clock_advance(rig.clock, 20 * MS);
    put_frame(&rig, 1, 77, 9);
    viz_clock_advance(rig.clock, 80 * MS);
    put_frame(&rig, 0, 1100, 50);
    finish(&rig);
    cr_assert_eq(read_back(&rig, sample, bytes, 8), 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_assert_eq(sample[i].seq, i);
    cr_assert_eq(sample[0].stream, rig.stream[0]);
    cr_assert_eq(sample[1].stream, rig.stream[1]);
    cr_assert_eq(sample[0].host_ns, STARTED_NS);
    cr_assert_eq(sample[1].host_ns, STARTED_NS + 20 * MS);
    cr_assert_eq(sample[2].host_ns, STARTED_NS + 100 * MS);
    cr_assert_eq(sample[2].device_ns, 1100 * (int64_t)MS);
    cr_assert_eq(sample[0].marks, VIZ_MARK_BOOT);
    cr_assert_eq(sample[2].marks, VIZ_MARK_REPEAT);
    cr_assert_eq(sample[2].segment, sample[0].segment);
    cr_assert_neq(sample[1].segment, sample[0].segment);
    struct viz_lw_frame frame;
    cr_assert(viz_lw_decode(bytes[1], sample[1].size, &frame));
    cr_assert_eq(frame.hop_count, 9);
    close_rig(&rig);
}

Test(archive, commits_after_a_quarter_of_a_second_and_not_before)
{
    struct rig rig;
    open_rig(&rig, 0);
    put_frame(&rig, 0, 0, 1);
    step(&rig);
    viz_clock_advance(rig.clock, 249 * MS);
    step(&rig);
    cr_assert_eq(stored(&rig), 0);
    viz_clock_advance(rig.clock, 1 * MS);
    step(&rig);
    cr_assert_eq(stored(&rig), 1);
    cr_assert_eq(viz_histogram_percentile(viz_archive_delay(rig.archive), 100),
                 250 * MS);
    close_rig(&rig);
}

Test(archive, a_full_batch_does_not_wait)
{
    struct rig rig;
    open_rig(&rig, 0);
    for (uint32_t i = 0; i < 10000; i++)
        put_frame(&rig, 0, 100 * i, i);
    viz_spool_flush(rig.spool);
    step(&rig);
    cr_assert_geq(stored(&rig), 8000);
    finish(&rig);
    cr_assert_eq(stored(&rig), 10000);
    close_rig(&rig);
}

Test(archive, a_reboot_begins_a_segment_and_a_gap_is_counted)
{
    struct rig rig;
    struct viz_run_sample sample[8];
    uint8_t bytes[8][64];
    open_rig(&rig, 0);
    put_frame(&rig, 0, 100000, 5000);
    viz_clock_advance(rig.clock, 400 * MS);
    put_frame(&rig, 0, 100400, 5020);
    viz_clock_advance(rig.clock, 3000 * (int64_t)MS);
    put(&rig, 0, VIZ_RECORD_DISCONNECTED, "gone", 4);
    put_frame(&rig, 0, 900, 45);
    finish(&rig);
    cr_assert_eq(read_back(&rig, sample, bytes, 8), 3);
    cr_assert_eq(sample[1].missing, 3);
    cr_assert(sample[1].marks & VIZ_MARK_GAP);
    cr_assert(sample[2].marks & VIZ_MARK_BOOT);
    cr_assert_neq(sample[2].segment, sample[1].segment);
    const struct viz_archive_status *status = viz_archive_status(rig.archive);
    cr_assert_eq(viz_counted(&status->boots), 2);
    cr_assert_eq(viz_counted(&status->missing), 3);
    cr_assert_eq(viz_counted(&status->disconnects), 1);
    close_rig(&rig);
}

static int find_text(void *context, const struct viz_annotation *annotation)
{
    *(bool *)context |= !strcmp(annotation->text, "connection lost: gone");
    return 0;
}

Test(archive, a_lost_connection_is_remarked_upon)
{
    struct rig rig;
    bool found = false;
    struct viz_error err;
    open_rig(&rig, 0);
    put(&rig, 0, VIZ_RECORD_CONNECTED, NULL, 0);
    put_frame(&rig, 0, 0, 1);
    put(&rig, 0, VIZ_RECORD_DISCONNECTED, "gone", 4);
    finish(&rig);
    cr_assert_eq(viz_store_annotations(rig.store, rig.run, find_text, &found, &err), 0);
    cr_assert(found);
    close_rig(&rig);
}

static int keep_span(void *context, const struct viz_annotation *annotation)
{
    int64_t *span_ns = context;
    *span_ns = annotation->to_ns - annotation->from_ns;
    return 0;
}

/* From the loss to the new connection; and to the end of the run where there is none. */
Test(archive, an_outage_lasts_until_the_device_is_back)
{
    struct rig rig;
    int64_t span_ns = 0;
    struct viz_error err;
    open_rig(&rig, 0);
    put(&rig, 0, VIZ_RECORD_CONNECTED, NULL, 0);
    put_frame(&rig, 0, 0, 1);
    put(&rig, 0, VIZ_RECORD_DISCONNECTED, "gone", 4);
    viz_clock_advance(rig.clock, 3000 * (int64_t)MS);
    put(&rig, 0, VIZ_RECORD_CONNECTED, NULL, 0);
    put_frame(&rig, 0, 3000, 150);
    step(&rig);
    cr_assert_eq(viz_archive_offline_ns(rig.archive, 0), 3000 * (int64_t)MS);
    put(&rig, 1, VIZ_RECORD_DISCONNECTED, "off", 3);
    viz_clock_advance(rig.clock, 500 * MS);
    finish(&rig);
    cr_assert_eq(viz_archive_offline_ns(rig.archive, 0), 3000 * (int64_t)MS);
    cr_assert_eq(viz_archive_offline_ns(rig.archive, 1), 500 * MS);
    cr_assert_eq(viz_store_annotations(rig.store, rig.run, keep_span, &span_ns, &err),
                 0);
    cr_assert_eq(span_ns, 500 * MS, "the last one");
    close_rig(&rig);
}

static void step_after(struct rig *rig, int64_t ns)
{
    viz_clock_advance(rig->clock, ns);
    step(rig);
}

/* Another process holds the store when the connection comes back. */
Test(archive, a_remark_waits_as_the_samples_do)
{
    struct rig rig;
    bool found = false;
    struct viz_store *other;
    struct viz_error err;
    open_rig(&rig, 0);
    cr_assert_eq(viz_store_open(rig.path, VIZ_STORE_WRITE, &other, &err), 0);
    cr_assert_eq(viz_store_begin(other, &err), 0);
    viz_store_set_patience(rig.store, 1);
    put(&rig, 0, VIZ_RECORD_DISCONNECTED, "gone", 4);
    put(&rig, 0, VIZ_RECORD_CONNECTED, NULL, 0);
    step_after(&rig, 2000 * MS);
    cr_assert_eq(viz_counted(&viz_archive_status(rig.archive)->retries), 1);
    viz_store_rollback(other);
    step_after(&rig, 2000 * MS);
    cr_assert_eq(viz_store_annotations(other, rig.run, find_text, &found, &err), 0);
    cr_assert(found);
    viz_store_close(other);
    close_rig(&rig);
}

/* Somebody removes the file: nothing of the run is there, whatever was committed. */
Test(archive, a_store_that_was_removed_holds_nothing)
{
    struct rig rig;
    struct viz_error err = {""};
    open_rig(&rig, 0);
    put_frame(&rig, 0, 0, 1);
    step(&rig);
    step_after(&rig, 2000 * MS);
    cr_assert_eq(stored(&rig), 1);
    cr_assert_eq(unlink(rig.path), 0);
    put_frame(&rig, 0, 100, 2);
    viz_role_assume_store();
    cr_assert_eq(viz_archive_finish(rig.archive, 0, &err), -ESTALE);
    cr_assert(strstr(err.text, "removed"));
    cr_assert_eq(stored(&rig), 0);
    cr_assert_eq(viz_counted(&viz_archive_status(rig.archive)->frames), 2);
    close_rig(&rig);
}

Test(archive, what_is_no_frame_is_counted_and_not_stored)
{
    struct rig rig;
    uint8_t bytes[VIZ_LW_AUDIO_BYTES] = {0x41, 0x42, 0x4d, 0x00};
    open_rig(&rig, 0);
    put(&rig, 0, VIZ_RECORD_FRAME, bytes, 16); /* half a frame */
    put(&rig, 0, VIZ_RECORD_FRAME, "", 0);
    memcpy(bytes, "AUD", 4);
    put(&rig, 0, VIZ_RECORD_FRAME, bytes, sizeof(bytes));
    put_frame(&rig, 0, 0, 1);
    finish(&rig);
    const struct viz_archive_status *status = viz_archive_status(rig.archive);
    cr_assert_eq(viz_counted(&status->bad), 2);
    cr_assert_eq(viz_counted(&status->foreign), 1);
    cr_assert_eq(stored(&rig), 1);
    close_rig(&rig);
}

Test(archive, stops_at_the_limit_of_samples)
{
    struct rig rig;
    open_rig(&rig, 2);
    for (uint32_t i = 0; i < 5; i++)
        put_frame(&rig, 0, 100 * i, i);
    cr_assert_not(atomic_load(&viz_archive_status(rig.archive)->full));
    finish(&rig);
    cr_assert(atomic_load(&viz_archive_status(rig.archive)->full));
    cr_assert_eq(stored(&rig), 2);
    cr_assert_eq(viz_counted(&viz_archive_status(rig.archive)->beyond), 3);
    close_rig(&rig);
}

Test(archive, rows_of_doubles_keep_their_bits)
{
    struct rig rig;
    struct viz_run_sample sample[8];
    uint8_t bytes[8][64];
    const double row[2] = {0.1, NAN};
    open_rig(&rig, 0);
    put(&rig, 2, VIZ_RECORD_VALUES, row, sizeof(row));
    put(&rig, 2, VIZ_RECORD_VALUES, row, sizeof(row));
    finish(&rig);
    cr_assert_eq(read_back(&rig, sample, bytes, 8), 2);
    cr_assert_eq(sample[0].size, sizeof(row));
    cr_assert_eq(memcmp(bytes[1], row, sizeof(row)), 0);
    cr_assert_eq(sample[0].device_ns, INT64_MIN);
    cr_assert_eq(sample[0].segment, sample[1].segment);
    close_rig(&rig);
}

/* The run is gone: no patience helps, and the sentence says why. */
Test(archive, a_store_that_is_lost_for_good_ends_it)
{
    struct rig rig;
    struct viz_error err = {""};
    open_rig(&rig, 0);
    cr_assert_eq(viz_store_delete(rig.store, rig.run, &err), 0, "%s", err.text);
    put_frame(&rig, 0, 0, 1);
    viz_role_assume_store();
    cr_assert_lt(viz_archive_finish(rig.archive, 0, &err), 0);
    cr_assert_neq(err.text[0], 0);
    cr_assert_eq(stored(&rig), 0);
    close_rig(&rig);
}

static int copy_state(void *context, const struct viz_run *run)
{
    *(int64_t *)context = run->seen_ns;
    return 0;
}

/* A silent device's run is not an interrupted one. */
Test(archive, is_seen_while_nothing_comes)
{
    struct rig rig;
    struct viz_error err;
    int64_t seen_ns = 0;
    open_rig(&rig, 0);
    for (int i = 0; i < 20; i++) {
        viz_clock_advance(rig.clock, 500 * MS);
        step(&rig);
    }
    cr_assert_eq(viz_store_run(rig.store, rig.run, copy_state, &seen_ns, &err), 0);
    cr_assert_lt(seen_ns, STARTED_NS); /* at the time of day, not of the run */
    cr_assert_eq(viz_counted(&viz_archive_status(rig.archive)->commits), 5);
    close_rig(&rig);
}

Test(archive, nothing_at_all)
{
    struct rig rig;
    open_rig(&rig, 0);
    step(&rig);
    finish(&rig);
    cr_assert_eq(stored(&rig), 0);
    cr_assert_eq(viz_histogram_percentile(viz_archive_delay(rig.archive), 50), -1);
    close_rig(&rig);
}
