/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import.h"

#include <viz/alloc.h>
#include <viz/outlet.h>
#include <viz/timestamp.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE 65536
#define FLOAT_DIGITS 9 /* tell any float32 apart; text with more came from a double */
#define MILLISECOND_NS 1000000

struct viz_import_rows {
    FILE *file;
    struct viz_import_records *records; /* JSON; NULL: CSV */
    struct viz_lines lines;
    struct viz_span input;
    char separator;
    uint64_t line;
    const char *why;
    uint32_t columns;
    char name[VIZ_IMPORT_COLUMNS][VIZ_IMPORT_NAME];
    struct viz_field value[VIZ_IMPORT_COLUMNS];
    bool primed; /* the row at hand has not been handed out yet */
    enum viz_import_found found;
    struct viz_fields fields;
    char piece[PIECE];
};

static const struct viz_field missing = {.kind = VIZ_FIELD_MISSING};

static enum viz_import_found bad(struct viz_import_rows *rows, const char *why)
{
    rows->why = why;
    return VIZ_IMPORT_BAD;
}

static uint32_t column_of(struct viz_import_rows *rows, struct viz_span name,
                          uint32_t guess)
{
    if (name.size >= VIZ_IMPORT_NAME)
        name.size = VIZ_IMPORT_NAME - 1;
    for (uint32_t i = 0; i < rows->columns; i++) {
        uint32_t at = (guess + i) % rows->columns;
        if (strlen(rows->name[at]) == name.size &&
            !memcmp(rows->name[at], name.text, name.size))
            return at;
    }
    if (rows->columns == VIZ_IMPORT_COLUMNS || memchr(name.text, 0, name.size))
        return VIZ_IMPORT_COLUMNS;
    memcpy(rows->name[rows->columns], name.text, name.size);
    rows->name[rows->columns][name.size] = 0;
    return rows->columns++;
}

/* The members of one object. */
static enum viz_import_found split_object(struct viz_import_rows *rows,
                                          struct viz_span text)
{
    struct viz_span key;
    struct viz_field value;
    uint32_t next = 0;
    int more;
    for (uint32_t i = 0; i < rows->columns; i++)
        rows->value[i] = missing;
    while ((more = viz_import_member(&text, &key, &value)) == 1) {
        next = column_of(rows, key, next);
        if (next == VIZ_IMPORT_COLUMNS)
            return bad(rows, "too many names");
        rows->value[next++] = value;
    }
    return more < 0 ? bad(rows, "no JSON") : VIZ_IMPORT_ROW;
}

static enum viz_import_found next_object(struct viz_import_rows *rows)
{
    struct viz_span text;
    enum viz_import_found found = viz_import_records_next(rows->records, &text);
    rows->line = viz_import_records_line(rows->records);
    if (found == VIZ_IMPORT_BAD)
        return bad(rows, "no JSON object");
    return found == VIZ_IMPORT_ROW ? split_object(rows, text) : found;
}

/* A line of any kind; of an oversized one, BAD. */
static enum viz_import_found next_line(struct viz_import_rows *rows,
                                       struct viz_span *line)
{
    for (;;) {
        enum viz_lines_found found = viz_lines_next(&rows->lines, &rows->input, line);
        if (found == VIZ_LINES_NONE) {
            size_t size = fread(rows->piece, 1, PIECE, rows->file);
            rows->input = (struct viz_span){rows->piece, size};
            if (size)
                continue;
            if (ferror(rows->file))
                return VIZ_IMPORT_FAILED;
            if (!viz_lines_rest(&rows->lines, line))
                return VIZ_IMPORT_END;
        }
        rows->line++;
        return found == VIZ_LINES_OVERSIZED ? bad(rows, "a line of more than 16 KiB")
                                            : VIZ_IMPORT_ROW;
    }
}

static enum viz_import_found next_fields(struct viz_import_rows *rows)
{
    struct viz_span line;
    do {
        enum viz_import_found found = next_line(rows, &line);
        if (found != VIZ_IMPORT_ROW)
            return found;
    } while (!viz_span_trim(line).size);
    viz_fields_split(line, rows->separator, &rows->fields);
    if (rows->columns > 1 && !viz_fields_match(&rows->fields, rows->columns))
        return bad(rows, rows->fields.count < rows->columns ? "fields are missing"
                                                            : "too many fields");
    for (uint32_t i = 0; i < rows->columns; i++)
        rows->value[i] = i < rows->fields.count ? rows->fields.field[i] : missing;
    return VIZ_IMPORT_ROW;
}

enum viz_import_found viz_import_next(struct viz_import_rows *rows)
{
    if (rows->primed) {
        rows->primed = false;
        return rows->found;
    }
    return rows->records ? next_object(rows) : next_fields(rows);
}

static struct viz_span without_mark(struct viz_span line)
{
    if (line.size >= 3 && !memcmp(line.text, "\xef\xbb\xbf", 3))
        line = (struct viz_span){line.text + 3, line.size - 3};
    return line;
}

/* "" within quotes is one quote. */
static struct viz_span without_doubles(struct viz_span text, char *out, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < text.size && used < room; i++) {
        out[used++] = text.text[i];
        if (text.text[i] == '"' && i + 1 < text.size && text.text[i + 1] == '"')
            i++;
    }
    return (struct viz_span){out, used};
}

static int open_table(struct viz_import_rows *rows, const char *name,
                      struct viz_error *err)
{
    struct viz_span line;
    enum viz_import_found found = next_line(rows, &line);
    if (found == VIZ_IMPORT_FAILED)
        return viz_fail(err, -EIO, "%s cannot be read", name);
    line = found == VIZ_IMPORT_ROW ? without_mark(line) : (struct viz_span){"", 0};
    rows->separator = viz_fields_separator(line);
    viz_fields_split(line, rows->separator, &rows->fields);
    if (!viz_fields_are_names(&rows->fields))
        return viz_fail(err, -EPROTO,
                        "%s does not begin with a line of column names, nor with JSON",
                        name);
    for (uint32_t i = 0; i < rows->fields.count; i++) {
        char text[VIZ_IMPORT_NAME];
        struct viz_span column =
            without_doubles(rows->fields.field[i].text, text, VIZ_IMPORT_NAME - 1);
        uint32_t before = rows->columns;
        column_of(rows, column, 0);
        if (rows->columns == before)
            return viz_fail(err, -EPROTO, "%s has two columns called \"%.*s\"", name,
                            (int)column.size, column.text);
    }
    return 0;
}

static int open_rows(struct viz_import_rows *rows, const char *name,
                     struct viz_error *err)
{
    int c;
    do
        c = getc(rows->file);
    while (c == ' ' || c == '\t' || c == '\r' || c == '\n');
    if (c != EOF)
        ungetc(c, rows->file);
    else
        return ferror(rows->file)
                   ? viz_fail(err, -EIO, "%s cannot be read: %s", name, strerror(errno))
                   : viz_fail(err, -ENODATA, "%s is empty", name);
    if (c != '{' && c != '[')
        return open_table(rows, name, err);
    rows->records = viz_import_records_create(rows->file);
    rows->found = next_object(rows);
    rows->primed = true;
    return 0;
}

int viz_import_rows_open(FILE *file, const char *name, struct viz_import_rows **out,
                         struct viz_error *err)
{
    struct viz_import_rows *rows = viz_zalloc(sizeof(*rows));
    rows->file = file;
    rows->input.text = rows->piece;
    int ret = open_rows(rows, name, err);
    if (ret < 0) {
        viz_import_rows_close(rows);
        return ret;
    }
    *out = rows;
    return 0;
}

void viz_import_rows_close(struct viz_import_rows *rows)
{
    if (!rows)
        return;
    viz_import_records_destroy(rows->records);
    free(rows);
}

bool viz_import_is_json(const struct viz_import_rows *rows)
{
    return rows->records;
}

const char *viz_import_head(const struct viz_import_rows *rows)
{
    return rows->records ? viz_import_records_head(rows->records) : NULL;
}

uint32_t viz_import_columns(const struct viz_import_rows *rows)
{
    return rows->columns;
}

const char *viz_import_column(const struct viz_import_rows *rows, uint32_t column)
{
    return rows->name[column];
}

int viz_import_find(const struct viz_import_rows *rows, const char *name)
{
    for (uint32_t i = 0; i < rows->columns; i++)
        if (!strcmp(rows->name[i], name))
            return (int)i;
    return -1;
}

const struct viz_field *viz_import_field(const struct viz_import_rows *rows, int column)
{
    return column < 0 ? &missing : &rows->value[column];
}

uint64_t viz_import_line(const struct viz_import_rows *rows)
{
    return rows->line;
}

const char *viz_import_why(const struct viz_import_rows *rows)
{
    return rows->why;
}

bool viz_import_int(const struct viz_field *field, int64_t low, int64_t high,
                    int64_t *out)
{
    if (field->kind != VIZ_FIELD_NUMBER || !viz_number_int64(&field->number, 0, out))
        return false;
    if (!field->number.whole && viz_number_double(&field->number) != (double)*out)
        return false;
    return *out >= low && *out <= high;
}

bool viz_import_double(const struct viz_field *field, double *out)
{
    *out = NAN;
    if (field->kind == VIZ_FIELD_NUMBER)
        *out = viz_number_double(&field->number);
    return field->kind == VIZ_FIELD_NUMBER || field->kind == VIZ_FIELD_MISSING;
}

static unsigned digits_of(uint64_t mantissa)
{
    unsigned digits = 0;
    while (mantissa && mantissa % 10 == 0)
        mantissa /= 10;
    for (; mantissa; mantissa /= 10)
        digits++;
    return digits;
}

bool viz_import_float(const struct viz_field *field, float *out, uint64_t *rounded)
{
    *out = NAN;
    if (field->kind == VIZ_FIELD_MISSING)
        return true;
    if (field->kind != VIZ_FIELD_NUMBER)
        return false;
    *out = viz_number_float(&field->number);
    if (field->number.kind == VIZ_NUMBER_FINITE &&
        digits_of(field->number.mantissa) > FLOAT_DIGITS &&
        viz_number_double(&field->number) != (double)*out)
        ++*rounded;
    return true;
}

bool viz_import_time(const struct viz_field *field, int64_t *out)
{
    int64_t ms;
    if (field->kind == VIZ_FIELD_TEXT)
        return viz_timestamp_parse(field->text.text, field->text.size, out);
    return viz_import_int(field, 0, INT64_MAX / MILLISECOND_NS, &ms) &&
           !__builtin_mul_overflow(ms, MILLISECOND_NS, out);
}

int viz_import_all(struct viz_import_rows *rows, const struct viz_import_taker *taker,
                   struct viz_error *err)
{
    for (;;) {
        enum viz_import_found found = viz_import_next(rows);
        int ret = 0;
        if (found == VIZ_IMPORT_END)
            return 0;
        if (found == VIZ_IMPORT_FAILED)
            return viz_fail(err, -EIO, "%s cannot be read on", taker->name);
        if (viz_import_stopped(taker->params))
            return viz_fail(err, -EINTR, "%s: stopped", taker->name);
        if (found == VIZ_IMPORT_BAD)
            viz_import_bad(taker->result, rows->line, rows->why);
        else
            ret = taker->take(taker->context, err);
        if (ret)
            return ret;
    }
}

void viz_import_name(const char *file, char *out, size_t size)
{
    const char *slash = strrchr(file, '/');
    snprintf(out, size, "%s", slash ? slash + 1 : file);
    char *dot = strrchr(out, '.');
    if (dot && dot > out)
        *dot = 0;
}

int64_t viz_import_file_time(const char *file)
{
    struct stat found;
    if (stat(file, &found))
        return 0;
    return found.st_mtim.tv_sec * INT64_C(1000000000) + found.st_mtim.tv_nsec;
}
