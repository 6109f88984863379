/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where data comes from: the SOURCE words of the command line, parsed. */
#ifndef VIZ_SOURCE_H
#define VIZ_SOURCE_H

#include <viz/error.h>
#include <viz/sample.h>

#include <stdbool.h>
#include <stdint.h>

enum viz_source_kind {
    VIZ_SOURCE_SYNTH,      /* synth: */
    VIZ_SOURCE_UDP,        /* udp://[HOST]:PORT, receives on HOST (127.0.0.1) */
    VIZ_SOURCE_TCP,        /* tcp://HOST:PORT, connects */
    VIZ_SOURCE_TCP_LISTEN, /* tcp-listen://[HOST]:PORT, accepts any number */
    VIZ_SOURCE_PIPE,       /* - : standard input */
    VIZ_SOURCE_WS, /* ws://HOST[:PORT][/PATH], wss://...: a WebSocket server, connects
                      and connects again */
};

struct viz_source {
    enum viz_source_kind kind;
    char text[256]; /* as given */
    char host[128]; /* "" : the default: loopback */
    uint16_t port;
    char format[16]; /* "" : probe */

    /* Of WebSockets. */
    bool secure;           /* wss: */
    char path[128];        /* "/ws" unless given */
    char authorities[256]; /* ?ca=FILE: PEM; "": the system's */
    unsigned subscribe;    /* ?subscribe=benchmark,audio,stm or none: a set of enum
                                viz_subscription_stream; all three unless given */
    bool start;            /* ?start=yes: benchmark.start before subscribing */
};

/* @text: one SOURCE. @format: the --format of the command line, or NULL; ?format= wins. */
int viz_source_parse(const char *text, const char *format, struct viz_source *out,
                     struct viz_error *err);

#endif
