/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loop.h"

#include <viz/alloc.h>
#include <viz/uring.h>

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SUBMISSIONS 64
#define COMPLETIONS 4096
#define EVENTS 64
#define FIRST_SLOTS 64

/* A name of the kernel's is the slot and how often the slot has been used: what comes late
 * for an earlier user is known by that. */
struct slot {
    const struct viz_web_watch *watch; /* NULL: free */
    int fd;
    bool writing;
    uint32_t used;
};

struct viz_web_loop {
    struct io_uring ring;
    bool uring, begun; /* the ring is made by the thread that waits */
    int epoll_fd, wake_fd;
    struct slot *slot;
    int slots;
    struct viz_web_watch wake;
    char name[96];
};

static uint64_t name_of(const struct viz_web_loop *loop, int at)
{
    return (uint64_t)loop->slot[at].used << 32 | (uint32_t)(at + 1);
}

/* NULL: no room, which only a thread that may not submit sees. */
static struct io_uring_sqe *next_sqe(struct viz_web_loop *loop)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&loop->ring);
    if (sqe)
        return sqe;
    (void)io_uring_submit(&loop->ring);
    return io_uring_get_sqe(&loop->ring);
}

static int arm(struct viz_web_loop *loop, int at)
{
    const struct slot *slot = &loop->slot[at];
    if (!loop->uring) {
        struct epoll_event event = {
            .events = EPOLLIN | EPOLLET | (slot->writing ? EPOLLOUT | EPOLLRDHUP : 0),
            .data.u64 = name_of(loop, at),
        };
        return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, slot->fd, &event) ? -errno : 0;
    }
    struct io_uring_sqe *sqe = next_sqe(loop);
    viz_assert(sqe);
    io_uring_prep_poll_multishot(sqe, slot->fd,
                                 POLLIN | (slot->writing ? POLLOUT | POLLRDHUP : 0));
    io_uring_sqe_set_data64(sqe, name_of(loop, at));
    return 0;
}

static int free_slot(struct viz_web_loop *loop)
{
    for (int i = 0; i < loop->slots; i++)
        if (!loop->slot[i].watch)
            return i;
    int slots = loop->slots ? 2 * loop->slots : FIRST_SLOTS;
    struct slot *grown = viz_zalloc((size_t)slots * sizeof(grown[0]));
    if (loop->slots)
        memcpy(grown, loop->slot, (size_t)loop->slots * sizeof(grown[0]));
    free(loop->slot);
    loop->slot = grown;
    int at = loop->slots;
    loop->slots = slots;
    return at;
}

int viz_web_loop_add(struct viz_web_loop *loop, int fd, bool writing,
                     const struct viz_web_watch *watch)
{
    int at = free_slot(loop);
    struct slot *slot = &loop->slot[at];
    *slot = (struct slot){
        .watch = watch, .fd = fd, .writing = writing, .used = slot->used + 1};
    int ret = loop->begun ? arm(loop, at) : 0;
    if (ret < 0)
        slot->watch = NULL;
    return ret < 0 ? ret : at;
}

void viz_web_loop_remove(struct viz_web_loop *loop, int name)
{
    struct slot *slot = &loop->slot[name];
    viz_assert(slot->watch);
    slot->watch = NULL;
    if (!loop->begun)
        return;
    if (!loop->uring) {
        (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, slot->fd, NULL);
        return;
    }
    struct io_uring_sqe *sqe = next_sqe(loop);
    if (!sqe) /* the loop is about to end, and all polls with it */
        return;
    io_uring_prep_poll_remove(sqe, name_of(loop, name));
    io_uring_sqe_set_data64(sqe, 0);
}

/* The slot that @name is of, or -1: nobody waits for it any more. */
static int slot_of(const struct viz_web_loop *loop, uint64_t name)
{
    int at = (int)(uint32_t)name - 1;
    if (at < 0 || at >= loop->slots || !loop->slot[at].watch)
        return -1;
    return name_of(loop, at) == name ? at : -1;
}

static void tell(struct viz_web_loop *loop, int at)
{
    const struct viz_web_watch *watch = loop->slot[at].watch;
    watch->ready(watch->context);
}

/* A multishot poll that has ended (the queue was full, memory was short) goes on. */
static void take_completion(struct viz_web_loop *loop, uint64_t name, int result,
                            bool more)
{
    int at = slot_of(loop, name);
    if (at < 0)
        return;
    if (!more && result != -EINVAL && result != -EBADF)
        (void)arm(loop, at);
    tell(loop, at);
}

static int wait_on_ring(struct viz_web_loop *loop, int64_t timeout_ns)
{
    struct __kernel_timespec limit = {.tv_sec = timeout_ns / 1000000000,
                                      .tv_nsec = timeout_ns % 1000000000};
    struct io_uring_cqe *cqe;
    int ret = io_uring_submit_and_wait_timeout(&loop->ring, &cqe, 1,
                                               timeout_ns < 0 ? NULL : &limit, NULL);
    /* EBUSY, EAGAIN: completions must be taken first. */
    bool passing = ret == -ETIME || ret == -EINTR || ret == -EBUSY || ret == -EAGAIN;
    for (int i = 0; i < COMPLETIONS && !io_uring_peek_cqe(&loop->ring, &cqe); i++) {
        uint64_t name = io_uring_cqe_get_data64(cqe);
        int result = cqe->res;
        bool more = cqe->flags & IORING_CQE_F_MORE;
        io_uring_cqe_seen(&loop->ring, cqe);
        take_completion(loop, name, result, more);
    }
    return ret >= 0 || passing ? 0 : ret;
}

static int milliseconds(int64_t ns)
{
    if (ns < 0)
        return -1;
    int64_t ms = (ns + 999999) / 1000000;
    return ms > 3600000 ? 3600000 : (int)ms;
}

static int wait_on_epoll(struct viz_web_loop *loop, int64_t timeout_ns)
{
    struct epoll_event event[EVENTS];
    int count = epoll_wait(loop->epoll_fd, event, EVENTS, milliseconds(timeout_ns));
    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        int at = slot_of(loop, event[i].data.u64);
        if (at >= 0)
            tell(loop, at);
    }
    return 0;
}

void viz_web_loop_wake(struct viz_web_loop *loop)
{
    uint64_t one = 1;
    ssize_t written = write(loop->wake_fd, &one, sizeof(one));
    (void)written; /* cannot fail before 2^64 - 2 wake-ups wait */
}

static void take_wakes(void *context)
{
    struct viz_web_loop *loop = context;
    uint64_t wakes;
    ssize_t got = read(loop->wake_fd, &wakes, sizeof(wakes));
    (void)got;
}

static int arm_all(struct viz_web_loop *loop)
{
    int ret = 0;
    for (int i = 0; i < loop->slots && ret == 0; i++)
        if (loop->slot[i].watch)
            ret = arm(loop, i);
    return ret;
}

/* A kernel before 5.13 does not know multishot polls and says so at once. */
static int begin_uring(struct viz_web_loop *loop)
{
    struct io_uring_cqe *cqe;
    int ret = viz_uring_ring_init(&loop->ring, SUBMISSIONS, COMPLETIONS);
    if (ret < 0)
        return ret;
    (void)arm_all(loop);
    ret = io_uring_submit(&loop->ring);
    if (ret >= 0)
        ret = io_uring_peek_cqe(&loop->ring, &cqe) == 0 && cqe->res < 0 ? cqe->res : 0;
    if (ret < 0)
        io_uring_queue_exit(&loop->ring);
    return ret;
}

static int begin(struct viz_web_loop *loop)
{
    int ret = loop->uring ? begin_uring(loop) : 0;
    if (ret < 0)
        snprintf(loop->name, sizeof(loop->name), "epoll (io_uring: %s)",
                 strerror(-ret));
    loop->uring = loop->uring && ret == 0;
    loop->begun = true;
    if (loop->uring)
        return 0;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return loop->epoll_fd < 0 ? -errno : arm_all(loop);
}

int viz_web_loop_wait(struct viz_web_loop *loop, int64_t timeout_ns)
{
    int ret = loop->begun ? 0 : begin(loop);
    if (ret < 0)
        return ret;
    return loop->uring ? wait_on_ring(loop, timeout_ns)
                       : wait_on_epoll(loop, timeout_ns);
}

int viz_web_loop_create(bool epoll, struct viz_web_loop **out, struct viz_error *err)
{
    struct viz_web_loop *loop = viz_zalloc(sizeof(*loop));
    loop->wake = (struct viz_web_watch){.context = loop, .ready = take_wakes};
    loop->epoll_fd = -1;
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->wake_fd < 0) {
        int ret = -errno;
        free(loop);
        return viz_fail(err, ret, "the server's wake-up: %s", strerror(-ret));
    }
    loop->uring = !epoll;
    snprintf(loop->name, sizeof(loop->name), epoll ? "epoll" : "io_uring");
    (void)viz_web_loop_add(loop, loop->wake_fd, false, &loop->wake);
    *out = loop;
    return 0;
}

void viz_web_loop_destroy(struct viz_web_loop *loop)
{
    if (!loop)
        return;
    if (loop->uring && loop->begun)
        io_uring_queue_exit(&loop->ring);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    close(loop->wake_fd);
    free(loop->slot);
    free(loop);
}

const char *viz_web_loop_name(const struct viz_web_loop *loop)
{
    return loop->name;
}
