/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/sequence.h>

#include <criterion/criterion.h>
#include <string.h>

#define PERIOD_NS 1000

static struct viz_sequence sequence;
static int64_t arrival_ns;

/* Rows of a sender that began to count at device time 0, on time. */
static struct viz_sequence_verdict place(uint32_t number, uint32_t rows, uint64_t row)
{
    struct viz_sequence_verdict verdict;
    int64_t time_ns = (int64_t)row * PERIOD_NS;
    viz_sequence_place(&sequence,
                       &(struct viz_sequence_rows){
                           .number = number,
                           .rows = rows,
                           .first_ns = time_ns,
                           .last_ns = time_ns + (int64_t)(rows - 1) * PERIOD_NS,
                           .arrival_ns = ++arrival_ns,
                       },
                       &verdict);
    return verdict;
}

static struct viz_sequence_verdict place_run(uint32_t run, uint32_t number)
{
    struct viz_sequence_verdict verdict;
    const struct viz_sequence_rows rows = {
        .run = run, .number = number, .rows = 1, .arrival_ns = ++arrival_ns};
    viz_sequence_place(&sequence, &rows, &verdict);
    return verdict;
}

static void check(struct viz_sequence_verdict got, struct viz_sequence_verdict want)
{
    cr_expect_eq(got.restart, want.restart, "restart");
    cr_expect_eq(got.lost, want.lost, "lost %llu", (unsigned long long)got.lost);
    cr_expect_eq(got.late, want.late, "late %u", got.late);
    cr_expect_eq(got.early, want.early, "early %u", got.early);
    cr_expect_eq(got.duplicate, want.duplicate, "duplicate %u", got.duplicate);
    cr_expect_eq(got.skip, want.late + want.early + want.duplicate, "skip %u",
                 got.skip);
}

#define EXPECT(number, rows, row, ...)                                                 \
    check(place(number, rows, row), (struct viz_sequence_verdict){__VA_ARGS__})

#define EXPECT_RUN(run, number, ...)                                                   \
    check(place_run(run, number), (struct viz_sequence_verdict){__VA_ARGS__})

Test(sequence, another_run_restarts_whatever_the_number)
{
    EXPECT_RUN(7, 0, 0);
    EXPECT_RUN(7, 1, 0);
    EXPECT_RUN(8, 2, .restart = true);
    EXPECT_RUN(8, 2, .duplicate = 1);
    EXPECT_RUN(9, 90, .restart = true);
    EXPECT_RUN(9, 92, .lost = 1);
}

Test(sequence, the_last_run_is_late_until_it_is_the_only_one)
{
    EXPECT_RUN(7, 0, 0);
    EXPECT_RUN(8, 0, .restart = true);
    EXPECT_RUN(7, 1, .early = 1);
    EXPECT_RUN(8, 1, 0);
    arrival_ns += 1000000000;
    EXPECT_RUN(7, 2, .restart = true);
}

/* A sender that says it only sometimes, or a proxy that takes it out. */
Test(sequence, an_unknown_run_changes_nothing)
{
    EXPECT_RUN(0, 0, 0);
    EXPECT_RUN(7, 1, 0);
    EXPECT_RUN(0, 2, 0);
    EXPECT_RUN(7, 3, 0);
    EXPECT_RUN(8, 4, .restart = true);
}

Test(sequence, one_after_the_other)
{
    EXPECT(7, 1, 7, 0);
    EXPECT(8, 10, 8, 0);
    EXPECT(18, 1, 18, 0);
}

Test(sequence, wraps)
{
    uint64_t row = 0xfffffffe;
    EXPECT(0xfffffffe, 1, row, 0);
    EXPECT(0xffffffff, 3, row + 1, 0);
    EXPECT(2, 1, row + 4, 0);
    EXPECT(0xfffffffe, 5, row, .duplicate = 5);
}

Test(sequence, lost_over_the_wrap)
{
    EXPECT(0xfffffff0, 1, 0xfffffff0, 0);
    EXPECT(5, 1, 0x100000005, .lost = 20);
    EXPECT(0xffffffff, 2, 0xffffffff, .late = 2);
}

Test(sequence, lost_then_late_then_again)
{
    EXPECT(0, 10, 0, 0);
    EXPECT(30, 10, 30, .lost = 20);
    EXPECT(10, 10, 10, .late = 10);
    EXPECT(10, 10, 10, .duplicate = 10);
    EXPECT(15, 10, 15, .late = 5, .duplicate = 5);
    EXPECT(0, 10, 0, .duplicate = 10);
    EXPECT(40, 10, 40, 0);
}

Test(sequence, partly_new)
{
    EXPECT(0, 10, 0, 0);
    EXPECT(5, 10, 5, .duplicate = 5);
    EXPECT(15, 1, 15, 0);
}

Test(sequence, rows_from_before_the_first)
{
    EXPECT(100, 1, 100, 0);
    EXPECT(98, 2, 98, .early = 2);
    EXPECT(98, 2, 98, .duplicate = 2);
}

Test(sequence, first_rows_of_all_are_not_before_zero)
{
    EXPECT(0, 1, 1, 0);
    EXPECT(0xffffffff, 1, 0, .early = 1);
}

Test(sequence, window_full_and_one_more)
{
    EXPECT(0, 1, 0, 0);
    EXPECT(VIZ_SEQUENCE_WINDOW, 1, VIZ_SEQUENCE_WINDOW,
           .lost = VIZ_SEQUENCE_WINDOW - 1);
    /* Row 0 has just left the window: no telling whether it was here. */
    EXPECT(0, 2, 0, .duplicate = 1, .late = 1);
}

/* Every bit of the window is that of the present round. */
Test(sequence, window_is_clean_after_many_rounds)
{
    EXPECT(0, 60000, 0, 0);
    uint32_t next = 60000;
    for (int i = 0; i < 20; i++, next += 40000)
        EXPECT(next + 20000, 20000, next + 20000, .lost = 20000);
    EXPECT(next - 40000, 20000, next - 40000, .late = 20000);
    EXPECT(next - 20000, 20000, next - 20000, .duplicate = 20000);
}

Test(sequence, sender_starts_again_and_time_goes_on)
{
    EXPECT(1000, 1, 1000, 0);
    EXPECT(0, 1, 2000, .restart = true);
    EXPECT(1, 1, 2001, 0);
}

Test(sequence, device_boots_again)
{
    EXPECT(0, 1, 0, 0);
    EXPECT(1, 60000, 1, 0);
    EXPECT(60001, 1, 1000000, 0);
    EXPECT(0, 1, 0, .duplicate = 1); /* a second ago: may be */
    EXPECT(60002, 1, 1000001, 0);
    EXPECT(0, 1, 0, .restart = true); /* and more: no */
    EXPECT(1, 1, 1, 0);
}

/* A packet may span more than a second. */
Test(sequence, a_long_packet_twice)
{
    EXPECT(0, 60000, 0, 0);
    EXPECT(60000, 60000, 2000000, 0);
    EXPECT(60000, 60000, 2000000, .duplicate = 60000);
}

Test(sequence, device_boots_again_after_more_than_half_the_numbers)
{
    EXPECT(3000000000, 10, 3000000000, 0);
    EXPECT(3000000010, 10, 3000000010, 0);
    EXPECT(0, 1, 0, .restart = true);
    EXPECT(3000000000, 10, 3000000000, .restart = true);
    EXPECT(0, 1, 3000000500, .restart = true);
}

Test(sequence, silence_then_the_same_numbers)
{
    EXPECT(0, 1, 0, 0);
    EXPECT(1, 1, 1, 0);
    arrival_ns += 1000000000;
    EXPECT(0, 1, 0, .restart = true);
}

Test(sequence, a_long_loss_is_a_loss)
{
    EXPECT(0, 10, 0, 0);
    EXPECT(10, 10, 10, 0);
    EXPECT(10000000, 1, 10000000, .lost = 10000000 - 20);
}

Test(sequence, a_leap_without_time_is_a_restart)
{
    EXPECT(0, 10, 0, 0);
    EXPECT(10, 10, 10, 0);
    EXPECT(10000000, 1, 100, .restart = true);
}
