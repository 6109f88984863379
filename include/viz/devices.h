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
                            kernel chooses so many in a row */
    uint32_t devices;
    double duration_s;  /* 0: until stopped */
    const char *report; /* JSON of what was really sent; "-": stdout; NULL: none */
    struct viz_device_model model;
    struct viz_device_faults faults;
};

struct viz_devices_io {
    void (*say)(void *context,
                const char *sentence); /* where it listens, first of all */
    void *context;
    const volatile sig_atomic_t *stop;
    struct viz_device_counts *counts; /* of all devices, at the end. May be NULL */
};

/* Runs until the end of the duration or *io->stop; says goodbye to the clients (close
 * 1001) and writes the report: "host", "started_unix_ns", "elapsed_s", the parameters as "model" and
 * "faults", "total" and, for each of "devices", all VIZ_DEVICE_COUNTS by their names with
 * "avg_total_us_sum" (what was sent, added up; a NaN left out), besides "device" (from
 * 1), "port", "first_timestamp_ms", "last_timestamp_ms" and "last_avg_total_us" (null:
 * none was sent). Until a reboot, the frame with time stamp t was due started_unix_ns plus
 * t - clock_ms milliseconds. 0 or a negative errno with the sentence.
 *
 * A file for each device and one for each client: the caller raises RLIMIT_NOFILE. */
int viz_devices_run(const struct viz_devices_config *config,
                    const struct viz_devices_io *io, struct viz_error *err);

#endif
