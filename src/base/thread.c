/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/thread.h>

#include <signal.h>
#include <string.h>

int viz_thread_start(pthread_t *out, const char *name, void *(*run)(void *),
                     void *argument, struct viz_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the new thread inherits it */
    int ret = pthread_create(out, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ret)
        return viz_fail(err, -ret, "cannot start thread %s: %s", name, strerror(ret));
    pthread_setname_np(*out, name);
    return 0;
}

void viz_thread_name(const char *name)
{
    pthread_setname_np(pthread_self(), name);
}
