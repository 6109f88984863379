/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/handshake.h>

#include <nettle/base64.h>
#include <nettle/sha1.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_BYTES 16
#define PHRASE 64 /* of a foreign text in one of our sentences */

struct text {
    const char *at;
    size_t size;
};

/* The header fields that matter to either side; the rest is read over. A field that may
 * come once keeps its first value and how often it came. */
enum field {
    HOST,
    ORIGIN,
    KEY,
    VERSION,
    ACCEPT,
    UPGRADE,
    CONNECTION,
    EXTENSIONS,
    PROTOCOL,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    FIELDS
};
static const char *const field_names[] = {
    [HOST] = "host",
    [ORIGIN] = "origin",
    [KEY] = "sec-websocket-key",
    [VERSION] = "sec-websocket-version",
    [ACCEPT] = "sec-websocket-accept",
    [UPGRADE] = "upgrade",
    [CONNECTION] = "connection",
    [EXTENSIONS] = "sec-websocket-extensions",
    [PROTOCOL] = "sec-websocket-protocol",
    [CONTENT_LENGTH] = "content-length",
    [TRANSFER_ENCODING] = "transfer-encoding",
};
_Static_assert(sizeof(field_names) / sizeof(field_names[0]) == FIELDS, "a name each");

struct header {
    struct text first; /* the request or status line */
    struct text value[FIELDS];
    unsigned count[FIELDS];
    bool websocket; /* a field Upgrade names it */
    bool upgrade;   /* a field Connection names it */
    bool extended;  /* any extension or sub-protocol is named */
};

/* Not the library's: that one asks the locale. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9110, 5.6.2. */
static bool is_token(char c)
{
    char small = lower(c);
    return (small >= 'a' && small <= 'z') || is_digit(c) ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool same(struct text text, const char *word)
{
    size_t size = strlen(word);
    if (text.size != size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (lower(text.at[i]) != lower(word[i]))
            return false;
    return true;
}

static bool begins(struct text text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.at, word, size) == 0;
}

static bool equals(struct text text, const char *word)
{
    return text.size == strlen(word) && begins(text, word);
}

static struct text trim(struct text text)
{
    while (text.size && (text.at[0] == ' ' || text.at[0] == '\t'))
        text = (struct text){text.at + 1, text.size - 1};
    while (text.size &&
           (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* Take from @rest what stands before @mark; without one, all. */
static struct text take(struct text *rest, char mark)
{
    const char *end = rest->size ? memchr(rest->at, mark, rest->size) : NULL;
    struct text part = {rest->at, end ? (size_t)(end - rest->at) : rest->size};
    size_t used = end ? part.size + 1 : part.size;
    *rest = (struct text){rest->at + used, rest->size - used};
    return part;
}

/* A line without its end. A line feed alone ends one as well (RFC 9112, 2.2). */
static struct text take_line(struct text *rest)
{
    struct text line = take(rest, '\n');
    if (line.size && line.at[line.size - 1] == '\r')
        line.size--;
    return line;
}

static bool names(struct text list, const char *word)
{
    while (list.size)
        if (same(trim(take(&list, ',')), word))
            return true;
    return false;
}

/* How long the header with its empty line is; 0: its end is not among @bytes. */
static size_t header_size(struct text bytes)
{
    struct text rest = bytes;
    while (memchr(rest.at, '\n', rest.size)) {
        if (!take_line(&rest).size)
            return bytes.size - rest.size;
        if (!rest.size)
            break;
    }
    return 0;
}

/* No control characters: what a proxy and we could read differently is refused. */
static bool is_printable(struct text line)
{
    for (size_t i = 0; i < line.size; i++) {
        unsigned char c = (unsigned char)line.at[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static void note_field(struct header *header, enum field field, struct text value)
{
    if (!header->count[field]++)
        header->value[field] = value;
    if (field == UPGRADE && names(value, "websocket"))
        header->websocket = true;
    if (field == CONNECTION && names(value, "upgrade"))
        header->upgrade = true;
    if ((field == EXTENSIONS || field == PROTOCOL) && value.size)
        header->extended = true;
}

static bool read_field(struct header *header, struct text line)
{
    struct text value = line;
    struct text name = take(&value, ':');
    if (!name.size || name.size == line.size)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_token(name.at[i]))
            return false;
    for (enum field field = 0; field < FIELDS; field++)
        if (same(name, field_names[field]))
            note_field(header, field, trim(value));
    return true;
}

static bool read_header(struct header *header, struct text bytes)
{
    *header = (struct header){.first = take_line(&bytes)};
    if (!is_printable(header->first))
        return false;
    while (bytes.size) {
        struct text line = take_line(&bytes);
        if (!line.size)
            return true;
        if (!is_printable(line) || !read_field(header, line))
            return false;
    }
    return true;
}

/* Foreign text for a sentence of ours: printable ASCII, not too much of it. */
static void clean(struct text text, char out[PHRASE])
{
    size_t used = 0;
    text = trim(text);
    for (size_t i = 0; i < text.size && used < PHRASE - 1; i++)
        if (text.at[i] >= ' ' && text.at[i] <= '~')
            out[used++] = text.at[i];
    out[used] = 0;
}

void viz_handshake_accept_of(const char *key, char out[VIZ_HANDSHAKE_ACCEPT])
{
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx sha1;

    sha1_init(&sha1);
    sha1_update(&sha1, strlen(key), (const uint8_t *)key);
    sha1_update(&sha1, strlen(GUID), (const uint8_t *)GUID);
    sha1_digest(&sha1, sizeof(digest), digest);
    base64_encode_raw(out, sizeof(digest), digest);
    out[VIZ_HANDSHAKE_ACCEPT - 1] = 0;
}

void viz_handshake_make_key(char out[VIZ_HANDSHAKE_KEY])
{
    uint8_t bytes[KEY_BYTES];
    ssize_t got;

    do
        got = getrandom(bytes, sizeof(bytes), 0);
    while (got < 0 && errno == EINTR);
    viz_assert(got == (ssize_t)sizeof(bytes));
    base64_encode_raw(out, sizeof(bytes), bytes);
    out[VIZ_HANDSHAKE_KEY - 1] = 0;
}

static size_t written(int length, size_t room)
{
    return length > 0 && (size_t)length < room ? (size_t)length : 0;
}

/* Whether it stands in a request as one word: nobody writes a second field through
 * it. */
static bool is_word(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

size_t viz_handshake_request(const char *host, const char *path, const char *key,
                             char *out, size_t room)
{
    if (!*host || *path != '/' || !is_word(host) || !is_word(path) || !is_word(key))
        return 0;
    return written(snprintf(out, room,
                            "GET %s HTTP/1.1\r\n"
                            "Host: %s\r\n"
                            "Upgrade: websocket\r\n"
                            "Connection: Upgrade\r\n"
                            "Sec-WebSocket-Key: %s\r\n"
                            "Sec-WebSocket-Version: 13\r\n"
                            "\r\n",
                            path, host, key),
                   room);
}

/* "HTTP/1.1 101 Switching Protocols": the status and the phrase, or 0. */
static int read_status(struct text line, struct text *phrase)
{
    struct text rest = line;
    struct text version = take(&rest, ' ');
    struct text code = take(&rest, ' ');
    if (version.size != strlen("HTTP/1.1") || !begins(version, "HTTP/1.") ||
        !is_digit(version.at[7]) || code.size != 3)
        return 0;
    for (size_t i = 0; i < 3; i++)
        if (!is_digit(code.at[i]))
            return 0;
    *phrase = rest;
    return (code.at[0] - '0') * 100 + (code.at[1] - '0') * 10 + (code.at[2] - '0');
}

static int refuse_status(int status, struct text phrase, struct viz_error *err)
{
    char text[PHRASE];
    clean(phrase, text);
    return viz_fail(err, -EPROTO, "the server answers %03d%s%s", status,
                    *text ? " " : "", text);
}

static int check_answer(const struct header *header, const char *key,
                        struct viz_error *err)
{
    char expected[VIZ_HANDSHAKE_ACCEPT];

    if (!begins(header->first, "HTTP/1.1 "))
        return viz_fail(err, -EPROTO, "the server does not answer with HTTP/1.1");
    if (header->count[UPGRADE] != 1 || !same(header->value[UPGRADE], "websocket"))
        return viz_fail(err, -EPROTO, "the answer's Upgrade is not \"websocket\"");
    if (!header->upgrade)
        return viz_fail(err, -EPROTO, "the answer's Connection does not name Upgrade");
    if (header->count[ACCEPT] != 1)
        return viz_fail(err, -EPROTO, "the answer has %s Sec-WebSocket-Accept",
                        header->count[ACCEPT] ? "more than one" : "no");
    viz_handshake_accept_of(key, expected);
    if (!equals(header->value[ACCEPT], expected))
        return viz_fail(err, -EPROTO, "the Sec-WebSocket-Accept does not fit the key");
    if (header->extended)
        return viz_fail(err, -EPROTO,
                        "the server chose an extension or a sub-protocol "
                        "that was not asked for");
    return 0;
}

static int too_long(struct viz_error *err)
{
    return viz_fail(err, -EPROTO, "the header is longer than %d bytes",
                    VIZ_HANDSHAKE_LIMIT);
}

/* Whether @bytes can still become an answer: what is not HTTP is told at once. */
static bool may_be_http(struct text bytes)
{
    static const char start[] = "HTTP/1.";
    size_t size = bytes.size < strlen(start) ? bytes.size : strlen(start);
    return memcmp(bytes.at, start, size) == 0;
}

int viz_handshake_response(const char *key, const uint8_t *bytes, size_t size,
                           size_t *used, int *status, struct viz_error *err)
{
    struct text all = {(const char *)bytes, size};
    struct header header;
    struct text phrase = {NULL, 0};

    if (status)
        *status = 0;
    if (!size)
        return 0;
    if (!may_be_http(all))
        return viz_fail(err, -EPROTO, "the server does not speak HTTP");
    if (all.size > VIZ_HANDSHAKE_LIMIT)
        all.size = VIZ_HANDSHAKE_LIMIT;
    size_t end = header_size(all);
    if (!end)
        return size < VIZ_HANDSHAKE_LIMIT ? 0 : too_long(err);
    all.size = end;
    bool sound = read_header(&header, all);
    int code = read_status(header.first, &phrase);
    if (!code)
        return viz_fail(err, -EPROTO, "the server's first line is not HTTP");
    if (status)
        *status = code;
    if (code != 101)
        return refuse_status(code, phrase, err);
    if (!sound)
        return viz_fail(err, -EPROTO, "a line of the answer's header is malformed");
    int ret = check_answer(&header, key, err);
    if (ret < 0)
        return ret;
    *used = end;
    return 1;
}

static int refuse(int *status, int code, struct viz_error *err, const char *why)
{
    if (status)
        *status = code;
    return viz_fail(err, -EPROTO, "%s", why);
}

static bool copy(char *out, size_t room, struct text text)
{
    if (text.size >= room)
        return false;
    if (text.size)
        memcpy(out, text.at, text.size);
    out[text.size] = 0;
    return true;
}

/* The path of "/path?query" or of "http://host/path?query" (RFC 9112, 3.2.2). */
static struct text path_of(struct text target)
{
    if (begins(target, "http://")) {
        struct text rest = {target.at + 7, target.size - 7};
        struct text authority = take(&rest, '/');
        target = (struct text){authority.at + authority.size,
                               target.size - 7 - authority.size};
    }
    return take(&target, '?');
}

static int read_request(struct text line, struct viz_handshake_asked *out, int *status,
                        struct viz_error *err)
{
    struct text method = take(&line, ' ');
    struct text target = take(&line, ' ');
    struct text path = path_of(target);

    if (!equals(line, "HTTP/1.1"))
        return refuse(status, 400, err, "the request's first line is not HTTP/1.1");
    if (!equals(method, "GET"))
        return refuse(status, 405, err, "the request's method is not GET");
    if (!begins(path, "/"))
        return refuse(status, 400, err, "the request's path does not begin with /");
    if (!copy(out->path, sizeof(out->path), path))
        return refuse(status, 431, err, "the request's path is too long");
    return 0;
}

/* 16 bytes in base64: 22 characters that count and two that fill. */
static bool is_key(struct text key)
{
    uint8_t bytes[BASE64_DECODE_LENGTH(VIZ_HANDSHAKE_KEY - 1)];
    struct base64_decode_ctx base64;
    size_t size = sizeof(bytes);

    if (key.size != VIZ_HANDSHAKE_KEY - 1)
        return false;
    base64_decode_init(&base64);
    return base64_decode_update(&base64, &size, bytes, key.size, key.at) &&
           base64_decode_final(&base64) && size == KEY_BYTES;
}

static int check_request(const struct header *header, struct viz_handshake_asked *out,
                         int *status, struct viz_error *err)
{
    if (header->count[HOST] != 1)
        return refuse(status, 400, err, "the request has not one Host");
    if (header->count[ORIGIN] > 1)
        return refuse(status, 400, err, "the request has more than one Origin");
    if (!copy(out->host, sizeof(out->host), header->value[HOST]) ||
        !copy(out->origin, sizeof(out->origin), header->value[ORIGIN]))
        return refuse(status, 431, err, "the request's Host or Origin is too long");
    out->upgrade = header->websocket && header->upgrade;
    if (!out->upgrade)
        return 0;
    if (header->count[TRANSFER_ENCODING] ||
        (header->count[CONTENT_LENGTH] && !same(header->value[CONTENT_LENGTH], "0")))
        return refuse(status, 400, err, "the request has a body");
    if (header->count[VERSION] != 1 || !same(header->value[VERSION], "13"))
        return refuse(status, 426, err,
                      "the request's Sec-WebSocket-Version is not 13");
    if (header->count[KEY] != 1 || !is_key(header->value[KEY]))
        return refuse(status, 400, err, "the request has not one Sec-WebSocket-Key");
    copy(out->key, sizeof(out->key), header->value[KEY]);
    return 0;
}

int viz_handshake_asked(const uint8_t *bytes, size_t size, size_t *used,
                        struct viz_handshake_asked *out, int *status,
                        struct viz_error *err)
{
    struct text all = {(const char *)bytes, size};
    struct viz_handshake_asked asked = {.upgrade = false};
    struct header header;

    if (status)
        *status = 0;
    if (!size)
        return 0;
    if (!is_token(all.at[0]))
        return refuse(status, 400, err, "the client does not speak HTTP");
    if (all.size > VIZ_HANDSHAKE_LIMIT)
        all.size = VIZ_HANDSHAKE_LIMIT;
    size_t end = header_size(all);
    if (!end && size < VIZ_HANDSHAKE_LIMIT)
        return 0;
    if (!end) {
        if (status)
            *status = 431;
        return too_long(err);
    }
    all.size = end;
    if (!read_header(&header, all))
        return refuse(status, 400, err, "a line of the request's header is malformed");
    int ret = read_request(header.first, &asked, status, err);
    if (!ret)
        ret = check_request(&header, &asked, status, err);
    if (ret < 0)
        return ret;
    *out = asked;
    *used = end;
    return 1;
}

size_t viz_handshake_accept(const struct viz_handshake_asked *asked, char *out,
                            size_t room)
{
    char accept[VIZ_HANDSHAKE_ACCEPT];
    viz_handshake_accept_of(asked->key, accept);
    return written(snprintf(out, room,
                            "HTTP/1.1 101 Switching Protocols\r\n"
                            "Upgrade: websocket\r\n"
                            "Connection: Upgrade\r\n"
                            "Sec-WebSocket-Accept: %s\r\n"
                            "\r\n",
                            accept),
                   room);
}

static const struct answer {
    int status;
    const char *phrase, *fields;
} answers[] = {
    {400, "Bad Request", ""},
    {403, "Forbidden", ""},
    {404, "Not Found", ""},
    {405, "Method Not Allowed", "Allow: GET\r\n"},
    {426, "Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"},
    {429, "Too Many Requests", ""},
    {431, "Request Header Fields Too Large", ""},
    {500, "Internal Server Error", ""},
    {503, "Service Unavailable", ""},
};

size_t viz_handshake_refuse(int status, char *out, size_t room)
{
    struct answer answer = {status, "Refused", ""};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (answers[i].status == status)
            answer = answers[i];
    return written(snprintf(out, room,
                            "HTTP/1.1 %03d %s\r\n"
                            "%s"
                            "Connection: %sclose\r\n"
                            "Content-Type: text/plain\r\n"
                            "Content-Length: %zu\r\n"
                            "\r\n"
                            "%s\n",
                            status, answer.phrase, answer.fields,
                            status == 426 ? "Upgrade, " : "", strlen(answer.phrase) + 1,
                            answer.phrase),
                   room);
}
