/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates and contrasts on several threads: no races, and what one thread finds. */
#include <viz/contrast.h>
#include <viz/parallel.h>
#include <viz/random.h>
#include <viz/special.h>

#include <stdio.h>
#include <string.h>

#define RUNS 12
#define LENGTH 400
#define PAIRS (RUNS / 2)

struct work {
    double x[RUNS][LENGTH];
    struct viz_estimate estimate[RUNS];
    struct viz_contrast contrast[PAIRS];
};

static struct work works[2];

static void fill(struct work *work)
{
    for (size_t r = 0; r < RUNS; r++) {
        struct viz_random random;
        viz_random_seed(&random, r);
        for (size_t i = 0; i < LENGTH; i++)
            work->x[r][i] = 100 + viz_random_normal(&random);
    }
}

static void estimate(void *context, size_t i)
{
    struct work *work = context;
    const struct viz_estimate_params params = {
        .confidence = 0.95, .replicates = 200, .seed = i, .ignore = 0.01};
    viz_estimate_init(&work->estimate[i], work->x[i], LENGTH, &params);
}

static void contrast(void *context, size_t i)
{
    struct work *work = context;
    const struct viz_contrast_params params = {
        .alpha = 0.05,
        .limit = 0.01,
        .seed = i,
        .x_a = work->x[2 * i],
        .x_b = work->x[2 * i + 1],
    };
    viz_contrast(&work->estimate[2 * i], 1, &work->estimate[2 * i + 1], 1, &params,
                 &work->contrast[i]);
}

static void run(struct work *work, unsigned threads)
{
    fill(work);
    viz_parallel(RUNS, threads, estimate, work, NULL);
    viz_parallel(PAIRS, threads, contrast, work, NULL);
    for (size_t i = 0; i < RUNS; i++)
        viz_estimate_finish(&work->estimate[i]);
}

static int check(const char *what, int holds)
{
    if (!holds)
        fprintf(stderr, "tsan_parallel: %s\n", what);
    return !holds;
}

static void count(void *context, size_t i)
{
    ((unsigned char *)context)[i]++;
}

int main(void)
{
    static unsigned char called[1000];
    int failed = 0;
    viz_special_start();
    run(&works[0], 1);
    run(&works[1], 4);
    for (size_t i = 0; i < PAIRS; i++)
        for (int s = 0; s < VIZ_STATISTIC_COUNT; s++) {
            const struct viz_contrast_row *one = &works[0].contrast[i].row[s];
            const struct viz_contrast_row *four = &works[1].contrast[i].row[s];
            failed |= check("four threads find what one finds",
                            !memcmp(&one->test, &four->test, sizeof(one->test)) &&
                                !memcmp(&one->low, &four->low, sizeof(one->low)));
        }
    viz_parallel(0, 4, count, called, NULL);
    viz_parallel(sizeof(called), 7, count, called, NULL);
    for (size_t i = 0; i < sizeof(called); i++)
        failed |= check("each task is done once", called[i] == 1);
    return failed;
}
