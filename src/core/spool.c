/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/spool.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/ring.h>

#include <stdlib.h>
#include <string.h>

#define PAGES 256
#define ALIGNMENT 8

/* Records one behind the other, each with its bytes padded to ALIGNMENT. */
struct page {
    struct page *next; /* the consumer's list of pages that are not released */
    uint32_t used;
    _Alignas(ALIGNMENT) uint8_t bytes[VIZ_SPOOL_PAGE_BYTES];
};

struct viz_spool {
    struct viz_ring *full, *spare;
    uint32_t pages;
    struct page *pool; /* [pages] */
    size_t pool_size;

    /* The producer's. */
    struct page *open;
    struct viz_counter records, lost;

    /* The consumer's. */
    _Alignas(VIZ_CACHE_LINE) struct page *first, *last; /* not released */
    struct page *reading; /* one of them, or NULL: at their end */
    uint32_t at;          /* in it */
};

struct viz_spool *viz_spool_create(uint32_t pages)
{
    struct viz_spool *spool = viz_zalloc(sizeof(*spool));
    spool->pages = pages ? pages : PAGES;
    spool->full = viz_ring_create(spool->pages);
    spool->spare = viz_ring_create(spool->pages);
    spool->pool_size = spool->pages * sizeof(spool->pool[0]);
    spool->pool = viz_map(spool->pool_size);
    for (uint32_t i = 0; i < spool->pages; i++)
        viz_ring_push(spool->spare, &spool->pool[i]);
    return spool;
}

void viz_spool_destroy(struct viz_spool *spool)
{
    if (!spool)
        return;
    viz_ring_destroy(spool->full);
    viz_ring_destroy(spool->spare);
    viz_unmap(spool->pool, spool->pool_size);
    free(spool);
}

static uint32_t space_of(uint32_t size)
{
    uint32_t padded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return (uint32_t)sizeof(struct viz_record) + padded;
}

void viz_spool_flush(struct viz_spool *spool)
{
    if (!spool->open || !spool->open->used)
        return;
    bool pushed = viz_ring_push(spool->full, spool->open);
    viz_assert(pushed); /* the ring holds every page */
    spool->open = NULL;
}

/* An open page with room for @space bytes, or NULL. */
static struct page *open_page(struct viz_spool *spool, uint32_t space)
{
    if (spool->open && spool->open->used + space > VIZ_SPOOL_PAGE_BYTES)
        viz_spool_flush(spool);
    if (!spool->open) {
        spool->open = viz_ring_pop(spool->spare);
        if (spool->open)
            spool->open->used = 0;
    }
    return spool->open;
}

bool viz_spool_put(struct viz_spool *spool, const struct viz_record *record,
                   const void *bytes)
{
    viz_assert(record->size <= VIZ_RECORD_MAX_BYTES);
    uint32_t space = space_of(record->size);
    struct page *page = open_page(spool, space);
    if (!page) {
        viz_count(&spool->lost, 1);
        return false;
    }
    uint8_t *to = page->bytes + page->used;
    memcpy(to, record, sizeof(*record));
    if (record->size)
        memcpy(to + sizeof(*record), bytes, record->size);
    page->used += space;
    viz_count(&spool->records, 1);
    return true;
}

bool viz_spool_commit(struct viz_spool *spool)
{
    if (viz_ring_size(spool->spare) >= spool->pages / 2)
        viz_spool_flush(spool);
    return spool->open && spool->open->used;
}

/* The next page that was handed over, put behind those that are not released. */
static struct page *take_page(struct viz_spool *spool)
{
    struct page *page = viz_ring_pop(spool->full);
    if (!page)
        return NULL;
    page->next = NULL;
    if (spool->last)
        spool->last->next = page;
    else
        spool->first = page;
    spool->last = page;
    return page;
}

const struct viz_record *viz_spool_next(struct viz_spool *spool, const void **bytes)
{
    if (!spool->reading || spool->at == spool->reading->used) {
        struct page *page = take_page(spool);
        if (!page)
            return NULL;
        spool->reading = page;
        spool->at = 0;
    }
    const struct viz_record *record =
        (const struct viz_record *)(spool->reading->bytes + spool->at);
    *bytes = record + 1;
    spool->at += space_of(record->size);
    return record;
}

void viz_spool_release(struct viz_spool *spool)
{
    while (spool->reading &&
           (spool->first != spool->reading || spool->at == spool->first->used)) {
        struct page *page = spool->first;
        bool was_read = page == spool->reading;
        spool->first = page->next;
        bool pushed = viz_ring_push(spool->spare, page);
        viz_assert(pushed);
        if (!was_read)
            continue;
        spool->reading = NULL;
        spool->at = 0;
    }
    if (!spool->first)
        spool->last = NULL;
}

uint64_t viz_spool_records(const struct viz_spool *spool)
{
    return viz_counted(&spool->records);
}

uint64_t viz_spool_lost(const struct viz_spool *spool)
{
    return viz_counted(&spool->lost);
}
