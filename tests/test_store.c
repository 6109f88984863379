/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_rig.h"

#include <errno.h>
#include <sys/stat.h>

/* The runs that were handed out, newest first as they come. */
struct seen {
    int64_t id[16];
    unsigned runs;
    int answer;
    struct viz_run last; /* its texts in text */
    char text[12][64];
};

static int see_run(void *context, const struct viz_run *run)
{
    struct seen *seen = context;
    const char *const from[] = {run->uuid,      run->name,  run->description,
                                run->origin,    run->host,  run->firmware,
                                run->machine,   run->flags, run->requested,
                                run->delivered, run->tags};
    seen->id[seen->runs++ % 16] = run->id;
    seen->last = *run;
    for (int i = 0; i < 11; i++)
        snprintf(seen->text[i], sizeof(seen->text[i]), "%s", from[i]);
    return seen->answer;
}

Test(store, run_comes_back_as_it_was_described)
{
    struct store_rig rig;
    struct seen seen = {0};
    int64_t id;
    const char *const tags[] = {"tuning", "a b", "", "tuning"};
    store_rig_init(&rig);
    const struct viz_run_new run = {
        .name = "night's \"run\" \u00e4",
        .description = "d",
        .origin = "device",
        .host = "lightwaveos.local:80",
        .firmware = "1.2",
        .machine = "{\"cpu\": 1}",
        .flags = "viz collect",
        .requested = "{}",
        .tags = tags,
        .tag_count = 4,
        .started_ns = 1700000000123456789,
    };
    STORE_OK(&rig, viz_store_begin_run(rig.store, &run, &id, &rig.err));
    STORE_OK(&rig, viz_store_run(rig.store, id, see_run, &seen, &rig.err));
    cr_expect_eq(seen.last.id, id);
    cr_expect_eq(strlen(seen.text[0]), 36);
    cr_expect_eq(seen.text[0][14], '4');
    const char *const expected[] = {run.name, "d",         "device",  run.host,
                                    "1.2",    run.machine, run.flags, "{}",
                                    "",       "a b,tuning"};
    for (int i = 0; i < 10; i++)
        cr_expect_str_eq(seen.text[1 + i], expected[i]);
    cr_expect_eq(seen.last.started_ns, run.started_ns);
    cr_expect_eq(seen.last.ended_ns, 0);
    cr_expect_eq(seen.last.state, VIZ_RUN_RECORDING);
    cr_expect_eq(seen.last.samples, 0);

    STORE_OK(&rig, viz_store_end_run(rig.store, id, VIZ_RUN_COMPLETE, 77, "{\"n\": 0}",
                                     &rig.err));
    STORE_OK(&rig, viz_store_run(rig.store, id, see_run, &seen, &rig.err));
    cr_expect_str_eq(seen.text[5], "1.2");
    cr_expect_str_eq(seen.text[9], "{\"n\": 0}");
    cr_expect_eq(seen.last.ended_ns, 77);
    cr_expect_eq(seen.last.state, VIZ_RUN_COMPLETE);
    store_rig_finish(&rig);
}

Test(store, empty_store_has_no_runs)
{
    struct store_rig rig;
    struct seen seen = {0};
    int64_t id;
    store_rig_init(&rig);
    cr_expect_eq(viz_store_version(rig.store), VIZ_STORE_VERSION);
    STORE_OK(&rig, viz_store_runs(rig.store, NULL, see_run, &seen, &rig.err));
    cr_expect_eq(seen.runs, 0);
    cr_expect_eq(viz_store_find(rig.store, "@latest", &id, NULL, NULL, &rig.err),
                 -ENOENT);
    cr_expect_eq(viz_store_run(rig.store, 1, see_run, &seen, &rig.err), -ENOENT);
    cr_expect_eq(viz_store_end_run(rig.store, 1, VIZ_RUN_COMPLETE, 1, NULL, &rig.err),
                 -ENOENT);
    cr_expect_eq(viz_store_delete(rig.store, 1, &rig.err), -ENOENT);
    store_rig_finish(&rig);
}

static enum viz_run_state state_when_seen(struct store_rig *rig, int64_t run,
                                          const char *distance_ns)
{
    struct seen seen = {0};
    char sql[160], state[32];
    sqlite3 *db = store_rig_db(rig);
    snprintf(sql, sizeof(sql), "UPDATE run SET seen_ns = %s + %s", VIZ_SQL_NOW_NS,
             distance_ns);
    store_rig_sql(db, sql);
    STORE_OK(rig, viz_store_run(rig->store, run, see_run, &seen, &rig->err));
    store_rig_text(db, "SELECT state FROM runs", state, sizeof(state));
    cr_expect_eq(seen.last.state == VIZ_RUN_RECORDING, !strcmp(state, "recording"));
    return seen.last.state;
}

Test(store, recording_that_was_not_seen_for_ten_seconds_was_interrupted)
{
    struct store_rig rig;
    struct seen seen = {0};
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1);
    cr_expect_eq(state_when_seen(&rig, run, "5000000000"), VIZ_RUN_RECORDING);
    cr_expect_eq(state_when_seen(&rig, run, "-5000000000"), VIZ_RUN_RECORDING);
    cr_expect_eq(state_when_seen(&rig, run, "-11000000000"), VIZ_RUN_INTERRUPTED);
    /* The time of day was set back after it was last seen. */
    cr_expect_eq(state_when_seen(&rig, run, "3600000000000"), VIZ_RUN_INTERRUPTED);
    /* A commit without samples says that the writer is there, whatever it was before. */
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_run(rig.store, run, see_run, &seen, &rig.err));
    cr_expect_eq(seen.last.state, VIZ_RUN_RECORDING);
    STORE_OK(&rig,
             viz_store_end_run(rig.store, run, VIZ_RUN_INTERRUPTED, 5, NULL, &rig.err));
    STORE_OK(&rig, viz_store_run(rig.store, run, see_run, &seen, &rig.err));
    cr_expect_eq(seen.last.state, VIZ_RUN_INTERRUPTED);
    store_rig_finish(&rig);
}

Test(store, no_run_was_seen_before_it_started)
{
    struct store_rig rig;
    struct seen seen = {0};
    const int64_t later_ns = INT64_C(4000000000000000000);
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", later_ns);
    STORE_OK(&rig, viz_store_run(rig.store, run, see_run, &seen, &rig.err));
    cr_expect_eq(seen.last.seen_ns, later_ns);
    /* The time of day was set back while it was recorded. */
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    cr_expect_eq(
        store_rig_number(store_rig_db(&rig), "SELECT duration_s = 0 FROM runs"), 1);
    store_rig_finish(&rig);
}

Test(store, texts_of_a_run_are_utf8)
{
    struct store_rig rig;
    struct seen seen = {0};
    int64_t id;
    const char *const tags[] = {"fine", "t\xfc"};
    const struct viz_run_new bad[] = {
        {.name = "n\xff"},
        {.description = "\xc3"},
        {.tags = tags, .tag_count = 2},
    };
    static const char *const what[] = {"name", "description", "tag"};
    store_rig_init(&rig);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(viz_store_begin_run(rig.store, &bad[i], &id, &rig.err), -EINVAL);
        cr_expect(strstr(rig.err.text, what[i]) && strstr(rig.err.text, "UTF-8"), "%s",
                  rig.err.text);
    }
    STORE_OK(&rig, viz_store_begin_run(rig.store,
                                       &(struct viz_run_new){.name = "caf\u00e9\n\x01"},
                                       &id, &rig.err));
    STORE_OK(&rig, viz_store_runs(rig.store, NULL, see_run, &seen, &rig.err));
    cr_expect_eq(seen.runs, 1);
    cr_expect_str_eq(seen.text[1], "caf\u00e9\n\x01");
    store_rig_finish(&rig);
}

static const char *tags_of(struct store_rig *rig, int64_t run, struct seen *seen)
{
    STORE_OK(rig, viz_store_run(rig->store, run, see_run, seen, &rig->err));
    return seen->text[10];
}

Test(store, tag_is_added_to_a_run_once)
{
    struct store_rig rig;
    struct seen seen = {0};
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1), other = store_rig_run(&rig, "s", 2);
    for (int i = 0; i < 2; i++)
        STORE_OK(&rig, viz_store_tag(rig.store, run, "new", &rig.err));
    STORE_OK(&rig, viz_store_tag(rig.store, run, "\u00e4 b", &rig.err));
    cr_expect_str_eq(tags_of(&rig, run, &seen), "new,\u00e4 b");
    cr_expect_str_eq(tags_of(&rig, other, &seen), "");
    cr_expect_eq(seen.last.state, VIZ_RUN_RECORDING);
    STORE_OK(&rig,
             viz_store_end_run(rig.store, run, VIZ_RUN_COMPLETE, 5, NULL, &rig.err));
    STORE_OK(&rig, viz_store_tag(rig.store, run, "later", &rig.err));
    cr_expect_str_eq(tags_of(&rig, run, &seen), "later,new,\u00e4 b");
    cr_expect_eq(seen.last.state, VIZ_RUN_COMPLETE);
    cr_expect_eq(seen.last.ended_ns, 5);
    store_rig_finish(&rig);
}

Test(store, tag_belongs_to_the_transaction_that_is_open)
{
    struct store_rig rig;
    struct seen seen = {0};
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1);
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_tag(rig.store, run, "never", &rig.err));
    viz_store_rollback(rig.store);
    cr_expect_str_eq(tags_of(&rig, run, &seen), "");
    STORE_OK(&rig, viz_store_begin(rig.store, &rig.err));
    STORE_OK(&rig, viz_store_tag(rig.store, run, "kept", &rig.err));
    STORE_OK(&rig, viz_store_commit(rig.store, &rig.err));
    cr_expect_str_eq(tags_of(&rig, run, &seen), "kept");
    store_rig_finish(&rig);
}

Test(store, tag_is_refused_with_a_sentence)
{
    struct store_rig rig;
    struct seen seen = {0};
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1), gone = store_rig_run(&rig, "s", 2);
    cr_expect_eq(viz_store_tag(rig.store, run, "", &rig.err), -EINVAL);
    cr_expect(strstr(rig.err.text, "empty"), "%s", rig.err.text);
    cr_expect_eq(viz_store_tag(rig.store, run, "\u00a0 ", &rig.err), -EINVAL);
    cr_expect(strstr(rig.err.text, "blanks alone"), "%s", rig.err.text);
    cr_expect_eq(viz_store_begin_run(rig.store, &(struct viz_run_new){.name = " "},
                                     &(int64_t){0}, &rig.err),
                 -EINVAL);
    cr_expect_eq(viz_store_tag(rig.store, run, "t\xfc", &rig.err), -EINVAL);
    cr_expect(strstr(rig.err.text, "UTF-8"), "%s", rig.err.text);
    cr_expect_eq(viz_store_tag(rig.store, 99, "t", &rig.err), -ENOENT);
    cr_expect(strstr(rig.err.text, "no run 99"), "%s", rig.err.text);
    /* On its way out: its deletion was killed before the last step. */
    store_rig_sql(store_rig_db(&rig), "UPDATE run SET state = 'deleted' WHERE id = 2");
    cr_expect_eq(viz_store_tag(rig.store, gone, "t", &rig.err), -ENOENT);
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT count(*) FROM tag"), 0);
    store_rig_close(&rig);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_expect_eq(viz_store_tag(rig.store, run, "t", &rig.err), -EROFS, "%s",
                 rig.err.text);
    cr_expect_str_eq(tags_of(&rig, run, &seen), "");
    store_rig_finish(&rig);
}

static unsigned count_runs(struct store_rig *rig, const struct viz_run_filter *filter,
                           struct seen *seen)
{
    *seen = (struct seen){0};
    STORE_OK(rig, viz_store_runs(rig->store, filter, see_run, seen, &rig->err));
    return seen->runs;
}

Test(store, filters_pick_runs_newest_first)
{
    struct store_rig rig;
    struct seen seen;
    int64_t id[3];
    const char *const tag[] = {"ab", "cab", "a_"};
    const char *const name[] = {"Alpha", "alphabet", "100%"};
    store_rig_init(&rig);
    for (int i = 0; i < 3; i++)
        STORE_OK(&rig,
                 viz_store_begin_run(rig.store,
                                     &(struct viz_run_new){.name = name[i],
                                                           .host = tag[i],
                                                           .tags = &tag[i],
                                                           .tag_count = 1,
                                                           .started_ns = 10 * i + 10},
                                     &id[i], &rig.err));
    cr_expect_eq(count_runs(&rig, NULL, &seen), 3);
    cr_expect_eq(seen.id[0], id[2]);
    cr_expect_eq(seen.id[2], id[0]);
    cr_expect_eq(count_runs(&rig, &(struct viz_run_filter){.tag = "ab"}, &seen), 1);
    cr_expect_eq(seen.id[0], id[0]);
    cr_expect_eq(count_runs(&rig, &(struct viz_run_filter){.tag = "AB"}, &seen), 0);
    cr_expect_eq(count_runs(&rig, &(struct viz_run_filter){.name = "ALPHA"}, &seen), 2);
    cr_expect_eq(count_runs(&rig, &(struct viz_run_filter){.name = "%"}, &seen), 1);
    cr_expect_eq(count_runs(&rig, &(struct viz_run_filter){.host = "_"}, &seen), 1);
    cr_expect_eq(count_runs(&rig, &(struct viz_run_filter){.host = "b"}, &seen), 2);
    cr_expect_eq(
        count_runs(&rig, &(struct viz_run_filter){.from_ns = 10, .to_ns = 30}, &seen),
        2);
    cr_expect_eq(count_runs(&rig, &(struct viz_run_filter){.limit = 2}, &seen), 2);
    cr_expect_eq(seen.id[1], id[1]);
    seen = (struct seen){.answer = -EINTR};
    cr_expect_eq(viz_store_runs(rig.store, NULL, see_run, &seen, &rig.err), -EINTR);
    cr_expect_eq(seen.runs, 1);
    store_rig_finish(&rig);
}

static int find(struct store_rig *rig, const char *selector, int64_t *id,
                struct seen *seen)
{
    *seen = (struct seen){0};
    return viz_store_find(rig->store, selector, id, see_run, seen, &rig->err);
}

Test(store, selectors_mean_one_run_or_list_the_candidates)
{
    struct store_rig rig;
    struct seen seen;
    int64_t id[4], found = 0;
    const char *const tags[] = {"t", "u"};
    const char *const name[] = {"base", "base", "3", "cafe"};
    store_rig_init(&rig);
    for (int i = 0; i < 4; i++)
        STORE_OK(&rig, viz_store_begin_run(
                           rig.store,
                           &(struct viz_run_new){.name = name[i],
                                                 .tags = tags,
                                                 .tag_count = i == 3 ? 2 : i == 0,
                                                 .started_ns = i == 1 ? 100 : i + 1},
                           &id[i], &rig.err));
    store_rig_sql(store_rig_db(&rig),
                  "UPDATE run SET uuid = 'cafe0000-0000-4000-8000-00000000000' || id"
                  " WHERE id IN (1, 2)");
    cr_expect_eq(find(&rig, "1", &found, &seen), 0);
    cr_expect_eq(found, 1);
    /* A number is an id, though run 3 is not called so by its owner. */
    cr_expect_eq(find(&rig, "3", &found, &seen), 0);
    cr_expect_eq(found, 3);
    cr_expect_eq(find(&rig, "@latest", &found, &seen), 0);
    cr_expect_eq(found, id[1]);
    cr_expect_eq(find(&rig, "tag:u", &found, &seen), 0);
    cr_expect_eq(found, id[3]);
    cr_expect_eq(find(&rig, "tag:t", &found, &seen), -ENOTUNIQ);
    cr_expect_eq(seen.runs, 2);
    cr_expect_eq(seen.id[0], id[3]);
    cr_expect_eq(find(&rig, "base", &found, &seen), -ENOTUNIQ);
    cr_expect_eq(seen.runs, 2);
    cr_expect_eq(seen.id[0], id[1]);
    /* A whole name before the beginning of a uuid. */
    cr_expect_eq(find(&rig, "cafe", &found, &seen), 0);
    cr_expect_eq(found, id[3]);
    cr_expect_eq(find(&rig, "CAFE0", &found, &seen), -ENOTUNIQ);
    cr_expect_eq(find(&rig, "cafe0000-0000-4000-8000-000000000002", &found, &seen), 0);
    cr_expect_eq(found, 2);
    for (const char *const *no =
             (const char *const[]){"", "caf", "bas", "tag:", "tag:x", "99", "@first",
                                   "99999999999999999999", "cafe1", "%", NULL};
         *no; no++)
        cr_expect_eq(find(&rig, *no, &found, &seen), -ENOENT, "%s", *no);
    cr_expect_eq(viz_store_find(rig.store, "base", &found, NULL, NULL, &rig.err),
                 -ENOTUNIQ);
    store_rig_finish(&rig);
}

static int see_annotation(void *context, const struct viz_annotation *annotation)
{
    char *out = context;
    snprintf(out + strlen(out), 64, "%d:%lld-%lld:%s:%s:%d ", annotation->stream != 0,
             (long long)annotation->from_ns, (long long)annotation->to_ns,
             annotation->text, annotation->author, annotation->exclude);
    return 0;
}

Test(store, annotations_come_back_by_their_time)
{
    struct store_rig rig;
    char text[256] = "";
    int64_t id = 0;
    store_rig_init(&rig);
    struct store_place a =
        store_rig_place(&rig, store_rig_run(&rig, "a", 1), &store_rig_values);
    STORE_OK(&rig, viz_store_annotate(rig.store, a.run,
                                      &(struct viz_annotation){.stream = a.stream,
                                                               .from_ns = 5,
                                                               .to_ns = 9,
                                                               .text = "door",
                                                               .author = "me",
                                                               .exclude = true},
                                      &id, &rig.err));
    STORE_OK(&rig,
             viz_store_annotate(rig.store, a.run,
                                &(struct viz_annotation){.from_ns = 1, .to_ns = 2},
                                NULL, &rig.err));
    STORE_OK(&rig,
             viz_store_annotations(rig.store, a.run, see_annotation, text, &rig.err));
    cr_expect_str_eq(text, "0:1-2:::0 1:5-9:door:me:1 ");
    cr_expect_gt(id, 0);
    cr_expect_eq(
        viz_store_annotate(rig.store, 99, &(struct viz_annotation){0}, NULL, &rig.err),
        -ENOENT);
    store_rig_finish(&rig);
}

static int last_annotation(void *context, const struct viz_annotation *annotation)
{
    *(int64_t *)context = annotation->id;
    return 0;
}

Test(store, annotation_is_removed_by_its_id_and_from_its_run_only)
{
    struct store_rig rig;
    int64_t id = 0, other = 0, read = 0;
    const struct viz_annotation remark = {.from_ns = 3, .to_ns = 3, .text = "t"};
    store_rig_init(&rig);
    int64_t a = store_rig_run(&rig, "a", 1), b = store_rig_run(&rig, "b", 1);
    STORE_OK(&rig, viz_store_annotate(rig.store, a, &remark, &id, &rig.err));
    STORE_OK(&rig, viz_store_annotate(rig.store, b, &remark, &other, &rig.err));
    STORE_OK(&rig,
             viz_store_annotations(rig.store, b, last_annotation, &read, &rig.err));
    cr_expect_eq(read, other);
    cr_expect_neq(id, other);
    cr_expect_eq(viz_store_unannotate(rig.store, b, id, &rig.err), -ENOENT);
    cr_expect_eq(viz_store_unannotate(rig.store, 99, id, &rig.err), -ENOENT);
    STORE_OK(&rig, viz_store_unannotate(rig.store, a, id, &rig.err));
    cr_expect_eq(viz_store_unannotate(rig.store, a, id, &rig.err), -ENOENT);
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM annotation"), 1);
    store_rig_finish(&rig);
}

Test(store, annotation_is_refused_with_a_sentence)
{
    struct store_rig rig;
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "a", 1);
    struct store_place other =
        store_rig_place(&rig, store_rig_run(&rig, "b", 1), &store_rig_values);
    const struct viz_annotation wrong[] = {
        {.from_ns = 2, .to_ns = 1, .text = "t"},
        {.text = "t\xfc"},
        {.text = "t", .author = "\xfc"},
    };
    for (int i = 0; i < 3; i++)
        cr_expect_eq(viz_store_annotate(rig.store, run, &wrong[i], NULL, &rig.err),
                     -EINVAL, "%d", i);
    const struct viz_annotation strange = {.stream = other.stream};
    cr_expect_eq(viz_store_annotate(rig.store, run, &strange, NULL, &rig.err), -ENOENT);
    cr_expect(strstr(rig.err.text, "with a stream"), "%s", rig.err.text);
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM annotation"), 0);
    store_rig_finish(&rig);
}

Test(store, tag_is_taken_away_and_no_other)
{
    struct store_rig rig;
    struct seen seen = {0};
    store_rig_init(&rig);
    int64_t run = store_rig_run(&rig, "r", 1), other = store_rig_run(&rig, "s", 2);
    STORE_OK(&rig, viz_store_tag(rig.store, run, "a", &rig.err));
    STORE_OK(&rig, viz_store_tag(rig.store, run, "b", &rig.err));
    STORE_OK(&rig, viz_store_tag(rig.store, other, "a", &rig.err));
    for (int i = 0; i < 2; i++)
        STORE_OK(&rig, viz_store_untag(rig.store, run, "a", &rig.err));
    cr_expect_str_eq(tags_of(&rig, run, &seen), "b");
    cr_expect_str_eq(tags_of(&rig, other, &seen), "a");
    cr_expect_eq(viz_store_untag(rig.store, 99, "a", &rig.err), -ENOENT);
    store_rig_finish(&rig);
}

Test(store, generation_tells_that_anybody_has_changed_it)
{
    struct store_rig rig, reader;
    store_rig_init(&rig);
    reader = rig;
    store_rig_open(&reader, VIZ_STORE_READ);
    uint64_t own = viz_store_generation(rig.store),
             theirs = viz_store_generation(reader.store);
    cr_expect_eq(viz_store_generation(rig.store), own);
    cr_expect_eq(viz_store_generation(reader.store), theirs);
    int64_t run = store_rig_run(&rig, "r", 1);
    cr_expect_neq(viz_store_generation(rig.store), own);
    cr_expect_neq(viz_store_generation(reader.store), theirs);
    own = viz_store_generation(rig.store);
    theirs = viz_store_generation(reader.store);
    STORE_OK(&rig, viz_store_tag(rig.store, run, "t", &rig.err));
    cr_expect_neq(viz_store_generation(rig.store), own);
    cr_expect_neq(viz_store_generation(reader.store), theirs);
    theirs = viz_store_generation(reader.store);
    cr_expect_eq(viz_store_generation(reader.store), theirs);
    store_rig_close(&reader);
    store_rig_finish(&rig);
}

/* More samples than one transaction deletes; another run stays; the id is not used
 * again; what a killed deletion left is swept up by the next. */
Test(store, deleting_takes_everything_of_a_run_and_nothing_else)
{
    enum { MANY = 70000 };
    struct store_rig rig;
    struct seen seen;
    store_rig_init(&rig);
    struct store_place left =
        store_rig_place(&rig, store_rig_run(&rig, "l", 1), &store_rig_values);
    struct store_place kept =
        store_rig_place(&rig, store_rig_run(&rig, "k", 1), &store_rig_values);
    struct store_place gone =
        store_rig_place(&rig, store_rig_run(&rig, "g", 1), &store_rig_values);
    sqlite3 *db = store_rig_db(&rig);
    STORE_OK(&rig, store_rig_fill(&rig, &left, 0, 10));
    STORE_OK(&rig, store_rig_fill(&rig, &kept, 0, 10));
    STORE_OK(&rig, store_rig_fill(&rig, &gone, 5, MANY));
    store_rig_sql(db, "UPDATE run SET state = 'deleted' WHERE name = 'l'");
    cr_expect_eq(count_runs(&rig, NULL, &seen), 2);
    cr_expect_eq(viz_store_run(rig.store, left.run, see_run, &seen, &rig.err), -ENOENT);
    cr_expect_eq(viz_store_delete(rig.store, left.run, &rig.err), -ENOENT);
    STORE_OK(&rig, viz_store_delete(rig.store, gone.run, &rig.err));
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM sample"), 10);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM run"), 1);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM stream"), 1);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM channel"), 2);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM segment"), 1);
    cr_expect_eq(store_rig_fill(&rig, &gone, MANY + 5, 1), -ENOENT);
    cr_expect_gt(store_rig_run(&rig, "new", 1), gone.run);
    store_rig_finish(&rig);
}

Test(store, runs_stay_when_the_store_is_opened_again)
{
    struct store_rig rig;
    struct seen seen;
    store_rig_init(&rig);
    struct store_place a =
        store_rig_place(&rig, store_rig_run(&rig, "a", 1), &store_rig_values);
    STORE_OK(&rig, store_rig_fill(&rig, &a, 0, 100));
    store_rig_close(&rig);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    STORE_OK(&rig, store_rig_fill(&rig, &a, 100, 100));
    store_rig_close(&rig);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_expect_eq(count_runs(&rig, NULL, &seen), 1);
    cr_expect_eq(seen.last.samples, 200);
    store_rig_finish(&rig);
}

Test(store, default_place_is_the_user_s_data_folder)
{
    struct viz_error err;
    char path[64];
    setenv("XDG_DATA_HOME", "/x", 1);
    setenv("HOME", "/h", 1);
    cr_expect_eq(viz_store_default(path, sizeof(path), &err), 0);
    cr_expect_str_eq(path, "/x/viz/runs.db");
    cr_expect_eq(viz_store_default(path, 5, &err), -ENAMETOOLONG);
    setenv("XDG_DATA_HOME", "relative", 1);
    cr_expect_eq(viz_store_default(path, sizeof(path), &err), 0);
    cr_expect_str_eq(path, "/h/.local/share/viz/runs.db");
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    cr_expect_eq(viz_store_default(path, sizeof(path), &err), -ENOENT);
}

Test(store, servers_are_refused_with_a_sentence)
{
    struct viz_store *store;
    struct viz_error err;
    cr_expect_eq(viz_store_open("postgresql://host/db", VIZ_STORE_WRITE, &store, &err),
                 -ENOTSUP);
    cr_expect(strstr(err.text, "this version stores in SQLite files only"));
    cr_expect_null(store);
    cr_expect_eq(viz_store_open("postgres://host/db", VIZ_STORE_READ, &store, &err),
                 -ENOTSUP);
}

Test(store, odd_names_are_names_of_files)
{
    struct store_rig rig;
    char path[160];
    struct stat stat_of;
    store_rig_folder(&rig);
    cr_assert_eq(chdir(rig.folder), 0);
    for (const char *const *name =
             (const char *const[]){":memory:", "a/b/c?mode=memory.db", "file:x", NULL};
         *name; name++) {
        STORE_OK(&rig, viz_store_open(*name, VIZ_STORE_WRITE, &rig.store, &rig.err));
        store_rig_close(&rig);
        snprintf(path, sizeof(path), "%s/%s", rig.folder, *name);
        cr_expect_eq(stat(path, &stat_of), 0, "%s", *name);
    }
    cr_assert_eq(chdir("/"), 0);
    store_rig_finish(&rig);
}
