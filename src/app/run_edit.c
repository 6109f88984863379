/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/run_edit.h>

#include "json.h"

#include <viz/text.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/param.h>

#define FARTHEST_S 1e9 /* 31 years: what 64 bits of nanoseconds hold beside a date */

static int take_state(void *context, const struct viz_run *run)
{
    *(enum viz_run_state *)context = run->state;
    return 0;
}

int viz_run_edit_at_rest(struct viz_store *store, int64_t run, struct viz_error *err)
{
    enum viz_run_state state;
    int ret = viz_store_run(store, run, take_state, &state, err);
    if (ret == 0 && state == VIZ_RUN_RECORDING)
        ret = viz_fail(err, -EINPROGRESS,
                       "run %" PRId64 " is being recorded right now: end that first; "
                       "nothing was deleted",
                       run);
    return ret;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

static bool has_control(const char *text, const char *allowed)
{
    for (; *text; text++)
        if (((unsigned char)*text < 0x20 && !strchr(allowed, *text)) || *text == 0x7f)
            return true;
    return false;
}

int viz_run_edit_check_tag(const char *tag, struct viz_error *err)
{
    json_t *text = json_string(tag); /* NULL when it is not UTF-8 */
    bool utf8 = text;
    json_decref(text);
    if (!utf8)
        return viz_fail(err, -EINVAL, "the tag is not UTF-8");
    if (!*tag || strchr(tag, ',') || has_control(tag, ""))
        return viz_fail(err, -EINVAL,
                        "a tag is a text without commas and control characters");
    if (viz_text_is_blank(tag))
        return viz_fail(err, -EINVAL,
                        "a tag is a text that can be seen: \"%.60s\" is blanks alone",
                        tag);
    if (characters(tag) > VIZ_MOST_TEXT)
        return viz_fail(err, -EINVAL, "the tag has %zu characters: at most %d are kept",
                        characters(tag), VIZ_MOST_TEXT);
    return 0;
}

/* ---- a remark ---- */

static int check_keys(json_t *object, struct viz_error *err)
{
    static const char *const known[] = {"stream", "from_s", "to_s",
                                        "text",   "author", "exclude"};
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (i < sizeof(known) / sizeof(known[0]) && strcmp(known[i], key) != 0)
            i++;
        if (i == sizeof(known) / sizeof(known[0]))
            return viz_fail(err, -EINVAL,
                            "unknown key \"%.60s\": an annotation has stream, from_s, "
                            "to_s, text, author and exclude",
                            key);
    }
    return 0;
}

static int read_time(json_t *object, const char *key, int64_t started_ns, int64_t *out,
                     struct viz_error *err)
{
    const json_t *value = json_object_get(object, key);
    double s = json_number_value(value);
    if (!json_is_number(value) || !(s >= -FARTHEST_S && s <= FARTHEST_S))
        return viz_fail(err, -EINVAL,
                        "%s: expected seconds since the run's start, a number from "
                        "%.0f to %.0f",
                        key, -FARTHEST_S, FARTHEST_S);
    if (__builtin_add_overflow(started_ns, (int64_t)llround(s * 1e9), out))
        return viz_fail(err, -EINVAL, "%s: no date is so far from the run's start",
                        key);
    return 0;
}

static int read_text(json_t *object, const char *key, const char **out,
                     struct viz_error *err)
{
    const json_t *value = json_object_get(object, key);
    *out = "";
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return viz_fail(err, -EINVAL, "%s: expected a text", key);
    *out = json_string_value(value);
    if (has_control(*out, "\n\t"))
        return viz_fail(err, -EINVAL, "%s: control characters are no text", key);
    if (**out && viz_text_is_blank(*out))
        return viz_fail(
            err, -EINVAL,
            "%s: expected a text that can be seen, or none, and found blanks "
            "alone",
            key);
    if (characters(*out) > VIZ_MOST_TEXT)
        return viz_fail(err, -EINVAL, "%s: %zu characters: at most %d are kept", key,
                        characters(*out), VIZ_MOST_TEXT);
    return 0;
}

static int read_stream(json_t *object, int64_t *out, struct viz_error *err)
{
    const json_t *value = json_object_get(object, "stream");
    if (value && !json_is_null(value) &&
        (!json_is_integer(value) || json_integer_value(value) <= 0))
        return viz_fail(err, -EINVAL, "stream: expected the id of a stream, or null");
    *out = json_integer_value(value);
    return 0;
}

/* From a run's first sample or its start to its last sample or its end, whichever is
 * further out: the time of day, by which it ends, may have stepped meanwhile. */
struct extent {
    struct viz_store *store;
    int64_t run, started_ns, begin_ns, end_ns;
    struct viz_error *err;
};

static int take_run(void *context, const struct viz_run *run)
{
    struct extent *extent = context;
    extent->started_ns = extent->begin_ns = run->started_ns;
    extent->end_ns = run->ended_ns ? run->ended_ns : run->seen_ns;
    return 0;
}

static int take_chunk(void *context, const struct viz_overview_chunk *chunk)
{
    struct extent *extent = context;
    extent->begin_ns = MIN(extent->begin_ns, chunk->begin_ns);
    extent->end_ns = MAX(extent->end_ns, chunk->end_ns);
    return 0;
}

static int take_stream(void *context, const struct viz_stored_stream *stored)
{
    struct extent *extent = context;
    return viz_store_overview(extent->store, extent->run, stored->id, take_chunk,
                              extent, extent->err);
}

static int read_extent(struct viz_store *store, int64_t run, struct extent *out,
                       struct viz_error *err)
{
    *out = (struct extent){.store = store, .run = run, .err = err};
    int ret = viz_store_run(store, run, take_run, out, err);
    return ret < 0 ? ret : viz_store_streams(store, run, take_stream, out, err);
}

static int check_stretch(const struct viz_annotation *annotation,
                         const struct extent *extent, struct viz_error *err)
{
    int64_t start_ns = extent->started_ns;
    double from_s = (double)(annotation->from_ns - start_ns) / 1e9;
    double to_s = (double)(annotation->to_ns - start_ns) / 1e9;
    if (annotation->to_ns < annotation->from_ns)
        return viz_fail(
            err, -EINVAL,
            "to_s is before from_s: expected more than %.9g, and found %.9g", from_s,
            to_s);
    if (annotation->to_ns == annotation->from_ns)
        return viz_fail(err, -EINVAL,
                        "to_s is from_s, %.9g: expected more, there is nothing in a "
                        "stretch without length",
                        from_s);
    if (annotation->to_ns <= extent->begin_ns || annotation->from_ns > extent->end_ns)
        return viz_fail(err, -EINVAL,
                        "from_s, to_s: expected some of the run, which is from %.9g to "
                        "%.9g s, and found %.9g to %.9g",
                        (double)(extent->begin_ns - start_ns) / 1e9,
                        (double)(extent->end_ns - start_ns) / 1e9, from_s, to_s);
    return 0;
}

static int read_remark(json_t *object, const struct extent *extent,
                       struct viz_annotation *out, struct viz_error *err)
{
    int64_t started_ns = extent->started_ns;
    const json_t *exclude = json_object_get(object, "exclude");
    int ret = check_keys(object, err);
    if (ret == 0)
        ret = read_time(object, "from_s", started_ns, &out->from_ns, err);
    if (ret == 0)
        ret = read_time(object, "to_s", started_ns, &out->to_ns, err);
    if (ret == 0)
        ret = read_text(object, "text", &out->text, err);
    if (ret == 0)
        ret = read_text(object, "author", &out->author, err);
    if (ret == 0)
        ret = read_stream(object, &out->stream, err);
    if (ret < 0)
        return ret;
    if (exclude && !json_is_null(exclude) && !json_is_boolean(exclude))
        return viz_fail(err, -EINVAL, "exclude: expected true or false");
    out->exclude = json_is_true(exclude);
    if (out->exclude && !*out->text)
        return viz_fail(err, -EINVAL,
                        "an exclusion needs a text: the reason why it is left out");
    return check_stretch(out, extent, err);
}

int viz_run_edit_annotate(struct viz_store *store, int64_t run, const char *json,
                          size_t size, int64_t *id, struct viz_error *err)
{
    struct viz_annotation annotation = {.id = 0};
    json_error_t where;
    struct extent extent;
    int ret = read_extent(store, run, &extent, err);
    if (ret < 0)
        return ret;
    json_t *object = json_loadb(json, size, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(object))
        ret = viz_fail(err, -EINVAL, "expected a JSON object%s%s", object ? "" : ": ",
                       object ? "" : where.text);
    if (ret == 0)
        ret = read_remark(object, &extent, &annotation, err);
    if (ret == 0)
        ret = viz_store_annotate(store, run, &annotation, id, err);
    json_decref(object);
    return ret;
}
