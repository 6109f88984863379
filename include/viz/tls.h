/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client's end of a TLS connection, over memory: cipher text in and out on one
 * side, plain text on the other. No socket. The peer's certificate is checked against
 * its host name and the system's authorities, or those of a file. One thread for each
 * object. */
#ifndef VIZ_TLS_H
#define VIZ_TLS_H

#include <viz/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_tls;

/* @host: a name or an address (IPv6 without brackets), which the certificate must be
 * of. @authorities: a PEM file, or NULL for the system's. TLS 1.2 and 1.3. */
int viz_tls_create(const char *host, const char *authorities, struct viz_tls **out,
                   struct viz_error *err);
void viz_tls_destroy(struct viz_tls *tls);

/* Cipher text that came. @plain is called with what it means, in order, and may be
 * called several times or not at all. 0, or a negative errno with the sentence ("the
 * certificate is of another host"). -EPIPE: the peer has closed in due form; what came
 * before that has been given to @plain in the same call. An alert that tells the peer
 * why may be in the output after an error as well. @plain may send and close, but
 * neither receive nor destroy. */
int viz_tls_receive(struct viz_tls *tls, const uint8_t *bytes, size_t size,
                    void (*plain)(void *context, const uint8_t *bytes, size_t size),
                    void *context, struct viz_error *err);

/* Whether the handshake is done: plain text may be sent. The first cipher text to be
 * sent is in the output once viz_tls_create() returns. */
bool viz_tls_ready(const struct viz_tls *tls);

/* Plain text to be sent. 0 or a negative errno. Only when ready. */
int viz_tls_send(struct viz_tls *tls, const uint8_t *bytes, size_t size,
                 struct viz_error *err);

/* Cipher text that waits to be sent; then say how much of it was. */
size_t viz_tls_output(struct viz_tls *tls, const uint8_t **bytes);
void viz_tls_sent(struct viz_tls *tls, size_t size);

/* Say goodbye: the alert is in the output, nothing more can be sent. What the peer
 * still sends may be received. */
void viz_tls_close(struct viz_tls *tls);

#endif
