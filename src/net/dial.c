/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dial.h"

#include "backend.h"

#include <viz/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What getaddrinfo_a(3) reads and writes in threads of the C library's. */
struct viz_dial_question {
    struct gaicb ask;
    struct addrinfo hints;
    char host[128], service[8];
};

static const struct addrinfo stream_hints = {
    .ai_socktype = SOCK_STREAM,
    .ai_flags = AI_NUMERICSERV,
};

static int fail_name(const struct viz_dial *dial, int failed, struct viz_error *err)
{
    return viz_fail(err, -ENXIO, "no address is known for the host \"%s\": %s",
                    dial->host, gai_strerror(failed));
}

static int ask(struct viz_dial *dial, struct viz_error *err)
{
    struct viz_dial_question *question = viz_zalloc(sizeof(*question));
    struct gaicb *list[] = {&question->ask};
    struct sigevent quiet = {.sigev_notify = SIGEV_NONE};

    question->hints = stream_hints;
    memcpy(question->host, dial->host, sizeof(question->host));
    memcpy(question->service, dial->service, sizeof(question->service));
    question->ask = (struct gaicb){.ar_name = question->host,
                                   .ar_service = question->service,
                                   .ar_request = &question->hints};
    int failed = getaddrinfo_a(GAI_NOWAIT, list, 1, &quiet);
    if (failed) {
        free(question);
        return fail_name(dial, failed, err);
    }
    dial->question = question;
    return 0;
}

int viz_dial_begin(struct viz_dial *dial, const char *host, uint16_t port,
                   struct viz_error *err)
{
    viz_dial_finish(dial);
    snprintf(dial->host, sizeof(dial->host), "%s", host);
    snprintf(dial->service, sizeof(dial->service), "%u", port);
    struct addrinfo hints = stream_hints;
    hints.ai_flags |= AI_NUMERICHOST; /* nobody needs to be asked */
    int failed = getaddrinfo(dial->host, dial->service, &hints, &dial->list);
    if (failed == EAI_NONAME)
        return ask(dial, err);
    if (failed)
        return fail_name(dial, failed, err);
    dial->next = dial->list;
    return 1;
}

int viz_dial_resolve(struct viz_dial *dial, struct viz_error *err)
{
    struct viz_dial_question *question = dial->question;
    int state = gai_error(&question->ask);
    if (state == EAI_INPROGRESS)
        return 0;
    dial->question = NULL;
    if (!state)
        dial->list = dial->next = question->ask.ar_result;
    free(question);
    return state ? fail_name(dial, state, err) : 1;
}

int viz_dial_fail(const struct viz_dial *dial, int error, struct viz_error *err)
{
    return viz_fail(err, -error, "cannot connect to %s: %s", dial->peer,
                    strerror(error));
}

static void name_peer(struct viz_dial *dial, const struct addrinfo *to)
{
    char host[NI_MAXHOST];
    if (getnameinfo(to->ai_addr, to->ai_addrlen, host, sizeof(host), NULL, 0,
                    NI_NUMERICHOST))
        snprintf(host, sizeof(host), "%s", dial->host);
    snprintf(dial->peer, sizeof(dial->peer), "%.70s port %s", host, dial->service);
}

int viz_dial_connect(struct viz_dial *dial, int *fd, struct viz_error *err)
{
    const struct addrinfo *to = dial->next;
    int one = 1;

    dial->next = to->ai_next;
    name_peer(dial, to);
    int made = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return viz_dial_fail(dial, errno, err);
    viz_net_socket_tune(made);
    /* What is sent is short and due at once. Best effort. */
    (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    bool under_way = false;
    int ret = 0;
    if (connect(made, to->ai_addr, to->ai_addrlen)) {
        under_way = errno == EINPROGRESS;
        ret = under_way ? 0 : viz_dial_fail(dial, errno, err);
    } else {
        ret = viz_dial_check(dial, made, err);
    }
    if (ret < 0) {
        close(made);
        return ret;
    }
    *fd = made;
    return !under_way;
}

int viz_dial_check(const struct viz_dial *dial, int fd, struct viz_error *err)
{
    int error = 0;
    socklen_t size = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
        error = errno;
    /* io_uring waits only for sockets that would. */
    if (!error && fcntl(fd, F_SETFL, 0))
        error = errno;
    return error ? viz_dial_fail(dial, error, err) : 0;
}

void viz_dial_finish(struct viz_dial *dial)
{
    struct viz_dial_question *question = dial->question;
    if (question) {
        int state = gai_cancel(&question->ask);
        bool done = state == EAI_ALLDONE && !gai_error(&question->ask);
        if (done)
            freeaddrinfo(question->ask.ar_result);
        /* A thread that is asking cannot be stopped and must not be waited for: the few
         * bytes that it writes to are left to it. */
        if (state != EAI_NOTCANCELED)
            free(question);
    }
    if (dial->list)
        freeaddrinfo(dial->list);
    *dial = (struct viz_dial){0};
}
