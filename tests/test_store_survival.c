/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left when the writer is killed, the disk is full, or somebody else writes. */
#include "rig.h"
#include "store_rig.h"

#include <viz/collector_db.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define BATCH 50

static const struct viz_run_stream stream = {.name = "L"};

static void expect_sound(struct store_rig *rig)
{
    char text[64];
    sqlite3 *db = store_rig_db(rig);
    store_rig_text(db, "PRAGMA integrity_check", text, sizeof(text));
    cr_assert_str_eq(text, "ok");
    cr_assert_eq(store_rig_number(db, "SELECT count(*) FROM pragma_foreign_key_check"),
                 0);
    cr_assert_eq(store_rig_number(db, "SELECT count(*) FROM segment AS g WHERE samples"
                                      " <> (SELECT count(*) FROM sample AS s"
                                      "  WHERE s.segment = g.id)"),
                 0);
    cr_assert_eq(store_rig_number(db, "SELECT count(*) FROM run AS r WHERE samples <>"
                                      " (SELECT count(*) FROM sample AS s"
                                      "  WHERE s.run = r.id)"),
                 0);
}

/* Writes until it is killed; says after each commit how much is in. */
static _Noreturn void write_for_ever(struct store_rig *rig, int out)
{
    store_rig_open(rig, VIZ_STORE_WRITE);
    struct store_place place =
        store_rig_place(rig, store_rig_run(rig, "killed", 1), &stream);
    for (uint64_t done = 0;; done += BATCH) {
        if (store_rig_fill(rig, &place, done, BATCH) < 0)
            _exit(1);
        uint64_t now = done + BATCH;
        if (write(out, &now, sizeof(now)) != sizeof(now))
            _exit(1);
    }
}

/* The last figure that the child could say. */
static uint64_t kill_after(struct store_rig *rig, useconds_t delay_us)
{
    int ends[2];
    uint64_t told = 0, last = 0;
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        close(ends[0]);
        write_for_ever(rig, ends[1]);
    }
    close(ends[1]);
    cr_assert_eq(read(ends[0], &last, sizeof(last)), sizeof(last));
    usleep(delay_us);
    kill(child, SIGKILL);
    while (read(ends[0], &told, sizeof(told)) == sizeof(told))
        last = told;
    close(ends[0]);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    return last;
}

Test(store_survival, a_killed_writer_loses_only_what_it_had_not_committed)
{
    struct store_rig rig;
    uint64_t random = 42;
    store_rig_folder(&rig);
    for (int round = 0; round < 25; round++) {
        uint64_t told = kill_after(&rig, (useconds_t)rig_below(&random, 30000));
        store_rig_open(&rig, VIZ_STORE_WRITE);
        expect_sound(&rig);
        uint64_t there = (uint64_t)store_rig_number(
            store_rig_db(&rig), "SELECT samples FROM run ORDER BY id DESC LIMIT 1");
        cr_expect(there == told || there == told + BATCH, "%llu of %llu",
                  (unsigned long long)there, (unsigned long long)told);
        store_rig_close(&rig);
    }
    store_rig_finish(&rig);
}

/* At whatever point of making it: the next one can. */
Test(store_survival, a_store_half_made_is_made_by_the_next)
{
    uint64_t random = 7;
    for (int round = 0; round < 25; round++) {
        struct store_rig rig;
        store_rig_folder(&rig);
        pid_t child = fork();
        if (!child) {
            store_rig_open(&rig, VIZ_STORE_WRITE);
            pause();
        }
        usleep((useconds_t)rig_below(&random, 12000));
        kill(child, SIGKILL);
        cr_assert_eq(waitpid(child, NULL, 0), child);
        store_rig_open(&rig, VIZ_STORE_WRITE);
        cr_expect_eq(store_rig_number(store_rig_db(&rig), "PRAGMA user_version"),
                     VIZ_STORE_VERSION);
        store_rig_run(&rig, "r", 1);
        expect_sound(&rig);
        store_rig_finish(&rig);
    }
}

#define WRITERS 3
#define COMMITS 60

static _Noreturn void write_a_run(struct store_rig *rig)
{
    struct viz_error *err = &rig->err;
    int64_t id;
    if (viz_store_open(rig->path, VIZ_STORE_WRITE, &rig->store, err) ||
        viz_store_begin_run(rig->store, &(struct viz_run_new){.name = "w"}, &id, err))
        _exit(1);
    struct store_place place = store_rig_place(rig, id, &stream);
    for (uint64_t i = 0; i < COMMITS; i++)
        if (store_rig_fill(rig, &place, i * BATCH, BATCH) < 0)
            _exit(1);
    _exit(viz_store_end_run(rig->store, id, VIZ_RUN_COMPLETE, 2, NULL, err) < 0);
}

/* They even race for making the store. */
Test(store_survival, writers_at_once_lose_nothing)
{
    struct store_rig rig;
    pid_t child[WRITERS];
    int status;
    store_rig_folder(&rig);
    for (int i = 0; i < WRITERS; i++) {
        child[i] = fork();
        if (!child[i])
            write_a_run(&rig);
    }
    for (int i = 0; i < WRITERS; i++) {
        cr_assert_eq(waitpid(child[i], &status, 0), child[i]);
        cr_assert_eq(status, 0);
    }
    store_rig_open(&rig, VIZ_STORE_WRITE);
    expect_sound(&rig);
    sqlite3 *db = store_rig_db(&rig);
    cr_expect_eq(store_rig_number(db, "SELECT count(DISTINCT uuid) FROM run"), WRITERS);
    cr_expect_eq(store_rig_number(db, "SELECT count(*) FROM run WHERE samples = 3000"
                                      " AND state = 'complete'"),
                 WRITERS);
    store_rig_finish(&rig);
}

Test(store_survival, another_writer_is_waited_for_and_then_named)
{
    struct store_rig rig, other;
    store_rig_init(&rig);
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "r", 1), &stream);
    other = rig;
    store_rig_open(&other, VIZ_STORE_WRITE);
    viz_store_set_patience(rig.store, 20);
    STORE_OK(&other, viz_store_begin(other.store, &other.err));
    int64_t id;
    cr_expect_eq(viz_store_begin(rig.store, &rig.err), -EBUSY);
    cr_expect(strstr(rig.err.text, rig.path));
    cr_expect(strstr(rig.err.text, "another process"));
    cr_expect_eq(viz_store_begin_run(rig.store, &(struct viz_run_new){.name = "x"}, &id,
                                     &rig.err),
                 -EBUSY);
    cr_expect_eq(
        viz_store_end_run(rig.store, place.run, VIZ_RUN_COMPLETE, 1, NULL, &rig.err),
        -EBUSY);
    /* Readers wait for nobody. */
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT count(*) FROM run"), 1);
    viz_store_rollback(other.store);
    STORE_OK(&rig, store_rig_fill(&rig, &place, 0, 10));
    viz_store_close(other.store);
    store_rig_finish(&rig);
}

/* A reader goes on seeing what was there when it began. */
Test(store_survival, a_cursor_sees_one_state_while_others_write_and_delete)
{
    struct store_rig rig, reader;
    struct viz_cursor *cursor;
    struct viz_run_sample sample;
    uint64_t seen = 1;
    store_rig_init(&rig);
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "r", 1), &stream);
    STORE_OK(&rig, store_rig_fill(&rig, &place, 0, 1000));
    reader = rig;
    store_rig_open(&reader, VIZ_STORE_READ);
    STORE_OK(&reader, viz_store_read(reader.store, place.run, 0, &cursor, &reader.err));
    cr_assert_eq(viz_cursor_next(cursor, &sample, &reader.err), 1);
    STORE_OK(&rig, store_rig_fill(&rig, &place, 1000, 1000));
    STORE_OK(&rig, viz_store_delete(rig.store, place.run, &rig.err));
    for (; viz_cursor_next(cursor, &sample, &reader.err) == 1; seen++)
        cr_assert_eq(*(const uint64_t *)sample.frame, seen);
    cr_expect_eq(seen, 1000);
    viz_cursor_close(cursor);
    viz_store_close(reader.store);
    store_rig_finish(&rig);
}

/* Puts until it fails for want of room; the sample that would have been next. */
static uint64_t fill_up(struct store_rig *rig, const struct store_place *place)
{
    uint64_t done = 0;
    int ret;
    while ((ret = store_rig_fill(rig, place, done, 200)) == 0 && done < 10000000)
        done += 200;
    cr_assert_eq(ret, -ENOSPC, "%d %s", ret, rig->err.text);
    cr_expect(strstr(rig->err.text, "the disk is full"));
    return done;
}

static void expect_all_from(struct store_rig *rig, const struct store_place *place,
                            uint64_t done)
{
    expect_sound(rig);
    cr_expect_eq(store_rig_number(store_rig_db(rig), "SELECT samples FROM run"),
                 (int64_t)done);
    STORE_OK(rig, store_rig_fill(rig, place, done, 200));
    expect_sound(rig);
}

Test(store_survival, a_full_store_takes_the_transaction_once_there_is_room)
{
    struct store_rig rig;
    store_rig_init(&rig);
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "r", 1), &stream);
    store_rig_sql(store_rig_db(&rig), "PRAGMA max_page_count = 200");
    uint64_t done = fill_up(&rig, &place);
    store_rig_sql(store_rig_db(&rig), "PRAGMA max_page_count = 100000");
    expect_all_from(&rig, &place, done);
    store_rig_finish(&rig);
}

/* ---- other objects of this process, and other processes ---- */

struct messenger {
    pid_t pid;
    int ask, answer;
};

/* Another process that adds a run and is through with the store, as often as it is asked.
 * It begins before this one has anything open: what SQLite holds does not survive a fork. */
static struct messenger start_messenger(struct store_rig rig)
{
    int ask[2], answer[2];
    char byte;
    cr_assert_eq(pipe(ask), 0);
    cr_assert_eq(pipe(answer), 0);
    pid_t pid = fork();
    if (!pid) {
        close(ask[1]);
        close(answer[0]);
        while (read(ask[0], &byte, 1) == 1) {
            store_rig_open(&rig, VIZ_STORE_WRITE);
            store_rig_run(&rig, "another's", 1);
            store_rig_close(&rig);
            if (write(answer[1], &byte, 1) != 1)
                break;
        }
        _exit(0);
    }
    close(ask[0]);
    close(answer[1]);
    return (struct messenger){pid, ask[1], answer[0]};
}

static void let_another_write(const struct messenger *messenger)
{
    char byte = 0;
    cr_assert_eq(write(messenger->ask, &byte, 1), 1);
    cr_assert_eq(read(messenger->answer, &byte, 1), 1);
}

static void end_messenger(const struct messenger *messenger)
{
    close(messenger->ask);
    close(messenger->answer);
    cr_assert_eq(waitpid(messenger->pid, NULL, 0), messenger->pid);
}

static uint64_t count_runs(struct store_rig *rig)
{
    return (uint64_t)store_rig_number(store_rig_db(rig), "SELECT count(*) FROM run");
}

static void look_beside(struct store_rig other)
{
    for (int mode = VIZ_STORE_READ; mode <= VIZ_STORE_WRITE; mode++) {
        store_rig_open(&other, mode);
        store_rig_close(&other);
    }
    cr_expect(viz_collector_db_is_sqlite(other.path));
}

/* Who ends last tidies the log away; with the locks gone the reader would be no one. */
Test(store_survival, a_reader_keeps_its_locks_when_others_open_and_close)
{
    struct store_rig rig;
    char log[96];
    store_rig_folder(&rig);
    struct messenger another = start_messenger(rig);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    store_rig_run(&rig, "r", 1);
    store_rig_close(&rig);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_assert_eq(count_runs(&rig), 1);
    snprintf(log, sizeof(log), "%s-wal", rig.path);
    for (uint64_t runs = 2; runs < 5; runs++) {
        look_beside(rig);
        let_another_write(&another);
        cr_expect_eq(count_runs(&rig), runs);
        cr_expect_eq(access(log, F_OK), 0, "the log is gone under the reader");
        expect_sound(&rig);
    }
    end_messenger(&another);
    store_rig_finish(&rig);
}

/* What is written here is not lost in a log that another has removed. */
Test(store_survival, a_writer_keeps_its_locks_when_others_open_and_close)
{
    struct store_rig rig;
    store_rig_folder(&rig);
    struct messenger another = start_messenger(rig);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    for (uint64_t runs = 1; runs < 6; runs += 2) {
        look_beside(rig);
        store_rig_run(&rig, "r", 1);
        let_another_write(&another);
        cr_expect_eq(count_runs(&rig), runs + 1);
    }
    store_rig_close(&rig);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_expect_eq(count_runs(&rig), 6);
    expect_sound(&rig);
    end_messenger(&another);
    store_rig_finish(&rig);
}

/* A file system of our own, where the system lets us. */
static bool mount_small(const char *folder)
{
    return unshare(CLONE_NEWNS) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", folder, "tmpfs", 0, "size=1536k") == 0;
}

Test(store_survival, a_full_disk_takes_the_transaction_once_there_is_room)
{
    struct store_rig rig;
    char remount[] = "size=16m";
    store_rig_folder(&rig);
    if (!mount_small(rig.folder)) {
        store_rig_finish(&rig);
        cr_skip("no file system of our own: %s", strerror(errno));
    }
    store_rig_open(&rig, VIZ_STORE_WRITE);
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "r", 1), &stream);
    uint64_t done = fill_up(&rig, &place);
    cr_expect_gt(done, 0);
    cr_assert_eq(mount("tmpfs", rig.folder, "tmpfs", MS_REMOUNT, remount), 0);
    expect_all_from(&rig, &place, done);
    STORE_OK(&rig, viz_store_end_run(rig.store, place.run, VIZ_RUN_COMPLETE, 9, NULL,
                                     &rig.err));
    store_rig_close(&rig);
    cr_expect_eq(umount(rig.folder), 0);
    store_rig_finish(&rig);
}

static void make_other(struct store_rig other, const char *path)
{
    strcpy(other.path, path);
    store_rig_open(&other, VIZ_STORE_WRITE);
    store_rig_run(&other, "other", 1);
    store_rig_close(&other);
}

static void expect_stale(struct store_rig *rig, const struct store_place *place)
{
    cr_expect_eq(store_rig_fill(rig, place, 10, 10), -ESTALE);
    cr_expect(strstr(rig->err.text, rig->path));
    cr_expect(strstr(rig->err.text, "replaced or removed"), "%s", rig->err.text);
    cr_expect_eq(
        viz_store_end_run(rig->store, place->run, VIZ_RUN_COMPLETE, 2, NULL, &rig->err),
        -ESTALE);
}

/* Told before anything is read or written. */
Test(store_survival, a_store_is_stale_once_its_path_leads_elsewhere)
{
    struct store_rig rig;
    char other[80], away[80];
    store_rig_init(&rig);
    store_rig_run(&rig, "r", 1);
    cr_expect_not(viz_store_is_stale(rig.store));
    snprintf(other, sizeof(other), "%s/other.db", rig.folder);
    snprintf(away, sizeof(away), "%s/away.db", rig.folder);
    make_other(rig, other);
    cr_assert_eq(rename(rig.path, away), 0);
    cr_expect(viz_store_is_stale(rig.store), "removed");
    cr_assert_eq(rename(other, rig.path), 0);
    cr_expect(viz_store_is_stale(rig.store), "replaced");
    store_rig_close(&rig);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_expect_not(viz_store_is_stale(rig.store));
    FILE *letter = fopen(rig.path, "r+");
    cr_assert(letter);
    fputs("this is a letter and no store", letter);
    fclose(letter);
    cr_expect(viz_store_is_stale(rig.store), "overwritten");
    store_rig_finish(&rig);
}

static void copy_over(const char *from, const char *to)
{
    char bytes[4096];
    size_t size;
    FILE *in = fopen(from, "r"), *out = fopen(to, "w"); /* the same file as before */
    cr_assert(in && out);
    while ((size = fread(bytes, 1, sizeof(bytes), in)))
        cr_assert_eq(fwrite(bytes, 1, size, out), size);
    fclose(in);
    fclose(out);
}

/* The pages that the reader keeps are of the store that was there before. */
Test(store_survival, a_store_is_stale_once_another_was_copied_into_it)
{
    const struct timespec past[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    struct store_rig rig;
    char other[80];
    store_rig_init(&rig);
    store_rig_run(&rig, "r", 1);
    store_rig_close(&rig);
    snprintf(other, sizeof(other), "%s/other.db", rig.folder);
    make_other(rig, other);
    cr_assert_eq(utimensat(AT_FDCWD, rig.path, past, 0), 0);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT name = 'r' FROM run"), 1);
    cr_expect_not(viz_store_is_stale(rig.store));
    copy_over(other, rig.path);
    cr_expect(viz_store_is_stale(rig.store));
    store_rig_close(&rig);
    store_rig_open(&rig, VIZ_STORE_READ);
    cr_expect_not(viz_store_is_stale(rig.store));
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT name = 'other' FROM run"),
                 1);
    store_rig_finish(&rig);
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The standard patience is far more than the limit here. */
Test(store_survival, opening_a_busy_store_gives_up_when_it_was_told_to)
{
    struct store_rig rig;
    struct store_rig other;
    store_rig_init(&rig);
    other = rig;
    store_rig_sql(store_rig_db(&rig),
                  "PRAGMA user_version = 2; DROP TABLE overview_entries;"
                  "DROP TABLE overview; DROP TABLE overview_end; BEGIN IMMEDIATE");
    int64_t began = monotonic_ms();
    int ret =
        viz_store_open_within(rig.path, VIZ_STORE_WRITE, 100, &other.store, &rig.err);
    cr_expect_eq(ret, -EBUSY, "%d %s", ret, rig.err.text);
    cr_expect_lt(monotonic_ms() - began, VIZ_STORE_PATIENCE_MS / 2);
    store_rig_sql(store_rig_db(&rig), "ROLLBACK");
    STORE_OK(&rig, viz_store_open_within(rig.path, VIZ_STORE_WRITE, 100, &other.store,
                                         &rig.err));
    cr_expect_eq(viz_store_version(other.store), VIZ_STORE_VERSION);
    store_rig_close(&other);
    store_rig_finish(&rig);
}

Test(store_survival, a_store_that_was_removed_is_missed)
{
    struct store_rig rig;
    store_rig_init(&rig);
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "r", 1), &stream);
    STORE_OK(&rig, store_rig_fill(&rig, &place, 0, 10));
    cr_assert_eq(unlink(rig.path), 0);
    expect_stale(&rig, &place);
    store_rig_close(&rig);
    make_other(rig, rig.path); /* on top of the log that is left */
    store_rig_open(&rig, VIZ_STORE_WRITE);
    expect_sound(&rig);
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT count(*) FROM run"), 1);
    store_rig_finish(&rig);
}

/* The one is whole where it was moved to, the other where it took its place. */
Test(store_survival, a_store_that_was_replaced_is_not_mixed_with_the_other)
{
    struct store_rig rig;
    char other[80], away[80];
    store_rig_init(&rig);
    snprintf(other, sizeof(other), "%s/other.db", rig.folder);
    snprintf(away, sizeof(away), "%s/away.db", rig.folder);
    make_other(rig, other);
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "r", 1), &stream);
    STORE_OK(&rig, store_rig_fill(&rig, &place, 0, 10));
    cr_assert_eq(rename(rig.path, away), 0);
    cr_assert_eq(rename(other, rig.path), 0);
    expect_stale(&rig, &place);
    store_rig_close(&rig);
    store_rig_open(&rig, VIZ_STORE_WRITE);
    expect_sound(&rig);
    cr_expect_eq(store_rig_number(store_rig_db(&rig),
                                  "SELECT count(*) FROM run WHERE name = 'other'"),
                 1);
    store_rig_close(&rig);
    strcpy(rig.path + strlen(rig.folder), "/away.db");
    store_rig_open(&rig, VIZ_STORE_WRITE);
    expect_sound(&rig);
    cr_expect_eq(store_rig_number(store_rig_db(&rig), "SELECT samples FROM run"), 20);
    store_rig_finish(&rig);
}

static int copy_samples(void *context, const struct viz_run *run)
{
    *(uint64_t *)context = run->samples;
    return 0;
}

Test(store_survival, a_reader_may_see_one_moment_in_all_its_questions)
{
    struct store_rig rig, reader;
    uint64_t samples = 0;
    store_rig_init(&rig);
    struct store_place place =
        store_rig_place(&rig, store_rig_run(&rig, "r", 1), &stream);
    STORE_OK(&rig, store_rig_fill(&rig, &place, 0, 10));
    reader = rig;
    store_rig_open(&reader, VIZ_STORE_READ);
    STORE_OK(&reader, viz_store_begin_read(reader.store, &reader.err));
    cr_expect_eq(viz_store_begin_read(reader.store, &reader.err), -EINVAL);
    for (int i = 0; i < 2; i++) {
        STORE_OK(&reader, viz_store_run(reader.store, place.run, copy_samples, &samples,
                                        &reader.err));
        cr_expect_eq(samples, 10);
        STORE_OK(&rig, store_rig_fill(&rig, &place, 10 + 10 * (uint64_t)i, 10));
    }
    viz_store_rollback(reader.store);
    STORE_OK(&reader, viz_store_run(reader.store, place.run, copy_samples, &samples,
                                    &reader.err));
    cr_expect_eq(samples, 30);
    viz_store_close(reader.store);
    store_rig_finish(&rig);
}
