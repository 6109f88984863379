/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wslay's frame layer reads and writes frames and masks; messages, control frames and
 * the closing are ours. Its event layer would do those as well, but it takes the close
 * codes 1012 to 1014 for errors, checks a close's reason differently as the bytes are
 * cut, accepts half a close code, and queues pongs without a limit. */
#include <viz/websocket.h>

#include <viz/alloc.h>
#include <viz/bytes.h>
#include <viz/error.h>

#include <wslay/wslay.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define DEFAULT_OUTPUT 1000000
#define MAX_CONTROL 125
#define MAX_REASON (MAX_CONTROL - 2)
#define MAX_FRAME_HEADER 14
#define MASK_BYTES                                                                     \
    256 /* one system call for 64 frames; never interrupted (getrandom(2)) */

/* Between two bytes of UTF-8: how many must follow, and between what the next one
 * is. */
struct utf8 {
    uint8_t left, low, high;
};

struct viz_websocket {
    struct viz_websocket_params params;
    wslay_frame_context_ptr frames;
    bool inside; /* viz_websocket_receive() */
    bool reading, writing;

    const uint8_t *input; /* what viz_websocket_receive() was given */
    size_t input_size;
    bool in_frame;
    uint8_t opcode;
    bool fin;
    uint64_t left; /* bytes of the frame that have not come */
    /* In the bytes of the connection: how many came, where the frame under way and its
     * message begin, where the last frame that has begun ends. */
    uint64_t came, frame_at, message_at, framed;
    uint8_t control[MAX_CONTROL];
    size_t control_size;

    bool in_message; /* a fragment came and not the last */
    enum viz_websocket_kind kind;
    struct utf8 utf8;
    struct viz_bytes message;

    struct viz_bytes output;
    uint8_t mask[MASK_BYTES];
    size_t mask_left;

    uint16_t close_code, fault;
    char reason[MAX_REASON + 1];
};

static bool is_control(uint8_t opcode)
{
    return opcode & 8;
}

/* The well-formed sequences of Unicode, table 3-7. */
static bool check_utf8(struct utf8 *utf8, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = bytes[i];
        if (utf8->left) {
            if (byte < utf8->low || byte > utf8->high)
                return false;
            *utf8 = (struct utf8){(uint8_t)(utf8->left - 1), 0x80, 0xbf};
        } else if (byte >= 0x80) {
            if (byte < 0xc2 || byte > 0xf4)
                return false;
            utf8->left = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
            utf8->low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
            utf8->high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
        }
    }
    return true;
}

static ssize_t give_input(uint8_t *out, size_t room, int flags, void *context)
{
    (void)flags;
    struct viz_websocket *ws = context;
    size_t size = ws->input_size < room ? ws->input_size : room;
    if (!size)
        return -1; /* wslay: wants to read more */
    memcpy(out, ws->input, size);
    ws->input += size;
    ws->input_size -= size;
    return (ssize_t)size;
}

static ssize_t take_output(const uint8_t *bytes, size_t size, int flags, void *context)
{
    (void)flags;
    struct viz_websocket *ws = context;
    viz_bytes_append(&ws->output, bytes, size);
    return (ssize_t)size;
}

static int give_mask(uint8_t *out, size_t size, void *context)
{
    struct viz_websocket *ws = context;
    if (ws->mask_left < size) {
        ssize_t got;
        do
            got = getrandom(ws->mask, sizeof(ws->mask), 0);
        while (got < 0 && errno == EINTR);
        viz_assert(got == (ssize_t)sizeof(ws->mask));
        ws->mask_left = sizeof(ws->mask);
    }
    ws->mask_left -= size;
    memcpy(out, ws->mask + ws->mask_left, size);
    return 0;
}

static bool has_room(const struct viz_websocket *ws, size_t size)
{
    size_t held = viz_bytes_size(&ws->output);
    return held + MAX_FRAME_HEADER <= ws->params.max_output &&
           size <= ws->params.max_output - held - MAX_FRAME_HEADER;
}

static void put_frame(struct viz_websocket *ws, uint8_t opcode, const void *bytes,
                      size_t size)
{
    struct wslay_frame_iocb frame = {
        .fin = 1,
        .opcode = opcode,
        .payload_length = size,
        .mask = ws->params.role == VIZ_WEBSOCKET_CLIENT,
        .data = bytes,
        .data_length = size,
    };
    viz_assert(wslay_frame_send(ws->frames, &frame) == (ssize_t)size);
}

/* A close always finds room: max_output is exceeded by one frame at most. */
static void put_close(struct viz_websocket *ws, uint16_t code, const char *reason,
                      size_t size)
{
    uint8_t bytes[MAX_CONTROL] = {(uint8_t)(code >> 8), (uint8_t)code};
    if (!ws->writing)
        return;
    if (size)
        memcpy(bytes + 2, reason, size);
    put_frame(ws, WSLAY_CONNECTION_CLOSE, bytes,
              code && code != VIZ_WEBSOCKET_NO_STATUS ? 2 + size : 0);
    ws->writing = false;
}

static void fail(struct viz_websocket *ws, uint16_t code)
{
    ws->reading = false;
    ws->fault = code;
    put_close(ws, code, NULL, 0);
}

static void end_message(struct viz_websocket *ws)
{
    if (ws->kind == VIZ_WEBSOCKET_TEXT && ws->utf8.left) {
        fail(ws, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA);
        return;
    }
    size_t size = viz_bytes_size(&ws->message);
    const uint8_t *bytes = size ? viz_bytes_first(&ws->message) : (const uint8_t *)"";
    ws->in_message = false;
    if (ws->params.message)
        ws->params.message(ws->params.context, ws->kind, bytes, size);
    viz_bytes_drop(&ws->message, size);
}

/* Codes that a close may carry: those of RFC 6455 and of the registry that it began
 * (1012 to 1014), of libraries (3000) and of programs (4000). */
static bool is_close_code(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static void take_close(struct viz_websocket *ws)
{
    const uint8_t *bytes = ws->control;
    size_t size = ws->control_size;
    struct utf8 utf8 = {0};
    uint16_t code = VIZ_WEBSOCKET_NO_STATUS;

    if (size >= 2)
        code = (uint16_t)(bytes[0] << 8 | bytes[1]);
    if (size == 1 || (size && !is_close_code(code))) {
        fail(ws, WSLAY_CODE_PROTOCOL_ERROR);
        return;
    }
    if (size > 2) {
        if (!check_utf8(&utf8, bytes + 2, size - 2) || utf8.left) {
            fail(ws, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA);
            return;
        }
        memcpy(ws->reason, bytes + 2, size - 2);
    }
    ws->reading = false;
    ws->close_code = code;
    put_close(ws, code, NULL, 0);
}

/* A pong without room is left out: RFC 6455, 5.5.3, lets us answer the newest ping
 * only, and a peer that pings and does not read must not fill our memory. */
static void take_ping(struct viz_websocket *ws)
{
    if (ws->writing && has_room(ws, ws->control_size))
        put_frame(ws, WSLAY_PONG, ws->control, ws->control_size);
    if (ws->params.ping)
        ws->params.ping(ws->params.context);
}

static void end_frame(struct viz_websocket *ws)
{
    ws->in_frame = false;
    if (ws->opcode == WSLAY_CONNECTION_CLOSE)
        take_close(ws);
    else if (ws->opcode == WSLAY_PING)
        take_ping(ws);
    else if (ws->opcode == WSLAY_PONG && ws->params.pong)
        ws->params.pong(ws->params.context);
    else if (!is_control(ws->opcode) && ws->fin)
        end_message(ws);
}

/* The code that refuses a frame with this header, or 0. */
static uint16_t check_frame(const struct viz_websocket *ws,
                            const struct wslay_frame_iocb *frame)
{
    bool masked = ws->params.role == VIZ_WEBSOCKET_SERVER;
    if (frame->rsv || (frame->mask != 0) != masked)
        return WSLAY_CODE_PROTOCOL_ERROR;
    switch (frame->opcode) {
    case WSLAY_CONNECTION_CLOSE:
    case WSLAY_PING:
    case WSLAY_PONG:
        viz_assert(frame->fin && frame->payload_length <= MAX_CONTROL);
        return 0;
    case WSLAY_TEXT_FRAME:
    case WSLAY_BINARY_FRAME:
    case WSLAY_CONTINUATION_FRAME:
        if (ws->in_message != (frame->opcode == WSLAY_CONTINUATION_FRAME))
            return WSLAY_CODE_PROTOCOL_ERROR;
        if (frame->payload_length >
            ws->params.max_message - viz_bytes_size(&ws->message))
            return WSLAY_CODE_MESSAGE_TOO_BIG;
        return 0;
    default:
        return WSLAY_CODE_PROTOCOL_ERROR;
    }
}

static size_t header_size(const struct wslay_frame_iocb *frame)
{
    uint64_t payload = frame->payload_length;
    return 2u +
           (payload > UINT16_MAX    ? 8
            : payload > MAX_CONTROL ? 2
                                    : 0) +
           (frame->mask ? 4 : 0);
}

static void begin_frame(struct viz_websocket *ws, const struct wslay_frame_iocb *frame)
{
    ws->frame_at = ws->framed;
    ws->framed += header_size(frame) + frame->payload_length;
    ws->in_frame = true;
    ws->opcode = frame->opcode;
    ws->fin = frame->fin;
    ws->left = frame->payload_length;
    if (is_control(frame->opcode)) {
        ws->control_size = 0;
    } else if (!ws->in_message) {
        ws->in_message = true;
        ws->message_at = ws->frame_at;
        ws->kind = frame->opcode == WSLAY_TEXT_FRAME ? VIZ_WEBSOCKET_TEXT
                                                     : VIZ_WEBSOCKET_BINARY;
    }
}

static void take_data(struct viz_websocket *ws, const uint8_t *bytes, size_t size)
{
    if (ws->kind == VIZ_WEBSOCKET_TEXT && !check_utf8(&ws->utf8, bytes, size)) {
        fail(ws, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA);
        return;
    }
    viz_bytes_append(&ws->message, bytes, size);
}

static void take_frame(struct viz_websocket *ws, const struct wslay_frame_iocb *frame)
{
    if (!ws->in_frame) {
        uint16_t fault = check_frame(ws, frame);
        if (fault) {
            fail(ws, fault);
            return;
        }
        begin_frame(ws, frame);
    }
    if (is_control(ws->opcode)) {
        memcpy(ws->control + ws->control_size, frame->data, frame->data_length);
        ws->control_size += frame->data_length;
    } else {
        take_data(ws, frame->data, frame->data_length);
    }
    ws->left -= frame->data_length;
    if (ws->reading && !ws->left)
        end_frame(ws);
}

struct viz_websocket *viz_websocket_create(const struct viz_websocket_params *params)
{
    static const struct wslay_frame_callbacks callbacks = {
        .send_callback = take_output,
        .recv_callback = give_input,
        .genmask_callback = give_mask,
    };
    struct viz_websocket *ws = viz_zalloc(sizeof(*ws));

    ws->params = *params;
    if (!ws->params.max_message)
        ws->params.max_message = VIZ_WEBSOCKET_MESSAGE;
    if (!ws->params.max_output)
        ws->params.max_output = DEFAULT_OUTPUT;
    ws->reading = ws->writing = true;
    viz_assert(wslay_frame_context_init(&ws->frames, &callbacks, ws) == 0);
    return ws;
}

void viz_websocket_destroy(struct viz_websocket *ws)
{
    if (!ws)
        return;
    viz_assert(!ws->inside);
    wslay_frame_context_free(ws->frames);
    viz_bytes_finish(&ws->message);
    viz_bytes_finish(&ws->output);
    free(ws);
}

bool viz_websocket_receive(struct viz_websocket *ws, const uint8_t *bytes, size_t size)
{
    viz_assert(!ws->inside);
    ws->inside = true;
    ws->input = bytes;
    ws->input_size = size;
    ws->came += size;
    while (ws->reading) {
        struct wslay_frame_iocb frame = {0};
        ssize_t got = wslay_frame_recv(ws->frames, &frame);
        if (got == WSLAY_ERR_WANT_READ)
            break;
        if (got < 0)
            fail(ws, WSLAY_CODE_PROTOCOL_ERROR);
        else
            take_frame(ws, &frame);
    }
    ws->inside = false;
    return ws->reading;
}

bool viz_websocket_send(struct viz_websocket *ws, enum viz_websocket_kind kind,
                        const void *bytes, size_t size)
{
    if (!ws->writing || !has_room(ws, size))
        return false;
    put_frame(ws, kind == VIZ_WEBSOCKET_TEXT ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME,
              bytes, size);
    return true;
}

bool viz_websocket_ping(struct viz_websocket *ws)
{
    if (!ws->writing || !has_room(ws, 0))
        return false;
    put_frame(ws, WSLAY_PING, NULL, 0);
    return true;
}

bool viz_websocket_close(struct viz_websocket *ws, uint16_t code, const char *reason)
{
    size_t size = reason ? strlen(reason) : 0;
    if (!ws->writing)
        return false;
    if (size > MAX_REASON) {
        size = MAX_REASON;
        while (size && ((uint8_t)reason[size] & 0xc0) == 0x80)
            size--; /* not inside a character */
    }
    put_close(ws, code, reason, size);
    return true;
}

size_t viz_websocket_output(struct viz_websocket *ws, const uint8_t **bytes)
{
    *bytes = viz_bytes_first(&ws->output);
    return viz_bytes_size(&ws->output);
}

void viz_websocket_sent(struct viz_websocket *ws, size_t size)
{
    viz_bytes_drop(&ws->output, size);
}

bool viz_websocket_reading(const struct viz_websocket *ws)
{
    return ws->reading;
}

bool viz_websocket_writing(const struct viz_websocket *ws)
{
    return ws->writing;
}

uint64_t viz_websocket_begun(const struct viz_websocket *ws)
{
    if (ws->in_message)
        return ws->message_at + 1;
    if (ws->in_frame)
        return ws->frame_at + 1;
    return ws->came > ws->framed ? ws->framed + 1 : 0;
}

uint16_t viz_websocket_close_code(const struct viz_websocket *ws, const char **reason)
{
    if (reason)
        *reason = ws->reason;
    return ws->close_code;
}

uint16_t viz_websocket_fault(const struct viz_websocket *ws)
{
    return ws->fault;
}
