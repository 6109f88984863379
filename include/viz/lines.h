/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines out of bytes that arrive in pieces of any size. What comes out does not depend
 * on where the pieces end. Whole lines are not copied: only the end of a piece is kept.
 */
#ifndef VIZ_LINES_H
#define VIZ_LINES_H

#include <viz/counter.h>
#include <viz/sample.h>

#include <stdbool.h>
#include <stddef.h>

struct viz_span {
    const char *text;
    size_t size;
};

/* Zero is ready to use. */
struct viz_lines {
    char store[VIZ_MAX_LINE]; /* the beginning of an unfinished line */
    size_t held;
    bool dropping; /* inside a line that was too long */
};

enum viz_lines_found {
    VIZ_LINES_NONE,      /* @input is used up */
    VIZ_LINES_LINE,      /* @line is one line */
    VIZ_LINES_OVERSIZED, /* more than VIZ_MAX_LINE bytes came without an end; once a
                            line */
};

/* Take the next line from the front of @input. @line is without its end (newline, and
 * the carriage return before it) and valid until the next call or until the input goes.
 */
enum viz_lines_found viz_lines_next(struct viz_lines *lines, struct viz_span *input,
                                    struct viz_span *line);

/* The same, until @input is used up, for a decoder that only counts lines that are too
 * long, in @oversized. The end of a @datagram ends its last line. */
bool viz_lines_take(struct viz_lines *lines, struct viz_span *input, bool datagram,
                    struct viz_counter *oversized, struct viz_span *line);

/* The input ended: what has come of an unfinished line, if anything, is @line. */
bool viz_lines_rest(struct viz_lines *lines, struct viz_span *line);

/* @line without blanks and tabs at both ends. */
struct viz_span viz_span_trim(struct viz_span span);

#endif
