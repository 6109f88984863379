/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated devices on real sockets: each listens on a port of its own and serves
 * WebSocket clients at /ws. One thread, thousands of devices. */
#ifndef VIZ_DEVICES_H
#define VIZ_DEVICES_H

#include <viz/device.h>
#include <viz/error.h>

#include <signal.h>
#include <stdint.h>

struct viz_devices_config {
    const char *host; /* address to listen on */
    uint32_t port;    /* of the first; the others on the ports behind it; 0: the
                            kernel chooses each */
    uint32_t devices;
    double duration_s;  /* 0: until stopped */
    const char *report; /* JSON of what was really sent; "-": stdout; NULL: none */
    struct viz_device_model model;
    struct viz_device_faults faults;
};

struct viz_devices_io {
    void (*say)(void *context, const char *sentence);
    void *context;
    const volatile sig_atomic_t *stop;
};

/* Runs until the end of the duration or *io->stop; writes the report. 0 or a negative
 * errno with the sentence. */
int viz_devices_run(const struct viz_devices_config *config,
                    const struct viz_devices_io *io, struct viz_error *err);

#endif
