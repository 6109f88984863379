/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of a simulated device: requests taken apart, answers put together. */
#ifndef VIZ_DEVICE_TALK_H
#define VIZ_DEVICE_TALK_H

#include <viz/device.h>

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

/* A text as the firmware's parser takes it: any JSON value, nested up to ten levels, what
 * stands behind it ignored. NULL: a parse error. */
json_t *device_talk_parse(const char *text, size_t size);

/* A string member of @root; "" where there is none. */
const char *device_talk_text(const json_t *root, const char *key);

/* Each returns a text to free(). @data is taken over. @request_id "" is left out. */
char *device_talk_reply(const char *type, const char *request_id, json_t *data);
char *device_talk_error(const char *code, const char *message, const char *request_id);
char *device_talk_rejection(const char *type, const char *request_id);

/* The data of benchmark.stopped and of benchmark.stats, and the status broadcast. */
json_t *device_talk_results(const struct viz_lw_frame *frame);
json_t *device_talk_stats(const struct viz_lw_frame *frame, bool streaming);
char *device_talk_status(int64_t uptime_ms, unsigned clients);

#endif
