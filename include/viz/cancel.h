/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calling off what takes long: whoever asked for it sets a flag, once and for good, from
 * any thread; whoever works looks at it now and then, stops, and fails with -ECANCELED.
 * NULL: nobody will call it off. */
#ifndef VIZ_CANCEL_H
#define VIZ_CANCEL_H

#include <viz/error.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Relaxed: the flag says nothing of any other memory. */
static inline bool viz_cancelled(const atomic_bool *flag)
{
    return flag && atomic_load_explicit(flag, memory_order_relaxed);
}

/* 0, or -ECANCELED with the sentence. */
static inline int viz_check_cancelled(const atomic_bool *flag, struct viz_error *err)
{
    return viz_cancelled(flag)
               ? viz_fail(err, -ECANCELED, "it was called off before it was done")
               : 0;
}

#endif
