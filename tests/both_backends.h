/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One test on two backends: io_uring, where the kernel lets us, and another. What includes
 * this has struct rig, rig_init(), rig_finish() and uring_works(). */
#ifndef VIZ_TESTS_BOTH_BACKENDS_H
#define VIZ_TESTS_BOTH_BACKENDS_H

#include <criterion/criterion.h>

/* The test @name(rig), after rig_init(rig, @ring) and, as @name_@other, after
 * rig_init(rig, @value). */
#define ON_BOTH_BACKENDS(suite, name, ring, other, value)                              \
    static void name(struct rig *rig);                                                 \
    static struct rig name##_rig;                                                      \
    Test(suite, name##_uring, .timeout = 60)                                           \
    {                                                                                  \
        if (!uring_works())                                                            \
            cr_skip_test("io_uring is refused here");                                  \
        rig_init(&name##_rig, ring);                                                   \
        name(&name##_rig);                                                             \
        rig_finish(&name##_rig);                                                       \
    }                                                                                  \
    Test(suite, name##_##other, .timeout = 60)                                         \
    {                                                                                  \
        rig_init(&name##_rig, value);                                                  \
        name(&name##_rig);                                                             \
        rig_finish(&name##_rig);                                                       \
    }                                                                                  \
    static void name(struct rig *rig)

#endif
