/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/child.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 200  /* how late the flag may be noticed; the signal itself wakes */
#define FAREWELL_S 2 /* for what is left in the background, from SIGTERM to SIGKILL */
#define NOT_STARTED 127

extern char **environ;

/* ---- the process between: blocks all signals, and waits for these ---- */

/* What the kernel sends it when viz is gone; nobody else uses it. */
static int abandoned(void)
{
    return SIGRTMIN;
}

static sigset_t awaited_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGINT);
    sigaddset(&set, abandoned());
    return set;
}

/* What viz ignores and catches, the command does not. */
static void set_signals(posix_spawnattr_t *attributes)
{
    sigset_t standard, none;
    sigemptyset(&none);
    sigemptyset(&standard);
    for (int number = SIGHUP; number <= SIGTERM; number++)
        if (number != SIGKILL)
            sigaddset(&standard, number);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &standard);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                             POSIX_SPAWN_SETSIGDEF |
                                             POSIX_SPAWN_SETPGROUP);
}

/* The shell, leader of a group of its own; negative: there is none. */
static pid_t start_shell(const struct viz_child_params *params, int output)
{
    char *const words[] = {"sh", "-c", (char *)params->command, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    pid_t shell;
    for (const char *const *set = params->environment; set && *set; set++)
        putenv((char *)*set);
    posix_spawnattr_init(&attributes);
    set_signals(&attributes);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    int failed = posix_spawn(&shell, "/bin/sh", &files, &attributes, words, environ);
    return failed ? -failed : shell;
}

/* Takes the dead away. Whether nobody is left: what loses its parent becomes ours. */
static bool reap(pid_t shell, int *status)
{
    int ended;
    pid_t pid;
    while ((pid = waitpid(-1, &ended, WNOHANG)) > 0)
        if (pid == shell)
            *status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
    return pid < 0 && errno == ECHILD;
}

static int wait_for_shell(pid_t shell)
{
    const sigset_t awaited = awaited_signals();
    int status = -1;
    while (status < 0) {
        int number = sigwaitinfo(&awaited, NULL);
        if (number == SIGCHLD)
            reap(shell, &status);
        else if (number > 0)
            kill(-shell, number == SIGINT ? SIGINT : SIGKILL);
    }
    return status;
}

static void end_what_is_left(pid_t shell)
{
    const sigset_t awaited = awaited_signals();
    const struct timespec patience = {.tv_sec = FAREWELL_S};
    int number = SIGCHLD, status;
    if (reap(shell, &status))
        return;
    kill(-shell, SIGTERM);
    while (!reap(shell, &status) && number == SIGCHLD)
        number = sigtimedwait(&awaited, NULL, &patience);
    if (number != SIGCHLD)
        kill(-shell, SIGKILL);
}

static _Noreturn void stand_between(const struct viz_child_params *params, int output,
                                    pid_t viz)
{
    setpgid(0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, abandoned(), 0, 0, 0);
    if (getppid() != viz)
        _exit(NOT_STARTED);
    pid_t shell = start_shell(params, output);
    if (shell < 0)
        _exit(NOT_STARTED);
    int status = wait_for_shell(shell);
    end_what_is_left(shell);
    _exit(status);
}

/* ---- viz's side ---- */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* All that has been printed by now. False: nobody can print any more. */
static bool take_output(struct viz_child *child, int fd)
{
    for (;;) {
        ssize_t n = read(fd, child->tail + child->length,
                         sizeof(child->tail) - 1 - child->length);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        child->length += (size_t)n;
        if (child->length <= VIZ_CHILD_TAIL)
            continue;
        memmove(child->tail, child->tail + child->length - VIZ_CHILD_TAIL,
                VIZ_CHILD_TAIL);
        child->length = VIZ_CHILD_TAIL;
    }
}

static void follow(const struct viz_child_params *params, struct viz_child *child,
                   pid_t pid, int fd)
{
    struct pollfd output = {.fd = fd, .events = POLLIN};
    int status;
    for (;;) {
        pid_t ended = waitpid(pid, &status, output.fd < 0 ? 0 : WNOHANG);
        if (ended == pid)
            break;
        if (params->stop && *params->stop && !child->interrupted) {
            kill(pid, SIGINT);
            child->interrupted = true;
        }
        if (output.fd >= 0)
            poll(&output, 1, TICK_MS);
        if (output.fd >= 0 && !take_output(child, fd))
            output.fd = -1; /* the process between is on its last instructions */
    }
    take_output(child, fd);
    child->tail[child->length] = 0;
    child->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int viz_child_run(const struct viz_child_params *params, struct viz_child *out,
                  struct viz_error *err)
{
    int ends[2];
    sigset_t all, before;
    double begin_s = now_s();
    *out = (struct viz_child){.status = 0};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return viz_fail(err, -errno, "a pipe for a command: %s", strerror(errno));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    sigfillset(&all);
    /* Not a moment in which the child could take a signal the way viz does. */
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t viz = getpid(), pid = fork();
    if (pid == 0)
        stand_between(params, ends[1], viz);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (pid > 0)
        follow(params, out, pid, ends[0]);
    close(ends[0]);
    out->seconds = now_s() - begin_s;
    return pid < 0
               ? viz_fail(err, -error, "a process for a command: %s", strerror(error))
               : 0;
}

const char *viz_child_last_lines(struct viz_child *child, unsigned lines)
{
    while (child->length && strchr("\r\n", child->tail[child->length - 1]))
        child->tail[--child->length] = 0;
    size_t at = child->length;
    while (at && (child->tail[at - 1] != '\n' || --lines))
        at--;
    return child->tail + at;
}
