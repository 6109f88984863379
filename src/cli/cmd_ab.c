/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "compare_report.h"
#include "selector.h"

#include <viz/ab.h>
#include <viz/special.h>
#include <viz/text.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_LINES 10 /* of what a command printed that did not work */

/* Words from outside, on a line of their own. */
static void put_visible(const char *prefix, const char *text, size_t length)
{
    char line[VIZ_CHILD_TAIL + 1], visible[2 * VIZ_CHILD_TAIL];
    snprintf(line, sizeof(line), "%.*s", (int)length, text);
    viz_text_visible(visible, sizeof(visible), line);
    fprintf(stderr, "%s%s\n", prefix, visible);
}

/* As a shell has to read it. */
static void put_db(const char *db)
{
    const char *quoted = strpbrk(db ? db : "", " \t'\"\\$&();<>|*?[]#~`!{}");
    fputs(db ? " --db " : "", stderr);
    fputs(quoted ? "'" : "", stderr);
    for (const char *at = db; at && *at; at++)
        fprintf(stderr, *at == '\'' ? "'\\%c'" : "%c", *at);
    fputs(quoted ? "'" : "", stderr);
    fputs("\n", stderr);
}

static void introduce(const struct viz_ab *ab)
{
    const char *const *command = ab->params.command;
    fprintf(stderr, "experiment %s: %u run%s of %s, seed %" PRIu64 "\n", ab->tag,
            ab->params.runs, ab->params.runs == 1 ? "" : "s",
            ab->sides == 2 ? "A and B" : "A, B and A again (A2)", ab->params.seed);
    put_visible("A: ", command[VIZ_AB_A], strlen(command[VIZ_AB_A]));
    put_visible("B: ", command[VIZ_AB_B], strlen(command[VIZ_AB_B]));
    fprintf(stderr, "compare again: viz compare tag:%s-a tag:%s-b", ab->tag, ab->tag);
    put_db(ab->params.db);
}

/* Why the last run is not complete, and what its command said. */
static void say_why(struct viz_ab *ab)
{
    const char *line = viz_child_last_lines(&ab->child, SHOWN_LINES);
    viz_say(ab->why);
    while (*line) {
        size_t length = strcspn(line, "\n");
        put_visible("  | ", line, length);
        line += length + (line[length] == '\n');
    }
}

static int make_run(struct viz_ab *ab, const volatile sig_atomic_t *stop)
{
    struct viz_error err;
    fprintf(stderr, "run %u of %u: %s ... ", ab->done + 1, ab->total,
            viz_ab_side_name(ab->order[ab->done]));
    fflush(stderr);
    int ret = viz_ab_step(ab, stop, &err);
    if (ret > 0)
        fprintf(stderr, "%.1f s\n", ab->child.seconds);
    else
        fputs("not complete\n", stderr);
    if (ret < 0)
        viz_say(err.text);
    else if (ret == 0)
        say_why(ab);
    return ret;
}

/* Until all runs have been made, or it makes no sense to go on. Negative: that. */
static int make_runs(struct viz_ab *ab, const volatile sig_atomic_t *stop)
{
    int ret = 0;
    while (ret >= 0 && ab->done < ab->total && !ab->hopeless && !*stop)
        ret = make_run(ab, stop);
    if (ab->hopeless)
        viz_say("the experiment ends here: a command must work the first time");
    return ab->hopeless ? -1 : ret;
}

static struct viz_comparison *compare(struct viz_store *store, const struct viz_ab *ab,
                                      enum viz_ab_side with,
                                      const struct viz_compare_config *config)
{
    const struct viz_comparison_params params = viz_compare_params(config);
    struct viz_comparison *comparison;
    struct viz_error err;
    char tag_a[VIZ_AB_TAG], tag[VIZ_AB_TAG], a[48], b[48];
    viz_ab_side_tag(ab, VIZ_AB_A, tag_a);
    viz_ab_side_tag(ab, with, tag);
    snprintf(a, sizeof(a), "tag:%s", tag_a);
    snprintf(b, sizeof(b), "tag:%s", tag);
    int ret = viz_comparison_create(store, ab->run[VIZ_AB_A], ab->complete[VIZ_AB_A], a,
                                    ab->run[with], ab->complete[with], b, &params,
                                    &comparison, &err);
    if (ret == 0)
        return comparison;
    viz_say(err.text);
    return NULL;
}

/* A with itself: what is found there, is noise. */
static void tell_noise(struct viz_store *store, const struct viz_ab *ab,
                       const struct viz_compare_config *config)
{
    FILE *out = config->json ? stderr : stdout;
    if (!ab->complete[VIZ_AB_A2]) {
        viz_say("no noise floor: no run of A2 is complete");
        return;
    }
    struct viz_comparison *noise = compare(store, ab, VIZ_AB_A2, config);
    if (!noise)
        return;
    fprintf(out, "noise floor, A compared with A once more, here called B: %s\n",
            noise->sentence);
    if (noise->verdict != VIZ_VERDICT_EQUIVALENT &&
        noise->verdict != VIZ_VERDICT_NOT_SHOWN)
        fputs("warning: A differs from itself, so something other than the commands "
              "changes what is measured: do not trust the verdict below\n",
              out);
    fputs("\n", out);
    viz_comparison_destroy(noise);
}

static int report(struct viz_store *store, const struct viz_ab *ab,
                  const struct viz_compare_config *config)
{
    if (config->noise_floor)
        tell_noise(store, ab, config);
    struct viz_comparison *comparison = compare(store, ab, VIZ_AB_B, config);
    if (!comparison)
        return VIZ_EXIT_FAILURE;
    int code = viz_compare_report(comparison, config);
    viz_comparison_destroy(comparison);
    return code;
}

static int compare_sides(const struct viz_ab *ab,
                         const struct viz_compare_config *config)
{
    for (enum viz_ab_side side = VIZ_AB_A; side <= VIZ_AB_B; side++)
        if (!ab->complete[side]) {
            fprintf(stderr, "viz: nothing to compare: no run of %s is complete\n",
                    viz_ab_side_name(side));
            return VIZ_EXIT_FAILURE;
        }
    struct viz_store *store = viz_compare_open(config);
    if (!store)
        return VIZ_EXIT_FAILURE;
    int code = report(store, ab, config);
    viz_store_close(store);
    return code;
}

static int run(struct viz_ab *ab, const struct viz_compare_config *config)
{
    const volatile sig_atomic_t *stop = viz_interrupt_watch();
    signal(SIGCHLD, SIG_DFL); /* whoever ignores it cannot wait for a child */
    introduce(ab);
    if (make_runs(ab, stop) < 0)
        return VIZ_EXIT_FAILURE;
    bool interrupted = *stop;
    uint32_t complete = ab->complete[0] + ab->complete[1] + ab->complete[2];
    if (interrupted)
        fprintf(stderr, "viz: interrupted: %u of %u runs are complete and kept\n",
                complete, ab->total);
    else if (complete < ab->total)
        fprintf(stderr, "viz: only %u of %u runs are complete and compared\n", complete,
                ab->total);
    int code = compare_sides(ab, config);
    return interrupted ? VIZ_EXIT_FAILURE : code;
}

int viz_cmd_ab(const struct viz_arguments *arguments)
{
    const struct viz_compare_config *config = &arguments->compare;
    const struct viz_ab_params params = {
        .command = {arguments->operand[0], arguments->operand[1]},
        .runs = config->runs,
        .noise_floor = config->noise_floor,
        .seed = config->seed,
        .seeded = config->seeded,
        .db = config->db,
    };
    struct viz_ab *ab;
    struct viz_error err;
    if (!viz_selector_operands(arguments, 2, 2,
                               "viz ab takes two commands, 'COMMAND A' 'COMMAND B'"))
        return VIZ_EXIT_USAGE;
    viz_special_start();
    int ret = viz_compare_check(config, config->output, &err);
    if (ret == 0)
        ret = viz_ab_create(&params, &ab, &err);
    if (ret < 0) {
        viz_say(err.text);
        return VIZ_EXIT_FAILURE;
    }
    int code = run(ab, config);
    viz_ab_destroy(ab);
    return code;
}
