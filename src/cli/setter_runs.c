/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setter.h"

#include <viz/text.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_S 31536000.0 /* a year */

static void *field(const struct viz_option *option, struct viz_arguments *arguments)
{
    return (char *)arguments + option->at;
}

/* "A:B": both as seconds. */
static bool read_pair(const char *text, double *first, double *second)
{
    char head[64];
    const char *colon = strchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof(head))
        return false;
    snprintf(head, sizeof(head), "%.*s", (int)(colon - text), text);
    return viz_text_quantity(head, viz_text_seconds, first) &&
           viz_text_quantity(colon + 1, viz_text_seconds, second);
}

VIZ_SETTER(viz_set_device_stall)
{
    struct viz_device_faults *faults = &arguments->device.faults;
    double at, span;
    (void)option;
    if (!read_pair(text, &at, &span) || at < 0 || span <= 0 || at > LONGEST_S ||
        span > LONGEST_S)
        return viz_fail(
            err, -EINVAL,
            "expected two times in seconds, as in 10:2.5 (at 10 s for 2.5 s)");
    faults->stall_at_s = at;
    faults->stall_s = span;
    return 0;
}

VIZ_SETTER(viz_set_close_code)
{
    struct viz_device_faults *faults = &arguments->device.faults;
    char head[16];
    uint64_t code;
    double after = 0;
    (void)option;
    size_t length = strcspn(text, "@");
    snprintf(head, sizeof(head), "%.*s", length < sizeof(head) ? (int)length : 0, text);
    bool good = viz_text_unsigned(head, &code) && code >= 1000 && code <= 4999;
    if (good && text[length] == '@')
        good = viz_text_quantity(text + length + 1, viz_text_seconds, &after) &&
               after >= 0 && after <= LONGEST_S;
    if (!good)
        return viz_fail(err, -EINVAL,
                        "expected a code from 1000 to 4999, as in 1013 or 1013@2.5 "
                        "(after 2.5 s)");
    faults->close_code = (int)code;
    faults->close_after_s = after;
    return 0;
}

VIZ_SETTER(viz_set_device_host)
{
    (void)option;
    if (!*text)
        return viz_fail(err, -EINVAL, "expected a host and got nothing");
    if (arguments->device_hosts == VIZ_MAX_HOSTS)
        return viz_fail(err, -EINVAL,
                        "one too many: at most %d fit (HOST:FIRST-LAST is one)",
                        VIZ_MAX_HOSTS);
    arguments->device_host[arguments->device_hosts++] = text;
    return 0;
}

VIZ_SETTER(viz_set_profile)
{
    bool readme = !strcmp(text, "readme");
    if (!readme && strcmp(text, "firmware"))
        return viz_fail(err, -EINVAL, "expected firmware or readme");
    *(enum viz_lw_profile *)field(option, arguments) =
        readme ? VIZ_LW_README : VIZ_LW_FIRMWARE;
    return 0;
}

VIZ_SETTER(viz_set_export_format)
{
    bool json = !strcmp(text, "json");
    if (!json && strcmp(text, "csv"))
        return viz_fail(err, -EINVAL, "expected csv or json");
    *(bool *)field(option, arguments) = json;
    return 0;
}

VIZ_SETTER(viz_set_import_format)
{
    static const char *const names[] = {"collector-db", "collector-csv",
                                        "collector-json", "imu", "benchmark"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]))
            continue;
        *(const char **)field(option, arguments) = text;
        return 0;
    }
    return viz_fail(err, -EINVAL,
                    "expected collector-db, collector-csv, collector-json, imu or "
                    "benchmark");
}
