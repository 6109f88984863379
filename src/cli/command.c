/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include <viz/help.h>
#include <viz/version.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

const struct viz_command viz_commands[] = {
#define X(n, i, r, u, s) {.name = n, .usage = u, .summary = s, .id = i, .run = r},
#include "commands.inc"
#undef X
};
const size_t viz_command_count = sizeof(viz_commands) / sizeof(viz_commands[0]);

/* Of the design, and not of this version: said plainly instead of taken for a source.
 */
static const char *const later_commands[] = {
    "record",
    "replay",
};

/* A signal handler has nowhere else to write to. */
static volatile sig_atomic_t interrupted;

/* The first asks, the second, of whichever kind, does not. */
static void on_signal(int number)
{
    if (interrupted) {
        signal(number, SIG_DFL);
        raise(number);
    }
    interrupted = 1;
}

const volatile sig_atomic_t *viz_interrupt_watch(void)
{
    /* No SA_RESTART: a wait ends at once. A pipe that nobody reads is an error of the
     * write and not the end of the program. */
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL); /* the terminal is gone, the files need not be */
    signal(SIGPIPE, SIG_IGN);
    return &interrupted;
}

/* Of a file that is not there yet, its folder must be writable. */
static int check_writable(const char *path)
{
    struct stat found;
    if (stat(path, &found) == 0)
        return S_ISDIR(found.st_mode) ? -EISDIR : access(path, W_OK) ? -errno : 0;
    if (errno != ENOENT)
        return -errno;
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";
    if (slash)
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path);
    return access(folder, W_OK | X_OK) ? -errno : 0;
}

int viz_check_writable(const char *path, struct viz_error *err)
{
    int ret = path && strcmp(path, "-") ? check_writable(path) : 0;
    return ret ? viz_fail(err, ret, "cannot write %s: %s", path, strerror(-ret)) : 0;
}

void viz_say(const char *sentence)
{
    fprintf(stderr, "viz: %s\n", sentence);
}

void viz_raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* The old collector's name for it. */
static const char *current_name(const char *word)
{
    return strcmp(word, "list-runs") ? word : "runs";
}

static const struct viz_command *find_command(const char *word)
{
    word = current_name(word);
    for (size_t i = 0; i < viz_command_count; i++)
        if (!strcmp(viz_commands[i].name, word))
            return &viz_commands[i];
    return NULL;
}

static bool is_later(const char *word)
{
    for (size_t i = 0; i < sizeof(later_commands) / sizeof(later_commands[0]); i++)
        if (!strcmp(later_commands[i], word))
            return true;
    return false;
}

static int run(const struct viz_command *command, const struct viz_arguments *arguments)
{
    if (arguments->help)
        viz_help_print(stdout, command->id);
    else if (arguments->version)
        printf("viz %s (%s)\n", VIZ_VERSION, VIZ_REVISION);
    else if (arguments->man)
        viz_help_man(stdout);
    else
        return command->run(arguments);
    return VIZ_EXIT_OK;
}

/* A full disk behind "> file" shows only here. */
static int flush_output(int code)
{
    if (!fflush(stdout) && !ferror(stdout))
        return code;
    viz_say("standard output could not be written");
    return code ? code : VIZ_EXIT_FAILURE;
}

int viz_command_main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    const struct viz_command *command = *word ? find_command(word) : NULL;
    int skip = command ? 2 : argc > 0;
    struct viz_arguments arguments;
    struct viz_error err;

    if (!command && !strcmp(word, "help")) {
        viz_say("help is an option: viz --help, or viz COMMAND --help");
        return VIZ_EXIT_USAGE;
    }
    if (!command && is_later(word)) {
        fprintf(stderr, "viz: this version has no %s\n", word);
        return VIZ_EXIT_USAGE;
    }
    if (!command)
        command = find_command("");
    if (viz_options_parse(command->id, argc - skip, argv + skip, &arguments, &err) <
        0) {
        viz_say(err.text);
        return VIZ_EXIT_USAGE;
    }
    arguments.view.argc = argc;
    arguments.view.argv = argv;
    return flush_output(run(command, &arguments));
}
