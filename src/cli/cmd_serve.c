/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>
#include <viz/dashboard.h>
#include <viz/special.h>

static void say(void *context, const char *sentence)
{
    (void)context;
    viz_say(sentence);
}

int viz_cmd_serve(const struct viz_arguments *arguments)
{
    const struct viz_dashboard_io io = {.say = say, .stop = viz_interrupt_watch()};
    struct viz_error err;
    viz_special_start();
    viz_raise_file_limit();
    int code = VIZ_EXIT_USAGE;
    int ret = viz_dashboard_check(&arguments->serve, &err);
    if (ret == 0) {
        code = VIZ_EXIT_FAILURE;
        ret = viz_dashboard_run(&arguments->serve, &arguments->view, &io, &err);
    }
    if (ret == 0)
        return VIZ_EXIT_OK;
    viz_say(err.text);
    return code;
}
