/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads with a name that perf shows, and with every signal blocked: signals belong to
 * the main thread. */
#ifndef VIZ_THREAD_H
#define VIZ_THREAD_H

#include <viz/error.h>

#include <pthread.h>

/* @name: at most 15 bytes ("viz:net"). */
int viz_thread_start(pthread_t *out, const char *name, void *(*run)(void *),
                     void *argument, struct viz_error *err);

/* Name the calling thread. */
void viz_thread_name(const char *name);

#endif
