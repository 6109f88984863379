/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/ab.h>

#include <viz/alloc.h>
#include <viz/provenance.h>
#include <viz/random.h>
#include <viz/store.h>
#include <viz/text.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const side_names[] = {"A", "B", "A2"};
static const char *const side_tags[] = {"a", "b", "a2"};

/* A run that was stored while a command ran. */
struct stored {
    int64_t id, started_ns, ended_ns;
    enum viz_run_state state;
};

struct news {
    int64_t newest; /* runs up to here were there before */
    const char *name;
    uint32_t count, named; /* new ones; of them, called @name */
    struct stored last, last_named;
    char list[200]; /* all of them, for people */
};

const char *viz_ab_side_name(enum viz_ab_side side)
{
    return side_names[side];
}

void viz_ab_side_tag(const struct viz_ab *ab, enum viz_ab_side side,
                     char out[VIZ_AB_TAG])
{
    snprintf(out, VIZ_AB_TAG, "%s-%s", ab->tag, side_tags[side]);
}

/* ---- the beginning ---- */

static int find_db(struct viz_ab *ab, struct viz_error *err)
{
    char where[PATH_MAX], folder[PATH_MAX] = "";
    int ret = 0;
    if (ab->params.db)
        snprintf(where, sizeof(where), "%s", ab->params.db);
    else
        ret = viz_store_default(where, sizeof(where), err);
    if (ret < 0)
        return ret;
    bool whole = *where == '/' || strstr(where, "://");
    if (!whole && !getcwd(folder, sizeof(folder) - 1))
        return viz_fail(err, -errno, "the current folder: %s", strerror(errno));
    if (!whole)
        strcat(folder, "/");
    if (strlen(folder) + strlen(where) >= sizeof(ab->db))
        return viz_fail(err, -ENAMETOOLONG, "the path of the store is too long: %.60s",
                        where);
    memccpy(stpcpy(ab->db, folder), where, 0, sizeof(where));
    return 0;
}

static void write_base36(char *out, int digits, uint64_t value)
{
    for (out += digits; digits--; value /= 36)
        *--out = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
}

static int note_found(void *context, const struct viz_run *run)
{
    bool *found = context;
    (void)run;
    *found = true;
    return 0;
}

/* The second in six digits, which sort by time until 2038, and two of the process. */
static int choose_tag(struct viz_ab *ab, struct viz_store *store, struct viz_error *err)
{
    uint64_t second = (uint64_t)(viz_provenance_now() / 1000000000);
    bool taken = true;
    int ret = 0;
    for (uint64_t more = 0; ret == 0 && taken; more++) {
        struct viz_run_filter filter = {.tag = ab->tag, .limit = 1};
        strcpy(ab->tag, "ab-");
        write_base36(ab->tag + 3, 6, second);
        write_base36(ab->tag + 9, 2, (uint64_t)getpid() + more);
        taken = false;
        ret = viz_store_runs(store, &filter, note_found, &taken, err);
    }
    return ret;
}

static void plan(struct viz_ab *ab)
{
    struct viz_ab_params *params = &ab->params;
    if (!params->seeded) /* short enough to be typed again */
        params->seed =
            viz_random_fork((uint64_t)viz_provenance_now(), (uint64_t)getpid()) >> 40;
    ab->sides = params->noise_floor ? 3 : 2;
    ab->total = params->runs * ab->sides;
    ab->order = viz_zalloc(ab->total + 1);
    viz_abba(params->runs, ab->sides, params->seed, ab->order);
    for (uint32_t side = 0; side < ab->sides; side++)
        ab->run[side] = viz_zalloc((params->runs + 1) * sizeof(ab->run[0][0]));
}

int viz_ab_create(const struct viz_ab_params *params, struct viz_ab **out,
                  struct viz_error *err)
{
    struct viz_ab *ab = viz_zalloc(sizeof(*ab));
    struct viz_store *store = NULL;
    ab->params = *params;
    plan(ab);
    int ret = find_db(ab, err);
    if (ret == 0)
        ret = viz_store_open(ab->db, VIZ_STORE_WRITE, &store, err);
    if (ret == 0)
        ret = choose_tag(ab, store, err);
    viz_store_close(store);
    if (ret < 0)
        viz_ab_destroy(ab);
    else
        *out = ab;
    return ret;
}

void viz_ab_destroy(struct viz_ab *ab)
{
    if (!ab)
        return;
    for (uint32_t side = 0; side < VIZ_ABBA_SIDES; side++)
        free(ab->run[side]);
    free(ab->order);
    free(ab);
}

/* ---- what a command stored ---- */

static int find_newest(void *context, const struct viz_run *run)
{
    int64_t *newest = context;
    if (run->id > *newest)
        *newest = run->id;
    return 0;
}

static void list_run(struct news *news, const struct viz_run *run)
{
    char name[64];
    size_t used = strlen(news->list);
    viz_text_visible(name, sizeof(name), run->name);
    snprintf(news->list + used, sizeof(news->list) - used, "%s%" PRId64 " \"%s\"",
             used ? ", " : "", run->id, name);
}

static int collect_news(void *context, const struct viz_run *run)
{
    struct news *news = context;
    if (run->id <= news->newest)
        return 0;
    news->last = (struct stored){.id = run->id,
                                 .started_ns = run->started_ns,
                                 .ended_ns = run->ended_ns,
                                 .state = run->state};
    news->count++;
    list_run(news, run);
    if (strcmp(run->name, news->name))
        return 0;
    news->named++;
    news->last_named = news->last;
    return 0;
}

/* Every run of the store, by a connection that is open no longer than that. */
static int look(const struct viz_ab *ab,
                int (*each)(void *context, const struct viz_run *run), void *context,
                struct viz_error *err)
{
    const struct viz_run_filter all = {.limit = 0};
    struct viz_store *store;
    int ret = viz_store_open(ab->db, VIZ_STORE_READ, &store, err);
    if (ret < 0)
        return ret;
    ret = viz_store_runs(store, &all, each, context, err);
    viz_store_close(store);
    return ret;
}

/* The run that is meant; NULL: it cannot be told, and ab->why says why. */
static const struct stored *choose(struct viz_ab *ab, const struct news *news,
                                   const char *who)
{
    if (news->count == 1)
        return &news->last;
    if (news->named == 1)
        return &news->last_named;
    if (!news->count)
        snprintf(ab->why, sizeof(ab->why),
                 "%s stored no run in %.150s: the command must store one there, for "
                 "example with --store \"$VIZ_AB_DB\" --run-name \"$VIZ_AB_NAME\" "
                 "(collect and import: --db)",
                 who, ab->db);
    else
        snprintf(ab->why, sizeof(ab->why),
                 "%s: %u runs were stored meanwhile (%s), and %s of them is called "
                 "\"%s\": which one is meant?",
                 who, news->count, news->list, news->named ? "more than one" : "none",
                 news->name);
    return NULL;
}

static bool is_stop(int status)
{
    int number = status - 128;
    return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN ||
           number == SIGTTOU;
}

static const struct stored *judge(struct viz_ab *ab, const struct news *news,
                                  const char *who)
{
    const char *list = news->count ? "; not compared: " : "";
    if (ab->child.interrupted)
        snprintf(ab->why, sizeof(ab->why), "%s was interrupted%s%s", who, list,
                 news->list);
    else if (ab->child.status)
        snprintf(ab->why, sizeof(ab->why), "%s ended with status %d%s%s%s", who,
                 ab->child.status,
                 is_stop(ab->child.status) ? ": it stopped itself, and so was ended"
                                           : "",
                 list, news->list);
    if (*ab->why)
        return NULL;
    const struct stored *run = choose(ab, news, who);
    if (!run || run->state == VIZ_RUN_COMPLETE)
        return run;
    snprintf(ab->why, sizeof(ab->why), "%s: run %" PRId64 " %s: it is not compared",
             who, run->id,
             run->state == VIZ_RUN_RECORDING ? "has not been ended" : "is interrupted");
    return NULL;
}

/* ---- a run ---- */

/* The remark. A command that is no UTF-8 is kept as far as it is. */
static char *describe(const struct viz_ab *ab, enum viz_ab_side side)
{
    const char *command = ab->params.command[side % 2];
    size_t size = strlen(command) + 1;
    char *visible = viz_zalloc(size), *text;
    if (viz_text_is_utf8(command))
        memcpy(visible, command, size);
    else
        viz_text_visible(visible, size, command);
    int length =
        asprintf(&text,
                 "experiment %s, run %u of %u: %s, number %u of %u; order ABBA, "
                 "seed %" PRIu64 "; command: %s",
                 ab->tag, ab->done, ab->total, side_names[side], ab->tried[side],
                 ab->params.runs, ab->params.seed, visible);
    viz_assert(length > 0);
    free(visible);
    return text;
}

static int write_marks(const struct viz_ab *ab, enum viz_ab_side side,
                       const struct stored *run, struct viz_error *err)
{
    char tag[VIZ_AB_TAG], *text = describe(ab, side);
    struct viz_store *store;
    const struct viz_annotation remark = {.from_ns = run->started_ns,
                                          .to_ns = run->ended_ns,
                                          .text = text,
                                          .author = "viz ab"};
    viz_ab_side_tag(ab, side, tag);
    int ret = viz_store_open(ab->db, VIZ_STORE_WRITE, &store, err);
    if (ret == 0) {
        ret = viz_store_begin(store, err);
        if (ret == 0)
            ret = viz_store_tag(store, run->id, ab->tag, err);
        if (ret == 0)
            ret = viz_store_tag(store, run->id, tag, err);
        if (ret == 0)
            ret = viz_store_annotate(store, run->id, &remark, NULL, err);
        if (ret == 0)
            ret = viz_store_commit(store, err);
        viz_store_close(store);
    }
    free(text);
    return ret;
}

/* "NAME=value" five times, and the run's name by itself. */
struct environment {
    char db[PATH_MAX + 16], name[80], side[24], number[32], tag[48];
    const char *list[6];
};

static void fill_environment(struct environment *out, const struct viz_ab *ab,
                             enum viz_ab_side side)
{
    snprintf(out->db, sizeof(out->db), "VIZ_AB_DB=%s", ab->db);
    snprintf(out->name, sizeof(out->name), "VIZ_AB_NAME=%s %s %u", ab->tag,
             side_names[side], ab->tried[side]);
    snprintf(out->side, sizeof(out->side), "VIZ_AB_SIDE=%s", side_names[side]);
    snprintf(out->number, sizeof(out->number), "VIZ_AB_RUN=%u", ab->tried[side]);
    snprintf(out->tag, sizeof(out->tag), "VIZ_AB_TAG=%s", ab->tag);
    const char *const list[] = {out->db,     out->name, out->side,
                                out->number, out->tag,  NULL};
    memcpy(out->list, list, sizeof(list));
}

/* Whether a run of this side's command is complete. */
static bool has_worked(const struct viz_ab *ab, enum viz_ab_side side)
{
    return side == VIZ_AB_B ? ab->complete[VIZ_AB_B]
                            : ab->complete[VIZ_AB_A] || ab->complete[VIZ_AB_A2];
}

static int take_in(struct viz_ab *ab, enum viz_ab_side side, const struct news *news,
                   struct viz_error *err)
{
    char who[64];
    snprintf(who, sizeof(who), "run %u of %u (%s)", ab->done, ab->total,
             side_names[side]);
    const struct stored *run = judge(ab, news, who);
    if (!run) {
        ab->hopeless |= !ab->child.interrupted && !has_worked(ab, side);
        return 0;
    }
    int ret = write_marks(ab, side, run, err);
    if (ret < 0)
        return ret;
    ab->run[side][ab->complete[side]++] = run->id;
    return 1;
}

int viz_ab_step(struct viz_ab *ab, const volatile sig_atomic_t *stop,
                struct viz_error *err)
{
    enum viz_ab_side side = ab->order[ab->done++];
    struct environment environment;
    struct news news = {.newest = 0};
    ab->tried[side]++;
    *ab->why = 0;
    fill_environment(&environment, ab, side);
    news.name = strchr(environment.name, '=') + 1;
    const struct viz_child_params params = {.command = ab->params.command[side % 2],
                                            .environment = environment.list,
                                            .stop = stop};
    int ret = look(ab, find_newest, &news.newest, err);
    if (ret == 0)
        ret = viz_child_run(&params, &ab->child, err);
    if (ret == 0)
        ret = look(ab, collect_news, &news, err);
    return ret < 0 ? ret : take_in(ab, side, &news, err);
}
