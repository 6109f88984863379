/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds a viz window over UDP with a signal whose jumps are known, for a harness that
 * watches the X server's pixels and so measures latency from outside.
 *
 *     bench_outside [--rate HZ] [--rows N] VIZ-PROGRAM [VIZ-OPTION...]
 *
 * Starts VIZ-PROGRAM on a free port of the loopback with the given options added, prints
 * UP, and sends 18 channels in the format "viz" on an absolute schedule until SIGTERM;
 * then prints what it sent and ends viz. Channel 1 is a sine plus a level of 0 or 3 that
 * changes once in every slot of 0.9 s of CLOCK_MONOTONIC, at a time within the slot that is
 * a hash of the slot's number, so that the watcher can tell when without being told.
 * PEERBENCH_TAG=x:feed in the environment becomes x:peer for viz, so that the harness keeps
 * their CPU apart. */
#include <viz/encode.h>
#include <viz/sample.h>
#include <viz/wire.h>

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHANNELS 18
#define SLOT_S 0.9
#define MAX_ROWS 512

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double jump_time(int64_t slot)
{
    uint32_t hash = (uint32_t)((uint64_t)slot * 2654435761u);
    hash ^= hash >> 15;
    hash *= 2246822519u;
    hash ^= hash >> 13;
    return SLOT_S * (double)slot + 0.45 * hash / 4294967296.0;
}

static float level_at(double t)
{
    int64_t slot = (int64_t)floor(t / SLOT_S);
    return 3.0f * (float)((slot + (t >= jump_time(slot))) & 1);
}

static float noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / 16777216.0f - 0.5f;
}

static int free_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(any);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&any, &size) != 0)
        return -1;
    close(fd);
    return ntohs(any.sin_port);
}

static int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        return -1;
    return fd;
}

static pid_t start_viz(char **command, int count, int port)
{
    char source[64], tag[256];
    snprintf(source, sizeof(source), "udp://127.0.0.1:%d?format=viz", port);
    const char *was = getenv("PEERBENCH_TAG");
    const char *feed = was ? strstr(was, ":feed") : NULL;
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (feed) {
        snprintf(tag, sizeof(tag), "%.*s:peer", (int)(feed - was), was);
        setenv("PEERBENCH_TAG", tag, 1);
    }
    dup2(STDERR_FILENO, STDOUT_FILENO);
    char **argv = calloc((size_t)count + 2, sizeof(*argv));
    if (!argv)
        _exit(127);
    memcpy(argv, command, (size_t)count * sizeof(*argv));
    argv[count] = source;
    execv(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

struct feed {
    int fd;
    double rate_hz;
    int64_t start_ns;
    uint64_t row, refused;
    uint32_t rows, seed;
};

static void send_packet(struct feed *feed, uint32_t rows)
{
    static float value[MAX_ROWS * CHANNELS];
    static int64_t time_ns[MAX_ROWS];
    static uint8_t packet[VIZ_MAX_PACKET];
    for (uint32_t i = 0; i < rows; i++) {
        time_ns[i] =
            feed->start_ns + (int64_t)((double)(feed->row + i) * 1e9 / feed->rate_hz);
        double t = (double)time_ns[i] / 1e9;
        for (int c = 0; c < CHANNELS; c++)
            value[i * CHANNELS + (uint32_t)c] =
                (float)sin(2 * M_PI * fmod(t, 1000) * (0.7 + 0.1 * c)) +
                0.2f * noise(&feed->seed);
        value[i * CHANNELS] += level_at(t);
    }
    struct viz_encode_rows batch = {.first_row = feed->row,
                                    .rows = rows,
                                    .channels = CHANNELS,
                                    .time_ns = time_ns,
                                    .value = value};
    size_t size = viz_wire_find("viz")->encode->rows(&batch, packet, sizeof(packet));
    if (send(feed->fd, packet, size, 0) < 0)
        feed->refused += rows;
    feed->row += rows;
}

static void run(struct feed *feed)
{
    while (!stop) {
        int64_t next = feed->start_ns + (int64_t)((double)(feed->row + feed->rows - 1) *
                                                  1e9 / feed->rate_hz);
        if (next > now_ns()) {
            struct timespec when = {next / 1000000000, next % 1000000000};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
            continue;
        }
        send_packet(feed, feed->rows);
    }
}

static int usage(void)
{
    fprintf(stderr, "usage: bench_outside [--rate HZ] [--rows N] VIZ [OPTION...]\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct feed feed = {.rate_hz = 500, .rows = 1, .seed = 1};
    int at = 1;
    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--rate") == 0)
            feed.rate_hz = atof(argv[at + 1]);
        else if (strcmp(argv[at], "--rows") == 0)
            feed.rows = (uint32_t)atoi(argv[at + 1]);
        else
            return usage();
    }
    if (at >= argc || !(feed.rate_hz > 0) || feed.rows < 1 || feed.rows > MAX_ROWS)
        return usage();
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    prctl(PR_SET_TIMERSLACK, 1);

    int port = free_port();
    pid_t viz = port < 0 ? -1 : start_viz(argv + at, argc - at, port);
    feed.fd = connect_to(port);
    if (viz < 0 || feed.fd < 0) {
        perror("bench_outside");
        return 1;
    }
    printf("UP\n");
    fflush(stdout);
    feed.start_ns = now_ns();
    run(&feed);
    kill(viz, SIGTERM);
    int status = 0;
    waitpid(viz, &status, 0);
    printf("{\"bench\": \"outside\", \"rows_sent\": %llu, \"rows_refused\": %llu, "
           "\"viz_exit\": %d}\n",
           (unsigned long long)feed.row, (unsigned long long)feed.refused,
           WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
