/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wrong tokens, by the address that they came from: ten at once, then one more every six
 * seconds. Who has had as many is told to wait, and what he says is not looked at: a limit
 * that lets the right one pass slows nobody who guesses. An address that has shown the
 * right token is not made to wait for an hour: whoever shares it with somebody who guesses,
 * or with a script that has an old token, goes on. Pure. */
#ifndef VIZ_WEB_TRIES_H
#define VIZ_WEB_TRIES_H

#include <stdbool.h>
#include <stdint.h>

#define VIZ_WEB_TRIES 10 /* at once */
#define VIZ_WEB_TRY_S 6
#define VIZ_WEB_TRUST_S 3600
#define VIZ_WEB_TRIERS                                                                 \
    256 /* addresses; those that come when all are taken share one more */

struct viz_web_trier {
    unsigned char address[16];
    int64_t forgiven_ns; /* when no wrong token of it counts any more */
    int64_t trusted_ns;  /* until then */
};

struct viz_web_tries { /* all 0: none was wrong */
    struct viz_web_trier trier[VIZ_WEB_TRIERS + 1];
};

/* Seconds until the next token of @address is looked at; 0: this one is. */
uint32_t viz_web_tries_wait(const struct viz_web_tries *tries,
                            const unsigned char address[16], int64_t now_ns);
/* What it was. */
void viz_web_tries_wrong(struct viz_web_tries *tries, const unsigned char address[16],
                         int64_t now_ns);
void viz_web_tries_right(struct viz_web_tries *tries, const unsigned char address[16],
                         int64_t now_ns);

/* The address behind a proxy on this machine: the last of an X-Forwarded-For header, which
 * is the one that the proxy itself has seen. False: it holds none, and @out is as before. */
bool viz_web_forwarded(const char *header, unsigned char out[16]);

/* An IPv4 address, or the network of an IPv6 one: whoever has one address of it has them
 * all. False: it is this machine. */
struct sockaddr;
bool viz_web_address(const struct sockaddr *from, unsigned char out[16]);

#endif
