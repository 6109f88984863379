/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The views against C: what SQL makes of the bytes is what they are. */
#include "rig.h"
#include "store_rig.h"

#include <math.h>

static const uint64_t fractions64[] = {
    0, 1, 2, 1ULL << 51, (1ULL << 52) - 1, 0x5555555555555, 0xfedcba987654};
static const uint32_t fractions32[] = {0, 1, 2, 1U << 22, 0x7fffff, 0x555555, 0x123456};
#define FRACTIONS 7

/* Each exponent, both signs, telling fractions: the @i-th double. */
static double double_of(uint64_t i)
{
    uint64_t bits = i / FRACTIONS << 52 | fractions64[i % FRACTIONS];
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}
#define DOUBLES (4096 * FRACTIONS)

static float float_of(uint64_t i)
{
    uint32_t bits = (uint32_t)(i / FRACTIONS) << 23 | fractions32[i % FRACTIONS];
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}
#define FLOATS (512 * FRACTIONS)

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* NaN is NULL; all else is the same number, bit by bit, also the sign of zero. */
static void expect_value(sqlite3_stmt *stmt, int column, double expected)
{
    if (isnan(expected))
        cr_expect_eq(sqlite3_column_type(stmt, column), SQLITE_NULL);
    else
        cr_expect(sqlite3_column_type(stmt, column) == SQLITE_FLOAT &&
                      same_bits(sqlite3_column_double(stmt, column), expected),
                  "%a, not %a", sqlite3_column_double(stmt, column), expected);
}

Test(store_views, every_class_of_doubles_is_exact)
{
    static const struct viz_run_channel channel[] = {{"value", "V"}, {"index", ""}};
    struct store_rig rig;
    uint64_t seen = 0;
    store_rig_init(&rig);
    struct store_place place = store_rig_place(
        &rig, store_rig_run(&rig, "r", 1),
        &(struct viz_run_stream){
            .name = "S1", .form = VIZ_FORM_VALUES, .channel = channel, .channels = 2});
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (uint64_t i = 0; i < DOUBLES; i++) {
        const double row[2] = {double_of(i), (double)i};
        STORE_OK(&rig, store_rig_put(&rig, &place, i, row, sizeof(row)));
    }
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    sqlite3_stmt *stmt =
        store_rig_query(store_rig_db(&rig), "SELECT seq, channel, value FROM readings"
                                            " ORDER BY seq, channel DESC");
    for (; sqlite3_step(stmt) == SQLITE_ROW; seen++) {
        uint64_t i = (uint64_t)sqlite3_column_int64(stmt, 0);
        cr_assert_eq(i, seen / 2);
        bool value = !strcmp((const char *)sqlite3_column_text(stmt, 1), "value");
        expect_value(stmt, 2, value ? double_of(i) : (double)i);
    }
    sqlite3_finalize(stmt);
    cr_expect_eq(seen, 2 * DOUBLES);
    store_rig_finish(&rig);
}

/* A row that is too short has no value, rather than zeros. */
Test(store_views, cut_rows_have_no_value)
{
    static const struct viz_run_channel channel[] = {{"a", ""}, {"b", ""}};
    struct store_rig rig;
    store_rig_init(&rig);
    struct store_place place = store_rig_place(
        &rig, store_rig_run(&rig, "r", 1),
        &(struct viz_run_stream){
            .name = "S1", .form = VIZ_FORM_VALUES, .channel = channel, .channels = 2});
    const double row[2] = {1, 2};
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, store_rig_put(&rig, &place, 0, row, 15));
    STORE_OK(&rig, store_rig_put(&rig, &place, 1, row, 0));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM readings"), 4);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM readings"
                                      " WHERE value IS NULL"),
                 3);
    cr_expect_eq(store_rig_number(db, "SELECT value FROM readings WHERE channel = 'a'"
                                      " AND seq = 0"),
                 1);
    store_rig_finish(&rig);
}

static struct viz_lw_frame random_frame(uint64_t *state, uint64_t i)
{
    struct viz_lw_frame frame = {
        .timestamp_ms = (uint32_t)rig_random(state),
        .avg_total_us = float_of(i % FLOATS),
        .avg_goertzel_us = float_of(rig_below(state, FLOATS)),
        .cpu_load_percent = float_of(rig_below(state, FLOATS)),
        .peak_total_us = (uint16_t)rig_random(state),
        .peak_goertzel_us = (uint16_t)rig_random(state),
        .hop_count = (uint32_t)rig_random(state),
        .goertzel_count = (uint16_t)rig_random(state),
        .flags = (uint8_t)i,
        .extended = i % 3 == 0,
        .avg_dc_agc_us = float_of(rig_below(state, FLOATS)),
        .avg_chroma_us = float_of(rig_below(state, FLOATS)),
        .goertzel_count_full = (uint32_t)rig_random(state),
    };
    for (int bin = 0; bin < VIZ_LW_HISTOGRAM; bin++)
        frame.histogram[bin] = (uint16_t)rig_random(state);
    return frame;
}

#define FRAME_COLUMNS                                                                  \
    "timestamp_ms, peak_total_us, peak_goertzel_us, hop_count, goertzel_count, flags," \
    " streaming, enabled, avg_total_us, avg_goertzel_us, cpu_load_percent,"            \
    " avg_dc_agc_us, avg_chroma_us, goertzel_count_full, hops_below_100us,"            \
    " hops_below_200us, hops_below_400us, hops_below_800us, hops_below_1600us,"        \
    " hops_below_3200us, hops_below_6400us, hops_above"

static void expect_extended(sqlite3_stmt *stmt, const struct viz_lw_frame *frame)
{
    if (!frame->extended) {
        for (int column = 11; column < 22; column++)
            cr_expect_eq(sqlite3_column_type(stmt, column), SQLITE_NULL);
        return;
    }
    expect_value(stmt, 11, (double)frame->avg_dc_agc_us);
    expect_value(stmt, 12, (double)frame->avg_chroma_us);
    cr_expect_eq(sqlite3_column_int64(stmt, 13), frame->goertzel_count_full);
    for (int bin = 0; bin < VIZ_LW_HISTOGRAM; bin++)
        cr_expect_eq(sqlite3_column_int64(stmt, 14 + bin), frame->histogram[bin]);
}

static void expect_frame(sqlite3_stmt *stmt, const struct viz_lw_frame *frame)
{
    const int64_t expected[] = {
        frame->timestamp_ms, frame->peak_total_us,  frame->peak_goertzel_us,
        frame->hop_count,    frame->goertzel_count, frame->flags,
        frame->flags & 1,    frame->flags >> 1 & 1,
    };
    for (int column = 0; column < 8; column++)
        cr_expect_eq(sqlite3_column_int64(stmt, column), expected[column], "column %d",
                     column);
    expect_value(stmt, 8, (double)frame->avg_total_us);
    expect_value(stmt, 9, (double)frame->avg_goertzel_us);
    expect_value(stmt, 10, (double)frame->cpu_load_percent);
    expect_extended(stmt, frame);
}

Test(store_views, frames_say_what_the_decoder_says)
{
    struct store_rig rig;
    uint64_t state = 1, seen = 0;
    store_rig_init(&rig);
    struct store_place place = store_rig_place(&rig, store_rig_run(&rig, "r", 1),
                                               &(struct viz_run_stream){.name = "L"});
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (uint64_t i = 0; i < FLOATS; i++) {
        uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
        struct viz_lw_frame frame = random_frame(&state, i);
        uint32_t size = (uint32_t)viz_lw_encode(&frame, bytes);
        STORE_OK(&rig, store_rig_put(&rig, &place, i, bytes, size));
    }
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    sqlite3_stmt *stmt = store_rig_query(
        store_rig_db(&rig), "SELECT " FRAME_COLUMNS " FROM frames ORDER BY seq");
    for (state = 1; sqlite3_step(stmt) == SQLITE_ROW; seen++) {
        struct viz_lw_frame frame = random_frame(&state, seen);
        expect_frame(stmt, &frame);
    }
    sqlite3_finalize(stmt);
    cr_expect_eq(seen, FLOATS);
    store_rig_finish(&rig);
}

Test(store_views, marks_and_times_have_names)
{
    struct store_rig rig;
    char text[64];
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    struct viz_lw_frame frame = {0};
    store_rig_init(&rig);
    struct store_place place = store_rig_place(&rig, store_rig_run(&rig, "r", 1),
                                               &(struct viz_run_stream){.name = "L"});
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (uint32_t bit = 0; bit < 6; bit++)
        STORE_OK(&rig, viz_store_put(rig.store, place.run,
                                     &(struct viz_run_sample){
                                         .segment = place.segment,
                                         .seq = bit,
                                         .host_ns = 1700000000000000001,
                                         .device_ns = 1234567890,
                                         .marks = 1U << bit,
                                         .missing = bit,
                                         .frame = bytes,
                                         .size = (uint32_t)viz_lw_encode(&frame, bytes),
                                     },
                                     &rig.err));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    sqlite3 *db = store_rig_db(&rig);
    store_rig_text(db,
                   "SELECT group_concat(repeat || gap || boot || reset || not_finite"
                   " || copy || missing, ' ') FROM frames",
                   text, sizeof(text));
    cr_expect_str_eq(text, "1000000 0100001 0010002 0001003 0000104 0000015");
    store_rig_text(db, "SELECT host_time FROM frames", text, sizeof(text));
    cr_expect_str_eq(text, "2023-11-14T22:13:20.000000001Z");
    cr_expect_eq(store_rig_number(db, "SELECT device_ms FROM frames"), 1234);
    store_rig_text(db, "SELECT started FROM runs", text, sizeof(text));
    cr_expect_str_eq(text, "1970-01-01T00:00:00.000000001Z");
    store_rig_finish(&rig);
}
