/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which runs a side of a comparison means. */
#include "store_rig.h"

#include <viz/run_series.h>

#include <errno.h>

static struct store_rig rig;

static void set_up(void)
{
    store_rig_init(&rig);
}

static void tear_down(void)
{
    store_rig_finish(&rig);
}

TestSuite(run_series_find, .init = set_up, .fini = tear_down);

static int count_candidate(void *context, const struct viz_run *run)
{
    (void)run;
    ++*(unsigned *)context;
    return 0;
}

/* The ids of @side as "1 2 3", or what is wrong. */
static int find(const char *side, char *out, size_t size, unsigned *candidates)
{
    int64_t *id = NULL;
    uint32_t count = 0;
    *out = '\0';
    *candidates = 0;
    int ret = viz_run_series_find(rig.store, side, &id, &count, count_candidate,
                                  candidates, &rig.err);
    for (uint32_t i = 0; i < count; i++)
        snprintf(out + strlen(out), size - strlen(out), "%s%lld", i ? " " : "",
                 (long long)id[i]);
    free(id);
    return ret;
}

/* 1 base, 2 base, 3 head [new], 4 head [new, odd], 5 new, 6 Base */
static void add_sides(void)
{
    static const char *const name[] = {"base", "base", "head", "head", "new", "Base"};
    static const char *const tags[] = {"new", "odd"};
    for (uint32_t i = 0; i < 6; i++) {
        int64_t id;
        STORE_OK(&rig,
                 viz_store_begin_run(rig.store,
                                     &(struct viz_run_new){.name = name[i],
                                                           .tags = tags,
                                                           .tag_count = i == 2   ? 1
                                                                        : i == 3 ? 2
                                                                                 : 0,
                                                           .started_ns = 100 - i},
                                     &id, &rig.err));
        cr_assert_eq(id, i + 1);
    }
}

Test(run_series_find, side_is_runs_by_id_name_or_tag)
{
    static const char *const cases[][2] = {
        {"2", "2"},
        {"3,1", "1 3"},
        {"base", "1 2"}, /* all that are called so, and no others */
        {"Base", "6"},
        {"tag:new", "3 4"},
        {"new", "5"}, /* a name before a tag */
        {"odd", "4"}, /* no name, but a tag */
        {"tag:odd", "4"},
        {"base,odd", "1 2 4"},
        {"2,base,2,tag:new,head", "1 2 3 4"}, /* each once */
        {"@latest", "1"},
    };
    char ids[64];
    unsigned candidates;
    add_sides();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        STORE_OK(&rig, find(cases[i][0], ids, sizeof(ids), &candidates));
        cr_expect_str_eq(ids, cases[i][1], "%s is %s", cases[i][0], ids);
    }
}

Test(run_series_find, side_that_is_no_run_is_refused_with_a_sentence)
{
    static const char *const empty[] = {"", ",", "1,", ",1", "1,,2"};
    static const char *const unknown[] = {"99",       "1,99", "bas",
                                          "tag:none", "tag:", "none"};
    char ids[64];
    unsigned candidates;
    add_sides();
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        cr_expect_eq(find(empty[i], ids, sizeof(ids), &candidates), -EINVAL, "%s",
                     empty[i]);
        cr_expect(strstr(rig.err.text, "missing"), "%s", rig.err.text);
    }
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        cr_expect_eq(find(unknown[i], ids, sizeof(ids), &candidates), -ENOENT, "%s",
                     unknown[i]);
        cr_expect_str_eq(ids, "");
    }
    cr_expect_eq(find("tag:none", ids, sizeof(ids), &candidates), -ENOENT);
    cr_expect(strstr(rig.err.text, "tag \"none\""), "%s", rig.err.text);
}

Test(run_series_find, side_that_may_be_several_runs_names_them)
{
    char ids[64];
    unsigned candidates;
    add_sides();
    store_rig_sql(store_rig_db(&rig),
                  "UPDATE run SET uuid = 'cafe0000-0000-4000-8000-00000000000' || id");
    cr_expect_eq(find("cafe", ids, sizeof(ids), &candidates), -ENOTUNIQ);
    cr_expect_eq(candidates, 6);
    cr_expect(strstr(rig.err.text, "cafe"), "%s", rig.err.text);
    int64_t *id = NULL;
    uint32_t count = 0;
    cr_expect_eq(
        viz_run_series_find(rig.store, "cafe", &id, &count, NULL, NULL, &rig.err),
        -ENOTUNIQ);
    cr_expect_null(id);
}

Test(run_series_find, side_may_be_many_runs)
{
    char side[] = "many";
    int64_t *id = NULL;
    uint32_t count = 0;
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    for (int i = 0; i < 100; i++)
        store_rig_run(&rig, side, 1000 - i);
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    STORE_OK(&rig,
             viz_run_series_find(rig.store, side, &id, &count, NULL, NULL, &rig.err));
    cr_assert_eq(count, 100);
    for (uint32_t i = 0; i < count; i++)
        cr_assert_eq(id[i], i + 1);
    free(id);
}
