/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One end of a WebSocket connection (RFC 6455) behind its handshake: bytes in, messages
 * out, and the other way round. No socket and no time: whoever owns it moves the bytes.
 * One thread for each object.
 *
 * Fragments are put together, control frames among them are answered (a ping with a pong,
 * a close with a close), masks are checked and made, text is checked to be UTF-8. What
 * the peer does wrong ends the connection with the status code of the RFC (1002 protocol,
 * 1007 not UTF-8, 1009 too big): the close is in the output, and nothing more comes in. */
#ifndef VIZ_WEBSOCKET_H
#define VIZ_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum viz_websocket_role { VIZ_WEBSOCKET_CLIENT, VIZ_WEBSOCKET_SERVER };
enum viz_websocket_kind { VIZ_WEBSOCKET_TEXT, VIZ_WEBSOCKET_BINARY };

#define VIZ_WEBSOCKET_NO_STATUS 1005 /* a close without a code */
#define VIZ_WEBSOCKET_ABNORMAL 1006  /* the connection ended without a close */

struct viz_websocket_params {
    enum viz_websocket_role role;
    size_t max_message; /* bytes of one message; 0: 65535 */
    size_t max_output;  /* bytes that may wait to be sent; 0: 1 MB */
    void *context;
    /* A whole message. @bytes are valid during the call. */
    void (*message)(void *context, enum viz_websocket_kind kind, const uint8_t *bytes,
                    size_t size);
    void (*ping)(
        void *context); /* the peer's; the pong is in the output. May be NULL */
    void (*pong)(void *context); /* may be NULL */
};

struct viz_websocket;

struct viz_websocket *viz_websocket_create(const struct viz_websocket_params *params);
void viz_websocket_destroy(struct viz_websocket *ws);

/* Take in bytes of the connection, any number and cut anywhere; calls back. False once
 * nothing more will be taken in: a close came, or the peer broke the protocol. */
bool viz_websocket_receive(struct viz_websocket *ws, const uint8_t *bytes, size_t size);

/* Queue a message, a ping, a close. False: closing already, or max_output is reached (the
 * message is not sent; nothing is cut). @reason may be NULL. */
bool viz_websocket_send(struct viz_websocket *ws, enum viz_websocket_kind kind,
                        const void *bytes, size_t size);
bool viz_websocket_ping(struct viz_websocket *ws);
bool viz_websocket_close(struct viz_websocket *ws, uint16_t code, const char *reason);

/* What waits to be sent: *@bytes and how many; then say how many of them were. */
size_t viz_websocket_output(struct viz_websocket *ws, const uint8_t **bytes);
void viz_websocket_sent(struct viz_websocket *ws, size_t size);

/* Whether messages may still come, and may still be sent. */
bool viz_websocket_reading(const struct viz_websocket *ws);
bool viz_websocket_writing(const struct viz_websocket *ws);

/* The peer's close: its code (0 while there is none) and reason. */
uint16_t viz_websocket_close_code(const struct viz_websocket *ws, const char **reason);

/* What the peer did wrong: the code that it was told, or 0. */
uint16_t viz_websocket_fault(const struct viz_websocket *ws);

#endif
