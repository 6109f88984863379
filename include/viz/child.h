/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shell command, run to its end: stdin is /dev/null, what it prints is not shown, and
 * its last part is kept.
 *
 * Between viz and the shell stands a process of ours, which does three things that viz
 * itself cannot. It keeps Ctrl-C of the terminal away from the command until viz hands it
 * on, so that it comes once. It kills the command when viz is gone, however that came. And
 * what the command leaves running in the background is ended with it, in whatever session
 * it is: SIGTERM, two seconds later SIGKILL, for one second more to whatever is born
 * meanwhile. A shell that stops itself (SIGSTOP, or the terminal that it may not read) would
 * never end, and is ended in the same way.
 *
 * Main thread. */
#ifndef VIZ_CHILD_H
#define VIZ_CHILD_H

#include <viz/error.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct viz_child_params {
    const char *command;            /* for /bin/sh -c */
    const char *const *environment; /* "NAME=value" added to ours; NULL ends it */
    const volatile sig_atomic_t
        *stop; /* once set, the command gets SIGINT; may be NULL */
};

#define VIZ_CHILD_TAIL 4096

struct viz_child {
    int status; /* as the shell's $?: 128 and more is a signal, also one that stops */
    bool interrupted; /* it got SIGINT */
    double seconds;
    /* The end of what it printed to stdout and stderr, as it came; 0 ends it. */
    char tail[2 * VIZ_CHILD_TAIL + 1];
    size_t length;
};

/* 0, however the command ended; or a negative errno: it could not be started. */
int viz_child_run(const struct viz_child_params *params, struct viz_child *out,
                  struct viz_error *err);

/* The last @lines of what it printed, empty lines at the end left out; into out->tail. */
const char *viz_child_last_lines(struct viz_child *child, unsigned lines);

#endif
