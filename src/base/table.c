/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/table.h>

#include <viz/alloc.h>
#include <viz/error.h>
#include <viz/text.h>

#include <stdlib.h>
#include <string.h>

#define BETWEEN 2 /* blanks between columns */

struct viz_table {
    const struct viz_table_column *column;
    uint32_t columns;
    char **row; /* [rows] their cells, one behind the other's 0; the first: titles */
    size_t rows, capacity;
};

struct viz_table *viz_table_create(const struct viz_table_column *column,
                                   uint32_t columns)
{
    viz_assert(columns > 0 && columns <= VIZ_TABLE_COLUMNS);
    struct viz_table *table = viz_zalloc(sizeof(*table));
    const char *title[VIZ_TABLE_COLUMNS];
    table->column = column;
    table->columns = columns;
    for (uint32_t i = 0; i < columns; i++)
        title[i] = column[i].title;
    viz_table_row(table, title);
    return table;
}

void viz_table_destroy(struct viz_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->rows; i++)
        free(table->row[i]);
    free(table->row);
    free(table);
}

static void add(struct viz_table *table, char *row)
{
    if (table->rows == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 16;
        char **grown = viz_zalloc(capacity * sizeof(*grown));
        if (table->rows)
            memcpy(grown, table->row, table->rows * sizeof(*grown));
        free(table->row);
        table->row = grown;
        table->capacity = capacity;
    }
    table->row[table->rows++] = row;
}

void viz_table_row(struct viz_table *table, const char *const *cell)
{
    size_t size = 0;
    for (uint32_t i = 0; i < table->columns; i++)
        size += strlen(cell[i]) + 1;
    char *row = viz_zalloc(size), *at = row;
    for (uint32_t i = 0; i < table->columns; i++)
        at += viz_text_visible(at, strlen(cell[i]) + 1, cell[i]) + 1;
    add(table, row);
}

static const char *behind(const char *cell)
{
    return cell + strlen(cell) + 1;
}

/* Of each column; returns the width of a line. */
static uint32_t measure(const struct viz_table *table, uint32_t *width)
{
    uint32_t total = BETWEEN * (table->columns - 1);
    for (size_t row = 0; row < table->rows; row++) {
        const char *cell = table->row[row];
        for (uint32_t i = 0; i < table->columns; i++, cell = behind(cell)) {
            uint32_t own = viz_text_width(cell);
            width[i] = own > width[i] ? own : width[i];
        }
    }
    for (uint32_t i = 0; i < table->columns; i++)
        total += width[i];
    return total;
}

uint32_t viz_table_width(const struct viz_table *table)
{
    uint32_t width[VIZ_TABLE_COLUMNS] = {0};
    return measure(table, width);
}

/* The widest column of those that may, by one, until the line fits or none may. */
static void narrow(const struct viz_table *table, uint32_t total, uint32_t room,
                   uint32_t *width)
{
    while (total > room) {
        uint32_t widest = table->columns;
        for (uint32_t i = 0; i < table->columns; i++) {
            uint32_t least = table->column[i].least;
            if (least && width[i] > least &&
                (widest == table->columns || width[i] > width[widest]))
                widest = i;
        }
        if (widest == table->columns)
            return;
        width[widest]--;
        total--;
    }
}

/* Both as wide as a line can be. */
struct line {
    char *text;
    size_t size, used;
};

static void put(struct line *line, const char *text, size_t length)
{
    viz_assert(line->used + length < line->size);
    memcpy(line->text + line->used, text, length);
    line->used += length;
}

static void put_blanks(struct line *line, uint32_t count)
{
    while (count--)
        put(line, " ", 1);
}

static void put_cell(struct line *line, const char *text, uint32_t width, bool right)
{
    uint32_t own = viz_text_width(text);
    if (own > width) {
        size_t length = viz_text_fit(text, width - 1);
        put(line, text, length);
        put(line, "…", strlen("…"));
        put_blanks(line, width - 1 - (own - viz_text_width(text + length)));
        return;
    }
    put_blanks(line, right ? width - own : 0);
    put(line, text, strlen(text));
    put_blanks(line, right ? 0 : width - own);
}

static void write_row(const struct viz_table *table, const char *cell,
                      const uint32_t *width, uint32_t indent, struct line *line)
{
    line->used = 0;
    put_blanks(line, indent);
    for (uint32_t i = 0; i < table->columns; i++, cell = behind(cell)) {
        put_blanks(line, i ? BETWEEN : 0);
        put_cell(line, cell, width[i], table->column[i].right);
    }
    while (line->used && line->text[line->used - 1] == ' ')
        line->used--;
    line->text[line->used] = '\0';
}

/* Bytes of all its cells. */
static size_t length_of(const struct viz_table *table, size_t row)
{
    const char *end = table->row[row];
    for (uint32_t i = 0; i < table->columns; i++)
        end = behind(end);
    return (size_t)(end - table->row[row]);
}

void viz_table_write(const struct viz_table *table, uint32_t width, uint32_t indent,
                     void (*line)(void *context, const char *text), void *context)
{
    uint32_t wide[VIZ_TABLE_COLUMNS] = {0};
    uint32_t total = measure(table, wide);
    size_t longest = indent + 1;
    for (size_t row = 0; row < table->rows; row++) {
        size_t length = length_of(table, row);
        longest = longest > indent + 1 + length ? longest : indent + 1 + length;
    }
    if (width > indent)
        narrow(table, total, width - indent, wide);
    for (uint32_t i = 0; i < table->columns; i++)
        longest += wide[i] + BETWEEN + strlen("…");
    struct line out = {.text = viz_zalloc(longest), .size = longest};
    for (size_t row = 0; row < table->rows; row++) {
        write_row(table, table->row[row], wide, indent, &out);
        line(context, out.text);
    }
    free(out.text);
}
