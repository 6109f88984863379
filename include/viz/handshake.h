/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP/1.1 handshake that begins a WebSocket connection (RFC 6455, section 4), both
 * sides. Bytes in, bytes out: no socket, no time. Any thread, one for each object.
 *
 * A line may end with a line feed alone. Folded lines, other control characters and
 * names that are no tokens are refused. What cannot be HTTP is refused at its first
 * bytes. */
#ifndef VIZ_HANDSHAKE_H
#define VIZ_HANDSHAKE_H

#include <viz/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A header longer than this is refused: nothing that is not HTTP can make us wait. */
#define VIZ_HANDSHAKE_LIMIT 8192
#define VIZ_HANDSHAKE_KEY 25 /* 24 characters of base64 and the 0 */

/* Base64 of SHA-1 of the key and the protocol's GUID: 28 characters and the 0. */
#define VIZ_HANDSHAKE_ACCEPT 29
void viz_handshake_accept_of(const char *key, char out[VIZ_HANDSHAKE_ACCEPT]);

/* 16 bytes of the kernel's randomness in base64. */
void viz_handshake_make_key(char out[VIZ_HANDSHAKE_KEY]);

/* Client: what is sent first. @host: as in the Host header, with the port unless it is
 * the scheme's own, IPv6 in brackets. @path begins with /. The length, or 0 when @room
 * is too small or a blank or control character stands in host or path. */
size_t viz_handshake_request(const char *host, const char *path, const char *key,
                             char *out, size_t room);

/* Client: look at what has come so far. 1: the server has accepted, and its header is
 * the first *@used bytes; what follows is WebSocket. 0: not all of it is here. -EPROTO
 * with the sentence: it has not, and why: "the server answers 503 Service Unavailable",
 * "the Sec-WebSocket-Accept does not fit the key". Exactly status 101 is an acceptance.
 * An extension or a sub-protocol that was not asked for is refused. @status (may be
 * NULL): the HTTP status, 0 while unknown. */
int viz_handshake_response(const char *key, const uint8_t *bytes, size_t size,
                           size_t *used, int *status, struct viz_error *err);

/* Server: what a client asked for. */
struct viz_handshake_asked {
    char path[256]; /* without the query */
    char host[256], origin[256];
    char key[VIZ_HANDSHAKE_KEY];
    bool upgrade; /* it wants a WebSocket; else a plain HTTP request */
};

/* Server: 1: @out is filled and the header is the first *@used bytes. 0: not all of it
 * is here. -EPROTO: it is no request that can be answered; *@status is what to answer
 * (400, 405, 426, 431). */
int viz_handshake_asked(const uint8_t *bytes, size_t size, size_t *used,
                        struct viz_handshake_asked *out, int *status,
                        struct viz_error *err);

/* Server: the answer that opens the connection, and the one that does not. The length,
 * or 0 when @room is too small (512 is enough). */
size_t viz_handshake_accept(const struct viz_handshake_asked *asked, char *out,
                            size_t room);
size_t viz_handshake_refuse(int status, char *out, size_t room);

#endif
