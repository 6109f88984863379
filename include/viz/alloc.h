/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that a program needs in order to start at all: zeroed, aligned to two cache
 * lines, and never NULL (the process aborts and says what and how much was asked). */
#ifndef VIZ_ALLOC_H
#define VIZ_ALLOC_H

#include <stddef.h>

/* Two lines: the adjacent-line prefetcher of x86 moves pairs. */
#define VIZ_CACHE_LINE 128

/* @size bytes of zeros, aligned to VIZ_CACHE_LINE. Free with free(). */
void *viz_zalloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));

/* @memory (NULL: none) with room for @size bytes, of which what is new says nothing yet and
 * costs nothing until it is written. Not aligned any more. Free with free(). */
void *viz_extend(void *memory, size_t size) __attribute__((returns_nonnull));

/* @size bytes of zeros that cost memory only where they are written: for rings sized by
 * their limit and used by need. Give back with viz_unmap() and the same size. */
void *viz_map(size_t size) __attribute__((returns_nonnull));
void viz_unmap(void *memory, size_t size);

#endif
