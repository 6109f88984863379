/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define NAME_BYTES 256

/* "name:80" and "[::1]:80" without port, brackets and the dot at the end. */
static bool take_name(const char *host, char out[NAME_BYTES])
{
    bool bracket = *host == '[';
    size_t size = bracket ? strcspn(++host, "]") : strcspn(host, ":");
    const char *rest = host + size;
    if (bracket && *rest++ != ']')
        return false;
    if (*rest == ':')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (*rest || size == 0 || size >= NAME_BYTES)
        return false;
    memcpy(out, host, size);
    if (!bracket && size > 1 && out[size - 1] == '.')
        size--;
    out[size] = 0;
    unsigned char address[sizeof(struct in6_addr)];
    return !bracket || inet_pton(AF_INET6, out, address) == 1;
}

bool viz_web_host_is_ours(const char *host, const char *const *names, uint32_t count)
{
    char name[NAME_BYTES];
    unsigned char address[sizeof(struct in6_addr)];
    if (!take_name(host, name))
        return false;
    if (*host == '[' || inet_pton(AF_INET, name, address) == 1 ||
        strcasecmp(name, "localhost") == 0)
        return true;
    for (uint32_t i = 0; i < count; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A browser leaves out the port that belongs to the scheme; so does its Host header. */
bool viz_web_origin_is_ours(const char *origin, const char *host)
{
    if (strncasecmp(origin, "http://", 7) == 0)
        origin += 7;
    else if (strncasecmp(origin, "https://", 8) == 0)
        origin += 8;
    else
        return false;
    return *origin && strcasecmp(origin, host) == 0;
}

bool viz_web_same_secret(const char *given, const char *secret)
{
    size_t size = strlen(given), length = strlen(secret);
    unsigned char differ = size != length;
    for (size_t i = 0; i < size; i++)
        differ |= (unsigned char)(given[i] ^ secret[length ? i % length : 0]);
    return !differ && length;
}

static const char *skip(const char *at, char wanted)
{
    at += strspn(at, " \t\r\n");
    if (*at != wanted)
        return NULL;
    at++;
    return at + strspn(at, " \t\r\n");
}

/* A JSON string behind its opening quote: what follows the closing one, or NULL. */
static const char *take_string(const char *at, char *out, uint32_t room)
{
    for (uint32_t used = 0; used < room; used++) {
        if (*at == '"') {
            out[used] = 0;
            return at + 1;
        }
        if (*at == '\\' && !strchr("\"\\/", *++at))
            return NULL;
        if ((unsigned char)*at < ' ')
            return NULL;
        out[used] = *at++;
    }
    return NULL;
}

bool viz_web_token_of(const char *body, char *out, uint32_t room)
{
    const char *at = skip(body, '{');
    if (!at || strncmp(at, "\"token\"", 7) != 0)
        return false;
    at = skip(at + 7, ':');
    if (!at || *at != '"')
        return false;
    at = take_string(at + 1, out, room);
    at = at ? skip(at, '}') : NULL;
    return at && !*at;
}

bool viz_web_cookie(const char *header, const char *name, uint32_t index, char *out,
                    uint32_t room)
{
    size_t length = strlen(name);
    for (const char *at = header; *at; at += strcspn(at, ";")) {
        at += strspn(at, "; \t");
        if (strncmp(at, name, length) != 0 || at[length] != '=' || index--)
            continue;
        size_t size = strcspn(at + length + 1, "; \t");
        if (size >= room)
            size = 0;
        memcpy(out, at + length + 1, size);
        out[size] = 0;
        return true;
    }
    return false;
}
