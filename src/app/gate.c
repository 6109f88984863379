/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/gate.h>

#include <viz/figures.h>
#include <viz/ledger.h>
#include <viz/session.h>
#include <viz/text.h>

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAUSE_TEXT 128

enum operation { LESS, LESS_EQUAL, MORE, MORE_EQUAL, EQUAL, NOT_EQUAL, OPERATIONS };

/* Longer ones first, so that "<=" is not read as "<". */
static const struct {
    const char *text;
    enum operation operation;
} operations[] = {
    {"<=", LESS_EQUAL}, {">=", MORE_EQUAL}, {"==", EQUAL}, {"!=", NOT_EQUAL},
    {"<", LESS},        {">", MORE},        {"=", EQUAL},
};

struct clause {
    char text[CLAUSE_TEXT];
    char name[CLAUSE_TEXT];
    char value_text[CLAUSE_TEXT];
    enum operation operation;
    double value; /* in the unit of the figure */
};

static const char *const figure_names[] = {
#define X(name, decimals, help) #name,
    VIZ_FIGURES(X)
#undef X
#define X(name, help) #name,
        VIZ_LEDGER(X)
#undef X
};

static const char *const unit_suffixes[] = {"_ms", "_hz", "_mb", "_percent", "_bytes"};

/* The figure that @name means, unit left out or not; NULL when there is none. */
static const char *figure_called(const char *name)
{
    for (size_t i = 0; i < sizeof(figure_names) / sizeof(figure_names[0]); i++) {
        if (strcmp(figure_names[i], name) == 0)
            return figure_names[i];
        size_t length = strlen(name);
        if (strncmp(figure_names[i], name, length) != 0)
            continue;
        for (size_t k = 0; k < sizeof(unit_suffixes) / sizeof(unit_suffixes[0]); k++)
            if (strcmp(figure_names[i] + length, unit_suffixes[k]) == 0)
                return figure_names[i];
    }
    return NULL;
}

static void trim(char *text)
{
    size_t length = strlen(text), start = strspn(text, " \t");
    while (length > start && isspace((unsigned char)text[length - 1]))
        length--;
    memmove(text, text + start, length - start);
    text[length - start] = 0;
}

/* No "200M" here: a million of what is a million bytes already would always hold. */
static const struct viz_text_suffix mebibytes[] = {
    {"MiB", 1}, {"GiB", 1024}, {NULL, 0}};

/* The unit that a bare number is in follows from the name. */
static const struct viz_text_suffix *suffixes_for(const char *name)
{
    const char *figure = figure_called(name);
    const char *unit = strrchr(figure ? figure : name, '_');
    if ((unit && strcmp(unit, "_ms") == 0) || strstr(name, "_ms."))
        return viz_text_milliseconds;
    if (unit && strcmp(unit, "_s") == 0)
        return viz_text_seconds;
    const char *last = unit ? unit + 1 : name;
    if ((unit && strcmp(unit, "_hz") == 0) || strcmp(last, "fps") == 0)
        return viz_text_hertz;
    if (unit && strcmp(unit, "_percent") == 0)
        return viz_text_percent;
    if (unit && strcmp(unit, "_mb") == 0)
        return mebibytes;
    return viz_text_multiples;
}

static bool is_path(const char *name)
{
    return strpbrk(name, ".[") != NULL;
}

static int no_such_figure(const struct clause *clause, struct viz_error *err)
{
    return viz_fail(err, -EINVAL,
                    "gate \"%s\": there is no figure called %s (viz --help lists them)",
                    clause->text, clause->name);
}

static int parse_value(struct clause *clause, struct viz_error *err)
{
    if (!is_path(clause->name) && !figure_called(clause->name))
        return no_such_figure(clause, err);
    if (strcmp(clause->value_text, "true") == 0)
        clause->value = 1;
    else if (strcmp(clause->value_text, "false") == 0)
        clause->value = 0;
    else if (!viz_text_quantity(clause->value_text, suffixes_for(clause->name),
                                &clause->value))
        return viz_fail(err, -EINVAL,
                        "gate \"%s\": expected a number%s after %s, found \"%s\"",
                        clause->text,
                        suffixes_for(clause->name) == viz_text_milliseconds
                            ? " (with ns, us, ms or s)"
                            : "",
                        clause->name, clause->value_text);
    return 0;
}

static int parse_clause(const char *text, size_t length, struct clause *out,
                        struct viz_error *err)
{
    if (length >= CLAUSE_TEXT)
        return viz_fail(err, -EINVAL, "gate: a clause is longer than %d bytes",
                        CLAUSE_TEXT - 1);
    memcpy(out->text, text, length);
    out->text[length] = 0;
    trim(out->text);
    size_t at = strcspn(out->text, "<>=!");
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        size_t width = strlen(operations[i].text);
        if (strncmp(out->text + at, operations[i].text, width) != 0)
            continue;
        memcpy(out->name, out->text, at);
        out->name[at] = 0;
        trim(out->name);
        strcpy(out->value_text, out->text + at + width);
        trim(out->value_text);
        out->operation = operations[i].operation;
        if (!out->name[0])
            break;
        return parse_value(out, err);
    }
    return viz_fail(err, -EINVAL,
                    "gate \"%s\": expected NAME<VALUE (or <=, >, >=, =, !=)",
                    out->text);
}

/* Read every clause of @expression and call @each for it, where there is one. */
static int for_clauses(const char *expression,
                       int (*each)(const struct clause *, void *, struct viz_error *),
                       void *context, struct viz_error *err)
{
    unsigned count = 0;
    for (const char *at = expression;;) {
        struct clause clause;
        size_t length = strcspn(at, ",");
        int ret = parse_clause(at, length, &clause, err);
        if (ret == 0 && ++count > VIZ_GATE_CLAUSES)
            ret =
                viz_fail(err, -EINVAL, "gate: more than %d clauses", VIZ_GATE_CLAUSES);
        if (ret == 0 && each)
            ret = each(&clause, context, err);
        if (ret < 0 || !at[length])
            return ret;
        at += length + 1;
    }
}

static const json_t *lookup_path(const json_t *document, const char *path)
{
    const json_t *at = document;
    while (at && *path) {
        char key[CLAUSE_TEXT];
        size_t length = strcspn(path, ".[");
        if (length >= sizeof(key))
            return NULL;
        memcpy(key, path, length);
        key[length] = 0;
        if (length)
            at = json_object_get(at, key);
        path += length;
        while (at && *path == '[') {
            char *end;
            unsigned long index = strtoul(path + 1, &end, 10);
            if (end == path + 1 || *end != ']')
                return NULL;
            at = json_array_get(at, index);
            path = end + 1;
        }
        if (*path == '.')
            path++;
    }
    return at;
}

static const json_t *lookup(const json_t *document, const char *name)
{
    const json_t *found = lookup_path(document, name);
    const char *figure = figure_called(name);
    if (!found && figure)
        found = json_object_get(document, figure);
    if (!found && figure)
        found = json_object_get(json_object_get(document, "ledger"), figure);
    return found;
}

static bool holds(enum operation operation, double is, double value)
{
    switch (operation) {
    case LESS:
        return is < value;
    case LESS_EQUAL:
        return is <= value;
    case MORE:
        return is > value;
    case MORE_EQUAL:
        return is >= value;
    case EQUAL:
        return is == value;
    case NOT_EQUAL:
        return is != value;
    case OPERATIONS:
        break;
    }
    return false;
}

struct evaluation {
    const json_t *document;
    struct viz_gate_result *result;
};

static int evaluate_clause(const struct clause *clause, void *context,
                           struct viz_error *err)
{
    struct evaluation *evaluation = context;
    struct viz_gate_result *result = evaluation->result;
    const json_t *found = lookup(evaluation->document, clause->name);
    if (!found)
        return viz_fail(err, -EINVAL, "gate \"%s\": there is no figure called %s",
                        clause->text, clause->name);
    if (!json_is_number(found) && !json_is_boolean(found) && !json_is_null(found))
        return viz_fail(err, -EINVAL, "gate \"%s\": %s is not a number", clause->text,
                        clause->name);
    result->clauses++;
    double is = json_is_boolean(found) ? json_is_true(found) : json_number_value(found);
    if (!json_is_null(found) && holds(clause->operation, is, clause->value))
        return 0;
    char *text = result->text[result->failed++];
    size_t size = sizeof(result->text[0]);
    if (json_is_null(found))
        snprintf(text, size, "%.100s: failed, was not measured", clause->text);
    else
        snprintf(text, size, "%.100s: failed, is %.6g", clause->text, is);
    return 0;
}

int viz_gate_evaluate(const char *expression, const json_t *document,
                      struct viz_gate_result *out, struct viz_error *err)
{
    memset(out, 0, sizeof(*out));
    struct evaluation evaluation = {document, out};
    return for_clauses(expression, evaluate_clause, &evaluation, err);
}

int viz_gate_check(const char *expression, struct viz_error *err)
{
    return for_clauses(expression, NULL, NULL, err);
}
