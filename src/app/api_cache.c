/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api_cache.h"

#include <viz/alloc.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ANSWERS 64
#define BYTES ((size_t)64 << 20)
#define LARGEST 4 /* one takes at most this part of all */

struct kept {
    struct kept *next;
    char *key;
    bool pending; /* somebody makes it */
    uint64_t used;
    struct viz_web_answer answer;
};

struct viz_api_cache {
    struct viz_api_cache_params params;
    pthread_mutex_t lock;
    pthread_cond_t made;
    struct kept *first;
    uint32_t answers; /* pending ones are not counted */
    size_t bytes;
    uint64_t uses;
};

struct viz_api_cache *viz_api_cache_create(const struct viz_api_cache_params *params)
{
    struct viz_api_cache *cache = viz_zalloc(sizeof(*cache));
    cache->params = *params;
    if (!cache->params.answers)
        cache->params.answers = ANSWERS;
    if (!cache->params.bytes)
        cache->params.bytes = BYTES;
    pthread_mutex_init(&cache->lock, NULL);
    pthread_cond_init(&cache->made, NULL);
    return cache;
}

static void release(struct kept *kept)
{
    free(kept->answer.body);
    free(kept->key);
    free(kept);
}

void viz_api_cache_destroy(struct viz_api_cache *cache)
{
    if (!cache)
        return;
    while (cache->first) {
        struct kept *kept = cache->first;
        cache->first = kept->next;
        release(kept);
    }
    pthread_cond_destroy(&cache->made);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* Where the one with that key hangs; points to NULL: there is none. */
static struct kept **place_of(struct viz_api_cache *cache, const char *key)
{
    struct kept **at = &cache->first;
    while (*at && strcmp((*at)->key, key) != 0)
        at = &(*at)->next;
    return at;
}

static size_t size_of(const struct viz_web_answer *answer)
{
    return answer->size ? answer->size : answer->body ? strlen(answer->body) : 0;
}

static void copy_answer(struct viz_web_answer *out, const struct viz_web_answer *answer)
{
    size_t size = size_of(answer);
    *out = *answer;
    out->body = viz_zalloc(size + 1);
    if (size)
        memcpy(out->body, answer->body, size);
    out->size = size;
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *out = viz_zalloc(size);
    memcpy(out, text, size);
    return out;
}

bool viz_api_cache_find(struct viz_api_cache *cache, const char *key,
                        struct viz_web_answer *answer)
{
    pthread_mutex_lock(&cache->lock);
    struct kept *kept;
    while ((kept = *place_of(cache, key)) && kept->pending)
        pthread_cond_wait(&cache->made, &cache->lock);
    bool found = kept;
    if (found) {
        kept->used = ++cache->uses;
        copy_answer(answer, &kept->answer);
    } else {
        kept = viz_zalloc(sizeof(*kept));
        kept->key = copy_text(key);
        kept->pending = true;
        kept->next = cache->first;
        cache->first = kept;
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

static void take_out(struct viz_api_cache *cache, struct kept **at)
{
    struct kept *kept = *at;
    *at = kept->next;
    if (!kept->pending) {
        cache->answers--;
        cache->bytes -= kept->answer.size;
    }
    release(kept);
}

static struct kept **least_used(struct viz_api_cache *cache)
{
    struct kept **found = NULL;
    for (struct kept **at = &cache->first; *at; at = &(*at)->next)
        if (!(*at)->pending && (!found || (*at)->used < (*found)->used))
            found = at;
    return found;
}

void viz_api_cache_put(struct viz_api_cache *cache, const char *key,
                       const struct viz_web_answer *answer)
{
    pthread_mutex_lock(&cache->lock);
    struct kept **at = place_of(cache, key);
    if (!answer || size_of(answer) > cache->params.bytes / LARGEST) {
        take_out(cache, at);
    } else {
        struct kept *kept = *at;
        copy_answer(&kept->answer, answer);
        kept->pending = false;
        kept->used = ++cache->uses;
        cache->answers++;
        cache->bytes += kept->answer.size;
        while (cache->answers > cache->params.answers ||
               cache->bytes > cache->params.bytes)
            take_out(cache, least_used(cache));
    }
    pthread_cond_broadcast(&cache->made);
    pthread_mutex_unlock(&cache->lock);
}

uint32_t viz_api_cache_answers(struct viz_api_cache *cache, size_t *bytes)
{
    pthread_mutex_lock(&cache->lock);
    uint32_t answers = cache->answers;
    *bytes = cache->bytes;
    pthread_mutex_unlock(&cache->lock);
    return answers;
}
