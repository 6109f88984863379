/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/lines.h>

#include <string.h>

static struct viz_span without_return(const char *text, size_t size)
{
    if (size && text[size - 1] == '\r')
        size--;
    return (struct viz_span){text, size};
}

static void advance(struct viz_span *input, size_t size)
{
    input->text += size;
    input->size -= size;
}

/* @input has no newline: keep it for the next piece. */
static enum viz_lines_found keep(struct viz_lines *lines, struct viz_span *input)
{
    struct viz_span rest = *input;
    advance(input, input->size);
    if (lines->dropping || !rest.size)
        return VIZ_LINES_NONE;
    if (rest.size > sizeof(lines->store) - lines->held) {
        lines->dropping = true;
        lines->held = 0;
        return VIZ_LINES_OVERSIZED;
    }
    memcpy(lines->store + lines->held, rest.text, rest.size);
    lines->held += rest.size;
    return VIZ_LINES_NONE;
}

enum viz_lines_found viz_lines_next(struct viz_lines *lines, struct viz_span *input,
                                    struct viz_span *line)
{
    for (;;) {
        const char *text = input->text;
        const char *end = input->size ? memchr(text, '\n', input->size) : NULL;
        if (!end)
            return keep(lines, input);
        size_t size = (size_t)(end - text);
        advance(input, size + 1);
        if (lines->dropping) {
            lines->dropping = false;
            continue;
        }
        size_t held = lines->held;
        lines->held = 0;
        if (size > sizeof(lines->store) - held)
            return VIZ_LINES_OVERSIZED;
        if (!held) {
            *line = without_return(text, size);
            return VIZ_LINES_LINE;
        }
        memcpy(lines->store + held, text, size);
        *line = without_return(lines->store, held + size);
        return VIZ_LINES_LINE;
    }
}

bool viz_lines_rest(struct viz_lines *lines, struct viz_span *line)
{
    *line = without_return(lines->store, lines->held);
    bool any = lines->held > 0;
    lines->held = 0;
    lines->dropping = false;
    return any;
}

bool viz_lines_take(struct viz_lines *lines, struct viz_span *input, bool datagram,
                    struct viz_counter *oversized, struct viz_span *line)
{
    enum viz_lines_found found;
    while ((found = viz_lines_next(lines, input, line)) == VIZ_LINES_OVERSIZED)
        viz_count(oversized, 1);
    return found == VIZ_LINES_LINE || (datagram && viz_lines_rest(lines, line));
}

struct viz_span viz_span_trim(struct viz_span span)
{
    while (span.size && (*span.text == ' ' || *span.text == '\t'))
        advance(&span, 1);
    while (span.size &&
           (span.text[span.size - 1] == ' ' || span.text[span.size - 1] == '\t'))
        span.size--;
    return span;
}
