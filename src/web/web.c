/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/web.h>

#include <errno.h>
#include <microhttpd.h>

int viz_web_create(const struct viz_web_params *params, struct viz_web **out,
                   struct viz_error *err)
{
    (void)params;
    (void)out;
    return viz_fail(err, -ENOSYS, "libmicrohttpd %s serves nothing yet",
                    MHD_get_version());
}

void viz_web_destroy(struct viz_web *web)
{
    (void)web;
}

int viz_web_step(struct viz_web *web, int64_t timeout_ns, struct viz_error *err)
{
    (void)web;
    (void)timeout_ns;
    return viz_fail(err, -ENOSYS, "nothing is served yet");
}

void viz_web_wake(struct viz_web *web)
{
    (void)web;
}

uint16_t viz_web_port(const struct viz_web *web)
{
    (void)web;
    return 0;
}

const char *viz_web_backend(const struct viz_web *web)
{
    (void)web;
    return "";
}

const struct viz_web_counts *viz_web_counts(const struct viz_web *web)
{
    (void)web;
    return NULL;
}

uint32_t viz_web_sockets(const struct viz_web *web)
{
    (void)web;
    return 0;
}

int viz_web_activation(struct viz_error *err)
{
    return viz_fail(err, -ENOSYS, "nothing is served yet");
}

bool viz_web_send(struct viz_web_socket *socket, bool binary, const void *bytes,
                  size_t size)
{
    (void)socket;
    (void)binary;
    (void)bytes;
    (void)size;
    return false;
}

size_t viz_web_waiting(const struct viz_web_socket *socket)
{
    (void)socket;
    return 0;
}

void viz_web_close(struct viz_web_socket *socket, uint16_t code, const char *reason)
{
    (void)socket;
    (void)code;
    (void)reason;
}

const char *viz_web_query(const struct viz_web_request *request, const char *name)
{
    (void)request;
    (void)name;
    return NULL;
}

const char *viz_web_query_name(const struct viz_web_request *request, uint32_t index)
{
    (void)request;
    (void)index;
    return NULL;
}

void viz_web_refuse(struct viz_web_answer *answer, int status, const char *format, ...)
{
    (void)format;
    answer->status = status;
}
