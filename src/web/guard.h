/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may ask: names that are ours, pages that are ours, secrets. Pure. */
#ifndef VIZ_WEB_GUARD_H
#define VIZ_WEB_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a Host header names us: localhost, any literal address, or one of @names; with
 * or without a port. */
bool viz_web_host_is_ours(const char *host, const char *const *names, uint32_t count);

/* Whether an Origin header is of the pages of @host, port included. Its scheme does not
 * matter: a proxy may speak TLS. */
bool viz_web_origin_is_ours(const char *origin, const char *host);

/* Takes as long wherever the two differ. */
bool viz_web_same_secret(const char *given, const char *secret);

/* The token of {"token": "..."}, with the escapes of quotes, slashes and backslashes.
 * False: that is not what @body is. */
bool viz_web_token_of(const char *body, char *out, uint32_t room);

/* The value of a cookie in a Cookie header, of several of that name the one at @index; ""
 * where it does not fit. False: there are not so many. */
bool viz_web_cookie(const char *header, const char *name, uint32_t index, char *out,
                    uint32_t room);

#endif
