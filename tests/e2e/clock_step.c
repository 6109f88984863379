/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wall clock that is set while a program runs: loaded before the C library, the time of
 * day leaps by STEP_S seconds, AFTER_S seconds after the program first asked for it. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *out)
{
    static _Atomic long begin_s;
    struct timespec now;
    long ret = syscall(SYS_clock_gettime, id, out);
    if (ret || id != CLOCK_REALTIME)
        return (int)ret;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    if (!begin_s)
        begin_s = now.tv_sec;
    if (now.tv_sec - begin_s >= atol(getenv("AFTER_S")))
        out->tv_sec += atol(getenv("STEP_S"));
    return 0;
}
