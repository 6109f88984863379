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
    const struct viz_import_params *params;
    const char *file_name;
    FILE *file;
    struct viz_import_records *records; /* JSON; NULL: CSV */
    struct viz_lines lines;
    struct viz_span input;
    char separator;
    uint64_t line;
    size_t unended; /* bytes of a line whose end has not come */
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
        if (rows->value[next].text.text)
            return bad(rows, "a name that stands there twice");
        rows->value[next++] = value;
    }
    return more < 0 ? bad(rows, "no JSON") : VIZ_IMPORT_ROW;
}

static enum viz_import_found next_object(struct viz_import_rows *rows)
{
    struct viz_span text;
    enum viz_import_found found = viz_import_records_next(rows->records, &text);
    rows->line = viz_import_records_number(rows->records);
    rows->why = viz_import_records_why(rows->records);
    return found == VIZ_IMPORT_ROW ? split_object(rows, text) : found;
}

/* False: there is nothing more to read, or there will be no end of it. */
static bool read_piece(struct viz_import_rows *rows)
{
    rows->why = "a line of more than 16 MiB";
    if (rows->unended > VIZ_IMPORT_LONGEST || viz_import_stopped(rows->params))
        return false;
    size_t size = fread(rows->piece, 1, PIECE, rows->file);
    rows->input = (struct viz_span){rows->piece, size};
    rows->unended += size;
    return size;
}

/* A line of any kind; of an oversized one, BAD. */
static enum viz_import_found next_line(struct viz_import_rows *rows,
                                       struct viz_span *line)
{
    for (;;) {
        enum viz_lines_found found = viz_lines_next(&rows->lines, &rows->input, line);
        if (found == VIZ_LINES_NONE) {
            if (read_piece(rows))
                continue;
            if (rows->unended > VIZ_IMPORT_LONGEST || ferror(rows->file) ||
                viz_import_stopped(rows->params))
                return VIZ_IMPORT_FAILED;
            if (!viz_lines_rest(&rows->lines, line))
                return VIZ_IMPORT_END;
        }
        rows->unended = 0;
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

/* What was read instead of a line of names. */
static const char *what_begins(enum viz_import_found found, struct viz_span line)
{
    if (memchr(line.text, 0, line.size))
        return "has bytes of zero: it is no text, or UTF-16 without its mark; save it "
               "as "
               "UTF-8";
    if (memchr(line.text, '\r', line.size))
        return "has lines that end with a carriage return only: save it with the line "
               "ends of Unix or Windows";
    if (found == VIZ_IMPORT_BAD)
        return "begins with a line of more than 16 KiB";
    return "does not begin with a line of column names, nor with JSON";
}

static int open_table(struct viz_import_rows *rows, const char *name,
                      struct viz_error *err)
{
    struct viz_span line = {rows->piece, 0};
    enum viz_import_found found = next_line(rows, &line);
    if (found == VIZ_IMPORT_FAILED)
        return viz_import_fail(rows, err);
    if (found == VIZ_IMPORT_BAD) /* enough of it to tell what it is */
        line = (struct viz_span){rows->piece, VIZ_MAX_LINE};
    rows->separator = viz_fields_separator(line);
    viz_fields_split(line, rows->separator, &rows->fields);
    if (found != VIZ_IMPORT_ROW || !viz_fields_are_names(&rows->fields))
        return viz_fail(err, -EPROTO, "%s %s", name, what_begins(found, line));
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

/* The mark of a text's encoding goes. True: the text is UTF-16. */
static bool take_mark(FILE *file)
{
    static const int utf8[] = {0xef, 0xbb, 0xbf};
    int c[3], count = 0;
    do
        c[count] = getc(file);
    while (c[count] == utf8[count] && ++count < 3);
    if (count == 3)
        return false;
    if (count == 0 && (c[0] == 0xfe || c[0] == 0xff)) {
        c[1] = getc(file);
        if (c[1] == (c[0] ^ 1))
            return true;
        count = 1;
    }
    for (; count >= 0; count--)
        if (c[count] != EOF)
            ungetc(c[count], file);
    return false;
}

static int first_character(struct viz_import_rows *rows)
{
    int c;
    do {
        c = getc(rows->file);
        rows->line += c == '\n';
    } while (!viz_import_stopped(rows->params) &&
             (c == ' ' || c == '\t' || c == '\r' || c == '\n'));
    return c == EOF ? c : ungetc(c, rows->file);
}

static int open_rows(struct viz_import_rows *rows, const char *name,
                     struct viz_error *err)
{
    if (take_mark(rows->file))
        return viz_fail(err, -EPROTO, "%s is UTF-16: save it as UTF-8", name);
    int c = first_character(rows);
    if (viz_import_stopped(rows->params) || ferror(rows->file))
        return viz_import_fail(rows, err);
    if (c == EOF)
        return viz_fail(err, -ENODATA, "%s is empty", name);
    if (c != '{' && c != '[')
        return open_table(rows, name, err);
    rows->records = viz_import_records_create(rows->params, rows->file);
    rows->found = next_object(rows);
    rows->primed = true;
    return rows->found == VIZ_IMPORT_FAILED ? viz_import_fail(rows, err) : 0;
}

int viz_import_rows_open(const struct viz_import_params *params, const char *name,
                         FILE *file, struct viz_import_rows **out,
                         struct viz_error *err)
{
    struct viz_import_rows *rows = viz_zalloc(sizeof(*rows));
    rows->params = params;
    rows->file_name = name;
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

bool viz_import_can_restart(const struct viz_import_rows *rows)
{
    struct stat found;
    int fd = fileno(rows->file);
    return fd < 0 || (fstat(fd, &found) == 0 && S_ISREG(found.st_mode));
}

int viz_import_restart(struct viz_import_rows *rows, struct viz_error *err)
{
    clearerr(rows->file);
    if (fseeko(rows->file, 0, SEEK_SET))
        return viz_fail(err, -errno, "%s cannot be read again: %s", rows->file_name,
                        strerror(errno));
    if (!rows->records)
        rows->columns = 0;
    viz_import_records_destroy(rows->records);
    rows->records = NULL;
    memset(&rows->lines, 0, sizeof(rows->lines));
    rows->input.size = 0;
    rows->unended = 0;
    rows->line = 0;
    rows->primed = false;
    return open_rows(rows, rows->file_name, err);
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

int viz_import_fail(const struct viz_import_rows *rows, struct viz_error *err)
{
    if (viz_import_stopped(rows->params))
        return viz_fail(err, -EINTR, "%s: stopped", rows->file_name);
    if (ferror(rows->file))
        return viz_fail(err, -EIO, "%s cannot be read on: %s", rows->file_name,
                        strerror(errno));
    return viz_fail(err, -EPROTO, "%s cannot be read on: %s", rows->file_name,
                    rows->why ? rows->why : strerror(EIO));
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
        if (found == VIZ_IMPORT_FAILED || viz_import_stopped(taker->params))
            return viz_import_fail(rows, err);
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
