/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a host's name to a connected socket, without ever waiting: the system is asked in
 * the background, and each of the host's addresses is tried in turn. The net thread. */
#ifndef VIZ_NET_DIAL_H
#define VIZ_NET_DIAL_H

#include <viz/error.h>

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_dial {
    struct viz_dial_question *question; /* NULL: nothing is being asked */
    struct addrinfo *list, *next;       /* addresses; NULL next: no more */
    char host[128], service[8];
    char peer[96]; /* "192.0.2.7 port 80": the address that is being tried */
};

/* Begin anew. 1: there are addresses; 0: being asked for; -ENXIO: there are none. */
int viz_dial_begin(struct viz_dial *dial, const char *host, uint16_t port,
                   struct viz_error *err);

/* Whether the answer has come; the same results. */
int viz_dial_resolve(struct viz_dial *dial, struct viz_error *err);

/* Try the next address. 1: connected; 0: under way until *@fd is ready for writing;
 * negative errno with the sentence: this address cannot be reached. */
int viz_dial_connect(struct viz_dial *dial, int *fd, struct viz_error *err);

/* @fd is ready for writing. 0: it is connected, and blocks again; or as above. */
int viz_dial_check(const struct viz_dial *dial, int fd, struct viz_error *err);

/* How an address that did not answer is told of. */
int viz_dial_fail(const struct viz_dial *dial, int error, struct viz_error *err);

/* Whether more addresses are left to try. */
static inline bool viz_dial_more(const struct viz_dial *dial)
{
    return dial->next != NULL;
}

/* Forget everything, whatever is under way. Zeroed memory will do. */
void viz_dial_finish(struct viz_dial *dial);

#endif
