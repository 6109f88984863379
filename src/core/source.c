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
    const char *shape;     /* what is expected, for the sentence */
    bool host_needed;      /* a client: no default host, no port 0 */
    uint16_t default_port; /* 0: there is none */
};

static const struct scheme schemes[] = {
    {"udp://", VIZ_SOURCE_UDP, "udp://[HOST]:PORT", false, 0},
    {"tcp://", VIZ_SOURCE_TCP, "tcp://HOST:PORT", true, 0},
    {"tcp-listen://", VIZ_SOURCE_TCP_LISTEN, "tcp-listen://[HOST]:PORT", false, 0},
    {"ws://", VIZ_SOURCE_WS, "ws://HOST[:PORT][/PATH]", true, 80},
    {"wss://", VIZ_SOURCE_WS, "wss://HOST[:PORT][/PATH]", true, 443},
};

static const char *const not_yet[] = {"serial:", "exec:", "file:"};

/* The bits are those of enum viz_subscription_stream, which belongs to a layer above. */
static const struct {
    const char *name;
    unsigned bit;
} subscriptions[] = {{"benchmark", 1}, {"audio", 2}, {"stm", 4}};
#define SUBSCRIBE_ALL 7u

#define LABEL_BYTES 63 /* of a host name, between two dots */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KINDS                                                                          \
    "udp://[HOST]:PORT, tcp://HOST:PORT, tcp-listen://[HOST]:PORT, "                   \
    "ws://HOST[:PORT][/PATH], wss://HOST[:PORT][/PATH], synth: or - (standard input)"

static bool begins(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

/* "no format is called x: expected mpu, csv, viz" */
static int fail_format(const struct viz_source *source, const char *format,
                       struct viz_error *err)
{
    char names[VIZ_WIRE_NAMES];
    viz_wire_names(names);
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

/* "benchmark,audio,stm", each at most once, or "none". */
static int set_subscribe(struct viz_source *source, const char *list,
                         struct viz_error *err)
{
    unsigned set = 0;
    const char *name = list;
    bool none = !strcmp(list, "none"), known = true;
    while (!none && known) {
        size_t length = strcspn(name, ",");
        known = false;
        for (size_t i = 0; i < COUNT(subscriptions); i++) {
            if (strlen(subscriptions[i].name) != length ||
                strncmp(name, subscriptions[i].name, length) != 0)
                continue;
            known = !(set & subscriptions[i].bit);
            set |= subscriptions[i].bit;
        }
        if (!name[length])
            break;
        name += length + 1;
    }
    if (!known)
        return viz_fail(err, -EINVAL,
                        "%s: subscribe=%s: expected benchmark, audio, stm with commas "
                        "between, or none",
                        source->text, list);
    source->subscribe = set;
    return 0;
}

static int set_start(struct viz_source *source, const char *value,
                     struct viz_error *err)
{
    source->start = !strcmp(value, "yes");
    if (!source->start && strcmp(value, "no") != 0)
        return viz_fail(err, -EINVAL, "%s: start=%s: expected yes or no", source->text,
                        value);
    return 0;
}

static int set_authorities(struct viz_source *source, const char *file,
                           struct viz_error *err)
{
    if (!source->secure)
        return viz_fail(err, -EINVAL, "%s: ca= is for wss://", source->text);
    if (!*file)
        return viz_fail(err, -EINVAL, "%s: ca= names no file", source->text);
    snprintf(source->authorities, sizeof(source->authorities), "%s", file);
    return 0;
}

static const struct parameter {
    const char *key;
    int (*set)(struct viz_source *source, const char *value, struct viz_error *err);
    bool ws_only;
} parameters[] = {
    {"format=", set_format, false},
    {"subscribe=", set_subscribe, true},
    {"start=", set_start, true},
    {"ca=", set_authorities, true},
};

static const struct parameter *find_parameter(const struct viz_source *source,
                                              const char *item)
{
    for (size_t i = 0; i < COUNT(parameters); i++)
        if (begins(item, parameters[i].key) &&
            (!parameters[i].ws_only || source->kind == VIZ_SOURCE_WS))
            return &parameters[i];
    return NULL;
}

/* @query: what follows the question mark, "key=value&key=value". */
static int parse_query(struct viz_source *source, const char *query,
                       struct viz_error *err)
{
    bool subscribe_given = false;
    while (*query) {
        char item[256];
        size_t length = strcspn(query, "&");
        snprintf(item, sizeof(item), "%.*s", (int)length, query);
        query += length + (query[length] == '&');
        const struct parameter *parameter = find_parameter(source, item);
        if (!parameter)
            return viz_fail(
                err, -EINVAL, "%s: unknown parameter \"%s\": expected format=NAME%s",
                source->text, item,
                source->kind == VIZ_SOURCE_WS ? ", subscribe=LIST, start=yes or ca=FILE"
                                              : "");
        subscribe_given = subscribe_given || parameter->set == set_subscribe;
        int ret = parameter->set(source, item + strlen(parameter->key), err);
        if (ret < 0)
            return ret;
    }
    /* What is no LightwaveOS device is not asked for its streams. */
    if (!subscribe_given && *source->format && strcmp(source->format, "lightwave") != 0)
        source->subscribe = 0;
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

/* Whether a name server or the system could know an address for it: labels of letters,
 * digits, hyphens and underscores, or an IPv6 address. */
static bool is_host(const char *host)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (strchr(host, ':'))
        return strspn(host, "0123456789abcdefABCDEF:.") ==
               strcspn(host, "%"); /* a zone may follow */
    while (*host) {
        size_t length = strspn(host, letters);
        bool last = !host[length];
        if (!length || length > LABEL_BYTES || (!last && host[length] != '.'))
            return false;
        host += length + !last;
    }
    return true;
}

/* "HOST[:PORT][/PATH]". */
static int parse_ws(struct viz_source *source, const char *words,
                    const struct scheme *scheme, struct viz_error *err)
{
    char address[sizeof(source->text) + 8];
    size_t length = strcspn(words, "/");
    const char *path = words[length] ? words + length : "/ws";
    snprintf(address, sizeof(address), "%.*s", (int)length, words);
    const char *bracket = strrchr(address, ']');
    if (!strchr(bracket ? bracket : address, ':'))
        snprintf(address + length, sizeof(address) - length, ":%u",
                 scheme->default_port);
    source->secure = !strcmp(scheme->prefix, "wss://");
    source->subscribe = SUBSCRIBE_ALL;
    int ret = parse_address(source, address, scheme, err);
    if (ret < 0)
        return ret;
    if (!is_host(source->host))
        return viz_fail(err, -EINVAL, "%s: \"%s\" cannot be a host's name",
                        source->text, source->host);
    if (strlen(path) >= sizeof(source->path))
        return viz_fail(err, -EINVAL, "%s: the path is longer than %zu bytes",
                        source->text, sizeof(source->path) - 1);
    for (const char *c = path; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '#')
            return viz_fail(err, -EINVAL,
                            "%s: a path has visible ASCII characters without #: others "
                            "are written as %%XX",
                            source->text);
    snprintf(source->path, sizeof(source->path), "%s", path);
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
        const char *rest = words + strlen(schemes[i].prefix);
        return source->kind == VIZ_SOURCE_WS
                   ? parse_ws(source, rest, &schemes[i], err)
                   : parse_address(source, rest, &schemes[i], err);
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
    if (!ret)
        ret = parse_query(out, text + length + (text[length] == '?'), err);
    return ret;
}
