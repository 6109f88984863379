/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include <viz/devices.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static void say(void *context, const char *sentence)
{
    (void)context;
    viz_say(sentence);
}

static void print_summary(FILE *out, const struct viz_device_counts *counts)
{
    fprintf(out,
            "  connections %" PRIu64 ", %" PRIu64 " of them refused; %" PRIu64
            " subscriptions, %" PRIu64 " refused\n",
            counts->connections, counts->refused_connections, counts->subscriptions,
            counts->rejections);
    fprintf(out,
            "  frames      %" PRIu64 " made: %" PRIu64 " sent, %" PRIu64
            " dropped, %" PRIu64 " stalled, %" PRIu64 " unsent\n",
            counts->made, counts->sent, counts->dropped, counts->stalled,
            counts->unsent);
    fprintf(out,
            "  of those sent %" PRIu64 " repeat the one before, %" PRIu64
            " have a NaN; besides %" PRIu64 " of garbage, %" PRIu64 " cut\n",
            counts->repeats, counts->nan, counts->garbage, counts->halves);
    fprintf(out,
            "  audio       %" PRIu64 " frames, STM %" PRIu64 "; texts received %" PRIu64
            ", not understood %" PRIu64 "; boots %" PRIu64 "\n",
            counts->audio, counts->stm, counts->texts, counts->bad_texts,
            counts->boots);
}

static int check(const struct viz_arguments *arguments, struct viz_error *err)
{
    const struct viz_devices_config *config = &arguments->device;
    if (arguments->operands)
        return viz_fail(err, -1, "viz device takes options only and got \"%s\"",
                        arguments->operand[0]);
    if (config->port && config->port + config->devices - 1 > UINT16_MAX)
        return viz_fail(err, -1,
                        "--port %u --devices %u: the last port would lie above 65535",
                        config->port, config->devices);
    return 0;
}

int viz_cmd_device(const struct viz_arguments *arguments)
{
    const struct viz_devices_config *config = &arguments->device;
    struct viz_device_counts counts = {0};
    struct viz_devices_io io = {.say = say, .counts = &counts};
    struct viz_error err;

    if (check(arguments, &err) < 0) {
        viz_say(err.text);
        return VIZ_EXIT_USAGE;
    }
    io.stop = viz_interrupt_watch();
    int ret = viz_check_writable(config->report, &err);
    if (!ret) {
        viz_raise_file_limit();
        prctl(PR_SET_TIMERSLACK, 1UL); /* frames on time, not within the usual 50 us */
        ret = viz_devices_run(config, &io, &err);
    }
    if (ret < 0) {
        viz_say(err.text);
        return VIZ_EXIT_FAILURE;
    }
    bool data = config->report && !strcmp(config->report, "-");
    FILE *out = data ? stderr : stdout;
    fprintf(out, "%u device%s, seed %" PRIu64 "\n", config->devices,
            config->devices == 1 ? "" : "s", config->model.seed);
    print_summary(out, &counts);
    return VIZ_EXIT_OK;
}
