/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the exporter: text that goes out in large pieces. */
#ifndef VIZ_EXPORT_H
#define VIZ_EXPORT_H

#include <viz/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VIZ_EXPORT_ROOM (256 * 1024)
#define VIZ_EXPORT_FIELD 64 /* no number or time is longer */

/* The names of enum viz_track_mark, by bit. */
#define VIZ_EXPORT_MARKS 6
extern const char *const viz_export_marks[VIZ_EXPORT_MARKS];

struct viz_export_out {
    int fd;
    int failed; /* errno of the first write that failed; nothing is written after it */
    size_t used;
    char text[VIZ_EXPORT_ROOM];
};

void viz_export_flush(struct viz_export_out *out);

/* Memory for a number: write at it, then add to used what was written. */
static inline char *viz_export_field(struct viz_export_out *out)
{
    if (out->used > VIZ_EXPORT_ROOM - VIZ_EXPORT_FIELD)
        viz_export_flush(out);
    return out->text + out->used;
}

void viz_export_put_long(struct viz_export_out *out, const char *text, size_t size);

static inline void viz_export_put(struct viz_export_out *out, const char *text,
                                  size_t size)
{
    if (size > VIZ_EXPORT_ROOM - out->used) {
        viz_export_put_long(out, text, size);
        return;
    }
    memcpy(out->text + out->used, text, size);
    out->used += size;
}

static inline void viz_export_string(struct viz_export_out *out, const char *text)
{
    viz_export_put(out, text, strlen(text));
}

void viz_export_int(struct viz_export_out *out, int64_t value);

/* @ns as seconds, with as many decimals as it has. */
void viz_export_seconds(struct viz_export_out *out, int64_t ns);

/* @text as a field of CSV: in quotes where it needs them. Free the result. */
char *viz_export_csv_text(const char *text);

/* @text as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD. Free the
 * result. */
char *viz_export_json_text(const char *text);

#endif
