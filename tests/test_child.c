/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/child.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct viz_child run_with(const struct viz_child_params *params)
{
    struct viz_child child;
    struct viz_error err;
    cr_assert_eq(viz_child_run(params, &child, &err), 0, "%s", err.text);
    return child;
}

static struct viz_child run(const char *command)
{
    return run_with(&(struct viz_child_params){.command = command});
}

Test(child, status_is_that_of_the_shell)
{
    cr_expect_eq(run("true").status, 0);
    cr_expect_eq(run("exit 3").status, 3);
    cr_expect_eq(run("kill -KILL $$").status, 128 + SIGKILL);
    cr_expect_eq(run("/nowhere/at/all").status, 127);
    cr_expect_eq(run("").status, 0);
    cr_expect_not(run("exit 3").interrupted);
}

Test(child, both_outputs_are_kept_in_order)
{
    cr_expect_str_eq(run("echo one; echo two >&2; echo three").tail,
                     "one\ntwo\nthree\n");
    struct viz_child silent = run("true");
    cr_expect_str_eq(silent.tail, "");
    cr_expect_eq(silent.length, 0);
}

Test(child, of_much_output_the_end_is_kept)
{
    struct viz_child child = run("seq 1 100000");
    cr_expect_eq(child.length, VIZ_CHILD_TAIL);
    cr_expect_str_eq(child.tail + child.length - 13, "99999\n100000\n");
}

Test(child, last_lines_are_whole_lines)
{
    struct viz_child child = run("seq 1 20; echo; echo");
    cr_expect_str_eq(viz_child_last_lines(&child, 2), "19\n20");
    cr_expect_str_eq(viz_child_last_lines(&child, 1), "20");
    child = run("printf 'a\\nb'");
    cr_expect_str_eq(viz_child_last_lines(&child, 10), "a\nb");
    child = run("echo; echo");
    cr_expect_str_eq(viz_child_last_lines(&child, 10), "");
}

Test(child, environment_is_added_to_ours)
{
    const char *const environment[] = {"VIZ_TEST_A=a 'b' \"c\"", "VIZ_TEST_B=", NULL};
    setenv("VIZ_TEST_OURS", "ours", 1);
    struct viz_child child = run_with(&(struct viz_child_params){
        .command = "printf '%s|%s|%s' \"$VIZ_TEST_A\" \"${VIZ_TEST_B-none}\" "
                   "\"$VIZ_TEST_OURS\"",
        .environment = environment,
    });
    cr_expect_str_eq(child.tail, "a 'b' \"c\"||ours");
    cr_expect_null(getenv("VIZ_TEST_A"), "only the command has it");
}

Test(child, stdin_is_empty)
{
    cr_expect_str_eq(run("cat; echo end").tail, "end\n");
}

/* What we ignore is not handed down: a command whose reader is gone ends. */
Test(child, ignored_signals_are_not_inherited)
{
    signal(SIGPIPE, SIG_IGN);
    cr_expect_str_eq(run("(yes; echo $? >&2) | true").tail, "141\n");
}

static volatile sig_atomic_t stop;

static void set_stop(int number)
{
    (void)number;
    stop = 1;
}

/* The flag is set, as Ctrl-C does, once the command says that it is ready. */
Test(child, stop_is_one_sigint_for_all_of_the_command)
{
    char command[160];
    struct sigaction action = {.sa_handler = set_stop};
    sigaction(SIGUSR1, &action, NULL);
    snprintf(command, sizeof(command),
             "trap 'echo caught' INT; (kill -USR1 %d; exec sleep 20); echo $?; exit 5",
             (int)getpid());
    struct viz_child child =
        run_with(&(struct viz_child_params){.command = command, .stop = &stop});
    cr_expect(child.interrupted);
    cr_expect_eq(child.status, 5);
    const char *caught = strstr(child.tail, "caught\n");
    cr_assert_not_null(caught, "%s", child.tail);
    cr_expect_null(strstr(caught + 1, "caught"), "%s", child.tail);
    cr_expect_not_null(strstr(child.tail, "130\n"), "%s", child.tail);
}

Test(child, stop_from_the_start_ends_at_once)
{
    volatile sig_atomic_t set = 1;
    struct viz_child child =
        run_with(&(struct viz_child_params){.command = "sleep 20", .stop = &set});
    cr_expect(child.interrupted);
    cr_expect_eq(child.status, 128 + SIGINT);
}

/* The pid that @fd tells, of a process that must go away now. */
static void expect_end(const char *pid_text)
{
    int pid = atoi(pid_text);
    cr_assert_gt(pid, 1, "%s", pid_text);
    for (int i = 0; i < 1000; i++) {
        char path[64], state = 'X';
        snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        FILE *file = fopen(path, "r");
        if (!file)
            return;
        if (fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && state == 'Z')
            state = 'X';
        fclose(file);
        if (state == 'X')
            return;
        poll(NULL, 0, 10);
    }
    cr_assert_fail("process %d lives on", pid);
}

Test(child, background_ends_with_its_command)
{
    struct viz_child child = run("sleep 30 & echo $!");
    expect_end(child.tail);
    /* Two shells deep, and deaf to SIGTERM. */
    child = run("sh -c 'trap \"\" TERM; sleep 30 & echo $!' & wait");
    expect_end(child.tail);
}

/* The longest that a command may take which has nothing to do. */
static void expect_short(const struct viz_child *child)
{
    cr_expect_lt(child->seconds, 15, "%g s", child->seconds);
}

/* A session of its own, and a parent that is gone. */
Test(child, daemons_end_with_their_command)
{
    struct viz_child child = run("setsid sh -c 'echo $$; exec sleep 60' & sleep 0.5");
    expect_end(child.tail);
    child = run("setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' "
                "& sleep 0.5");
    expect_end(child.tail);
    expect_short(&child);
    child = run("setsid sh -c 'echo $$; kill -STOP $$; sleep 60' & sleep 0.5");
    expect_end(child.tail);
    expect_short(&child);
}

/* The second death in the background puts nothing off. */
Test(child, farewell_has_one_end)
{
    struct viz_child child = run(
        "setsid sh -c 'trap \"\" TERM; echo $$; while :; do setsid sleep 0.3; done' &"
        "sleep 0.5");
    expect_end(child.tail);
    expect_short(&child);
}

/* Each of them leaves another one behind and goes. */
Test(child, endless_offspring_ends_or_is_given_up)
{
    FILE *script = fopen("offspring.sh", "w");
    cr_assert_not_null(script);
    fputs("[ -e offspring.sh ] && sleep 0.05 && setsid sh offspring.sh &\n", script);
    fclose(script);
    struct viz_child child = run("trap '' TERM; sh offspring.sh");
    remove("offspring.sh");
    expect_short(&child);
}

Test(child, shell_that_stops_itself_is_ended)
{
    struct viz_child child = run("echo $$; kill -STOP $$; echo never");
    cr_expect_eq(child.status, 128 + SIGSTOP);
    cr_expect_null(strstr(child.tail, "never"), "%s", child.tail);
    expect_end(child.tail);
}

/* One that only waits for somebody stopped: SIGINT reaches both. */
Test(child, stop_reaches_what_is_stopped)
{
    char command[160];
    struct sigaction action = {.sa_handler = set_stop};
    sigaction(SIGUSR1, &action, NULL);
    snprintf(command, sizeof(command),
             "sh -c '(sleep 0.3; kill -USR1 %d) & kill -STOP $$; sleep 20'; exit 5",
             (int)getpid());
    struct viz_child child =
        run_with(&(struct viz_child_params){.command = command, .stop = &stop});
    cr_expect(child.interrupted);
    expect_short(&child);
}

Test(child, command_ends_with_the_program)
{
    int ends[2];
    char command[160], pid_text[32] = "";
    cr_assert_eq(pipe(ends), 0);
    snprintf(command, sizeof(command), "(sleep 30 & echo $! >/proc/%d/fd/%d; wait)",
             (int)getpid(), ends[1]);
    pid_t viz = fork();
    if (viz == 0) {
        struct viz_child child;
        viz_child_run(&(struct viz_child_params){.command = command}, &child, NULL);
        _exit(0);
    }
    cr_assert_gt(read(ends[0], pid_text, sizeof(pid_text) - 1), 0);
    kill(viz, SIGKILL);
    waitpid(viz, NULL, 0);
    expect_end(pid_text);
}

Test(child, daemons_end_with_the_program)
{
    int ends[2];
    char command[200], pid_text[32] = "";
    cr_assert_eq(pipe(ends), 0);
    snprintf(command, sizeof(command),
             "setsid sh -c 'trap \"\" TERM; echo $$ >/proc/%d/fd/%d; "
             "while :; do sleep 1; done' & wait",
             (int)getpid(), ends[1]);
    pid_t viz = fork();
    if (viz == 0) {
        struct viz_child child;
        viz_child_run(&(struct viz_child_params){.command = command}, &child, NULL);
        _exit(0);
    }
    cr_assert_gt(read(ends[0], pid_text, sizeof(pid_text) - 1), 0);
    kill(viz, SIGKILL);
    waitpid(viz, NULL, 0);
    expect_end(pid_text);
}
