/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One header, read by a client or a server after each of its bytes: the first verdict
 * must be the verdict on all of it, and an accepted one must make sense.
 *
 * The first byte chooses the side. */
#include <viz/handshake.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define MAX_INPUT 1024 /* all of its beginnings are read */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct verdict {
    int ret, status;
    size_t used;
    struct viz_error err;
    struct viz_handshake_asked asked;
};

static void judge(bool server, const uint8_t *data, size_t size, struct verdict *out)
{
    uint8_t *bytes = malloc(size ? size : 1);
    memcpy(bytes, data, size);
    *out = (struct verdict){.ret = 0};
    if (server)
        out->ret = viz_handshake_asked(bytes, size, &out->used, &out->asked,
                                       &out->status, &out->err);
    else
        out->ret = viz_handshake_response(KEY, bytes, size, &out->used, &out->status,
                                          &out->err);
    free(bytes);
}

static void check_sentence(const struct viz_error *err)
{
    viz_assert(err->text[0]);
    for (const char *at = err->text; *at; at++)
        viz_assert(*at >= ' ' && *at <= '~');
}

static void check_asked(const struct viz_handshake_asked *asked)
{
    char out[512];
    size_t used;
    viz_assert(asked->path[0] == '/');
    viz_assert(!strchr(asked->path, '?'));
    viz_assert(strlen(asked->key) == (asked->upgrade ? VIZ_HANDSHAKE_KEY - 1 : 0));
    if (!asked->upgrade)
        return;
    size_t size = viz_handshake_accept(asked, out, sizeof(out));
    viz_assert(size);
    viz_assert(viz_handshake_response(asked->key, (const uint8_t *)out, size, &used,
                                      NULL, NULL) == 1);
    viz_assert(used == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct verdict first = {.ret = 0}, whole;
    if (!size)
        return 0;
    bool server = *data++ & 1;
    if (--size > MAX_INPUT)
        size = MAX_INPUT;
    for (size_t i = 0; i <= size && !first.ret; i++)
        judge(server, data, i, &first);
    judge(server, data, size, &whole);
    viz_assert(first.ret == whole.ret && first.used == whole.used);
    viz_assert(first.status == whole.status);
    viz_assert(strcmp(first.err.text, whole.err.text) == 0);
    if (whole.ret == -EPROTO)
        check_sentence(&whole.err);
    else if (whole.ret == 1) {
        viz_assert(whole.used <= size && data[whole.used - 1] == '\n');
        viz_assert(memcmp(&first.asked, &whole.asked, sizeof(first.asked)) == 0);
        if (server)
            check_asked(&whole.asked);
    } else
        viz_assert(whole.ret == 0);
    return 0;
}
