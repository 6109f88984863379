/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/app/api_cache.h"

#include <viz/alloc.h>

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct viz_api_cache *cache;

static void start(uint32_t answers, size_t bytes)
{
    cache = viz_api_cache_create(
        &(struct viz_api_cache_params){.answers = answers, .bytes = bytes});
}

static void finish(void)
{
    viz_api_cache_destroy(cache);
}

TestSuite(api_cache, .fini = finish, .timeout = 60);

static uint32_t answers(void)
{
    size_t bytes;
    return viz_api_cache_answers(cache, &bytes);
}

/* Whether it was kept. What was not is made, of @size bytes. */
static bool ask(const char *key, size_t size)
{
    struct viz_web_answer answer = {.status = 0};
    bool kept = viz_api_cache_find(cache, key, &answer);
    if (!kept) {
        answer.body = viz_zalloc(size + 1);
        memset(answer.body, *key, size);
        answer.size = size;
        viz_api_cache_put(cache, key, &answer);
    }
    cr_assert_eq(answer.size, size);
    cr_assert(!size || (answer.body[0] == *key && answer.body[size - 1] == *key));
    free(answer.body);
    return kept;
}

Test(api_cache, what_is_kept_comes_again_with_all_that_belongs_to_it)
{
    struct viz_web_answer answer = {.type = "text/html", .file = "a.html"}, again;
    start(0, 0);
    cr_assert_not(viz_api_cache_find(cache, "key", &again));
    answer.body = strdup("body");
    viz_api_cache_put(cache, "key", &answer);
    memset(answer.body, 'x', 4); /* it was copied */
    cr_assert(viz_api_cache_find(cache, "key", &again));
    cr_assert_str_eq(again.body, "body");
    cr_assert_eq(again.size, 4);
    cr_assert_str_eq(again.type, "text/html");
    cr_assert_str_eq(again.file, "a.html");
    free(again.body);
    free(answer.body);
}

Test(api_cache, what_was_asked_for_longest_ago_goes_first)
{
    start(3, 0);
    cr_assert_not(ask("a", 10));
    cr_assert_not(ask("b", 10));
    cr_assert_not(ask("c", 10));
    cr_assert(ask("a", 10));
    cr_assert_not(ask("d", 10)); /* b goes */
    cr_assert_eq(answers(), 3);
    cr_assert(ask("a", 10));
    cr_assert(ask("c", 10));
    cr_assert(ask("d", 10));
    cr_assert_not(ask("b", 10));
}

Test(api_cache, bytes_are_limited_too)
{
    size_t bytes;
    start(100, 1000);
    for (char key[] = "a"; *key <= 'j'; key[0]++)
        cr_assert_not(ask(key, 200));
    cr_assert_eq(viz_api_cache_answers(cache, &bytes), 5);
    cr_assert_eq(bytes, 1000);
    cr_assert(ask("j", 200));
    cr_assert_not(ask("a", 200));
}

Test(api_cache, what_is_too_large_is_not_kept)
{
    start(100, 1000);
    cr_assert_not(ask("a", 250));
    cr_assert(ask("a", 250));
    cr_assert_not(ask("b", 251));
    cr_assert_not(ask("b", 251));
    cr_assert_eq(answers(), 1);
}

Test(api_cache, an_empty_answer_is_one)
{
    struct viz_web_answer answer = {.status = 204};
    start(0, 0);
    cr_assert_not(viz_api_cache_find(cache, "a", &answer));
    viz_api_cache_put(cache, "a", &answer);
    cr_assert(viz_api_cache_find(cache, "a", &answer));
    cr_assert_eq(answer.status, 204);
    cr_assert_eq(answer.size, 0);
    free(answer.body);
}

Test(api_cache, what_failed_is_made_by_the_next)
{
    struct viz_web_answer answer;
    start(0, 0);
    cr_assert_not(viz_api_cache_find(cache, "a", &answer));
    viz_api_cache_put(cache, "a", NULL);
    cr_assert_eq(answers(), 0);
    cr_assert_not(ask("a", 1));
    cr_assert(ask("a", 1));
}

/* ---- several at once ---- */

#define THREADS 8
#define ROUNDS 300

static pthread_barrier_t together;
static atomic_int made;

static void *ask_all(void *argument)
{
    char key[24];
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(key, sizeof(key), "%c %d", 'a' + i % 26, i);
        pthread_barrier_wait(&together);
        if (!ask(key, 100))
            atomic_fetch_add(&made, 1);
    }
    return NULL;
}

Test(api_cache, of_those_who_ask_at_once_one_makes_it)
{
    pthread_t thread[THREADS];
    start(THREADS, 0);
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&thread[i], NULL, ask_all, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    cr_assert_eq(atomic_load(&made), ROUNDS);
    pthread_barrier_destroy(&together);
}

static void *fail_or_make(void *argument)
{
    struct viz_web_answer answer = {.status = 0};
    (void)argument;
    pthread_barrier_wait(&together);
    if (viz_api_cache_find(cache, "key", &answer)) {
        free(answer.body);
    } else if (atomic_fetch_add(&made, 1) < 3) {
        viz_api_cache_put(cache, "key", NULL);
    } else {
        viz_api_cache_put(cache, "key", &answer);
    }
    return NULL;
}

Test(api_cache, those_who_wait_for_what_fails_do_not_wait_for_ever)
{
    pthread_t thread[THREADS];
    start(0, 0);
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&thread[i], NULL, fail_or_make, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    cr_assert_eq(atomic_load(&made), 4);
    pthread_barrier_destroy(&together);
}
