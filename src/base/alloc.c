/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/alloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "viz: out of memory: %zu bytes were asked for\n", size);
    abort();
}

void *viz_zalloc(size_t size)
{
    size_t rounded = (size + VIZ_CACHE_LINE - 1) / VIZ_CACHE_LINE * VIZ_CACHE_LINE;
    if (rounded < size)
        out_of_memory(size);
    void *memory = aligned_alloc(VIZ_CACHE_LINE, rounded ? rounded : VIZ_CACHE_LINE);
    if (!memory)
        out_of_memory(size);
    return memset(memory, 0, rounded ? rounded : VIZ_CACHE_LINE);
}

void *viz_extend(void *memory, size_t size)
{
    void *out = realloc(memory, size ? size : 1);
    if (!out)
        out_of_memory(size);
    return out;
}

void *viz_map(size_t size)
{
    void *memory = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        out_of_memory(size);
    return memory;
}

void viz_unmap(void *memory, size_t size)
{
    if (memory)
        munmap(memory, size ? size : 1);
}
