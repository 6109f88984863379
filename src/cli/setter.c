/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setter.h"

#include <viz/run_edit.h>
#include <viz/session.h>
#include <viz/wire.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS_OF_ALL (VIZ_MAX_CHANNELS * VIZ_MAX_STREAMS)
#define LONGEST_S 604800.0 /* a week */

static void *field(const struct viz_option *option, struct viz_arguments *arguments)
{
    return (char *)arguments + option->at;
}

VIZ_SETTER(viz_set_number)
{
    double value;
    const struct viz_text_suffix none = {0};
    if (!viz_text_quantity(text, option->suffixes ? option->suffixes : &none, &value) ||
        value < option->low || value > option->high)
        return viz_fail(err, -EINVAL, "expected a number from %.15g to %.15g%s%s",
                        option->low, option->high, *option->unit ? " " : "",
                        option->unit);
    *(double *)field(option, arguments) = value;
    return 0;
}

static bool read_whole(const struct viz_option *option, const char *text, uint64_t *out)
{
    return viz_text_unsigned(text, out) && (double)*out >= option->low &&
           (double)*out <= option->high;
}

VIZ_SETTER(viz_set_count)
{
    uint64_t value;
    if (!read_whole(option, text, &value))
        return viz_fail(err, -EINVAL, "expected a whole number from %.15g to %.15g",
                        option->low, option->high);
    *(uint32_t *)field(option, arguments) = (uint32_t)value;
    return 0;
}

VIZ_SETTER(viz_set_seed)
{
    uint64_t value;
    if (!viz_text_unsigned(text, &value))
        return viz_fail(err, -EINVAL, "expected a whole number from 0 to %llu",
                        (unsigned long long)UINT64_MAX);
    *(uint64_t *)field(option, arguments) = value;
    return 0;
}

VIZ_SETTER(viz_set_text)
{
    if (!*text)
        return viz_fail(err, -EINVAL, "expected %s and got nothing", option->argument);
    *(const char **)field(option, arguments) = text;
    return 0;
}

VIZ_SETTER(viz_set_run_name)
{
    size_t characters = 0;
    for (const char *at = text; *at; at++)
        characters += ((unsigned char)*at & 0xc0) != 0x80;
    if (characters > VIZ_MOST_TEXT)
        return viz_fail(err, -EINVAL, "%zu characters: at most %d are kept", characters,
                        VIZ_MOST_TEXT);
    return viz_set_text(option, text, arguments, err);
}

VIZ_SETTER(viz_set_no_text)
{
    (void)text, (void)err;
    *(const char **)field(option, arguments) = NULL;
    return 0;
}

VIZ_SETTER(viz_set_true)
{
    (void)err;
    *(bool *)field(option, arguments) = !text || strcmp(text, "off");
    return 0;
}

VIZ_SETTER(viz_set_false)
{
    (void)text, (void)err;
    *(bool *)field(option, arguments) = false;
    return 0;
}

VIZ_SETTER(viz_set_on_off)
{
    bool on = !strcmp(text, "on");
    if (!on && strcmp(text, "off"))
        return viz_fail(err, -EINVAL, "expected on or off");
    *(bool *)field(option, arguments) = on;
    return 0;
}

struct word {
    const char *text;
    unsigned value;
};

/* The word that is the first @length bytes of @text; NULL: none is. */
static const struct word *find_word(const struct word *words, size_t count,
                                    const char *text, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i].text) == length && !strncmp(words[i].text, text, length))
            return &words[i];
    return NULL;
}

VIZ_SETTER(viz_set_pattern)
{
    static const struct word words[] = {
        {"sine", VIZ_PATTERN_SINE},
        {"spike", VIZ_PATTERN_SPIKE},
        {"step", VIZ_PATTERN_STEP},
    };
    unsigned set = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        const struct word *word = find_word(words, 3, at, length);
        if (!word)
            return viz_fail(err, -EINVAL,
                            "expected one or more of sine, spike and step, with commas "
                            "between them");
        set |= word->value;
        at += length;
        if (!*at)
            break;
    }
    *(unsigned *)field(option, arguments) = set;
    return 0;
}

VIZ_SETTER(viz_set_backend)
{
    static const struct word words[] = {
        {"auto", VIZ_NET_AUTO},
        {"uring", VIZ_NET_URING},
        {"poll", VIZ_NET_POLL},
    };
    const struct word *word = find_word(words, 3, text, strlen(text));
    if (!word)
        return viz_fail(err, -EINVAL, "expected auto, uring or poll");
    *(enum viz_net_backend *)field(option, arguments) =
        (enum viz_net_backend)word->value;
    return 0;
}

static int fail_wire(struct viz_error *err)
{
    char names[128] = "";
    size_t used = 0;
    for (const struct viz_wire *const *wire = viz_wires; *wire; wire++) {
        const char *between = !used ? "" : wire[1] ? ", " : " or ";
        int n = snprintf(names + used, sizeof(names) - used, "%s%s", between,
                         (*wire)->name);
        if (n < 0 || (size_t)n >= sizeof(names) - used)
            break;
        used += (size_t)n;
    }
    return viz_fail(err, -EINVAL, "expected %s", names);
}

VIZ_SETTER(viz_set_wire)
{
    const struct viz_wire *wire = viz_wire_find(text);
    if (!wire)
        return fail_wire(err);
    *(const struct viz_wire **)field(option, arguments) = wire;
    return 0;
}

VIZ_SETTER(viz_set_format)
{
    if (!viz_wire_find(text))
        return fail_wire(err);
    return viz_set_text(option, text, arguments, err);
}

VIZ_SETTER(viz_set_refresh)
{
    if (!strcmp(text, "monitor")) {
        arguments->view.refresh_hz = -1;
        return 0;
    }
    int ret = viz_set_number(option, text, arguments, NULL);
    if (ret < 0)
        return viz_fail(
            err, ret,
            "expected monitor, or a number from %.15g to %.15g Hz, where 0 is "
            "as fast as it goes",
            option->low, option->high);
    return 0;
}

VIZ_SETTER(viz_set_size)
{
    char width[8] = "";
    uint64_t width_px = 0, height_px = 0;
    size_t length = strcspn(text, "x");
    if (length < sizeof(width) && text[length])
        snprintf(width, sizeof(width), "%.*s", (int)length, text);
    if (!read_whole(option, width, &width_px) ||
        !read_whole(option, text + length + 1, &height_px))
        return viz_fail(err, -EINVAL,
                        "expected WIDTHxHEIGHT, as in 1280x720, each from %.0f to %.0f "
                        "pixels",
                        option->low, option->high);
    arguments->view.width_px = (int)width_px;
    arguments->view.height_px = (int)height_px;
    return 0;
}

/* The last @ is the time's where a time follows it; otherwise it is part of the name.
 */
VIZ_SETTER(viz_set_screenshot)
{
    (void)option;
    const char *at = strrchr(text, '@');
    double seconds = -1;
    bool timed = at && viz_text_quantity(at + 1, viz_text_seconds, &seconds);
    if (!*text || at == text || (at && !at[1]) || (timed && seconds < 0) ||
        seconds > LONGEST_S)
        return viz_fail(
            err, -EINVAL,
            "expected FILE or FILE@S, S from 0 to %.0f seconds after the start",
            LONGEST_S);
    size_t length = timed ? (size_t)(at - text) : strlen(text);
    if (length >= sizeof(arguments->screenshot))
        return viz_fail(err, -EINVAL, "expected a FILE of less than %zu bytes",
                        sizeof(arguments->screenshot));
    snprintf(arguments->screenshot, sizeof(arguments->screenshot), "%.*s", (int)length,
             text);
    arguments->view.screenshot = arguments->screenshot;
    arguments->view.screenshot_at_s = timed ? seconds : -1;
    return 0;
}

/* A channel's number at @text; *@end: what follows it. */
static bool read_channel(const char *text, const char **end, uint32_t *out)
{
    size_t digits = strspn(text, "0123456789");
    *end = text + digits;
    if (!digits || digits > 6)
        return false;
    *out = (uint32_t)strtoul(text, NULL, 10);
    return *out >= 1 && *out <= CHANNELS_OF_ALL;
}

static bool is_channel_list(const char *text)
{
    for (;; text++) {
        uint32_t from, to;
        if (!read_channel(text, &text, &from))
            return false;
        if (*text == '-' && (!read_channel(text + 1, &text, &to) || to < from))
            return false;
        if (*text != ',')
            return !*text;
    }
}

VIZ_SETTER(viz_set_channels)
{
    if (!is_channel_list(text))
        return viz_fail(err, -EINVAL, "expected channels from 1 to %d, as in 1,3-5",
                        CHANNELS_OF_ALL);
    *(const char **)field(option, arguments) = text;
    return 0;
}

VIZ_SETTER(viz_set_colour)
{
    (void)option;
    struct viz_config *config = &arguments->view;
    struct viz_colour_choice choice;
    const char *rest;
    bool good = read_channel(text, &rest, &choice.channel) && rest[0] == '=' &&
                rest[1] == '#' && strlen(rest + 2) == 6 &&
                strspn(rest + 2, "0123456789abcdefABCDEF") == 6;
    if (!good)
        return viz_fail(
            err, -EINVAL,
            "expected CHANNEL=#rrggbb, as in 1=#ff0000, the channel from 1 to "
            "%d",
            CHANNELS_OF_ALL);
    if (config->colours == VIZ_MAX_COLOURS)
        return viz_fail(err, -EINVAL, "expected at most %d colours", VIZ_MAX_COLOURS);
    choice.rgb = (uint32_t)strtoul(rest + 2, NULL, 16);
    config->colour[config->colours++] = choice;
    return 0;
}

VIZ_SETTER(viz_set_stall)
{
    (void)option;
    char every_text[32] = "";
    double every_s = 0, stall_s = 0;
    size_t length = strcspn(text, ":");
    if (length < sizeof(every_text) && text[length])
        snprintf(every_text, sizeof(every_text), "%.*s", (int)length, text);
    if (!viz_text_quantity(every_text, viz_text_seconds, &every_s) ||
        !viz_text_quantity(text + length + 1, viz_text_seconds, &stall_s) ||
        every_s <= 0 || stall_s <= 0 || every_s > LONGEST_S || stall_s >= every_s)
        return viz_fail(err, -EINVAL,
                        "expected EVERY:FOR in seconds, as in 5:0.25, FOR above 0 and "
                        "below EVERY, EVERY up to %.0f",
                        LONGEST_S);
    arguments->view.stall_every_s = every_s;
    arguments->view.stall_s = stall_s;
    return 0;
}

VIZ_SETTER(viz_set_gate)
{
    int ret = viz_gate_check(text, err);
    if (ret < 0)
        return ret;
    *(const char **)field(option, arguments) = text;
    return 0;
}
