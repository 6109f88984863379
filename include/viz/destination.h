/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where viz send sends to: udp://HOST:PORT, tcp://HOST:PORT, tcp-listen://[HOST]:PORT
 * (serves one client), or - (standard output). Without a HOST it is loopback. One
 * thread. */
#ifndef VIZ_DESTINATION_H
#define VIZ_DESTINATION_H

#include <viz/error.h>
#include <viz/source.h>

#include <stddef.h>
#include <stdint.h>

struct viz_destination;

/* Parse @text into @out; ?format=NAME is allowed as for sources. -EINVAL: nothing that
 * can be sent to. */
int viz_destination_parse(const char *text, struct viz_source *out,
                          struct viz_error *err);

/* Connect, or listen. @stdout_fd: what "-" writes to. */
int viz_destination_create(const struct viz_source *where, int stdout_fd,
                           struct viz_destination **out, struct viz_error *err);
void viz_destination_destroy(struct viz_destination *destination);

/* The local port that a listening destination got; 0 for others. */
uint16_t viz_destination_port(const struct viz_destination *destination);

/* Wait for the client of a listening destination; others have theirs. -EINTR after a
 * signal. */
int viz_destination_accept(struct viz_destination *destination, struct viz_error *err);

/* Send @size bytes whole (a datagram, or a piece of the stream). 0; 1 when a datagram
 * found no room or no receiver; a negative errno when the connection is gone, or -EINTR
 * after a signal while nobody reads. */
int viz_destination_write(struct viz_destination *destination, const uint8_t *bytes,
                          size_t size);

/* Datagrams whose receiver's machine answered that nobody listens. */
uint64_t viz_destination_refused(const struct viz_destination *destination);

#endif
