/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include <viz/selftest.h>
#include <viz/special.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STANDARD_SEED 1
#define BAR_WIDTH 24

struct run {
    bool json, terminal, bar_shown;
};

static void clear_bar(struct run *run)
{
    if (run->bar_shown)
        fputs("\r\033[K", stderr);
    run->bar_shown = false;
}

static void line(void *context, const char *text)
{
    struct run *run = context;
    clear_bar(run);
    if (!run->json)
        puts(text);
    fflush(stdout);
}

static void progress(void *context, double part, const char *what)
{
    struct run *run = context;
    int filled = (int)(part * BAR_WIDTH);
    if (!run->terminal)
        return;
    fprintf(stderr, "\r\033[K[%.*s%.*s] %3.0f %%  %s", filled,
            "########################", BAR_WIDTH - filled, "------------------------",
            100 * part, what);
    fflush(stderr);
    run->bar_shown = true;
}

static bool is_understood(const struct viz_arguments *arguments)
{
    if (arguments->operands == 1 && !strcmp(arguments->operand[0], "stats"))
        return true;
    viz_say("viz selftest takes one operand: stats");
    return false;
}

int viz_cmd_selftest(const struct viz_arguments *arguments)
{
    const struct viz_compare_config *config = &arguments->compare;
    struct run run = {.json = config->json, .terminal = isatty(STDERR_FILENO)};
    if (!is_understood(arguments))
        return VIZ_EXIT_USAGE;
    const volatile sig_atomic_t *stop = viz_interrupt_watch();
    const struct viz_selftest_params params = {
        .seed = config->seeded ? config->seed : STANDARD_SEED,
        .pairs = config->pairs,
        .threads = config->threads,
        .line = line,
        .progress = progress,
        .context = &run,
        .stop = stop,
    };
    char *json;
    viz_special_start();
    uint32_t failed = viz_selftest_run(&params, &json);
    clear_bar(&run);
    if (run.json)
        puts(json);
    free(json);
    return failed || *stop ? VIZ_EXIT_FAILURE : VIZ_EXIT_OK;
}
