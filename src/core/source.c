/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/source.h>
#include <viz/wire.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct scheme {
    const char *prefix; /* "udp://" */
    enum viz_source_kind kind;
    const char *shape; /* what is expected, for the sentence */
    bool host_needed;  /* a client: no default host, no port 0 */
};

static const struct scheme schemes[] = {
    {"udp://", VIZ_SOURCE_UDP, "udp://[HOST]:PORT", false},
    {"tcp://", VIZ_SOURCE_TCP, "tcp://HOST:PORT", true},
    {"tcp-listen://", VIZ_SOURCE_TCP_LISTEN, "tcp-listen://[HOST]:PORT", false},
};

static const char *const not_yet[] = {"ws:", "wss:", "serial:", "exec:", "file:"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KINDS                                                                          \
    "udp://[HOST]:PORT, tcp://HOST:PORT, tcp-listen://[HOST]:PORT, synth: or - "       \
    "(standard input)"

static bool begins(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

/* "no format is called x: expected mpu, csv, viz" */
static int fail_format(const struct viz_source *source, const char *format,
                       struct viz_error *err)
{
    char names[128] = "";
    size_t used = 0;
    for (const struct viz_wire *const *wire = viz_wires; *wire; wire++) {
        int n = snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
                         (*wire)->name);
        if (n < 0 || (size_t)n >= sizeof(names) - used)
            break;
        used += (size_t)n;
    }
    return viz_fail(err, -EINVAL, "%s: no format is called \"%s\": expected one of %s",
                    source->text, format, names);
}

static int set_format(struct viz_source *source, const char *format,
                      struct viz_error *err)
{
    if (strlen(format) >= sizeof(source->format) || !viz_wire_find(format))
        return fail_format(source, format, err);
    snprintf(source->format, sizeof(source->format), "%s", format);
    return 0;
}

/* @query: what follows the question mark, "key=value&key=value". */
static int parse_query(struct viz_source *source, const char *query,
                       struct viz_error *err)
{
    static const char key[] = "format=";

    while (*query) {
        char item[256];
        size_t length = strcspn(query, "&");
        snprintf(item, sizeof(item), "%.*s", (int)length, query);
        query += length + (query[length] == '&');
        if (!begins(item, key))
            return viz_fail(err, -EINVAL,
                            "%s: unknown parameter \"%s\": expected format=NAME",
                            source->text, item);
        int ret = set_format(source, item + strlen(key), err);
        if (ret < 0)
            return ret;
    }
    return 0;
}

static bool parse_port(const char *text, uint16_t *out)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 5 || text[digits])
        return false;
    unsigned long value = 0;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned long)(text[i] - '0');
    if (value > UINT16_MAX)
        return false;
    *out = (uint16_t)value;
    return true;
}

/* "HOST:PORT", "[IPV6]:PORT" or ":PORT". A bare IPv6 address is refused: its last colon
 * would be taken for the port's. */
static int parse_address(struct viz_source *source, const char *address,
                         const struct scheme *scheme, struct viz_error *err)
{
    const char *colon = strrchr(address, ':');
    const char *host = address, *end = colon;
    if (colon && *address == '[') {
        host = address + 1;
        end = colon > host && colon[-1] == ']' ? colon - 1 : NULL;
    } else if (colon && memchr(address, ':', (size_t)(colon - address))) {
        end = NULL;
    }
    bool empty_brackets = host != address && end == host;
    if (!end || empty_brackets || strcspn(host, "[]/ ") < (size_t)(end - host))
        return viz_fail(err, -EINVAL,
                        "%s: expected %s (an IPv6 address stands in brackets)",
                        source->text, scheme->shape);
    size_t length = (size_t)(end - host);
    if (length >= sizeof(source->host))
        return viz_fail(err, -EINVAL, "%s: the host name is longer than %zu bytes",
                        source->text, sizeof(source->host) - 1);
    snprintf(source->host, sizeof(source->host), "%.*s", (int)length, host);
    if (scheme->host_needed && !length)
        return viz_fail(err, -EINVAL, "%s: the host is missing: expected %s",
                        source->text, scheme->shape);
    unsigned least = scheme->host_needed ? 1 : 0;
    if (!parse_port(colon + 1, &source->port) || source->port < least)
        return viz_fail(
            err, -EINVAL,
            "%s: the port \"%s\" is no number from %u to 65535: expected %s",
            source->text, colon + 1, least, scheme->shape);
    return 0;
}

static int parse_words(struct viz_source *source, const char *words,
                       struct viz_error *err)
{
    if (!strcmp(words, "-")) {
        source->kind = VIZ_SOURCE_PIPE;
        return 0;
    }
    if (!strcmp(words, "synth:")) {
        source->kind = VIZ_SOURCE_SYNTH;
        return 0;
    }
    for (size_t i = 0; i < COUNT(schemes); i++) {
        if (!begins(words, schemes[i].prefix))
            continue;
        source->kind = schemes[i].kind;
        return parse_address(source, words + strlen(schemes[i].prefix), &schemes[i],
                             err);
    }
    for (size_t i = 0; i < COUNT(not_yet); i++)
        if (begins(words, not_yet[i]))
            return viz_fail(err, -EINVAL,
                            "%s: this version has no %s sources: expected " KINDS,
                            source->text, not_yet[i]);
    return viz_fail(err, -EINVAL, "\"%s\" is no source: expected " KINDS, source->text);
}

int viz_source_parse(const char *text, const char *format, struct viz_source *out,
                     struct viz_error *err)
{
    *out = (struct viz_source){0};
    if (strlen(text) >= sizeof(out->text))
        return viz_fail(err, -EINVAL, "a source is longer than %zu bytes: \"%.40s...\"",
                        sizeof(out->text) - 1, text);
    snprintf(out->text, sizeof(out->text), "%s", text);

    char words[sizeof(out->text)];
    size_t length = strcspn(text, "?");
    snprintf(words, sizeof(words), "%.*s", (int)length, text);
    int ret = parse_words(out, words, err);
    if (!ret && format && *format && out->kind != VIZ_SOURCE_SYNTH)
        ret = set_format(out, format, err);
    if (!ret && text[length] == '?' && out->kind == VIZ_SOURCE_SYNTH)
        ret = viz_fail(err, -EINVAL, "%s: synth: takes no parameters here", text);
    if (!ret && text[length] == '?')
        ret = parse_query(out, text + length + 1, err);
    return ret;
}
