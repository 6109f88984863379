/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "devices_state.h"
#include "json.h"

#include <viz/draft.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *sums_json(const struct viz_device_sums *sums)
{
    json_t *out = json_object();
#define X(name, help)                                                                  \
    json_object_set_new(out, #name, viz_json_count(sums->counts.name));
    VIZ_DEVICE_COUNTS(X)
#undef X
    json_object_set_new(out, "avg_total_us_sum", viz_json_real(sums->avg_total_us));
    return out;
}

static json_t *device_json(const struct device *device, uint32_t number)
{
    const struct viz_device_sums *sums = viz_device_session_sums(device->session);
    bool any = sums->counts.sent > 0;
    json_t *out = json_pack("{s:I, s:I}", "device", (json_int_t)number, "port",
                            (json_int_t)device->port);
    json_object_update_new(out, sums_json(sums));
    json_object_set_new(out, "first_timestamp_ms",
                        any ? viz_json_count(sums->first_timestamp_ms) : json_null());
    json_object_set_new(out, "last_timestamp_ms",
                        any ? viz_json_count(sums->last_timestamp_ms) : json_null());
    json_object_set_new(out, "last_avg_total_us",
                        viz_json_real(sums->last_avg_total_us));
    return out;
}

/* JSON's integers end at 2^63 here; a seed may be larger. */
static json_t *seed_json(uint64_t seed)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, seed);
    return seed <= INT64_MAX ? viz_json_count(seed) : json_string(text);
}

static json_t *model_json(const struct viz_device_model *model)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}", "mean_us",
                     model->mean_us, "sd_us", model->sd_us, "ar", model->ar,
                     "spikes_percent", model->spikes, "hop_hz", model->hop_hz,
                     "effect_percent", model->effect, "trend_us_per_min", model->trend,
                     "seed", seed_json(model->seed));
}

static json_t *faults_json(const struct viz_device_faults *faults)
{
    json_t *out = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:f, s:f, s:f}",
                            "drop_percent", faults->drop_percent, "stall_at_s",
                            faults->stall_at_s, "stall_s", faults->stall_s,
                            "reboot_at_s", faults->reboot_at_s, "garbage_percent",
                            faults->garbage_percent, "nan_percent", faults->nan_percent,
                            "half_percent", faults->half_percent, "close_code",
                            faults->close_code, "close_after_s", faults->close_after_s,
                            "slow_ms", faults->slow_ms, "clock_ms", faults->clock_ms);
    json_object_update_new(
        out, json_pack("{s:b, s:b, s:b, s:b, s:b}", "refuse", (int)faults->refuse,
                       "silent", (int)faults->silent, "extended", (int)faults->extended,
                       "cool_down", (int)faults->cool_down, "single_session",
                       (int)faults->single_session));
    return out;
}

void devices_total(const struct devices *devices, struct viz_device_sums *out)
{
    *out = (struct viz_device_sums){.last_avg_total_us = NAN};
    for (uint32_t i = 0; i < devices->config->devices; i++) {
        const struct viz_device_sums *sums =
            viz_device_session_sums(devices->device[i].session);
#define X(name, help) out->counts.name += sums->counts.name;
        VIZ_DEVICE_COUNTS(X)
#undef X
        out->avg_total_us += sums->avg_total_us;
    }
}

static json_t *report_json(const struct devices *devices)
{
    const struct viz_devices_config *config = devices->config;
    struct viz_device_sums total;
    json_t *list = json_array();
    for (uint32_t i = 0; i < config->devices; i++)
        json_array_append_new(list, device_json(&devices->device[i], i + 1));
    devices_total(devices, &total);
    return json_pack("{s:s, s:I, s:f, s:o, s:o, s:o, s:o}", "host", config->host,
                     "started_unix_ns", (json_int_t)devices->started_unix_ns,
                     "elapsed_s", (double)devices_now_ms(devices) / 1000, "model",
                     model_json(&config->model), "faults", faults_json(&config->faults),
                     "total", sums_json(&total), "devices", list);
}

static int write_to(int fd, const char *path, const json_t *report,
                    struct viz_error *err)
{
    char *text = json_dumps(report, JSON_INDENT(1));
    int written = dprintf(fd, "%s\n", text);
    free(text);
    return written < 0 ? viz_fail(err, -errno, "%s could not be written: %s", path,
                                  strerror(errno))
                       : 0;
}

/* A reader never sees half of it. */
static int write_whole(const char *path, const json_t *report, struct viz_error *err)
{
    struct viz_draft *draft;
    int ret = viz_draft_open(path, &draft, err);
    if (ret < 0)
        return ret;
    ret = write_to(viz_draft_fd(draft), path, report, err);
    if (ret == 0)
        return viz_draft_keep(draft, err);
    viz_draft_discard(draft);
    return ret;
}

int devices_report(const struct devices *devices, struct viz_error *err)
{
    const char *path = devices->config->report;
    if (!path)
        return 0;
    json_t *report = report_json(devices);
    int ret = strcmp(path, "-")
                  ? write_whole(path, report, err)
                  : write_to(STDOUT_FILENO, "standard output", report, err);
    json_decref(report);
    return ret;
}
