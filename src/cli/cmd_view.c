/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>
#include <viz/session.h>

#include <stdio.h>

static void say(void *context, const char *sentence)
{
    (void)context;
    viz_say(sentence);
}

/* Flushed line by line: whoever reads the pipe sees each interval as it ends. */
static void put_line(void *context, const char *text)
{
    (void)context;
    puts(text);
    fflush(stdout);
}

int viz_cmd_view(const struct viz_arguments *arguments)
{
    const struct viz_session_io io = {
        .say = say, .line = put_line, .stop = viz_interrupt_watch()};
    struct viz_error err;

    int ret = viz_check_writable(arguments->view.json, &err);
    if (ret == 0)
        ret = viz_check_writable(arguments->view.screenshot, &err);
    if (ret == 0)
        ret = viz_session_run(&arguments->view, &io, &err);
    if (ret >= 0)
        return ret;
    viz_say(err.text);
    return VIZ_EXIT_FAILURE;
}
