/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits for descriptors: multishot polls on io_uring, or epoll where io_uring is refused.
 *
 * What is told is that something has changed (an edge): whoever is told reads or writes
 * until the kernel says EAGAIN. One thread, but for viz_web_loop_wake(): the one that waits
 * first; another may make it and add to it before that, and destroy it after. */
#ifndef VIZ_WEB_LOOP_H
#define VIZ_WEB_LOOP_H

#include <viz/error.h>

#include <stdbool.h>
#include <stdint.h>

struct viz_web_loop;

struct viz_web_watch {
    void *context;
    void (*ready)(void *context); /* may add and remove watches, this one too */
};

/* @epoll: do not try io_uring. */
int viz_web_loop_create(bool epoll, struct viz_web_loop **out, struct viz_error *err);
void viz_web_loop_destroy(struct viz_web_loop *loop);

/* Tell of @fd, which may be read (@writing: or written, or has hung up), from now on. At
 * least once soon where it is so already. @watch stays the caller's. The name for
 * remove(), or a negative errno. */
int viz_web_loop_add(struct viz_web_loop *loop, int fd, bool writing,
                     const struct viz_web_watch *watch);
/* Before @fd is closed. Nothing more is told of it. */
void viz_web_loop_remove(struct viz_web_loop *loop, int name);

/* Wait for at most @timeout_ns (negative: no limit) and tell what there is. 0, or a
 * negative errno. */
int viz_web_loop_wait(struct viz_web_loop *loop, int64_t timeout_ns);

/* A wait returns soon. Any thread, and a signal handler. */
void viz_web_loop_wake(struct viz_web_loop *loop);

/* "io_uring", "epoll", "epoll (io_uring: Operation not permitted)": since the first wait. */
const char *viz_web_loop_name(const struct viz_web_loop *loop);

#endif
