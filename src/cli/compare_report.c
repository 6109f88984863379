/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compare_report.h"

#include "selector.h"

#include <viz/command.h>
#include <viz/draft.h>
#include <viz/text.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDEST 100

struct viz_comparison_params viz_compare_params(const struct viz_compare_config *config)
{
    return (struct viz_comparison_params){
        .alpha = config->alpha,
        .limit_percent = config->limit_percent,
        .limits = config->limits,
        .seed = config->seed,
        .seeded = config->seeded,
        .metrics = config->metrics,
        .threads = config->threads,
    };
}

static int find_store(const struct viz_compare_config *config, char path[PATH_MAX],
                      struct viz_error *err)
{
    if (!config->db)
        return viz_store_default(path, PATH_MAX, err);
    snprintf(path, PATH_MAX, "%s", config->db);
    return 0;
}

/* By whatever name. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;
    if (stat(a, &one) || stat(b, &other))
        return !strcmp(a, b);
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

int viz_compare_check(const struct viz_compare_config *config, const char *output,
                      struct viz_error *err)
{
    static const char *const parts[] = {"", "-wal", "-shm", "-journal"};
    char store[PATH_MAX], part[PATH_MAX + 16];
    int ret = viz_check_writable(output, err);
    if (ret == 0 && output)
        ret = find_store(config, store, err);
    for (size_t i = 0; ret == 0 && output && i < sizeof(parts) / sizeof(parts[0]);
         i++) {
        snprintf(part, sizeof(part), "%s%s", store, parts[i]);
        if (is_same_file(output, part))
            ret = viz_fail(err, -EEXIST,
                           "cannot write %s: that is the store, and a report would "
                           "replace it",
                           output);
    }
    return ret;
}

struct viz_store *viz_compare_open(const struct viz_compare_config *config)
{
    struct viz_store *store = NULL;
    struct viz_error err;
    char path[PATH_MAX];
    int ret = find_store(config, path, &err);
    if (ret == 0)
        ret = viz_store_open(path, VIZ_STORE_READ, &store, &err);
    if (ret == 0)
        return store;
    viz_say(err.text);
    return NULL;
}

int viz_compare_side(struct viz_store *store, const char *side, int64_t **ids,
                     uint32_t *count)
{
    struct viz_error err;
    char sentence[VIZ_ERROR_TEXT];
    int ret = viz_run_series_find(store, side, ids, count, NULL, NULL, &err);
    if (ret == 0)
        return VIZ_EXIT_OK;
    viz_text_visible(sentence, sizeof(sentence), err.text);
    viz_say(sentence);
    if (ret == -ENOTUNIQ)
        viz_run_series_find(store, side, ids, count, viz_selector_candidate, NULL,
                            &err);
    return ret == -EINVAL ? VIZ_EXIT_USAGE : VIZ_EXIT_FAILURE;
}

static void print_line(void *context, const char *text)
{
    (void)context;
    puts(text);
}

static void print(const struct viz_comparison *comparison,
                  const struct viz_compare_config *config)
{
    uint32_t width = viz_selector_width();
    const struct viz_comparison_text_params params = {
        .width = width && width < WIDEST ? width : WIDEST,
        .ascii = !viz_selector_unicode(),
        .details = config->details,
    };
    if (!config->json) {
        viz_comparison_text(comparison, &params, print_line, NULL);
        return;
    }
    char *text = viz_comparison_json(comparison);
    puts(text);
    free(text);
}

static bool ends_in(const char *text, const char *ending)
{
    size_t length = strlen(text), size = strlen(ending);
    return length >= size && !strcmp(text + length - size, ending);
}

static char *render(const struct viz_comparison *comparison, const char *path)
{
    if (ends_in(path, ".json"))
        return viz_comparison_json(comparison);
    return ends_in(path, ".md") ? viz_comparison_markdown(comparison)
                                : viz_comparison_html(comparison);
}

static int write_all(int fd, const char *text, const char *path, struct viz_error *err)
{
    size_t left = strlen(text);
    while (left) {
        ssize_t written = write(fd, text, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return viz_fail(err, -errno, "cannot write %s: %s", path, strerror(errno));
        text += written;
        left -= (size_t)written;
    }
    return 0;
}

int viz_compare_write(const struct viz_comparison *comparison, const char *path,
                      struct viz_error *err)
{
    struct viz_draft *draft;
    char *text = render(comparison, path);
    int ret = viz_draft_open(path, &draft, err);
    if (ret == 0) {
        ret = write_all(viz_draft_fd(draft), text, path, err);
        if (ret == 0 && text[strlen(text) - 1] != '\n')
            ret = write_all(viz_draft_fd(draft), "\n", path, err);
        if (ret == 0)
            ret = viz_draft_keep(draft, err);
        else
            viz_draft_discard(draft);
    }
    free(text);
    return ret;
}

int viz_compare_code(enum viz_verdict verdict, const struct viz_compare_config *config)
{
    if (verdict == VIZ_VERDICT_WORSE && (config->gate || config->strict))
        return VIZ_EXIT_GATE;
    if (verdict == VIZ_VERDICT_NOT_SHOWN && config->strict)
        return VIZ_EXIT_INCONCLUSIVE;
    return VIZ_EXIT_OK;
}

int viz_compare_report(const struct viz_comparison *comparison,
                       const struct viz_compare_config *config)
{
    struct viz_error err;
    int code = viz_compare_code(comparison->verdict, config);
    print(comparison, config);
    bool printed = !fflush(stdout) && !ferror(stdout);
    if (config->output && viz_compare_write(comparison, config->output, &err) < 0) {
        viz_say(err.text);
        return code ? code : VIZ_EXIT_FAILURE;
    }
    if (config->output && !printed)
        fprintf(stderr, "viz: the report is in %s all the same\n", config->output);
    return code;
}
