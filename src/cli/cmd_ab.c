/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include "compare_report.h"
#include "selector.h"

#include <viz/ab.h>
#include <viz/number.h>
#include <viz/special.h>
#include <viz/text.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_LINES 10 /* of what a command printed that did not work */
#define NOISE_COLUMNS 100

/* Words from outside, on a line of their own. */
static void put_visible(const char *prefix, const char *text, size_t length)
{
    char line[VIZ_CHILD_TAIL + 1], visible[2 * VIZ_CHILD_TAIL];
    snprintf(line, sizeof(line), "%.*s", (int)length, text);
    viz_text_visible(visible, sizeof(visible), line);
    fprintf(stderr, "%s%s\n", prefix, visible);
}

/* " --NAME TEXT", as a shell has to read it. */
static void put_option(const char *name, const char *text)
{
    const char *quoted = strpbrk(text, " \t\r\n'\"\\$&();<>|*?[]#~`!{}");
    fprintf(stderr, " --%s %s", name, quoted ? "'" : "");
    for (; *text; text++)
        fprintf(stderr, *text == '\'' ? "'\\%c'" : "%c", *text);
    fputs(quoted ? "'" : "", stderr);
}

static void put_number(const char *name, double value)
{
    char text[VIZ_NUMBER_DOUBLE_TEXT + 1];
    text[viz_number_format_double(value, text)] = 0;
    put_option(name, text);
}

/* The line that gives the same bytes. */
static void put_again(const struct viz_ab *ab, const struct viz_compare_config *config)
{
    fprintf(stderr, "compare again: viz compare tag:%s-a tag:%s-b --seed %" PRIu64,
            ab->tag, ab->tag, ab->params.seed);
    put_number("alpha", config->alpha);
    put_option("limit", config->limits);
    if (config->metrics)
        put_option("metrics", config->metrics);
    if (config->db)
        put_option("db", config->db);
    fprintf(stderr, "%s%s\n", config->details ? " --details" : "",
            config->json ? " --json" : "");
}

static void introduce(const struct viz_ab *ab, const struct viz_compare_config *config)
{
    const char *const *command = ab->params.command;
    fprintf(stderr, "experiment %s: %u run%s of %s, seed %" PRIu64 "\n", ab->tag,
            ab->params.runs, ab->params.runs == 1 ? "" : "s",
            ab->sides == 2 ? "A and B" : "A, B and A again (A2)", ab->params.seed);
    put_visible("A: ", command[VIZ_AB_A], strlen(command[VIZ_AB_A]));
    put_visible("B: ", command[VIZ_AB_B], strlen(command[VIZ_AB_B]));
    put_again(ab, config);
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

/* 0, or the exit code: it has been said why. */
static int compare(struct viz_store *store, const struct viz_ab *ab,
                   enum viz_ab_side with, const struct viz_compare_config *config,
                   struct viz_comparison **out)
{
    struct viz_comparison_params params = viz_compare_params(config);
    struct viz_error err;
    char tag_a[VIZ_AB_TAG], tag[VIZ_AB_TAG], a[48], b[48];
    params.seed = ab->params.seed;
    params.seeded = true;
    viz_ab_side_tag(ab, VIZ_AB_A, tag_a);
    viz_ab_side_tag(ab, with, tag);
    snprintf(a, sizeof(a), "tag:%s", tag_a);
    snprintf(b, sizeof(b), "tag:%s", tag);
    int ret =
        viz_comparison_create(store, ab->run[VIZ_AB_A], ab->complete[VIZ_AB_A], a,
                              ab->run[with], ab->complete[with], b, &params, out, &err);
    if (ret == 0)
        return 0;
    viz_say(err.text);
    return ret == -EINVAL ? VIZ_EXIT_USAGE : VIZ_EXIT_FAILURE;
}

/* Whether the first runs of A and B have what is to be compared: else an exit code, before
 * an hour is spent on more of them. */
static int check_metrics(const struct viz_ab *ab,
                         const struct viz_compare_config *config)
{
    struct viz_comparison *first;
    struct viz_store *store = viz_compare_open(config);
    if (!store)
        return VIZ_EXIT_FAILURE;
    int code = compare(store, ab, VIZ_AB_B, config, &first);
    if (code == 0)
        viz_comparison_destroy(first);
    viz_store_close(store);
    return code;
}

/* Until all runs have been made, or it makes no sense to go on: that is an exit code. */
static int make_runs(struct viz_ab *ab, const struct viz_compare_config *config,
                     const volatile sig_atomic_t *stop)
{
    bool unchecked = config->metrics != NULL;
    int ret = 0, code = 0;
    while (ret >= 0 && code == 0 && ab->done < ab->total && !ab->hopeless && !*stop) {
        ret = make_run(ab, stop);
        if (!unchecked || !ab->complete[VIZ_AB_A] || !ab->complete[VIZ_AB_B])
            continue;
        unchecked = false;
        if (ret >= 0 && ab->done < ab->total)
            code = check_metrics(ab, config);
    }
    if (ab->hopeless)
        viz_say("the experiment ends here: a command must work the first time");
    return code ? code : ab->hopeless || ret < 0 ? VIZ_EXIT_FAILURE : 0;
}

/* Whether no row of it says that there is a difference. */
static bool is_same(const struct viz_comparison_metric *metric)
{
    for (int i = 0; i < VIZ_STATISTIC_COUNT; i++) {
        enum viz_verdict verdict = metric->contrast.row[i].verdict;
        if (verdict != VIZ_VERDICT_EQUIVALENT && verdict != VIZ_VERDICT_NOT_SHOWN)
            return false;
    }
    return true;
}

/* "frame_ms, load": those in which A differs from itself. Their number. */
static uint32_t list_different(const struct viz_comparison *noise, char *out,
                               size_t size)
{
    uint32_t count = 0;
    *out = 0;
    for (uint32_t i = 0; i < noise->metrics; i++) {
        size_t used = strlen(out);
        if (is_same(&noise->metric[i]))
            continue;
        if (used + strlen(noise->metric[i].name) + 3 < size)
            snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                     noise->metric[i].name);
        count++;
    }
    return count;
}

/* In lines of at most 100 columns. */
static void put_wrapped(FILE *out, const char *text)
{
    size_t at = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (at && at + 1 + word > NOISE_COLUMNS) {
            fputc('\n', out);
            at = 0;
        }
        at += (size_t)fprintf(out, "%s%.*s", at ? " " : "", (int)word, text);
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void put_noise(FILE *out, const struct viz_comparison *noise)
{
    char names[256], text[512];
    uint32_t different = list_different(noise, names, sizeof(names));
    snprintf(
        text, sizeof(text),
        "noise floor: A against itself (%u and %u runs): not shown to differ in %u of "
        "%u metrics%s%s%s",
        noise->side[0].runs, noise->side[1].runs, noise->metrics - different,
        noise->metrics, different ? "; it differs in " : "", names,
        different ? "" : ", as it ought to be");
    put_wrapped(out, text);
    if (noise->verdict != VIZ_VERDICT_EQUIVALENT &&
        noise->verdict != VIZ_VERDICT_NOT_SHOWN)
        put_wrapped(out, "warning: A differs from itself, not by its command: do not "
                         "trust the verdict below");
    fputc('\n', out);
}

/* "report.md": "report-noise.md". The endings are checked already. */
static void noise_path(char *out, size_t size, const char *path)
{
    int stem = (int)(strrchr(path, '.') - path);
    snprintf(out, size, "%.*s-noise%s", stem, path, path + stem);
}

/* A with itself: what is found there, is noise. */
static int tell_noise(struct viz_store *store, const struct viz_ab *ab,
                      const struct viz_compare_config *config)
{
    struct viz_comparison *noise;
    struct viz_error err;
    char path[PATH_MAX];
    int ret = 0;
    if (!ab->complete[VIZ_AB_A2]) {
        viz_say("no noise floor: no run of A2 is complete");
        return 0;
    }
    int code = compare(store, ab, VIZ_AB_A2, config, &noise);
    if (code)
        return code;
    put_noise(config->json ? stderr : stdout, noise);
    if (config->output) {
        noise_path(path, sizeof(path), config->output);
        ret = viz_compare_write(noise, path, &err);
    }
    if (ret < 0)
        viz_say(err.text);
    viz_comparison_destroy(noise);
    return ret < 0 ? VIZ_EXIT_FAILURE : 0;
}

static int report(struct viz_store *store, const struct viz_ab *ab,
                  const struct viz_compare_config *config)
{
    struct viz_comparison *comparison;
    int noise = config->noise_floor ? tell_noise(store, ab, config) : 0;
    int code = compare(store, ab, VIZ_AB_B, config, &comparison);
    if (code)
        return code;
    code = viz_compare_report(comparison, config);
    viz_comparison_destroy(comparison);
    return code ? code : noise;
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
    introduce(ab, config);
    int failed = make_runs(ab, config, stop);
    if (failed)
        return failed;
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

static int check_outputs(const struct viz_compare_config *config, struct viz_error *err)
{
    char path[PATH_MAX];
    int ret = viz_compare_check(config, config->output, err);
    if (ret < 0 || !config->output || !config->noise_floor)
        return ret;
    noise_path(path, sizeof(path), config->output);
    return viz_compare_check(config, path, err);
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
    int ret = check_outputs(config, &err);
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
