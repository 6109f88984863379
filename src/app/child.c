/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/child.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 200  /* how late the flag may be noticed; the signal itself wakes */
#define FAREWELL_S 2 /* for what is left in the background, from SIGTERM to SIGKILL */
#define KILLING_S 1  /* after that, for what is born faster than it is killed */
#define ROUND_MS 20
#define NOT_STARTED 127

extern char **environ;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

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

/* Takes the dead away. Whether nobody is left: what loses its parent becomes ours. A shell
 * that has stopped itself will never end, and counts as ended by that signal. */
static bool reap(pid_t shell, int *status)
{
    int ended;
    pid_t pid;
    while ((pid = waitpid(-1, &ended, WNOHANG | WUNTRACED)) > 0)
        if (pid == shell)
            *status = WIFSTOPPED(ended)    ? 128 + WSTOPSIG(ended)
                      : WIFSIGNALED(ended) ? 128 + WTERMSIG(ended)
                                           : WEXITSTATUS(ended);
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
        if (number == SIGINT)
            kill(-shell, SIGCONT); /* what is stopped would not see it */
    }
    return status;
}

/* Whom SIGTERM has reached: once is enough for what cleans up. */
struct farewell {
    pid_t shell, told[64];
    uint32_t count;
};

static bool is_told(const struct farewell *farewell, pid_t pid)
{
    for (uint32_t i = 0; i < farewell->count; i++)
        if (farewell->told[i] == pid)
            return true;
    return false;
}

static void tell(struct farewell *farewell, pid_t pid, bool late)
{
    if (!late && is_told(farewell, pid))
        return;
    if (!late && farewell->count < sizeof(farewell->told) / sizeof(pid_t))
        farewell->told[farewell->count++] = pid;
    kill(pid, late ? SIGKILL : SIGTERM);
    kill(pid, SIGCONT); /* what is stopped would not see it */
}

/* Each of our children, by birth or adoption: none of these numbers can be another's, for
 * nobody else takes the dead away. */
static void tell_children(struct farewell *farewell, bool late)
{
    char path[64];
    int pid;
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *list = fopen(path, "re");
    if (!list) { /* a kernel without such lists */
        tell(farewell, -farewell->shell, late);
        return;
    }
    while (fscanf(list, "%d", &pid) == 1)
        tell(farewell, pid, late);
    fclose(list);
}

/* A parent that goes leaves its children to us, so there are rounds; and both times are
 * fixed: neither a death nor a birth puts them off. */
static void end_what_is_left(pid_t shell)
{
    const sigset_t awaited = awaited_signals();
    const struct timespec moment = {.tv_nsec = ROUND_MS * 1000000L};
    struct farewell farewell = {.shell = shell};
    double kill_s = now_s() + FAREWELL_S;
    int status;
    while (!reap(shell, &status) && now_s() < kill_s + KILLING_S) {
        tell_children(&farewell, now_s() >= kill_s);
        int number = sigtimedwait(&awaited, NULL, &moment);
        if (number > 0 && number != SIGCHLD && now_s() < kill_s)
            kill_s = now_s(); /* Ctrl-C, or viz is gone: no time for a farewell */
    }
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
