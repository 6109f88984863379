/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/archive.h>

#include <viz/alloc.h>
#include <viz/text.h>
#include <viz/thread.h>

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 4096
#define BATCH_BYTES (BATCH * VIZ_LW_EXTENDED_BYTES)
#define COMMIT_NS 250000000
#define TICK_NS 20000000   /* between two looks into the spool */
#define TRY_MS 200         /* how long one try waits for another writer */
#define SEEN_NS 2000000000 /* unseen for long, a run counts as interrupted */
#define REMARKS 64
#define REASON_TEXT 128
#define REMARK_TEXT 160

/* A sample that is followed and waits to be committed. Following is done once; writing
 * may have to be done again. */
struct pending {
    struct viz_run_sample sample; /* segment is filled in when it is written */
    uint32_t stream;              /* index in stream[] */
    uint32_t at;                  /* of its bytes */
    bool boot;                    /* begins a segment */
};

/* What happened to a connection: written behind the samples, as an annotation. */
struct remark {
    int64_t stream, from_ns, to_ns;
    char text[REMARK_TEXT];
};

struct stream {
    int64_t id;
    struct viz_track *track;
    int64_t segment; /* its id; 0: none yet */
    int64_t committed_segment;
    uint32_t segments;
    int64_t newest_ns; /* arrival of its newest sample; 0: none */
    int64_t lost_ns;   /* its connection was lost then; 0: it is there */
    int64_t offline_ns;
    char reason[REASON_TEXT]; /* why it was lost */
};

struct viz_archive {
    struct viz_archive_params params;
    struct viz_archive_status status;
    struct stream *stream;
    struct pending *pending; /* [BATCH] */
    uint8_t *bytes;          /* [BATCH_BYTES] of the pending samples */
    uint32_t count, used;    /* of pending[] and bytes[] */
    struct remark remark[REMARKS];
    uint32_t remarks;
    uint64_t seq;
    int64_t due_ns;  /* when the open batch is to be committed; 0: none is open */
    int64_t seen_ns; /* of the last commit */
    struct viz_histogram *delay;
    struct viz_error trouble;

    pthread_t thread;
    bool running;
    _Atomic bool stop;
    _Atomic int64_t patience_ns; /* written before stop: release */
    _Atomic bool failed;         /* written after what follows: release */
    int code;
    struct viz_error error;
};

struct viz_archive *viz_archive_create(const struct viz_archive_params *params)
{
    struct viz_archive *archive = viz_zalloc(sizeof(*archive));
    archive->params = *params;
    archive->seen_ns = viz_clock_now(params->clock);
    viz_store_set_patience(params->store, TRY_MS);
    archive->stream = viz_zalloc((params->streams + 1) * sizeof(archive->stream[0]));
    for (uint32_t i = 0; i < params->streams; i++) {
        archive->stream[i].id = params->stream[i];
        archive->stream[i].track = viz_track_create();
    }
    archive->pending = viz_zalloc(BATCH * sizeof(archive->pending[0]));
    archive->bytes = viz_zalloc(BATCH_BYTES);
    archive->delay = viz_zalloc(sizeof(*archive->delay));
    atomic_store_explicit(&archive->status.avg_total_us, NAN, memory_order_relaxed);
    atomic_store_explicit(&archive->status.cpu_load_percent, NAN, memory_order_relaxed);
    return archive;
}

void viz_archive_destroy(struct viz_archive *archive)
{
    if (!archive)
        return;
    for (uint32_t i = 0; i < archive->params.streams; i++)
        viz_track_destroy(archive->stream[i].track);
    free(archive->stream);
    free(archive->pending);
    free(archive->bytes);
    free(archive->delay);
    free(archive);
}

/* A time of viz_clock since 1970, by the distance that both had at the run's start. */
static int64_t host_time(const struct viz_archive *archive, int64_t clock_ns)
{
    return archive->params.started_ns + (clock_ns - archive->params.started_clock_ns);
}

static struct pending *append(struct viz_archive *archive,
                              const struct viz_record *record, const void *bytes)
{
    struct stream *stream = &archive->stream[record->source];
    struct pending *pending = &archive->pending[archive->count++];
    *pending = (struct pending){
        .stream = record->source,
        .at = archive->used,
        .sample = {.stream = stream->id,
                   .seq = archive->seq++,
                   .host_ns = host_time(archive, record->origin_ns),
                   .device_ns = INT64_MIN,
                   .size = record->size},
    };
    stream->newest_ns = record->origin_ns;
    if (!viz_counted(&archive->status.frames))
        atomic_store_explicit(&archive->status.first_ns, record->origin_ns,
                              memory_order_relaxed);
    viz_count(&archive->status.frames, 1);
    memcpy(archive->bytes + archive->used, bytes, record->size);
    archive->used += record->size;
    if (!archive->due_ns)
        archive->due_ns = viz_clock_now(archive->params.clock) + COMMIT_NS;
    return pending;
}

/* The limit of --max-samples, where there is one. */
static bool is_beyond(struct viz_archive *archive)
{
    if (!archive->params.max_samples || archive->seq < archive->params.max_samples)
        return false;
    viz_count(&archive->status.beyond, 1);
    return true;
}

static void count_marks(struct viz_archive_status *status,
                        const struct viz_track_point *point)
{
    viz_count(&status->repeats, !!(point->marks & VIZ_MARK_REPEAT));
    viz_count(&status->copies, !!(point->marks & VIZ_MARK_COPY));
    viz_count(&status->gaps, !!(point->marks & VIZ_MARK_GAP));
    viz_count(&status->boots, !!(point->marks & VIZ_MARK_BOOT));
    viz_count(&status->resets, !!(point->marks & VIZ_MARK_RESET));
    viz_count(&status->not_finite, !!(point->marks & VIZ_MARK_NAN));
    viz_count(&status->missing, point->missing);
}

static void take_frame(struct viz_archive *archive, const struct viz_record *record,
                       const uint8_t *bytes)
{
    struct viz_archive_status *status = &archive->status;
    struct viz_lw_frame frame;
    struct viz_track_point point;
    if (!viz_lw_decode(bytes, record->size, &frame)) {
        bool known = viz_lw_kind(bytes, record->size) > VIZ_LW_BAD_LENGTH;
        viz_count(known ? &status->foreign : &status->bad, 1);
        return;
    }
    if (is_beyond(archive))
        return;
    viz_track_frame(archive->stream[record->source].track, &frame, record->origin_ns,
                    &point);
    struct pending *pending = append(archive, record, bytes);
    pending->boot = point.marks & VIZ_MARK_BOOT;
    pending->sample.device_ns = point.device_ms * 1000000;
    pending->sample.marks = point.marks;
    pending->sample.missing = point.missing;
    count_marks(status, &point);
    if (!frame.hop_count)
        return; /* nothing is measured yet: its averages say 0 */
    atomic_store_explicit(&status->avg_total_us, frame.avg_total_us,
                          memory_order_relaxed);
    atomic_store_explicit(&status->cpu_load_percent, frame.cpu_load_percent,
                          memory_order_relaxed);
}

static void take_values(struct viz_archive *archive, const struct viz_record *record,
                        const void *bytes)
{
    if (is_beyond(archive))
        return;
    struct pending *pending = append(archive, record, bytes);
    pending->boot = archive->stream[record->source].segments == 0;
    archive->stream[record->source].segments = 1;
}

static void take_end(struct viz_archive *archive, const struct viz_record *record,
                     const char *reason)
{
    struct stream *stream = &archive->stream[record->source];
    viz_count(&archive->status.disconnects, 1);
    viz_track_reconnected(stream->track);
    if (stream->lost_ns)
        return;
    stream->lost_ns = record->origin_ns;
    snprintf(stream->reason, sizeof(stream->reason), "%.*s", (int)record->size, reason);
}

/* The connection is there again, or the run ends without it. */
static void close_outage(struct viz_archive *archive, struct stream *stream,
                         int64_t now_ns)
{
    if (!stream->lost_ns)
        return;
    char text[REMARK_TEXT];
    int64_t from_ns = stream->lost_ns;
    stream->offline_ns += now_ns - from_ns;
    stream->lost_ns = 0;
    if (archive->remarks == REMARKS)
        return; /* the count tells of the others */
    struct remark *remark = &archive->remark[archive->remarks++];
    remark->stream = stream->id;
    remark->from_ns = host_time(archive, from_ns);
    remark->to_ns = host_time(archive, now_ns);
    remark->to_ns = remark->to_ns < remark->from_ns ? remark->from_ns : remark->to_ns;
    snprintf(text, sizeof(text), "connection lost: %s", stream->reason);
    viz_text_visible(remark->text, sizeof(remark->text), text);
}

static void take(struct viz_archive *archive, const struct viz_record *record,
                 const void *bytes)
{
    viz_assert(record->source < archive->params.streams);
    switch ((enum viz_record_kind)record->kind) {
    case VIZ_RECORD_FRAME:
        take_frame(archive, record, bytes);
        break;
    case VIZ_RECORD_VALUES:
        take_values(archive, record, bytes);
        break;
    case VIZ_RECORD_DISCONNECTED:
        take_end(archive, record, bytes);
        break;
    case VIZ_RECORD_CONNECTED:
        close_outage(archive, &archive->stream[record->source], record->origin_ns);
        break;
    }
}

static int write_sample(struct viz_archive *archive, struct pending *pending,
                        struct viz_error *err)
{
    struct stream *stream = &archive->stream[pending->stream];
    int ret = 0;
    if (pending->boot)
        ret = viz_store_add_segment(archive->params.store, stream->id,
                                    stream->segment ? "boot" : "start",
                                    pending->sample.host_ns, &stream->segment, err);
    pending->sample.segment = stream->segment;
    pending->sample.frame = archive->bytes + pending->at;
    if (ret == 0)
        ret = viz_store_put(archive->params.store, archive->params.run,
                            &pending->sample, err);
    return ret;
}

static int write_remark(struct viz_archive *archive, const struct remark *remark,
                        struct viz_error *err)
{
    return viz_store_annotate(archive->params.store, archive->params.run,
                              &(struct viz_annotation){.stream = remark->stream,
                                                       .from_ns = remark->from_ns,
                                                       .to_ns = remark->to_ns,
                                                       .text = remark->text,
                                                       .author = "viz"},
                              NULL, err);
}

static int write_batch(struct viz_archive *archive, struct viz_error *err)
{
    struct viz_store *store = archive->params.store;
    int ret = viz_store_begin(store, err);
    if (ret < 0)
        return ret;
    for (uint32_t i = 0; ret == 0 && i < archive->count; i++)
        ret = write_sample(archive, &archive->pending[i], err);
    for (uint32_t i = 0; ret == 0 && i < archive->remarks; i++)
        ret = write_remark(archive, &archive->remark[i], err);
    if (ret == 0)
        ret = viz_store_commit(store, err);
    if (ret < 0)
        viz_store_rollback(store);
    for (uint32_t i = 0; i < archive->params.streams; i++) {
        struct stream *stream = &archive->stream[i];
        if (ret < 0)
            stream->segment = stream->committed_segment;
        else
            stream->committed_segment = stream->segment;
    }
    return ret;
}

static bool is_passing(int error)
{
    return error == -EBUSY || error == -ENOSPC || error == -EROFS || error == -EDQUOT;
}

static void count_delays(struct viz_archive *archive)
{
    int64_t now_ns = host_time(archive, viz_clock_now(archive->params.clock));
    for (uint32_t i = 0; i < archive->count; i++)
        viz_histogram_record(archive->delay,
                             now_ns - archive->pending[i].sample.host_ns, 1);
}

/* 0 also when the store cannot be written for now: the batch is kept. */
static int commit(struct viz_archive *archive, struct viz_error *err)
{
    struct viz_archive_status *status = &archive->status;
    int ret = write_batch(archive, &archive->trouble);
    bool passing = is_passing(ret);
    atomic_store_explicit(&status->trouble, passing ? -ret : 0, memory_order_relaxed);
    if (ret == -ESTALE) /* what was committed is not there either */
        atomic_store_explicit(&status->stored.value, 0, memory_order_relaxed);
    if (ret < 0 && !passing)
        return viz_fail(err, ret, "%s", archive->trouble.text);
    if (ret < 0) {
        viz_count(&status->retries, 1);
        archive->due_ns = viz_clock_now(archive->params.clock) + COMMIT_NS;
        return 0;
    }
    count_delays(archive);
    viz_count(&status->stored, archive->count);
    viz_count(&status->commits, 1);
    archive->count = archive->used = archive->remarks = 0;
    archive->due_ns = 0;
    archive->seen_ns = viz_clock_now(archive->params.clock);
    if (archive->params.max_samples && archive->seq >= archive->params.max_samples)
        atomic_store_explicit(&status->full, true, memory_order_relaxed);
    return 0;
}

static bool has_room(const struct viz_archive *archive)
{
    return archive->count < BATCH &&
           archive->used + VIZ_RECORD_MAX_BYTES <= BATCH_BYTES;
}

/* Records into the batch until it is full or nothing is left. */
static void fill(struct viz_archive *archive)
{
    const struct viz_record *record;
    const void *bytes;
    while (has_room(archive) &&
           (record = viz_spool_next(archive->params.spool, &bytes)))
        take(archive, record, bytes);
    viz_spool_release(archive->params.spool);
}

int viz_archive_step(struct viz_archive *archive, struct viz_error *err)
{
    for (;;) {
        fill(archive);
        bool full = !has_room(archive);
        bool failing =
            atomic_load_explicit(&archive->status.trouble, memory_order_relaxed) != 0;
        int64_t due_ns = archive->due_ns ? archive->due_ns : archive->seen_ns + SEEN_NS;
        bool due = viz_clock_now(archive->params.clock) >= due_ns;
        if (!due && (!full || failing))
            return 0;
        int ret = commit(archive, err);
        if (ret < 0 || !full)
            return ret;
    }
}

static void sleep_ns(int64_t ns)
{
    struct timespec span = {ns / 1000000000, ns % 1000000000};
    nanosleep(&span, NULL);
}

/* The store is given up: take the rest of the spool as well, so that it is counted. */
static void discard(struct viz_archive *archive)
{
    do {
        archive->count = archive->used = 0;
        fill(archive);
    } while (archive->count);
}

/* Of devices that are not connected at the end. */
static void close_outages(struct viz_archive *archive)
{
    int64_t now_ns = viz_clock_now(archive->params.clock);
    for (uint32_t i = 0; i < archive->params.streams; i++)
        close_outage(archive, &archive->stream[i], now_ns);
}

static int write_rest(struct viz_archive *archive, int64_t limit_ns,
                      struct viz_error *err)
{
    for (;;) {
        fill(archive);
        if (!archive->count)
            close_outages(archive);
        if (!archive->count && !archive->remarks)
            return 0;
        int ret = commit(archive, err);
        if (ret < 0)
            return ret;
        if (!archive->count && !archive->remarks)
            continue;
        int error =
            atomic_load_explicit(&archive->status.trouble, memory_order_relaxed);
        if (viz_clock_now(archive->params.clock) >= limit_ns)
            return viz_fail(err, -error, "%s", archive->trouble.text);
        sleep_ns(COMMIT_NS);
    }
}

int viz_archive_finish(struct viz_archive *archive, int64_t patience_ns,
                       struct viz_error *err)
{
    int64_t limit_ns = viz_clock_now(archive->params.clock) + patience_ns;
    int ret = write_rest(archive, limit_ns, err);
    if (ret < 0)
        discard(archive);
    return ret;
}

static void *run(void *argument)
{
    struct viz_archive *archive = argument;
    viz_role_assume_store();
    int ret = 0;
    /* Pairs with the release in viz_archive_stop(). */
    while (ret == 0 && !atomic_load_explicit(&archive->stop, memory_order_acquire)) {
        ret = viz_archive_step(archive, &archive->error);
        sleep_ns(TICK_NS);
    }
    int64_t patience_ns =
        atomic_load_explicit(&archive->patience_ns, memory_order_relaxed);
    if (ret == 0)
        ret = viz_archive_finish(archive, patience_ns, &archive->error);
    archive->code = ret;
    if (ret < 0) /* Pairs with the acquire in viz_archive_failed(). */
        atomic_store_explicit(&archive->failed, true, memory_order_release);
    return NULL;
}

int viz_archive_start(struct viz_archive *archive, struct viz_error *err)
{
    int ret = viz_thread_start(&archive->thread, "viz:store", run, archive, err);
    archive->running = ret == 0;
    return ret;
}

bool viz_archive_failed(struct viz_archive *archive, struct viz_error *err)
{
    if (!atomic_load_explicit(&archive->failed, memory_order_acquire))
        return false;
    *err = archive->error;
    return true;
}

int viz_archive_stop(struct viz_archive *archive, int64_t patience_ns,
                     struct viz_error *err)
{
    if (archive->running) {
        atomic_store_explicit(&archive->patience_ns, patience_ns, memory_order_relaxed);
        atomic_store_explicit(&archive->stop, true, memory_order_release);
        pthread_join(archive->thread, NULL);
    }
    archive->running = false;
    viz_store_set_patience(archive->params.store, VIZ_STORE_PATIENCE_MS);
    if (archive->code < 0)
        discard(archive); /* what came after the thread had ended */
    return archive->code < 0 ? viz_fail(err, archive->code, "%s", archive->error.text)
                             : 0;
}

const struct viz_archive_status *viz_archive_status(const struct viz_archive *archive)
{
    return &archive->status;
}

const struct viz_track_counts *viz_archive_track(const struct viz_archive *archive,
                                                 uint32_t stream)
{
    return viz_track_counts(archive->stream[stream].track);
}

const struct viz_histogram *viz_archive_delay(const struct viz_archive *archive)
{
    return archive->delay;
}

int64_t viz_archive_offline_ns(const struct viz_archive *archive, uint32_t stream)
{
    return archive->stream[stream].offline_ns;
}

int64_t viz_archive_newest_ns(const struct viz_archive *archive, uint32_t stream)
{
    return archive->stream[stream].newest_ns;
}
