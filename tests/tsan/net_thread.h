/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network thread that steps until it is told to stop, and what two programs make of
 * each backend. */
#ifndef VIZ_TESTS_NET_THREAD_H
#define VIZ_TESTS_NET_THREAD_H

#include <viz/net.h>
#include <viz/thread.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

enum net_thread_result { NET_THREAD_RIGHT, NET_THREAD_WRONG, NET_THREAD_REFUSED };

struct net_thread {
    struct viz_net *net;
    pthread_t thread;
    _Atomic bool stop;
    _Atomic bool refused; /* written after err */
    _Atomic bool begun;
    struct viz_error err;
};

static inline void *net_thread_run(void *argument)
{
    struct net_thread *thread = argument;
    viz_role_assume_source();
    if (viz_net_begin(thread->net, &thread->err)) {
        atomic_store(&thread->refused, true);
        return NULL;
    }
    atomic_store(&thread->begun, true);
    while (!atomic_load(&thread->stop))
        if (viz_net_step(thread->net, -1, &thread->err))
            break;
    viz_net_end(thread->net);
    return NULL;
}

/* Returns when it has begun or was refused; nonzero if there is no thread. */
static inline int net_thread_start(struct net_thread *thread)
{
    int ret = viz_thread_start(&thread->thread, "viz:net", net_thread_run, thread,
                               &thread->err);
    while (!ret && !atomic_load(&thread->begun) && !atomic_load(&thread->refused))
        sched_yield();
    return ret;
}

static inline void net_thread_stop(struct net_thread *thread)
{
    atomic_store(&thread->stop, true);
    viz_net_wake(thread->net);
    pthread_join(thread->thread, NULL);
}

/* The exit status of the program @name: poll is right everywhere, io_uring may be
 * refused. */
static inline int
net_thread_backends(const char *name,
                    enum net_thread_result (*try_backend)(enum viz_net_backend backend))
{
    enum net_thread_result uring = try_backend(VIZ_NET_URING);
    enum net_thread_result poll = try_backend(VIZ_NET_POLL);
    if (uring == NET_THREAD_REFUSED)
        fprintf(stderr, "%s: io_uring is refused here: only poll was tried\n", name);
    return uring == NET_THREAD_WRONG || poll != NET_THREAD_RIGHT;
}

#endif
