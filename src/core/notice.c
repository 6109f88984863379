/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/alloc.h>
#include <viz/counter.h>
#include <viz/notice.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Rare events: a full ring means that nobody has looked for a long time. */
#define NOTICE_ROOM 64u
#define NOTICE_TEXT 512u

struct viz_notices {
    /* Counts up for ever; the difference is what waits. Each end on its own line. */
    _Alignas(VIZ_CACHE_LINE) _Atomic uint32_t pushed;
    struct viz_counter lost;
    _Alignas(VIZ_CACHE_LINE) _Atomic uint32_t popped;
    char text[NOTICE_ROOM][NOTICE_TEXT];
};

struct viz_notices *viz_notices_create(void)
{
    return viz_zalloc(sizeof(struct viz_notices));
}

void viz_notices_destroy(struct viz_notices *notices)
{
    free(notices);
}

void viz_notice(struct viz_notices *notices, const char *format, ...)
{
    if (!notices)
        return;
    uint32_t pushed = atomic_load_explicit(&notices->pushed, memory_order_relaxed);
    /* Pairs with the release in viz_notices_pop(): the slot has been read. */
    uint32_t popped = atomic_load_explicit(&notices->popped, memory_order_acquire);
    if (pushed - popped == NOTICE_ROOM) {
        viz_count(&notices->lost, 1);
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(notices->text[pushed % NOTICE_ROOM], NOTICE_TEXT, format, args);
    va_end(args);
    /* Pairs with the acquire in viz_notices_pop(): the text is written. */
    atomic_store_explicit(&notices->pushed, pushed + 1, memory_order_release);
}

bool viz_notices_pop(struct viz_notices *notices, char *out, size_t size)
{
    uint32_t popped = atomic_load_explicit(&notices->popped, memory_order_relaxed);
    /* Pairs with the release in viz_notice(). */
    uint32_t pushed = atomic_load_explicit(&notices->pushed, memory_order_acquire);
    if (popped == pushed)
        return false;
    snprintf(out, size, "%s", notices->text[popped % NOTICE_ROOM]);
    /* Pairs with the acquire in viz_notice(). */
    atomic_store_explicit(&notices->popped, popped + 1, memory_order_release);
    return true;
}

uint64_t viz_notices_lost(const struct viz_notices *notices)
{
    return viz_counted(&notices->lost);
}
