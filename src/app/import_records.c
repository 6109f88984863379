/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects out of JSON of any length, one after the other. */
#include "import.h"

#include <viz/alloc.h>

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64

struct viz_import_records {
    const struct viz_import_params *params;
    FILE *file;
    uint64_t number; /* of the object at hand */
    const char *why; /* it cannot be read, or the file cannot be read on */
    bool inside;     /* the list of records */
    bool ended;      /* that list */
    char *text;      /* [VIZ_IMPORT_LONGEST + 1] */
    size_t size;
    char *head;
};

struct viz_import_records *
viz_import_records_create(const struct viz_import_params *params, FILE *file)
{
    struct viz_import_records *records = viz_zalloc(sizeof(*records));
    records->params = params;
    records->file = file;
    records->text = viz_map(VIZ_IMPORT_LONGEST + 1);
    return records;
}

void viz_import_records_destroy(struct viz_import_records *records)
{
    if (!records)
        return;
    viz_unmap(records->text, VIZ_IMPORT_LONGEST + 1);
    free(records->head);
    free(records);
}

uint64_t viz_import_records_number(const struct viz_import_records *records)
{
    return records->number;
}

const char *viz_import_records_why(const struct viz_import_records *records)
{
    return records->why;
}

const char *viz_import_records_head(const struct viz_import_records *records)
{
    return records->head;
}

/* The file may have no end. */
static int next_byte(struct viz_import_records *records)
{
    return viz_import_stopped(records->params) ? EOF : getc_unlocked(records->file);
}

static enum viz_import_found found(struct viz_import_records *records,
                                   enum viz_import_found what, const char *why)
{
    records->why = why;
    return what;
}

/* At an end where the file may have none, unless @usual: what it is then. */
static enum viz_import_found at_end(struct viz_import_records *records,
                                    enum viz_import_found usual)
{
    if (ferror(records->file) || viz_import_stopped(records->params))
        return found(records, VIZ_IMPORT_FAILED, NULL);
    if (records->inside && !records->ended)
        return found(records, VIZ_IMPORT_FAILED, "it ends before its list does");
    return found(records, usual, "no JSON object");
}

static bool keep(struct viz_import_records *records, int c)
{
    if (records->size == VIZ_IMPORT_LONGEST)
        return false;
    records->text[records->size++] = (char)c;
    return true;
}

/* What stands before the list: an object without its last member, whose name is next. */
static void keep_head(struct viz_import_records *records, size_t size)
{
    while (size && strchr(" \t\r\n,", records->text[size - 1]))
        size--;
    free(records->head);
    records->head = viz_zalloc(size + 2);
    memcpy(records->head, records->text, size);
    records->head[size] = '}';
}

/* Behind an opening brace, until its closing one. */
struct scan {
    int64_t depth;
    bool quoted, escaped;
    size_t string, string_end; /* of the newest string at depth 1, with its quotes */
};

static bool is_samples(const struct viz_import_records *records,
                       const struct scan *scan)
{
    static const char name[] = "\"samples\"";
    size_t size = sizeof(name) - 1;
    if (scan->depth != 1 || scan->string_end - scan->string != size ||
        memcmp(records->text + scan->string, name, size) != 0)
        return false;
    for (size_t i = scan->string_end; i < records->size; i++)
        if (!strchr(": \t\r\n", records->text[i]))
            return false;
    return memchr(records->text + scan->string_end, ':',
                  records->size - scan->string_end);
}

/* A brace where a member's name must be: the line before was cut off. */
static bool is_torn(const struct viz_import_records *records, const struct scan *scan,
                    int c)
{
    size_t at = records->size;
    if (c == '\n')
        return scan->quoted;
    if (c != '{' || scan->depth != 1 || scan->quoted)
        return false;
    while (at && strchr(" \t\r\n", records->text[at - 1]))
        at--;
    return at && records->text[at - 1] != ':';
}

static void step_string(struct scan *scan, int c, size_t at)
{
    if (scan->escaped)
        scan->escaped = false;
    else if (c == '\\')
        scan->escaped = true;
    else if (c == '"') {
        scan->quoted = false;
        if (scan->depth == 1)
            scan->string_end = at + 1;
    }
}

static void step(struct scan *scan, int c, size_t at)
{
    if (scan->quoted) {
        step_string(scan, c, at);
    } else if (c == '"') {
        scan->quoted = true;
        if (scan->depth == 1)
            scan->string = at;
    } else if (c == '{' || c == '[') {
        scan->depth++;
    } else if (c == '}' || c == ']') {
        scan->depth--;
    }
}

/* Until the object's end (ROW), or the beginning of its "samples" (END). */
static enum viz_import_found take_object(struct viz_import_records *records)
{
    struct scan scan = {.depth = 1};
    while (scan.depth) {
        int c = next_byte(records);
        if (c == EOF)
            return at_end(records, VIZ_IMPORT_BAD);
        if (is_torn(records, &scan, c)) {
            ungetc(c == '{' ? c : ' ', records->file);
            return found(records, VIZ_IMPORT_BAD, "no JSON object");
        }
        if (c == '[' && !scan.quoted && !records->inside &&
            is_samples(records, &scan)) {
            keep_head(records, scan.string);
            records->inside = true;
            return VIZ_IMPORT_END;
        }
        size_t at = records->size;
        if (!keep(records, c))
            return found(records, VIZ_IMPORT_FAILED, "an object of more than 16 MiB");
        step(&scan, c, at);
    }
    return VIZ_IMPORT_ROW;
}

/* Text that is no object: until its line ends. */
static enum viz_import_found skip_line(struct viz_import_records *records)
{
    size_t size = 0;
    int c;
    do
        c = next_byte(records);
    while (c != EOF && c != '\n' && ++size < VIZ_IMPORT_LONGEST);
    records->number++;
    if (size == VIZ_IMPORT_LONGEST)
        return found(records, VIZ_IMPORT_FAILED, "a line of more than 16 MiB");
    return c == EOF ? at_end(records, VIZ_IMPORT_BAD)
                    : found(records, VIZ_IMPORT_BAD, "no JSON object");
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What follows the list: other members, and the end of the object that it is in. */
static enum viz_import_found take_rest(struct viz_import_records *records)
{
    struct scan scan = {.depth = records->head ? 1 : 0};
    for (;;) {
        int c = next_byte(records);
        if (c == EOF && scan.depth)
            records->ended = false;
        if (c == EOF)
            return at_end(records, VIZ_IMPORT_END);
        if (scan.depth)
            step(&scan, c, 0);
        else if (!is_blank(c))
            return found(records, VIZ_IMPORT_FAILED, "there is more behind its list");
    }
}

/* The brace of the next object. */
static enum viz_import_found find_object(struct viz_import_records *records)
{
    for (;;) {
        int c = next_byte(records);
        if (c == EOF)
            return at_end(records, VIZ_IMPORT_END);
        if (c == '{') {
            records->number++;
            return VIZ_IMPORT_ROW;
        }
        if (c == '[' && !records->inside) {
            records->inside = true;
        } else if (c == ']' && records->inside) {
            records->ended = true;
            return take_rest(records);
        } else if (c != ',' && !is_blank(c)) {
            return skip_line(records);
        }
    }
}

enum viz_import_found viz_import_records_next(struct viz_import_records *records,
                                              struct viz_span *out)
{
    enum viz_import_found what;
    do {
        what = find_object(records);
        if (what != VIZ_IMPORT_ROW)
            return what;
        records->size = 0;
        keep(records, '{');
        what = take_object(records);
        if (what == VIZ_IMPORT_END)
            records->number = 0; /* that was no row */
    } while (what == VIZ_IMPORT_END);
    *out = (struct viz_span){records->text, records->size};
    return what;
}

static void skip_blanks(struct viz_span *at)
{
    while (at->size && strchr(" \t\r\n", *at->text) && *at->text) {
        at->text++;
        at->size--;
    }
}

static bool take(struct viz_span *at, char c)
{
    skip_blanks(at);
    if (!at->size || *at->text != c)
        return false;
    at->text++;
    at->size--;
    return true;
}

static unsigned hex(const char *text)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = (unsigned char)text[i], lower = c | 0x20;
        if (c >= '0' && c <= '9')
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10u);
        else
            return 0x10000;
    }
    return value;
}

static char *put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    } else {
        *out++ = (char)(0xf0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (code & 0x3f));
    return out;
}

/* The code behind \u and how many bytes it took; 0 bytes: none. */
static unsigned take_code(const char *text, const char *end, size_t *used)
{
    unsigned code = end - text >= 4 ? hex(text) : 0x10000, low = 0;
    *used = code < 0x10000 ? 4 : 0;
    if (code < 0xd800 || code > 0xdfff)
        return code;
    if (code < 0xdc00 && end - text >= 10 && text[4] == '\\' && text[5] == 'u')
        low = hex(text + 6);
    if (low < 0xdc00 || low > 0xdfff)
        return 0xfffd; /* half of a pair */
    *used = 10;
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

/* What an escape means is never longer than the escape. */
static bool resolve(char *text, size_t *size)
{
    static const char names[] = "bfnrt\"\\/", values[] = "\b\f\n\r\t\"\\/";
    const char *at = text, *end = text + *size;
    char *out = text;
    while (at < end) {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        if (++at == end)
            return false;
        char c = *at++;
        const char *name = c ? strchr(names, c) : NULL;
        size_t used = 0;
        if (name)
            *out++ = values[name - names];
        else if (c == 'u')
            out = put_utf8(out, take_code(at, end, &used));
        if (!name && !used)
            return false;
        at += used;
    }
    *size = (size_t)(out - text);
    return true;
}

static bool take_string(struct viz_span *at, struct viz_span *out)
{
    if (!take(at, '"'))
        return false;
    size_t size = 0;
    for (; size < at->size && at->text[size] != '"'; size++)
        if (at->text[size] == '\\')
            size++;
    if (size >= at->size)
        return false;
    *out = (struct viz_span){at->text, size};
    at->text += size + 1;
    at->size -= size + 1;
    /* The text is the reader's own memory. */
    return !memchr(out->text, '\\', size) || resolve((char *)out->text, &out->size);
}

/* A list or an object in an object: stepped over. */
static bool skip_nested(struct viz_span *at)
{
    int depth = 0;
    struct viz_span ignored;
    do {
        if (!at->size || depth > MAX_DEPTH)
            return false;
        if (*at->text == '"') {
            if (!take_string(at, &ignored))
                return false;
            continue;
        }
        depth += *at->text == '{' || *at->text == '[';
        depth -= *at->text == '}' || *at->text == ']';
        at->text++;
        at->size--;
    } while (depth > 0);
    return depth == 0;
}

static bool take_word(struct viz_span *at, const char *word)
{
    size_t size = strlen(word);
    if (at->size < size || memcmp(at->text, word, size) != 0)
        return false;
    at->text += size;
    at->size -= size;
    return true;
}

static bool take_value(struct viz_span *at, struct viz_field *value)
{
    skip_blanks(at);
    if (!at->size)
        return false;
    const char *start = at->text, *end = start + at->size;
    value->kind = VIZ_FIELD_TEXT;
    value->text = (struct viz_span){start, 0};
    if (*start == '"')
        return take_string(at, &value->text);
    if (*start == '{' || *start == '[') {
        if (!skip_nested(at))
            return false;
        value->text.size = (size_t)(at->text - start);
        return true;
    }
    const char *rest = viz_number_parse(start, end, '.', &value->number);
    if (rest) {
        value->kind = VIZ_FIELD_NUMBER;
        *at = (struct viz_span){rest, (size_t)(end - rest)};
        value->text.size = (size_t)(rest - start);
        return true;
    }
    if (take_word(at, "null")) {
        value->kind = VIZ_FIELD_MISSING;
        return true;
    }
    bool word = take_word(at, "true") || take_word(at, "false");
    value->text.size = (size_t)(at->text - start);
    return word;
}

int viz_import_member(struct viz_span *at, struct viz_span *key,
                      struct viz_field *value)
{
    bool first = take(at, '{');
    if (take(at, '}')) {
        skip_blanks(at);
        return at->size ? -1 : 0;
    }
    if (!first && !take(at, ','))
        return -1;
    skip_blanks(at);
    return take_string(at, key) && take(at, ':') && take_value(at, value) ? 1 : -1;
}
