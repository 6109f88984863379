/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers that cost much, kept for who asks the same again. All workers share one; any
 * thread. What was asked for longest ago goes first. */
#ifndef VIZ_API_CACHE_H
#define VIZ_API_CACHE_H

#include <viz/web.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_api_cache;
struct viz_api_cache_params {
    uint32_t answers; /* at most so many; 0: 64 */
    size_t bytes;     /* of them together; 0: 64 MB. One takes a quarter at most */
};
struct viz_api_cache *viz_api_cache_create(const struct viz_api_cache_params *params);
void viz_api_cache_destroy(struct viz_api_cache *cache);

/* True: *answer is a copy of what is kept by that key. False: the caller makes it and hands
 * it to viz_api_cache_put(), come what may; who asks for the same key meanwhile waits. */
bool viz_api_cache_find(struct viz_api_cache *cache, const char *key,
                        struct viz_web_answer *answer);

/* @answer is copied. NULL: there is none; one of those who wait makes it then. */
void viz_api_cache_put(struct viz_api_cache *cache, const char *key,
                       const struct viz_web_answer *answer);

/* How many are kept, and their bytes: for tests. */
uint32_t viz_api_cache_answers(struct viz_api_cache *cache, size_t *bytes);

#endif
