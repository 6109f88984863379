/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/machine.h>

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(machine, every_field_is_filled)
{
    struct viz_machine machine;
    memset(&machine, 0xff, sizeof(machine));
    viz_machine_read(&machine);
    cr_expect_gt(strlen(machine.host), 0);
    cr_expect_gt(strlen(machine.cpu), 0);
    cr_expect_eq(strncmp(machine.kernel, "Linux ", 6), 0);
    cr_expect_gt(strlen(machine.governor), 0);
    cr_expect_gt(strlen(machine.compiler), 4);
    cr_expect_geq(machine.cores, 1);
    cr_expect_leq(machine.cores, (unsigned)sysconf(_SC_NPROCESSORS_CONF));
    cr_expect_gt(machine.memory_bytes, 1 << 20);
}

static void *burn(void *argument)
{
    int64_t until_ns = viz_machine_cpu_ns() + 20000000;
    while (viz_machine_cpu_ns() < until_ns) {
    }
    return argument;
}

/* The time of a thread that has ended counts, and waiting costs nothing. */
Test(machine, cpu_time_is_of_all_threads)
{
    pthread_t thread;
    int64_t before = viz_machine_cpu_ns();
    pthread_create(&thread, NULL, burn, NULL);
    pthread_join(thread, NULL);
    cr_expect_geq(viz_machine_cpu_ns() - before, 20000000);
}

Test(machine, resident_memory_follows_what_is_touched)
{
    size_t size = 64u << 20;
    int statm = viz_machine_open_statm();
    cr_assert_geq(statm, 0);
    uint64_t before = viz_machine_rss_bytes(statm);
    cr_expect_gt(before, 0);
    volatile char *memory = malloc(size);
    for (size_t i = 0; i < size; i += 4096)
        memory[i] = 1;
    cr_expect_geq(viz_machine_rss_bytes(statm), before + size / 2);
    free((void *)memory);
    close(statm);
}

Test(machine, no_proc_is_no_figure)
{
    cr_expect_eq(viz_machine_rss_bytes(-1), 0);
    int closed = dup(0);
    close(closed);
    cr_expect_eq(viz_machine_rss_bytes(closed), 0);
}
