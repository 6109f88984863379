/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One end of a WebSocket connection (RFC 6455) behind its handshake: bytes in, messages
 * out, and the other way round. No socket and no time: whoever owns it moves the bytes.
 * One thread for each object.
 *
 * Fragments are put together, control frames among them are answered (a ping with a
 * pong, a close with a close), masks are checked and made, text is checked to be UTF-8.
 * What the peer does wrong ends the connection with the status code of the RFC (1002
 * protocol, 1007 not UTF-8, 1009 too big): the close is in the output, and nothing more
 * comes in. */
#ifndef VIZ_WEBSOCKET_H
#define VIZ_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum viz_websocket_role { VIZ_WEBSOCKET_CLIENT, VIZ_WEBSOCKET_SERVER };
enum viz_websocket_kind { VIZ_WEBSOCKET_TEXT, VIZ_WEBSOCKET_BINARY };

#define VIZ_WEBSOCKET_NO_STATUS 1005 /* a close without a code */
#define VIZ_WEBSOCKET_ABNORMAL 1006  /* the connection ended without a close */
#define VIZ_WEBSOCKET_TOO_BIG 1009   /* a message over max_message */

#define VIZ_WEBSOCKET_MESSAGE 65535 /* max_message, unless it is said otherwise */

struct viz_websocket_params {
    enum viz_websocket_role role;
    size_t max_message; /* bytes of one message; 0: VIZ_WEBSOCKET_MESSAGE */
    size_t max_output;  /* bytes that may wait, a close not counted; 0: 1 MB */
    void *context;
    /* A whole message. @bytes are valid during the call. What is called back may send
     * and close, but neither receive nor destroy. May be NULL. */
    void (*message)(void *context, enum viz_websocket_kind kind, const uint8_t *bytes,
                    size_t size);
    /* The peer's ping: its pong is in the output, unless the output is full (then it is
     * left out: a peer that pings and does not read cannot fill our memory); its pong.
     * May be NULL. */
    void (*ping)(void *context);
    void (*pong)(void *context);
};

struct viz_websocket;

struct viz_websocket *viz_websocket_create(const struct viz_websocket_params *params);
void viz_websocket_destroy(struct viz_websocket *ws);

/* Take in bytes of the connection, any number and cut anywhere; calls back. False once
 * nothing more will be taken in: a close came, or the peer broke the protocol. A frame
 * is judged when its header and the first byte of its payload have come. */
bool viz_websocket_receive(struct viz_websocket *ws, const uint8_t *bytes, size_t size);

/* Queue a message, a ping, a close. False: closing already, or max_output is reached
 * (the message is not sent; nothing is cut). Text is not checked to be UTF-8, nor a
 * code to be allowed: a test may want to break the rules. @code 0 or NO_STATUS: a close
 * without one. @reason may be NULL; of a longer one the first 123 bytes are sent. */
bool viz_websocket_send(struct viz_websocket *ws, enum viz_websocket_kind kind,
                        const void *bytes, size_t size);
bool viz_websocket_ping(struct viz_websocket *ws);
bool viz_websocket_close(struct viz_websocket *ws, uint16_t code, const char *reason);

/* What waits to be sent: *@bytes (NULL when none) and how many; then say how many of
 * them were. They are valid until the next call that takes in or queues something. */
size_t viz_websocket_output(struct viz_websocket *ws, const uint8_t **bytes);
void viz_websocket_sent(struct viz_websocket *ws, size_t size);

/* Whether messages may still come, and may still be sent. */
bool viz_websocket_reading(const struct viz_websocket *ws);
bool viz_websocket_writing(const struct viz_websocket *ws);

/* Where in the bytes that came the message, or else the frame, begins that is not whole
 * yet, counted from 1; 0: there is none. A limit of time is what this is for. */
uint64_t viz_websocket_begun(const struct viz_websocket *ws);

/* The peer's close: its code (0 while there is none) and reason. */
uint16_t viz_websocket_close_code(const struct viz_websocket *ws, const char **reason);

/* What the peer did wrong: the code of it, which it was told unless we had closed, or
 * 0. */
uint16_t viz_websocket_fault(const struct viz_websocket *ws);

#endif
