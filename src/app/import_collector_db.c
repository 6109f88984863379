/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All runs of the Python collector's database. */
#include "import.h"

#include <viz/alloc.h>
#include <viz/collector_db.h>
#include <viz/timestamp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct work {
    const struct viz_import_params *params;
    const char *path;
    struct viz_collector_db *db;
    struct viz_error *err;
    uint32_t runs;
    struct viz_import_run run;
    uint32_t stream;
    int64_t ended_ns;
    bool damaged;
};

static bool read_time(const char *text, int64_t *ns)
{
    *ns = 0;
    return viz_timestamp_parse(text, strlen(text), ns);
}

static int take_row(void *context, const struct viz_collector_row *row)
{
    struct work *work = context;
    int64_t host_ns;
    const char *wrong = row->wrong;
    if (viz_import_stopped(work->params))
        return viz_fail(work->err, -EINTR, "%s: stopped", work->path);
    if (!wrong && !read_time(row->timestamp_utc, &host_ns))
        wrong = "timestamp_utc";
    if (wrong) {
        viz_import_bad(&work->run.result, row->number, wrong);
        return 0;
    }
    work->run.result.rounded += row->rounded;
    return viz_import_frame(&work->run, work->stream, host_ns, &row->frame, work->err);
}

static int begin(struct work *work, const struct viz_collector_run *run)
{
    char source[64];
    int64_t started_ns;
    read_time(run->started_at, &started_ns);
    snprintf(source, sizeof(source), "collector:%s", run->id);
    memset(&work->run, 0, sizeof(work->run));
    int ret = viz_import_begin(&work->run, work->params,
                               &(struct viz_import_about){
                                   .file = work->path,
                                   .format = "collector-db",
                                   .name = run->name,
                                   .description = run->description,
                                   .host = run->host,
                                   .firmware = run->firmware,
                                   .tags = run->tags,
                                   .source = source,
                                   .started_ns = started_ns,
                               },
                               work->err);
    if (ret)
        return ret;
    ret = viz_import_add_stream(&work->run,
                                &(struct viz_run_stream){
                                    .name = *run->host ? run->host : "device",
                                    .source = work->path,
                                    .form = VIZ_FORM_LIGHTWAVE,
                                },
                                &work->stream, work->err);
    if (ret == 0)
        ret = viz_collector_db_rows(work->db, run->id, take_row, work, work->err);
    read_time(run->completed_at, &work->ended_ns);
    return viz_import_end(&work->run,
                          *run->completed_at ? VIZ_RUN_COMPLETE : VIZ_RUN_INTERRUPTED,
                          work->ended_ns, ret, work->err);
}

static int take_run(void *context, const struct viz_collector_run *run)
{
    struct work *work = context;
    int ret = begin(work, run);
    if (ret != -EBADMSG)
        return ret < 0 ? ret : 0;
    work->params->say(work->params->context, work->err->text);
    work->damaged = true; /* other runs may be whole */
    return 0;
}

static int count_run(void *context, const struct viz_collector_run *run)
{
    (void)run;
    ++*(uint32_t *)context;
    return 0;
}

static int import_all(struct work *work)
{
    int ret = viz_collector_db_runs(work->db, count_run, &work->runs, work->err);
    if (ret == 0 && !work->runs)
        ret = viz_fail(work->err, -ENODATA, "%s has no runs", work->path);
    if (ret == 0 && work->runs > 1 && work->params->run_name)
        ret = viz_fail(work->err, -EINVAL,
                       "%s has %u runs: --run-name would give all of them one name",
                       work->path, work->runs);
    if (ret == 0)
        ret = viz_collector_db_runs(work->db, take_run, work, work->err);
    if (ret == 0 && work->damaged)
        ret = viz_fail(work->err, -EBADMSG, "%s is damaged: runs of it are incomplete",
                       work->path);
    return ret;
}

int viz_import_collector_db(const struct viz_import_params *params, const char *path,
                            struct viz_error *err)
{
    struct work *work = viz_zalloc(sizeof(*work));
    work->params = params;
    work->path = path;
    work->err = err;
    int ret = viz_collector_db_open(path, &work->db, err);
    if (ret == 0)
        ret = import_all(work);
    viz_collector_db_close(work->db);
    free(work);
    return ret;
}
