/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sentence from a source thread to the user: "udp://:9000 speaks mpu", "io_uring is
 * refused (EPERM): using poll". Below src/cli nothing prints; notices are taken by the
 * main thread once a frame and printed on stderr by src/cli. Rare events only, never
 * per packet.
 *
 * One pushing thread and one popping thread for each object. A notice that finds no
 * room is counted. */
#ifndef VIZ_NOTICE_H
#define VIZ_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viz_notices;

struct viz_notices *viz_notices_create(void);
void viz_notices_destroy(struct viz_notices *notices);

/* The pushing thread. No newline, no full stop. NULL @notices: ignored. */
void viz_notice(struct viz_notices *notices, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The popping thread: the oldest sentence into @out; false when there is none. */
bool viz_notices_pop(struct viz_notices *notices, char *out, size_t size);

uint64_t viz_notices_lost(const struct viz_notices *notices);

#endif
