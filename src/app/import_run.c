/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import.h"

#include <viz/alloc.h>
#include <viz/provenance.h>
#include <viz/text.h>

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BATCH 8192 /* samples of one transaction */

/* ---- whether it is there already ---- */

struct search {
    const char *source;
    int64_t found;
    char name[256];
};

static int compare_source(void *context, const struct viz_run *run)
{
    struct search *search = context;
    const char *source = NULL;
    json_t *delivered = *run->delivered ? json_loads(run->delivered, 0, NULL) : NULL;
    json_unpack(delivered, "{s:{s:s}}", "import", "source", &source);
    bool same = source && !strcmp(source, search->source);
    if (same) {
        search->found = run->id;
        snprintf(search->name, sizeof(search->name), "%s", run->name);
    }
    json_decref(delivered);
    return same;
}

/* 1 when it was found and said. */
static int find_known(struct viz_import_run *run, struct viz_error *err)
{
    const struct viz_import_params *params = run->params;
    struct search search = {.source = run->source};
    if (!params->store || params->again || !*run->source)
        return 0;
    int ret = viz_store_runs(params->store, &(struct viz_run_filter){.limit = 0},
                             compare_source, &search, err);
    if (ret < 0 || !search.found)
        return ret < 0 ? ret : 0;
    run->result.known = true;
    run->result.run = search.found;
    run->result.name = search.name;
    params->imported(params->context, &run->result);
    return 1;
}

/* ---- the run ---- */

static int begin_run(struct viz_import_run *run, const struct viz_import_about *about,
                     struct viz_error *err)
{
    const struct viz_import_params *params = run->params;
    const char *tag[2 * VIZ_MAX_TAGS];
    char *tags = strdup(about->tags ? about->tags : "");
    uint32_t count = viz_provenance_tags(tags, tag);
    for (uint32_t i = 0; i < params->tag_count && count < 2 * VIZ_MAX_TAGS; i++)
        tag[count++] = params->tags[i];
    struct viz_run_new new = {
        .name = run->result.name,
        .description = params->description ? params->description : about->description,
        .origin = "import",
        .host = about->host,
        .firmware = about->firmware,
        .machine = about->machine,
        .flags = about->command,
        .requested = about->requested,
        .tags = tag,
        .tag_count = count,
        .started_ns = about->started_ns,
    };
    int ret = 0;
    if (params->store)
        ret = viz_store_begin_run(params->store, &new, &run->result.run, err);
    free(tags);
    return ret;
}

static void finish(struct viz_import_run *run)
{
    for (uint32_t i = 0; i < run->streams; i++)
        viz_track_destroy(run->stream[i].track);
    free(run->stream);
    free(run->delivered);
    run->stream = NULL;
    run->delivered = NULL;
}

int viz_import_begin(struct viz_import_run *run, const struct viz_import_params *params,
                     const struct viz_import_about *about, struct viz_error *err)
{
    struct viz_imported counted = run->result; /* bad rows before the first good one */
    memset(run, 0, sizeof(*run));
    run->params = params;
    run->result = counted;
    run->result.file = about->file;
    run->result.format = about->format;
    if (params->run_name)
        snprintf(run->name, sizeof(run->name), "%s", params->run_name);
    else /* maybe the file's own, which need not be UTF-8 */
        viz_text_visible(run->name, sizeof(run->name), about->name ? about->name : "");
    run->result.name = run->name;
    run->newest_ns = about->started_ns;
    snprintf(run->source, sizeof(run->source), "%s", about->source);
    int ret = find_known(run, err);
    if (ret)
        return ret;
    run->delivered = strdup(about->delivered ? about->delivered : "");
    run->stream = viz_zalloc(VIZ_IMPORT_STREAMS * sizeof(*run->stream));
    ret = begin_run(run, about, err);
    if (ret < 0)
        finish(run);
    return ret;
}

static int commit(struct viz_import_run *run, struct viz_error *err)
{
    if (!run->open)
        return 0;
    run->open = false;
    int ret = viz_store_commit(run->params->store, err);
    if (ret < 0)
        viz_store_rollback(run->params->store);
    else
        run->result.samples += run->pending;
    run->pending = 0;
    return ret;
}

int viz_import_add_stream(struct viz_import_run *run,
                          const struct viz_run_stream *stream, uint32_t *index,
                          struct viz_error *err)
{
    if (run->streams == VIZ_IMPORT_STREAMS)
        return viz_fail(err, -E2BIG, "%s has more than %d streams", run->result.file,
                        VIZ_IMPORT_STREAMS);
    struct viz_import_stream *added = &run->stream[run->streams];
    int ret = commit(run, err);
    if (ret == 0 && run->params->store)
        ret = viz_store_add_stream(run->params->store, run->result.run, stream,
                                   &added->id, err);
    if (ret < 0)
        return ret;
    snprintf(added->name, sizeof(added->name), "%s", stream->name);
    added->channels = stream->channels;
    added->newest_ns = INT64_MIN;
    if (stream->form == VIZ_FORM_LIGHTWAVE)
        added->track = viz_track_create();
    *index = run->streams++;
    return 0;
}

/* The transaction and the segment that the next sample needs. */
static int prepare(struct viz_import_run *run, struct viz_import_stream *stream,
                   int64_t host_ns, bool boot, struct viz_error *err)
{
    struct viz_store *store = run->params->store;
    int ret = 0;
    if (!run->open)
        ret = viz_store_begin(store, err);
    run->open |= ret == 0;
    if (ret == 0 && (boot || !stream->segments)) {
        ret = viz_store_add_segment(store, stream->id,
                                    stream->segments ? "boot" : "start", host_ns,
                                    &stream->segment, err);
        stream->segments++;
    }
    return ret;
}

static int put(struct viz_import_run *run, struct viz_import_stream *stream,
               struct viz_run_sample *sample, struct viz_error *err)
{
    if (sample->host_ns > run->newest_ns)
        run->newest_ns = sample->host_ns;
    if (!run->params->store) {
        run->result.samples++;
        return 0;
    }
    int ret = prepare(run, stream, sample->host_ns, sample->marks & VIZ_MARK_BOOT, err);
    sample->stream = stream->id;
    sample->segment = stream->segment;
    sample->seq = run->seq++;
    if (ret == 0)
        ret = viz_store_put(run->params->store, run->result.run, sample, err);
    if (ret == 0 && ++run->pending == BATCH)
        ret = commit(run, err);
    return ret;
}

int viz_import_frame(struct viz_import_run *run, uint32_t stream, int64_t host_ns,
                     const struct viz_lw_frame *frame, struct viz_error *err)
{
    struct viz_import_stream *to = &run->stream[stream];
    uint8_t bytes[VIZ_LW_EXTENDED_BYTES];
    struct viz_track_point point;
    /* The wall clock of old may have been set back; the track needs one that was not. */
    if (host_ns > to->newest_ns)
        to->newest_ns = host_ns;
    viz_track_frame(to->track, frame, to->newest_ns, &point);
    struct viz_run_sample sample = {
        .host_ns = host_ns,
        .device_ns = point.device_ms * 1000000,
        .marks = point.marks,
        .missing = point.missing,
        .frame = bytes,
        .size = (uint32_t)viz_lw_encode(frame, bytes),
    };
    return put(run, to, &sample, err);
}

int viz_import_values(struct viz_import_run *run, uint32_t stream,
                      const struct viz_import_values *values, struct viz_error *err)
{
    struct viz_import_stream *to = &run->stream[stream];
    uint64_t bits[VIZ_IMPORT_COLUMNS];
    memcpy(bits, values->value, to->channels * sizeof(*bits));
    for (uint32_t i = 0; i < to->channels; i++)
        bits[i] = htole64(bits[i]);
    if (values->marks & VIZ_MARK_BOOT)
        viz_spacing_restart(&to->spacing);
    bool gap = viz_spacing_stamp(&to->spacing, values->device_ns);
    struct viz_run_sample sample = {
        .host_ns = values->host_ns,
        .device_ns = values->device_ns,
        .marks = values->marks | (gap ? VIZ_MARK_GAP : 0),
        .missing = values->missing,
        .frame = bits,
        .size = to->channels * (uint32_t)sizeof(*bits),
    };
    return put(run, to, &sample, err);
}

void viz_import_bad(struct viz_imported *result, uint64_t line, const char *why)
{
    if (!result->bad++) {
        result->bad_line = line;
        result->bad_why = why;
    }
}

/* What came; and which data it is, once they are here whole. */
static char *describe(const struct viz_import_run *run)
{
    const struct viz_imported *result = &run->result;
    json_t *import =
        json_pack("{s:s, s:s, s:I, s:I, s:I}", "format", result->format, "file",
                  result->file, "rows", (json_int_t)result->samples, "bad_rows",
                  (json_int_t)result->bad, "rounded", (json_int_t)result->rounded);
    if (!import) /* a file's name that is not UTF-8 */
        import = json_pack("{s:s}", "format", result->format);
    if (result->whole && *run->source)
        json_object_set_new(import, "source", json_string(run->source));
    json_t *all = *run->delivered ? json_loads(run->delivered, 0, NULL) : NULL;
    if (!json_is_object(all)) {
        json_decref(all);
        all = json_object();
    }
    json_object_set_new(all, "import", import);
    char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return text;
}

int viz_import_end(struct viz_import_run *run, enum viz_run_state state,
                   int64_t ended_ns, int failed, struct viz_error *err)
{
    struct viz_error another;
    int ret = commit(run, failed ? &another : err);
    failed = failed ? failed : ret;
    run->result.whole = failed == 0;
    char *delivered = describe(run);
    ret = 0;
    if (run->params->store)
        ret = viz_store_end_run(
            run->params->store, run->result.run, failed ? VIZ_RUN_INTERRUPTED : state,
            ended_ns ? ended_ns : run->newest_ns, delivered, failed ? &another : err);
    free(delivered);
    run->params->imported(run->params->context, &run->result);
    finish(run);
    return failed ? failed : ret;
}

void viz_import_source(const struct viz_import_params *params, FILE *file, char *out,
                       size_t size)
{
    uint64_t sum = UINT64_C(14695981039346656037), bytes = 0;
    unsigned char piece[16384];
    struct stat found;
    size_t got;
    out[0] = 0;
    /* A device may be without an end. Memory has no number. */
    if (fileno(file) >= 0 && (fstat(fileno(file), &found) || !S_ISREG(found.st_mode)))
        return;
    if (fseeko(file, 0, SEEK_SET))
        return;
    while (!viz_import_stopped(params) &&
           (got = fread(piece, 1, sizeof(piece), file)) > 0) {
        for (size_t i = 0; i < got; i++)
            sum = (sum ^ piece[i]) * UINT64_C(1099511628211);
        bytes += got;
    }
    bool good = !ferror(file) && !viz_import_stopped(params);
    if (fseeko(file, 0, SEEK_SET) || !good)
        return;
    snprintf(out, size, "fnv1a:%016" PRIx64 ":%" PRIu64, sum, bytes);
}
