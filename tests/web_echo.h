/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live stream without any: each client is sent what it says. */
#ifndef VIZ_TESTS_WEB_ECHO_H
#define VIZ_TESTS_WEB_ECHO_H

#include <viz/web.h>

static void *echo_open(void *context, struct viz_web_socket *socket)
{
    (void)context;
    return socket;
}

static void echo_text(void *context, void *client, const char *bytes, size_t size)
{
    (void)context;
    (void)viz_web_send(client, false, bytes, size);
}

static void echo_close(void *context, void *client)
{
    (void)context;
    (void)client;
}

static const struct viz_web_live web_echo = {NULL, echo_open, echo_text, echo_close};

#endif
