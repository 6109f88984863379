/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overview, written beside the samples in the same transactions. What is not yet in a
 * chunk is kept in memory, and after a rollback read again from the samples. */
#include "overview.h"

#include <viz/alloc.h>
#include <viz/lightwave_fields.h>
#include <viz/track.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Samples that may be without: few enough to be read whenever the run is looked at. */
#define CHUNK_SAMPLES 32768

/* The numbers of a chunk's samples are written down when fewer than one in so many of the
 * run's are the stream's. */
#define SPARSE 4

#define FIRST_ROOM 64

struct pending {
    int64_t run, id;
    bool lightwave;
    uint64_t row; /* number of its first */
    struct viz_pyramid_clock clock;
    struct viz_pyramid_level level;
    uint64_t *seq; /* [rows] */
    uint32_t rows, room;
    double *value; /* [channels] */
};

struct place {
    int64_t segment;        /* 0: free */
    struct pending *stream; /* NULL: of another run, or none: not in an overview */
};

/* How far a run is. */
struct progress {
    int64_t run;
    uint64_t next; /* the next seq is not smaller */
    uint64_t end;  /* as overview_end has it */
};

struct viz_sqlite_overview {
    struct pending **stream;
    uint32_t streams, stream_room;
    struct place *place; /* hashed by segment */
    uint32_t places, place_room;
    struct place latest;
    struct progress *run;
    uint32_t runs;
    uint32_t rows; /* that wait, of all streams */
    sqlite3_stmt *put_chunk, *put_entries, *put_end;
    struct viz_pyramid_level coarse[2]; /* for the levels of a chunk, in turns */
};

static void *grown(void *array, size_t used, size_t room, size_t size)
{
    void *out = viz_zalloc(room * size);
    if (used)
        memcpy(out, array, used * size);
    free(array);
    return out;
}

/* ---- what is known ---- */

static void free_stream(struct pending *stream)
{
    viz_pyramid_finish(&stream->level);
    free(stream->seq);
    free(stream->value);
    free(stream);
}

void viz_sqlite_overview_forget(struct viz_sqlite *s)
{
    struct viz_sqlite_overview *o = s->overview;
    if (!o)
        return;
    for (uint32_t i = 0; i < o->streams; i++)
        free_stream(o->stream[i]);
    if (o->place)
        memset(o->place, 0, o->place_room * sizeof(*o->place));
    o->latest = (struct place){0};
    o->streams = o->places = o->runs = o->rows = 0;
}

void viz_sqlite_overview_finish(struct viz_sqlite *s)
{
    struct viz_sqlite_overview *o = s->overview;
    if (!o)
        return;
    viz_sqlite_overview_forget(s);
    sqlite3_finalize(o->put_chunk);
    sqlite3_finalize(o->put_entries);
    sqlite3_finalize(o->put_end);
    viz_pyramid_finish(&o->coarse[0]);
    viz_pyramid_finish(&o->coarse[1]);
    free(o->stream);
    free(o->place);
    free(o->run);
    free(o);
    s->overview = NULL;
}

static int prepare(struct viz_sqlite *s, struct viz_error *err)
{
    struct viz_sqlite_overview *o = s->overview;
    if (!o)
        o = s->overview = viz_zalloc(sizeof(*o));
    if (o->put_end)
        return 0;
    sqlite3_finalize(o->put_chunk);
    sqlite3_finalize(o->put_entries);
    o->put_chunk = o->put_entries = NULL;
    int ret = viz_sqlite_prepare(
        s,
        "INSERT INTO overview (run, stream, row, rows, first_seq, last_seq, begin_ns,"
        " end_ns, timed, device_begin_ns, device_end_ns, segment, shift_ns, newest_ns,"
        " received_ns, seqs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &o->put_chunk, err);
    if (!ret)
        ret = viz_sqlite_prepare(s,
                                 "INSERT INTO overview_entries (run, stream, level,"
                                 " row, entries) VALUES (?, ?, ?, ?, ?)",
                                 &o->put_entries, err);
    if (!ret)
        ret = viz_sqlite_prepare(
            s, "INSERT OR REPLACE INTO overview_end (run, seq) VALUES (?, ?)",
            &o->put_end, err);
    return ret;
}

static struct place *slot_of(struct place *place, uint32_t room, int64_t segment)
{
    uint32_t at =
        (uint32_t)((uint64_t)segment * 0x9e3779b97f4a7c15U >> 32) & (room - 1);
    while (place[at].segment && place[at].segment != segment)
        at = (at + 1) & (room - 1);
    return &place[at];
}

static void add_place(struct viz_sqlite_overview *o, struct place place)
{
    if (2 * o->places >= o->place_room) {
        uint32_t room = o->place_room ? 2 * o->place_room : FIRST_ROOM;
        struct place *grow = viz_zalloc(room * sizeof(*grow));
        for (uint32_t i = 0; i < o->place_room; i++)
            if (o->place[i].segment)
                *slot_of(grow, room, o->place[i].segment) = o->place[i];
        free(o->place);
        o->place = grow;
        o->place_room = room;
    }
    *slot_of(o->place, o->place_room, place.segment) = place;
    o->places++;
}

static struct progress *progress_of(struct viz_sqlite_overview *o, int64_t run)
{
    for (uint32_t i = 0; i < o->runs; i++)
        if (o->run[i].run == run)
            return &o->run[i];
    return NULL;
}

static struct pending *stream_of(struct viz_sqlite_overview *o, int64_t id)
{
    for (uint32_t i = 0; i < o->streams; i++)
        if (o->stream[i]->id == id)
            return o->stream[i];
    return NULL;
}

/* Where the stream's last chunk ends. */
static int continue_stream(struct viz_sqlite *s, struct pending *stream,
                           struct viz_error *err)
{
    sqlite3_stmt *stmt;
    struct viz_overview_chunk chunk;
    int ret = viz_sqlite_prepare(s,
                                 "SELECT " VIZ_SQLITE_CHUNK
                                 " FROM overview WHERE run = ? AND stream = ?"
                                 " ORDER BY row DESC LIMIT 1",
                                 &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, stream->run);
    sqlite3_bind_int64(stmt, 2, stream->id);
    ret = viz_sqlite_step(s, stmt, err);
    if (ret == 1) {
        viz_sqlite_fill_chunk(stmt, &chunk);
        stream->row = chunk.row + chunk.rows;
        stream->clock = chunk.clock;
    }
    sqlite3_finalize(stmt);
    return ret < 0 ? ret : 0;
}

static int add_stream(struct viz_sqlite *s, const struct pending *found,
                      struct pending **out, struct viz_error *err)
{
    struct viz_sqlite_overview *o = s->overview;
    struct pending *stream = viz_zalloc(sizeof(*stream));
    *stream = *found;
    stream->value = viz_zalloc(stream->level.channels * sizeof(double) + 1);
    int ret = continue_stream(s, stream, err);
    if (ret < 0) {
        free_stream(stream);
        return ret;
    }
    if (o->streams == o->stream_room) {
        o->stream_room = o->stream_room ? 2 * o->stream_room : FIRST_ROOM;
        o->stream =
            grown(o->stream, o->streams, o->stream_room, sizeof(struct pending *));
    }
    o->stream[o->streams++] = stream;
    *out = stream;
    return 0;
}

/* A segment's stream. One that is not of this run has none: the commit will say so. */
static int look_up(struct viz_sqlite *s, int64_t run, int64_t segment,
                   struct pending **out, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    struct pending found = {.run = run};
    int ret = viz_sqlite_prepare(
        s,
        "SELECT stream.id, form = 'lightwave',"
        " (SELECT count(*) FROM channel WHERE channel.stream = stream.id)"
        " FROM segment JOIN stream ON stream.id = segment.stream"
        " WHERE segment.id = ? AND stream.run = ?",
        &stmt, err);
    *out = NULL;
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, segment);
    sqlite3_bind_int64(stmt, 2, run);
    ret = viz_sqlite_step(s, stmt, err);
    if (ret == 1) {
        found.id = sqlite3_column_int64(stmt, 0);
        found.lightwave = sqlite3_column_int(stmt, 1);
        found.level.channels =
            found.lightwave ? VIZ_LW_FIELDS : (uint32_t)sqlite3_column_int64(stmt, 2);
    }
    sqlite3_finalize(stmt);
    if (ret != 1)
        return ret;
    *out = stream_of(s->overview, found.id);
    return *out ? 0 : add_stream(s, &found, out, err);
}

static int find_place(struct viz_sqlite *s, int64_t run, int64_t segment,
                      struct place *out, struct viz_error *err)
{
    struct viz_sqlite_overview *o = s->overview;
    *out = (struct place){.segment = segment};
    if (o->places) {
        const struct place *found = slot_of(o->place, o->place_room, segment);
        if (found->segment) {
            *out = *found;
            return 0;
        }
    }
    int ret = look_up(s, run, segment, &out->stream, err);
    if (!ret)
        add_place(o, *out);
    return ret;
}

/* ---- chunks ---- */

static int step_once(struct viz_sqlite *s, sqlite3_stmt *stmt, struct viz_error *err)
{
    int ret = viz_sqlite_step(s, stmt, err);
    sqlite3_reset(stmt);
    return ret;
}

static int write_level(struct viz_sqlite *s, const struct pending *stream,
                       unsigned number, const struct viz_pyramid_level *level,
                       struct viz_error *err)
{
    sqlite3_stmt *stmt = s->overview->put_entries;
    size_t size;
    uint8_t *bytes = viz_pyramid_encode(level, &size);
    sqlite3_bind_int64(stmt, 1, stream->run);
    sqlite3_bind_int64(stmt, 2, stream->id);
    sqlite3_bind_int64(stmt, 3, number);
    sqlite3_bind_int64(stmt, 4, (int64_t)stream->row);
    sqlite3_bind_blob64(stmt, 5, bytes, size, SQLITE_STATIC);
    int ret = step_once(s, stmt, err);
    sqlite3_bind_null(stmt, 5);
    free(bytes);
    return ret;
}

static int write_levels(struct viz_sqlite *s, const struct pending *stream,
                        struct viz_error *err)
{
    const struct viz_pyramid_level *fine = &stream->level;
    int ret = write_level(s, stream, 0, fine, err);
    for (unsigned number = 1;
         !ret && number < VIZ_PYRAMID_LEVELS && fine->entries > VIZ_PYRAMID_FEW;
         number++) {
        struct viz_pyramid_level *coarse = &s->overview->coarse[number % 2];
        if (coarse->channels != fine->channels) {
            viz_pyramid_finish(coarse);
            coarse->channels = fine->channels;
        }
        viz_pyramid_coarsen(fine, coarse);
        ret = write_level(s, stream, number, coarse, err);
        fine = coarse;
    }
    return ret;
}

static void bind_if(sqlite3_stmt *stmt, int at, bool known, int64_t value)
{
    if (known)
        sqlite3_bind_int64(stmt, at, value);
    else
        sqlite3_bind_null(stmt, at);
}

static int write_chunk(struct viz_sqlite *s, const struct pending *stream,
                       struct viz_error *err)
{
    sqlite3_stmt *stmt = s->overview->put_chunk;
    struct viz_pyramid_entry all = {0};
    const struct viz_pyramid_clock *clock = &stream->clock;
    size_t size = 0;
    uint8_t *seqs = NULL;
    for (uint32_t i = 0; i < stream->level.entries; i++)
        viz_pyramid_join(&all, &stream->level.entry[i]);
    if ((all.last_seq - all.first_seq) / SPARSE >= stream->rows)
        seqs = viz_pyramid_encode_seqs(stream->seq, stream->rows, &size);
    const int64_t number[] = {
        stream->run,
        stream->id,
        (int64_t)stream->row,
        stream->rows,
        (int64_t)all.first_seq,
        (int64_t)all.last_seq,
        all.begin_ns,
        all.end_ns,
        all.timed,
        all.device_begin_ns,
        all.device_end_ns,
        clock->segment,
    };
    for (int i = 0; i < 12; i++)
        sqlite3_bind_int64(stmt, 1 + i, number[i]);
    bind_if(stmt, 13, clock->placed, clock->shift_ns);
    bind_if(stmt, 14, clock->timed, clock->newest_ns);
    sqlite3_bind_int64(stmt, 15, clock->received_ns);
    sqlite3_bind_blob64(stmt, 16, seqs ? (const void *)seqs : "", size, SQLITE_STATIC);
    int ret = step_once(s, stmt, err);
    sqlite3_bind_null(stmt, 16);
    free(seqs);
    return ret;
}

static int flush_stream(struct viz_sqlite *s, struct pending *stream,
                        struct viz_error *err)
{
    if (!stream->rows)
        return 0;
    int ret = write_chunk(s, stream, err);
    if (!ret)
        ret = write_levels(s, stream, err);
    s->overview->rows -= stream->rows;
    stream->row += stream->rows;
    stream->rows = 0;
    viz_pyramid_clear(&stream->level);
    return ret;
}

/* Whether the chunks are still those that were there. */
static int check_end(struct viz_sqlite *s, const struct progress *run,
                     struct viz_error *err)
{
    uint64_t end;
    int ret = viz_sqlite_overview_end(&s->store, run->run, &end, err);
    if (!ret && end != run->end)
        ret = viz_fail(err, -EBUSY,
                       "%s: another process has made the overview of run %" PRId64,
                       s->path, run->run);
    return ret;
}

static int write_end(struct viz_sqlite *s, struct progress *run, struct viz_error *err)
{
    sqlite3_stmt *stmt = s->overview->put_end;
    run->end = run->next;
    sqlite3_bind_int64(stmt, 1, run->run);
    sqlite3_bind_int64(stmt, 2, (int64_t)run->next);
    return step_once(s, stmt, err);
}

/* @run 0: of all. */
static int flush(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    struct viz_sqlite_overview *o = s->overview;
    int ret = 0;
    for (uint32_t i = 0; !ret && i < o->runs; i++)
        if (!run || o->run[i].run == run)
            ret = check_end(s, &o->run[i], err);
    for (uint32_t i = 0; !ret && i < o->streams; i++)
        if (!run || o->stream[i]->run == run)
            ret = flush_stream(s, o->stream[i], err);
    for (uint32_t i = 0; !ret && i < o->runs; i++)
        if (!run || o->run[i].run == run)
            ret = write_end(s, &o->run[i], err);
    return ret;
}

/* ---- rows ---- */

static void take_row(struct viz_sqlite_overview *o, struct pending *stream,
                     const struct viz_run_sample *sample)
{
    struct viz_pyramid_row row = {
        .seq = sample->seq,
        .received_ns = sample->host_ns,
        .value = stream->value,
    };
    bool begun = stream->clock.begun;
    row.device_ns = viz_pyramid_place(&stream->clock, sample->segment, sample->host_ns,
                                      sample->device_ns, &row.other);
    row.shift_ns = stream->clock.shift_ns;
    row.gap = begun && (row.other || sample->missing ||
                        sample->marks & (VIZ_MARK_GAP | VIZ_MARK_BOOT));
    viz_pyramid_values(stream->lightwave, stream->level.channels, sample->frame,
                       sample->size, stream->value);
    viz_pyramid_append(&stream->level, &row);
    if (stream->rows == stream->room) {
        stream->room = stream->room ? 2 * stream->room : FIRST_ROOM;
        stream->seq =
            grown(stream->seq, stream->rows, stream->room, sizeof(*stream->seq));
    }
    stream->seq[stream->rows++] = sample->seq;
    o->rows++;
}

static int take(struct viz_sqlite *s, struct progress *run,
                const struct viz_run_sample *sample, struct viz_error *err)
{
    struct viz_sqlite_overview *o = s->overview;
    if (o->latest.segment != sample->segment) {
        int ret = find_place(s, run->run, sample->segment, &o->latest, err);
        if (ret < 0)
            return ret;
    }
    run->next = sample->seq + 1;
    if (o->latest.stream && o->latest.stream->run == run->run)
        take_row(o, o->latest.stream, sample);
    return o->rows >= CHUNK_SAMPLES ? flush(s, 0, err) : 0;
}

/* What is stored of @run and in no chunk, up to @until, at most @most of it. 1: there is
 * more. */
static int catch_up(struct viz_sqlite *s, struct progress *run, uint64_t until,
                    uint64_t most, struct viz_error *err)
{
    sqlite3_stmt *stmt;
    struct viz_run_sample sample;
    int ret = viz_sqlite_prepare(
        s,
        "SELECT 0, segment, seq, host_ns, device_ns, marks, missing, frame FROM sample"
        " WHERE run = ? AND seq >= ? AND seq < ? ORDER BY seq",
        &stmt, err);
    if (ret < 0)
        return ret;
    sqlite3_bind_int64(stmt, 1, run->run);
    sqlite3_bind_int64(stmt, 2, (int64_t)run->next);
    sqlite3_bind_int64(stmt, 3, (int64_t)until);
    while (most-- && (ret = viz_sqlite_step(s, stmt, err)) == 1) {
        viz_sqlite_fill_sample(stmt, &sample);
        ret = take(s, run, &sample, err);
        if (ret < 0)
            break;
        ret = 1;
    }
    sqlite3_finalize(stmt);
    return ret;
}

static int begin_run(struct viz_sqlite *s, int64_t run, struct progress **out,
                     struct viz_error *err)
{
    struct viz_sqlite_overview *o;
    struct progress begun = {.run = run};
    int ret = prepare(s, err);
    if (!ret)
        ret = viz_sqlite_overview_end(&s->store, run, &begun.end, err);
    if (ret < 0)
        return ret;
    begun.next = begun.end;
    o = s->overview;
    o->run = grown(o->run, o->runs, o->runs + 1, sizeof(*o->run));
    o->run[o->runs] = begun;
    *out = &o->run[o->runs++];
    return 0;
}

int viz_sqlite_overview_put(struct viz_sqlite *s, int64_t run,
                            const struct viz_run_sample *sample, struct viz_error *err)
{
    struct progress *progress = s->overview ? progress_of(s->overview, run) : NULL;
    int ret = 0;
    if (!progress) {
        ret = begin_run(s, run, &progress, err);
        if (!ret)
            ret = catch_up(s, progress, sample->seq, UINT64_MAX, err);
    }
    if (ret < 0)
        return ret;
    if (sample->seq < progress->next)
        return viz_fail(err, -EINVAL,
                        "%s: sample %" PRIu64 " of run %" PRId64
                        " comes behind one with a greater number",
                        s->path, sample->seq, run);
    return take(s, progress, sample, err);
}

static void forget_run(struct viz_sqlite_overview *o, int64_t run)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < o->streams; i++)
        if (o->stream[i]->run == run)
            free_stream(o->stream[i]);
        else
            o->stream[kept++] = o->stream[i];
    o->streams = kept;
    kept = 0;
    for (uint32_t i = 0; i < o->runs; i++)
        if (o->run[i].run != run)
            o->run[kept++] = o->run[i];
    o->runs = kept;
    /* Segments of the others are found again. */
    if (o->place)
        memset(o->place, 0, o->place_room * sizeof(*o->place));
    o->places = 0;
    o->latest = (struct place){0};
}

int viz_sqlite_overview_close(struct viz_sqlite *s, int64_t run, struct viz_error *err)
{
    if (!s->overview || !progress_of(s->overview, run))
        return 0;
    int ret = flush(s, run, err);
    if (!ret)
        forget_run(s->overview, run);
    return ret;
}

/* A transaction of it. */
int viz_sqlite_make_overview(struct viz_store *store, int64_t run,
                             struct viz_error *err)
{
    struct viz_sqlite *s = viz_sqlite_of(store);
    struct progress *progress;
    bool own;
    int more = 0;
    if (!sqlite3_get_autocommit(s->db))
        return viz_fail(err, -EINVAL, "%s: a transaction of samples is open", s->path);
    viz_sqlite_overview_forget(s);
    int ret = viz_sqlite_own(s, false, &own, err);
    if (ret < 0)
        return ret;
    ret = begin_run(s, run, &progress, err);
    if (!ret)
        ret = more = catch_up(s, progress, INT64_MAX, CHUNK_SAMPLES, err);
    if (ret >= 0)
        ret = viz_sqlite_overview_close(s, run, err);
    ret = viz_sqlite_done(s, own, ret, err);
    return ret < 0 ? ret : more;
}
