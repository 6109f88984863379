/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One stream of bytes, fed to an end whole, byte by byte and in pieces: the same must
 * come of it, and what it answers must be well-formed frames (read by hand, see the
 * rig).
 *
 * The first byte chooses the role, whether messages are small, and the pieces. */
#include "../websocket_rig.h"

#define MAX_INPUT 1024 /* so that what happens fits into the log */
#define SMALL 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play(struct end *end, uint8_t how, const uint8_t *bytes, size_t size,
                 size_t piece)
{
    open_end(end, how & 1 ? VIZ_WEBSOCKET_SERVER : VIZ_WEBSOCKET_CLIENT,
             how & 2 ? SMALL : 0, 0);
    bool more = true;
    while (size) {
        size_t part = piece && piece < size ? piece : size;
        bool before = more;
        size_t used = end->used;
        more = give(end, bytes, part);
        viz_assert(before || (!more && end->used == used));
        viz_assert(more == viz_websocket_reading(end->ws));
        bytes += part;
        size -= part;
    }
    const char *reason;
    bool over =
        viz_websocket_fault(end->ws) || viz_websocket_close_code(end->ws, &reason);
    viz_assert(viz_websocket_reading(end->ws) == !over);
    viz_assert(viz_websocket_writing(end->ws) == !over);
    note_output(end);
    note_state(end);
    close_end(end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct end whole, cut;
    if (!size)
        return 0;
    size_t bytes = size - 1 < MAX_INPUT ? size - 1 : MAX_INPUT;
    play(&whole, data[0], data + 1, bytes, 0);
    play(&cut, data[0], data + 1, bytes, 1);
    viz_assert(strcmp(whole.log, cut.log) == 0);
    play(&cut, data[0], data + 1, bytes, 1 + (data[0] >> 2));
    viz_assert(strcmp(whole.log, cut.log) == 0);
    return 0;
}
