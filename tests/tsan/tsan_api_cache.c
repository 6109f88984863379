/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache of answers: threads that ask for the same and for others, while some fail and
 * what is kept has to go. No races, and everybody gets the bytes of his key. */
#include "../../src/app/api_cache.h"

#include <viz/alloc.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define ROUNDS 4000
#define KEYS 12

static struct viz_api_cache *cache;

static void make(struct viz_web_answer *answer, char letter)
{
    size_t size = 1 + (size_t)(letter - 'a') * 40;
    answer->body = viz_zalloc(size + 1);
    memset(answer->body, letter, size);
    answer->size = size;
}

static void *ask(void *argument)
{
    size_t wrong = 0, thread = *(const size_t *)argument;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct viz_web_answer answer = {.status = 0};
        const char key[] = {(char)('a' + (i * 7 + thread * i / 3) % KEYS), 0};
        if (!viz_api_cache_find(cache, key, &answer)) {
            make(&answer, *key);
            viz_api_cache_put(cache, key, i % 5 ? &answer : NULL);
        }
        wrong += answer.body[0] != *key || answer.body[answer.size - 1] != *key;
        free(answer.body);
    }
    return wrong ? argument : NULL;
}

int main(void)
{
    pthread_t thread[THREADS];
    size_t number[THREADS], bytes;
    int failed = 0;
    cache = viz_api_cache_create(
        &(struct viz_api_cache_params){.answers = KEYS / 2, .bytes = 2000});
    for (size_t i = 0; i < THREADS; i++) {
        number[i] = i;
        failed |= pthread_create(&thread[i], NULL, ask, &number[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        failed |= wrong != NULL;
    }
    if (viz_api_cache_answers(cache, &bytes) > KEYS / 2 || bytes > 2000)
        failed = 1;
    viz_api_cache_destroy(cache);
    if (failed)
        fprintf(stderr, "the cache does not hold what it must\n");
    return failed;
}
