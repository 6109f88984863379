/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIZ_URING_H
#define VIZ_URING_H

struct io_uring;

/* The best ring this kernel makes: task work only when this thread asks for it (6.1), only
 * where it returns to the kernel anyway (5.19), or whenever. For the calling thread alone.
 * 0, or -errno of the kernel's last refusal. */
int viz_uring_ring_init(struct io_uring *ring, unsigned submissions,
                        unsigned completions);

#endif
