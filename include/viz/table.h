/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table for people: columns as wide as their longest cell, narrowed where they may be so
 * that a line fits. Cells are UTF-8; what a terminal would act on (control characters,
 * malformed bytes) is written as "?". Pure, one thread. */
#ifndef VIZ_TABLE_H
#define VIZ_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIZ_TABLE_COLUMNS 16

struct viz_table_column {
    const char *title;
    bool right;     /* numbers stand at the right */
    uint32_t least; /* columns it may be narrowed to, what is cut off ends in "…"; 0:
                       never */
};

struct viz_table;

/* @column stays the caller's until the table is destroyed. */
struct viz_table *viz_table_create(const struct viz_table_column *column,
                                   uint32_t columns);
void viz_table_destroy(struct viz_table *table);

/* The next row; copies the cells. */
void viz_table_row(struct viz_table *table, const char *const *cell);

/* How wide its lines are where nothing is narrowed, without an indent. */
uint32_t viz_table_width(const struct viz_table *table);

/* Titles, then the rows, each line without blanks at its end, behind @indent blanks.
 * @width: columns of the terminal; 0: as wide as it gets. */
void viz_table_write(const struct viz_table *table, uint32_t width, uint32_t indent,
                     void (*line)(void *context, const char *text), void *context);

#endif
