/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread puts, another takes. */
#include <viz/spool.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#define RECORDS 200000

static void *produce(void *argument)
{
    struct viz_spool *spool = argument;
    for (uint32_t i = 0; i < RECORDS;) {
        struct viz_record record = {.source = i, .size = (uint16_t)(i % 65)};
        uint8_t bytes[65];
        memset(bytes, (int)(i % 251), sizeof(bytes));
        if (viz_spool_put(spool, &record, bytes))
            i++;
        else
            sched_yield();
        if (i % 7 == 0)
            viz_spool_commit(spool);
    }
    viz_spool_flush(spool);
    return NULL;
}

static int check(const struct viz_record *record, const uint8_t *bytes, uint32_t number)
{
    if (record->source != number || record->size != number % 65)
        return 1;
    for (uint16_t i = 0; i < record->size; i++)
        if (bytes[i] != number % 251)
            return 1;
    return 0;
}

int main(void)
{
    struct viz_spool *spool = viz_spool_create(32);
    pthread_t thread;
    uint32_t next = 0, failed = 0;
    pthread_create(&thread, NULL, produce, spool);
    while (next < RECORDS) {
        const void *bytes;
        const struct viz_record *record = viz_spool_next(spool, &bytes);
        if (record)
            failed += (uint32_t)check(record, bytes, next++);
        else
            sched_yield();
        if (!record || next % 100 == 0)
            viz_spool_release(spool);
    }
    pthread_join(thread, NULL);
    viz_spool_destroy(spool);
    if (failed)
        printf("%u records are not what was put\n", failed);
    return failed != 0;
}
