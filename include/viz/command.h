/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program can be asked to do: "viz" itself and "viz COMMAND". A command is one
 * file (src/cli/cmd_x.c) and one line in src/cli/commands.inc. */
#ifndef VIZ_COMMAND_H
#define VIZ_COMMAND_H

#include <viz/options.h>

#include <signal.h>

/* Exit codes. A session returns its own, from the same list (session.h). */
enum {
    VIZ_EXIT_OK = 0,
    VIZ_EXIT_FAILURE = 1,
    VIZ_EXIT_USAGE = 2,
    VIZ_EXIT_GATE = 3,         /* a gate failed, or B is worse */
    VIZ_EXIT_INCONCLUSIVE = 4, /* --strict: nothing is shown */
};

struct viz_command {
    const char *name; /* "send"; "" is viz without a command */
    const char *usage, *summary;
    enum viz_command_id id;
    int (*run)(const struct viz_arguments *arguments); /* returns an exit code */
};

extern const struct viz_command viz_commands[];
extern const size_t viz_command_count;

/* The whole program: find the command, parse its options, run it. Returns the exit
 * code. */
int viz_command_main(int argc, char **argv);

int viz_cmd_view(const struct viz_arguments *arguments);
int viz_cmd_send(const struct viz_arguments *arguments);
int viz_cmd_device(const struct viz_arguments *arguments);
int viz_cmd_runs(const struct viz_arguments *arguments);
int viz_cmd_show(const struct viz_arguments *arguments);
int viz_cmd_delete(const struct viz_arguments *arguments);
int viz_cmd_collect(const struct viz_arguments *arguments);
int viz_cmd_export(const struct viz_arguments *arguments);
int viz_cmd_import(const struct viz_arguments *arguments);
int viz_cmd_selftest(const struct viz_arguments *arguments);
int viz_cmd_compare(const struct viz_arguments *arguments);
int viz_cmd_trend(const struct viz_arguments *arguments);
int viz_cmd_serve(const struct viz_arguments *arguments);
int viz_cmd_ab(const struct viz_arguments *arguments);

/* From now on SIGINT and SIGTERM set the flag that is returned; a second one ends the
 * program at once. */
const volatile sig_atomic_t *viz_interrupt_watch(void);

/* Whether a file can be written at @path, NULL or "-" included: looked at before a run
 * that ends with writing it. 0 or a negative errno with the sentence. */
int viz_check_writable(const char *path, struct viz_error *err);

/* "viz: SENTENCE" on stderr. */
void viz_say(const char *sentence);

/* As many files as this process may have: each device and each of its clients is one, and
 * those of an IMU logger are open all at once. */
void viz_raise_file_limit(void);

#endif
