/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which runs a side of a comparison means. */
#include <viz/run_series.h>

#include <viz/alloc.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TAG "tag:"

/* The runs of a side, as far as they are known. */
struct side {
    int64_t *id;
    uint32_t count, room;
    const char *name; /* only runs that are called so; NULL: all */
};

static int take_id(struct side *side, int64_t id)
{
    if (side->count == side->room) {
        uint32_t room = side->room ? 2 * side->room : 16;
        int64_t *more = viz_zalloc(room * sizeof(*more));
        if (side->count)
            memcpy(more, side->id, side->count * sizeof(*more));
        free(side->id);
        side->id = more;
        side->room = room;
    }
    side->id[side->count++] = id;
    return 0;
}

static int take_run(void *context, const struct viz_run *run)
{
    struct side *side = context;
    return side->name && strcmp(side->name, run->name) != 0 ? 0
                                                            : take_id(side, run->id);
}

/* 1: some were taken; 0: there are none. */
static int take_all(struct viz_store *store, const struct viz_run_filter *filter,
                    struct side *side, struct viz_error *err)
{
    uint32_t before = side->count;
    int ret = viz_store_runs(store, filter, take_run, side, err);
    return ret < 0 ? ret : side->count > before;
}

static int take_tag(struct viz_store *store, const char *tag, struct side *side,
                    struct viz_error *err)
{
    return take_all(store, &(struct viz_run_filter){.tag = tag}, side, err);
}

static int take_name(struct viz_store *store, const char *name, struct side *side,
                     struct viz_error *err)
{
    side->name = name;
    int ret = take_all(store, &(struct viz_run_filter){.name = name}, side, err);
    side->name = NULL;
    return ret;
}

struct candidates {
    int (*each)(void *context, const struct viz_run *run);
    void *context;
};

static int take_selector(struct viz_store *store, const char *selector,
                         struct side *side, const struct candidates *candidates,
                         struct viz_error *err)
{
    struct viz_error other;
    int64_t id;
    if (!strncmp(selector, TAG, strlen(TAG))) {
        int ret = take_tag(store, selector + strlen(TAG), side, err);
        if (ret)
            return ret < 0 ? ret : 0;
        return viz_fail(err, -ENOENT, "no run has the tag \"%s\"",
                        selector + strlen(TAG));
    }
    int found = viz_store_find(store, selector, &id, NULL, NULL, err);
    if (found == 0)
        return take_id(side, id);
    int ret = 0;
    if (found == -ENOTUNIQ)
        ret = take_name(store, selector, side, &other);
    else if (found == -ENOENT)
        ret = take_tag(store, selector, side, &other);
    if (ret < 0)
        return viz_fail(err, ret, "%s", other.text);
    if (ret == 0 && found == -ENOTUNIQ && candidates->each)
        return viz_store_find(store, selector, &id, candidates->each,
                              candidates->context, err);
    return ret ? 0 : found;
}

static int by_id(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static uint32_t sort_unique(int64_t *id, uint32_t count)
{
    uint32_t unique = 0;
    qsort(id, count, sizeof(*id), by_id);
    for (uint32_t i = 0; i < count; i++)
        if (!unique || id[i] != id[unique - 1])
            id[unique++] = id[i];
    return unique;
}

/* @text: writable, a copy of the side. */
static int take_selectors(struct viz_store *store, char *text, struct side *side,
                          const struct candidates *candidates, struct viz_error *err)
{
    int ret = 0;
    for (char *next; ret == 0 && text; text = next) {
        next = strchr(text, ',');
        if (next)
            *next++ = '\0';
        if (!*text)
            return viz_fail(err, -EINVAL,
                            "a run is missing: give an id, a name or a "
                            "tag, several with commas between them");
        ret = take_selector(store, text, side, candidates, err);
    }
    return ret;
}

int viz_run_series_find(struct viz_store *store, const char *side, int64_t **ids,
                        uint32_t *count,
                        int (*candidate)(void *context, const struct viz_run *run),
                        void *context, struct viz_error *err)
{
    const struct candidates candidates = {candidate, context};
    struct side out = {.count = 0};
    size_t size = strlen(side) + 1;
    char *text = viz_zalloc(size);
    memcpy(text, side, size);
    int ret = take_selectors(store, text, &out, &candidates, err);
    free(text);
    if (ret) {
        free(out.id);
        return ret;
    }
    *count = sort_unique(out.id, out.count);
    *ids = out.id;
    return 0;
}
