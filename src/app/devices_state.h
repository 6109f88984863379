/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sockets of simulated devices, as devices.c, device_connection.c and devices_report.c
 * share them. */
#ifndef VIZ_DEVICES_STATE_H
#define VIZ_DEVICES_STATE_H

#include <viz/device_session.h>
#include <viz/devices.h>
#include <viz/websocket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICES_READ 65536
#define DEVICES_MAX_TEXT (1 << 20) /* beyond it 1009, below it an error to be read */
#define DEVICES_STRANGERS 32       /* connections of one device that have no slot */

struct connection;

/* What an epoll event is about. */
enum endpoint { ENDPOINT_LISTENER, ENDPOINT_CONNECTION };

struct device {
    enum endpoint endpoint; /* first: epoll's pointer points here */
    int fd;                 /* listens */
    uint32_t port;
    struct devices *devices;
    struct viz_device_session *session;
    struct connection *client[VIZ_DEVICE_CLIENTS]; /* by slot */
    unsigned strangers;

    /* In the wheel. */
    int64_t due_ms;
    struct device *next, **link;
};

/* Devices by the millisecond in which they are due. */
#define WHEEL_SLOTS 2048
struct wheel {
    struct device *slot[WHEEL_SLOTS];
    int64_t now_ms; /* everything before and at it has been taken out */
};

struct devices {
    const struct viz_devices_config *config;
    const struct viz_devices_io *io;
    int epoll;
    int spare_fd; /* given up to refuse a connection when there are no more */
    bool told_of_files;
    int64_t start_ns, started_unix_ns; /* CLOCK_MONOTONIC, CLOCK_REALTIME */
    struct device *device;             /* [config->devices] */
    struct wheel wheel;
    struct connection *connections; /* all */
    struct connection *ended;       /* of these, those to be freed */
    unsigned connection_count;
    uint8_t bytes[DEVICES_READ];
};

int64_t devices_now_ms(const struct devices *devices);

/* Something happened to @device: call it when it is due. */
void devices_schedule(struct device *device, int64_t now_ms);

/* @fd is @device's from now on, of a client at @address. */
void connection_begin(struct device *device, int fd, uint64_t address, int64_t now_ms);

/* epoll says so. */
void connection_ready(struct connection *connection, uint32_t events, int64_t now_ms);

/* Say goodbye to all of them: the simulation ends. */
void connections_leave(struct devices *devices, int64_t now_ms);

/* End those whose time is up. */
void connections_expire(struct devices *devices, int64_t now_ms);

/* Free those that have ended. Not while events are looked at. */
void connections_reap(struct devices *devices);

/* What a device's session asks for. */
struct viz_device_outside connections_outside(struct device *device);

/* Write the report, whole or not at all. */
int devices_report(const struct devices *devices, struct viz_error *err);

/* Of all devices together. */
void devices_total(const struct devices *devices, struct viz_device_sums *out);

#endif
