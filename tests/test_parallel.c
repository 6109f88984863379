/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/cancel.h>
#include <viz/parallel.h>

#include <criterion/criterion.h>

#define TASKS 100

struct work {
    atomic_bool cancelled;
    size_t last; /* that is to be done */
    atomic_uint done[TASKS];
};

static void do_one(void *context, size_t i)
{
    struct work *work = context;
    atomic_fetch_add(&work->done[i], 1);
    if (i == work->last)
        atomic_store(&work->cancelled, true);
}

static unsigned total(const struct work *work)
{
    unsigned sum = 0;
    for (size_t i = 0; i < TASKS; i++)
        sum += work->done[i];
    return sum;
}

Test(parallel, does_each_task_once)
{
    for (unsigned threads = 0; threads < 5; threads++) {
        struct work work = {.last = TASKS};
        viz_parallel(TASKS, threads, do_one, &work, &work.cancelled);
        for (size_t i = 0; i < TASKS; i++)
            cr_assert_eq(work.done[i], 1);
    }
}

Test(parallel, begins_none_once_it_is_called_off)
{
    struct work work = {.last = 6};
    viz_parallel(TASKS, 1, do_one, &work, &work.cancelled);
    cr_assert_eq(total(&work), 7);
    viz_parallel(TASKS, 4, do_one, &work, &work.cancelled);
    cr_assert_eq(total(&work), 7);
}
