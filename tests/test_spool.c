/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/spool.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static bool put(struct viz_spool *spool, uint32_t number, uint16_t size)
{
    uint8_t bytes[VIZ_RECORD_MAX_BYTES];
    struct viz_record record = {.source = number, .size = size, .origin_ns = -5};
    memset(bytes, (int)(number % 251), sizeof(bytes));
    return viz_spool_put(spool, &record, bytes);
}

/* The next record must be @number, @size bytes, as it was put. */
static void expect(struct viz_spool *spool, uint32_t number, uint16_t size)
{
    const void *bytes;
    const struct viz_record *record = viz_spool_next(spool, &bytes);
    cr_assert_not_null(record, "record %u is not there", number);
    cr_assert_eq(record->source, number);
    cr_assert_eq(record->size, size);
    cr_assert_eq(record->origin_ns, -5);
    for (uint16_t i = 0; i < size; i++)
        cr_assert_eq(((const uint8_t *)bytes)[i], number % 251);
}

static void expect_end(struct viz_spool *spool)
{
    const void *bytes;
    cr_assert_null(viz_spool_next(spool, &bytes));
}

Test(spool, gives_back_what_was_put_in_order)
{
    static const uint16_t sizes[] = {0, 1, 7, 8, 9, 32, 64, 464, VIZ_RECORD_MAX_BYTES};
    struct viz_spool *spool = viz_spool_create(16);
    uint32_t count = sizeof(sizes) / sizeof(sizes[0]);
    expect_end(spool);
    for (uint32_t i = 0; i < count; i++)
        cr_assert(put(spool, i, sizes[i]));
    expect_end(spool); /* not handed over yet */
    cr_assert_not(viz_spool_commit(spool));
    for (uint32_t i = 0; i < count; i++)
        expect(spool, i, sizes[i]);
    expect_end(spool);
    cr_assert_eq(viz_spool_records(spool), count);
    viz_spool_destroy(spool);
}

/* Two pages of three records each: the seventh finds no room and is lost by name. */
Test(spool, full_and_one_more)
{
    struct viz_spool *spool = viz_spool_create(2);
    uint32_t n = 0;
    while (put(spool, n, VIZ_RECORD_MAX_BYTES))
        n++;
    cr_assert_eq(n, 6);
    cr_assert_eq(viz_spool_lost(spool), 1);
    cr_assert_eq(viz_spool_records(spool), n);
    viz_spool_flush(spool);
    for (uint32_t i = 0; i < n; i++)
        expect(spool, i, VIZ_RECORD_MAX_BYTES);
    cr_assert_not(put(spool, n, 0), "nothing was released");
    viz_spool_release(spool);
    cr_assert(put(spool, 100, 3));
    viz_spool_flush(spool);
    expect(spool, 100, 3);
    viz_spool_destroy(spool);
}

Test(spool, fills_pages_while_its_reader_is_behind)
{
    struct viz_spool *spool = viz_spool_create(4);
    uint32_t n = 0;
    while (!viz_spool_commit(spool))
        cr_assert(put(spool, n++, 8));
    cr_assert_eq(n, 3, "two are out, the third stays open");
    for (uint32_t i = 0; i < 2; i++)
        expect(spool, i, 8);
    expect_end(spool);
    viz_spool_release(spool);
    cr_assert_not(viz_spool_commit(spool), "the reader has caught up");
    expect(spool, 2, 8);
    viz_spool_destroy(spool);
}

/* Against a plain list, for a long time: any mixture of calls. */
Test(spool, agrees_with_a_list)
{
    enum { ROOM = 20000 };
    static uint16_t size[ROOM];
    struct viz_spool *spool = viz_spool_create(8);
    uint32_t put_count = 0, handed = 0, read = 0;
    const void *bytes;
    srand(1);
    while (put_count < ROOM) {
        uint16_t length = (uint16_t)(rand() % 300);
        switch (rand() % 8) {
        default:
            if (put(spool, put_count, length))
                size[put_count++] = length;
            break;
        case 0:
            if (!viz_spool_commit(spool))
                handed = put_count;
            break;
        case 1:
        case 2:
            for (int i = 0; i < 20 && read < handed; i++, read++)
                expect(spool, read, size[read]);
            break;
        case 3:
            viz_spool_release(spool);
            break;
        }
    }
    viz_spool_flush(spool);
    for (; read < put_count; read++)
        expect(spool, read, size[read]);
    cr_assert_null(viz_spool_next(spool, &bytes));
    viz_spool_destroy(spool);
}
