/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands before the samples of an export of viz as JSON. */
#include "import.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* What was stored as JSON, as text; NULL: nothing. */
static char *dump(const json_t *run, const char *key)
{
    const json_t *value = json_object_get(run, key);
    if (json_is_string(value))
        return strdup(json_string_value(value));
    return json_is_object(value) ? json_dumps(value, JSON_COMPACT) : NULL;
}

static void join_tags(const json_t *tags, char *out, size_t size)
{
    size_t i, used = 0;
    json_t *tag;
    json_array_foreach(tags, i, tag)
    {
        const char *text = json_string_value(tag);
        if (text && used + strlen(text) + 2 < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "," : "",
                                     text);
    }
}

void viz_import_document_open(struct viz_import_document *document,
                              const struct viz_import_rows *rows)
{
    const char *text = viz_import_head(rows);
    memset(document, 0, sizeof(*document));
    document->root = text ? json_loads(text, 0, NULL) : NULL;
    document->run = json_object_get(document->root, "run");
    document->streams =
        (uint32_t)json_array_size(json_object_get(document->root, "streams"));
    document->requested = dump(document->run, "requested");
    document->machine = dump(document->run, "machine");
    document->delivered = dump(document->run, "delivered");
    join_tags(json_object_get(document->run, "tags"), document->tags,
              sizeof(document->tags));
}

void viz_import_document_close(struct viz_import_document *document)
{
    free(document->requested);
    free(document->machine);
    free(document->delivered);
    json_decref(document->root);
}

void viz_import_document_tell(const struct viz_import_document *document,
                              struct viz_import_about *about)
{
    const json_t *run = document->run;
    const json_t *started = json_object_get(run, "started_ns");
    if (!run)
        return;
    if (text_of(run, "name"))
        about->name = text_of(run, "name");
    about->description = text_of(run, "description");
    about->host = text_of(run, "host");
    about->firmware = text_of(run, "firmware");
    about->tags = document->tags;
    about->requested = document->requested;
    about->machine = document->machine;
    about->delivered = document->delivered;
    about->command = text_of(run, "command");
    if (json_is_integer(started))
        about->started_ns = json_integer_value(started);
}

enum viz_run_state viz_import_document_state(const struct viz_import_document *document)
{
    const char *state = text_of(document->run, "state");
    return state && strcmp(state, "complete") != 0 ? VIZ_RUN_INTERRUPTED
                                                   : VIZ_RUN_COMPLETE;
}

int64_t viz_import_document_ended(const struct viz_import_document *document)
{
    return json_integer_value(json_object_get(document->run, "ended_ns"));
}

bool viz_import_document_stream(const struct viz_import_document *document,
                                uint32_t index, struct viz_run_channel *channel,
                                struct viz_run_stream *out)
{
    const json_t *stream =
        json_array_get(json_object_get(document->root, "streams"), index);
    const json_t *channels = json_object_get(stream, "channels"), *at;
    const char *form = text_of(stream, "form");
    size_t i;
    *out = (struct viz_run_stream){
        .name = text_of(stream, "name"),
        .source = text_of(stream, "source"),
        .form = form && !strcmp(form, "values") ? VIZ_FORM_VALUES : VIZ_FORM_LIGHTWAVE,
        .requested_hz = json_number_value(json_object_get(stream, "requested_hz")),
        .channel = channel,
    };
    json_array_foreach(channels, i, at)
    {
        const char *name = text_of(at, "name"), *unit = text_of(at, "unit");
        if (!name || out->channels == VIZ_IMPORT_COLUMNS)
            return false;
        channel[out->channels++] = (struct viz_run_channel){name, unit ? unit : ""};
    }
    return out->name && *out->name && strlen(out->name) < VIZ_IMPORT_NAME;
}
