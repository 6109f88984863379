/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/pyramid.h>

#include <viz/lightwave_fields.h>

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void append(struct viz_pyramid_level *level, uint64_t seq, int64_t device_ns,
                   bool gap, bool other, double a, double b)
{
    const double value[] = {a, b};
    viz_pyramid_append(level,
                       &(struct viz_pyramid_row){.seq = seq,
                                                 .received_ns = (int64_t)seq * 10,
                                                 .device_ns = device_ns,
                                                 .shift_ns = 7,
                                                 .gap = gap,
                                                 .other = other,
                                                 .value = value});
}

Test(pyramid, entry_is_full_with_32_rows)
{
    struct viz_pyramid_level level = {.channels = 2};
    for (uint64_t i = 0; i < 33; i++)
        append(&level, i, INT64_MIN, false, false, (double)i, -(double)i);
    cr_assert_eq(level.entries, 2);
    cr_expect_eq(level.entry[0].rows, 32);
    cr_expect_eq(level.entry[0].last_seq, 31);
    cr_expect_eq(level.entry[0].end_ns, 310);
    cr_expect_eq(level.entry[0].timed, 0);
    cr_expect_eq(level.range[0].min, 0);
    cr_expect_eq(level.range[0].max, 31);
    cr_expect_eq(level.range[1].min, -31);
    cr_expect_eq(level.entry[1].rows, 1);
    cr_expect_eq(level.range[2].min, 32);
    viz_pyramid_finish(&level);
}

Test(pyramid, another_segment_begins_an_entry)
{
    struct viz_pyramid_level level = {.channels = 2};
    append(&level, 0, 5, false, false, 1, 1);
    append(&level, 3, 4, true, false, 1, 1);
    append(&level, 4, 9, true, true, 1, 1);
    cr_assert_eq(level.entries, 2);
    cr_expect(!level.entry[0].gap);
    cr_expect(level.entry[0].broken);
    cr_expect_eq(level.entry[0].device_begin_ns, 4);
    cr_expect_eq(level.entry[0].device_end_ns, 5);
    cr_expect_eq(level.entry[0].shift_ns, 7);
    cr_expect(level.entry[1].gap);
    cr_expect(!level.entry[1].broken);
    viz_pyramid_finish(&level);
}

Test(pyramid, only_finite_numbers_count)
{
    struct viz_pyramid_level level = {.channels = 2};
    append(&level, 0, 0, false, false, NAN, NAN);
    append(&level, 1, 0, false, false, INFINITY, -INFINITY);
    cr_expect_gt(level.range[0].min, level.range[0].max);
    append(&level, 2, 0, false, false, 3, NAN);
    cr_expect_eq(level.range[0].min, 3);
    cr_expect_eq(level.range[0].max, 3);
    cr_expect_gt(level.range[1].min, level.range[1].max);
    viz_pyramid_finish(&level);
}

Test(pyramid, eight_entries_make_one)
{
    struct viz_pyramid_level fine = {.channels = 2}, coarse = {.channels = 2};
    for (uint64_t i = 0; i < 32 * 9; i++)
        append(&fine, i, (int64_t)i, i == 64, false, i == 100 ? -1 : 5, (double)i);
    viz_pyramid_coarsen(&fine, &coarse);
    cr_assert_eq(coarse.entries, 2);
    cr_expect_eq(coarse.entry[0].rows, 256);
    cr_expect(coarse.entry[0].broken);
    cr_expect_eq(coarse.entry[0].last_seq, 255);
    cr_expect_eq(coarse.range[0].min, -1);
    cr_expect_eq(coarse.range[1].max, 255);
    cr_expect_eq(coarse.entry[1].rows, 32);
    cr_expect(!coarse.entry[1].broken);
    viz_pyramid_finish(&fine);
    viz_pyramid_finish(&coarse);
}

static struct viz_pyramid_level some_level(void)
{
    struct viz_pyramid_level level = {.channels = 2};
    for (uint64_t i = 0; i < 100; i++)
        append(&level, i, i < 40 ? INT64_MIN : -(int64_t)i, i == 32, i == 50, NAN,
               i < 50 ? NAN : 0.1 * (double)i);
    return level;
}

Test(pyramid, bytes_say_what_was_written)
{
    struct viz_pyramid_level level = some_level();
    struct viz_pyramid_level one = {.channels = 1}, both = {.channels = 2};
    size_t size;
    uint8_t *bytes = viz_pyramid_encode(&level, &size);
    cr_assert(viz_pyramid_decode(bytes, size, (const uint32_t[]){0, 1}, &both));
    cr_assert_eq(both.entries, level.entries);
    for (uint32_t i = 0; i < level.entries; i++) {
        const struct viz_pyramid_entry *a = &level.entry[i], *b = &both.entry[i];
        cr_expect(a->first_seq == b->first_seq && a->last_seq == b->last_seq);
        cr_expect(a->begin_ns == b->begin_ns && a->end_ns == b->end_ns);
        cr_expect(a->device_begin_ns == b->device_begin_ns);
        cr_expect(a->device_end_ns == b->device_end_ns && a->shift_ns == b->shift_ns);
        cr_expect(a->rows == b->rows && a->timed == b->timed);
        cr_expect(a->gap == b->gap && a->broken == b->broken);
    }
    cr_expect_eq(
        memcmp(both.range, level.range, 2 * level.entries * sizeof(*level.range)), 0);
    cr_assert(viz_pyramid_decode(bytes, size, (const uint32_t[]){1}, &one));
    cr_expect_eq(one.range[3].max, level.range[7].max);
    free(bytes);
    viz_pyramid_finish(&level);
    viz_pyramid_finish(&one);
    viz_pyramid_finish(&both);
}

Test(pyramid, bytes_that_are_none_are_refused)
{
    struct viz_pyramid_level level = some_level(), out = {.channels = 1};
    size_t size;
    uint8_t *bytes = viz_pyramid_encode(&level, &size);
    for (size_t length = 0; length < size; length++)
        cr_assert(!viz_pyramid_decode(bytes, length, (const uint32_t[]){1}, &out));
    cr_expect(!viz_pyramid_decode(bytes, size, (const uint32_t[]){2}, &out));
    memset(bytes, 0xff, 8);
    cr_expect(!viz_pyramid_decode(bytes, size, (const uint32_t[]){1}, &out));
    cr_expect_eq(out.entries, 0);
    free(bytes);
    viz_pyramid_finish(&level);
    viz_pyramid_finish(&out);
}

Test(pyramid, seqs_come_back)
{
    const uint64_t seq[] = {0, 1, 128, 129, 20000, 1ULL << 40, INT64_MAX};
    size_t size, at = 0;
    uint64_t next = 0;
    uint8_t *bytes = viz_pyramid_encode_seqs(seq, 7, &size);
    for (int i = 0; i < 7; i++) {
        cr_assert(viz_pyramid_next_seq(bytes, size, &at, &next));
        cr_expect_eq(next, seq[i]);
    }
    cr_expect(!viz_pyramid_next_seq(bytes, size, &at, &next));
    free(bytes);
}

Test(pyramid, device_time_goes_on_over_a_boot)
{
    struct viz_pyramid_clock clock = {0};
    bool other;
    cr_expect_eq(viz_pyramid_place(&clock, 1, 100, INT64_MIN, &other), INT64_MIN);
    cr_expect_eq(viz_pyramid_place(&clock, 1, 110, 5000, &other), 0);
    cr_expect_eq(viz_pyramid_place(&clock, 1, 120, 5012, &other), 12);
    cr_expect(!other);
    /* Late: it has its own place, and the newest stays. */
    cr_expect_eq(viz_pyramid_place(&clock, 1, 130, 5002, &other), 2);
    cr_expect_eq(viz_pyramid_place(&clock, 2, 150, INT64_MIN, &other), INT64_MIN);
    cr_expect(other);
    cr_expect_eq(viz_pyramid_place(&clock, 2, 180, 3, &other), 12 + 30);
    cr_expect_eq(viz_pyramid_place(&clock, 2, 190, 13, &other), 52);
    /* A clock of arrivals that runs back moves nothing back. */
    cr_expect_eq(viz_pyramid_place(&clock, 3, 170, 0, &other), 52);
}

Test(pyramid, samples_that_cannot_be_read_have_no_numbers)
{
    double value[VIZ_LW_FIELDS], row[2] = {1.5, -2};
    viz_pyramid_values(false, 2, row, sizeof(row), value);
    cr_expect(value[0] == 1.5 && value[1] == -2);
    viz_pyramid_values(false, 2, row, 8, value);
    cr_expect(isnan(value[0]) && isnan(value[1]));
    viz_pyramid_values(true, VIZ_LW_FIELDS, row, 8, value);
    for (int i = 0; i < VIZ_LW_FIELDS; i++)
        cr_expect(isnan(value[i]));
}
