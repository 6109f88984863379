/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target.h"

#include <viz/alloc.h>
#include <viz/text.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    char small = (char)(character | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/* In its place: it only gets shorter. False: no text. */
static bool decode(char *text, bool plus_is_blank)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char character = *from;
        if (character == '+' && plus_is_blank)
            character = ' ';
        if (character == '%') {
            int high = digit(from[1]), low = high < 0 ? -1 : digit(from[2]);
            if (low < 0 || high + low == 0)
                return false;
            character = (char)(high * 16 + low);
            from += 2;
        }
        *to++ = character;
    }
    *to = 0;
    return viz_text_is_utf8(text);
}

static bool take_segments(struct viz_web_target *target, char *path)
{
    char *rest = path + 1;
    while (rest) {
        char *segment = strsep(&rest, "/");
        if (target->segments == VIZ_WEB_SEGMENTS) {
            target->segments++;
            return true;
        }
        if (!decode(segment, false))
            return false;
        target->segment[target->segments++] = segment;
    }
    return true;
}

static bool take_parameters(struct viz_web_target *target, char *query)
{
    while (query) {
        char *value = strsep(&query, "&");
        if (!*value)
            continue;
        char *name = strsep(&value, "=");
        if (!value)
            value = name + strlen(name);
        if (target->parameters == VIZ_WEB_PARAMETERS || !decode(name, true) ||
            !decode(value, true))
            return false;
        target->name[target->parameters] = name;
        target->value[target->parameters++] = value;
    }
    return true;
}

/* NULL: none. */
static const char *repeated(const struct viz_web_target *target)
{
    for (uint32_t i = 1; i < target->parameters; i++)
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(target->name[i], target->name[j]) == 0)
                return target->name[i];
    return NULL;
}

int viz_web_target_parse(const char *text, struct viz_web_target *out,
                         struct viz_error *err)
{
    size_t size = strlen(text) + 1;
    *out = (struct viz_web_target){.memory = viz_zalloc(2 * size)};
    if (*text != '/')
        return viz_fail(err, -EINVAL, "a path begins with a slash");
    if (text[strcspn(text, " \t\r")])
        return viz_fail(err, -EINVAL, "a blank in an address is %%20");
    char *whole = memcpy(out->memory, text, size);
    char *query = whole;
    (void)strsep(&query, "?");
    char *pieces = strcpy(out->memory + size, whole);
    out->path = whole;
    if (!decode(whole, false) || !take_segments(out, pieces))
        return viz_fail(err, -EINVAL, "the path is no text in percent encoding");
    if (!take_parameters(out, query))
        return viz_fail(err, -EINVAL,
                        "the query is no text in percent encoding, or has more than "
                        "%d parameters",
                        VIZ_WEB_PARAMETERS);
    const char *twice = repeated(out);
    if (twice)
        return viz_fail(err, -EINVAL, "\"%s\" is given more than once", twice);
    return 0;
}

void viz_web_target_finish(struct viz_web_target *target)
{
    free(target->memory);
    *target = (struct viz_web_target){.memory = NULL};
}

bool viz_web_target_matches(const struct viz_web_target *target, const char *pattern,
                            const char *argument[2])
{
    uint32_t arguments = 0;
    if (target->segments > VIZ_WEB_SEGMENTS)
        return false;
    for (uint32_t i = 0; i < target->segments; i++) {
        if (*pattern++ != '/')
            return false;
        size_t size = strcspn(pattern, "/");
        const char *segment = target->segment[i];
        if (*pattern == '{' && *segment && arguments < 2)
            argument[arguments++] = segment;
        else if (strlen(segment) != size || memcmp(segment, pattern, size) != 0)
            return false;
        pattern += size;
    }
    return !*pattern;
}
