/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the importer need: one importer with a store, and what it said. */
#ifndef VIZ_TESTS_IMPORT_RIG_H
#define VIZ_TESTS_IMPORT_RIG_H

#include "store_rig.h"

#include <viz/exporter.h>
#include <viz/importer.h>

#include <errno.h>
#include <fcntl.h>

/* The collector's columns, and a row of them. */
#define TEN                                                                            \
    "timestamp_utc,timestamp_ms,avg_total_us,avg_goertzel_us,peak_total_us,"           \
    "peak_goertzel_us,cpu_load_percent,hop_count,goertzel_count,flags"
#define ROW "2026-01-01T12:00:00.100000,100,4321.5,0.1,5000,7,21.6075,5,5,3"
#define MAX_RUNS 8

/* One sample as an object. */
#define OBJECT(t) "{\"t\":" #t ",\"a\":1}"

/* One importer, and what it said. */
struct import_work {
    struct store_rig rig;
    struct viz_import_params params;
    struct viz_imported run[MAX_RUNS];
    char name[MAX_RUNS][64], format[MAX_RUNS][32], why[MAX_RUNS][64];
    uint32_t runs;
    char said[4][512];
    uint32_t sentences;
    char *text;
};

static inline void import_imported(void *context, const struct viz_imported *run)
{
    struct import_work *work = context;
    cr_assert_lt(work->runs, MAX_RUNS);
    uint32_t i = work->runs++;
    work->run[i] = *run;
    snprintf(work->name[i], sizeof(work->name[i]), "%s", run->name);
    snprintf(work->format[i], sizeof(work->format[i]), "%s", run->format);
    snprintf(work->why[i], sizeof(work->why[i]), "%s",
             run->bad_why ? run->bad_why : "");
}

static inline void import_say(void *context, const char *sentence)
{
    struct import_work *work = context;
    cr_assert_lt(work->sentences, 4);
    snprintf(work->said[work->sentences++], sizeof(work->said[0]), "%s", sentence);
}

static inline void import_begin(struct import_work *work)
{
    memset(work, 0, sizeof(*work));
    store_rig_init(&work->rig);
    work->params = (struct viz_import_params){.store = work->rig.store,
                                              .imported = import_imported,
                                              .say = import_say,
                                              .context = work};
}

static inline void import_end(struct import_work *work)
{
    free(work->text);
    store_rig_finish(&work->rig);
}

static inline int import_one(struct import_work *work, const char *text)
{
    FILE *file = fmemopen((char *)text, strlen(text), "r");
    int ret = viz_import_text(&work->params, "folder/some.file", file, &work->rig.err);
    fclose(file);
    return ret;
}

/* Must be imported as one run. */
static inline void import_whole(struct import_work *work, const char *text)
{
    STORE_OK(&work->rig, import_one(work, text));
    cr_assert_geq(work->runs, 1);
    cr_assert(work->run[work->runs - 1].whole, "%s", text);
}

/* What viz exports of the newest run. */
static inline const char *import_exported(struct import_work *work, bool json, bool all)
{
    char path[128];
    uint64_t rows;
    snprintf(path, sizeof(path), "%s/out", work->rig.folder);
    const struct viz_export_params params = {
        .store = work->rig.store,
        .run = work->run[work->runs - 1].run,
        .json = json,
        .all = all,
        .fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600),
    };
    STORE_OK(&work->rig, viz_export_run(&params, &rows, &work->rig.err));
    off_t size = lseek(params.fd, 0, SEEK_END);
    free(work->text);
    work->text = calloc(1, (size_t)size + 1);
    cr_assert_eq(pread(params.fd, work->text, (size_t)size, 0), size);
    close(params.fd);
    return work->text;
}

static inline int import_about(void *context, const struct viz_run *run)
{
    snprintf(context, 512, "%s|%s|%s|%s|%s|%d|%lld", run->name, run->description,
             run->tags, run->origin, run->host, (int)run->state,
             (long long)run->started_ns);
    return 0;
}

static inline const char *import_file(struct import_work *work, const char *name,
                                      const char *text)
{
    static char path[8][128];
    static int next;
    char *out = path[next++ % 8];
    snprintf(out, sizeof(path[0]), "%s/%s", work->rig.folder, name);
    FILE *file = fopen(out, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    return out;
}

#endif
