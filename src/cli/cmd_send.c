/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>

#include <viz/destination.h>
#include <viz/sender.h>
#include <viz/text.h>
#include <viz/wire.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

/* How often a signal is looked for while the schedule lies far ahead. */
#define LONGEST_SLEEP_NS 100000000

/* One run of viz send. */
struct run {
    const struct viz_send_config *config;
    struct viz_source where;
    const struct viz_wire *wire;
    struct viz_destination *destination;
    struct viz_sender *sender;
    const volatile sig_atomic_t *stop;
    int64_t start_ns, last_ns;
    FILE *talk; /* the summary: stdout, unless data goes there */
};

static bool is_stdout(const char *path)
{
    return path && !strcmp(path, "-");
}

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* A number that this start has and hardly any other: never 0. Standard output gets none:
 * the same seed writes the same bytes there. */
static uint32_t choose_run(const struct run *run)
{
    struct timespec now;
    if (run->where.kind == VIZ_SOURCE_PIPE)
        return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t z = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
                 run->config->sender.synth.seed;
    return (uint32_t)(z * 0x9e3779b97f4a7c15 >> 32) | 1;
}

static void sleep_until(int64_t deadline_ns)
{
    int64_t limit_ns = monotonic_ns() + LONGEST_SLEEP_NS;
    if (deadline_ns > limit_ns)
        deadline_ns = limit_ns;
    struct timespec when = {deadline_ns / 1000000000, deadline_ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

static int write_packet(void *context, const uint8_t *bytes, size_t size)
{
    return viz_destination_write(context, bytes, size);
}

/* Until everything is sent or a signal came; 0 or the errno that ended it. */
static int send_all(struct run *run)
{
    prctl(PR_SET_TIMERSLACK, 1UL); /* wake on time, not within the usual 50 us */
    int64_t next_ns = run->start_ns;
    int ret = 0;
    while (!ret && next_ns != INT64_MAX && !*run->stop) {
        int64_t now_ns = monotonic_ns();
        if (now_ns < next_ns) {
            sleep_until(next_ns);
            continue;
        }
        ret = viz_sender_step(run->sender, now_ns, &next_ns);
        run->last_ns = now_ns;
    }
    if (*run->stop)
        ret = viz_sender_finish(run->sender);
    return ret == -EINTR ? 0 : ret;
}

static double elapsed_s(const struct run *run)
{
    return (double)(run->last_ns - run->start_ns) / 1e9;
}

/* Instants a second, losses on purpose included: those were made, too. The first one
 * stands at 0 s, so n of them span n - 1 intervals. */
static double achieved_hz(const struct run *run)
{
    const struct viz_sender_totals *totals = viz_sender_totals(run->sender);
    uint64_t rows = totals->rows + totals->lost_rows + totals->unsent_rows;
    double instants = (double)rows / viz_sender_streams(run->sender);
    double seconds = elapsed_s(run);
    return instants > 1 && seconds > 0 ? (instants - 1) / seconds : 0;
}

static void print_summary(const struct run *run)
{
    const struct viz_sender_totals *totals = viz_sender_totals(run->sender);
    const struct viz_synth_params *synth = &run->config->sender.synth;
    FILE *out = run->talk;
    char late[32];
    viz_text_duration(late, sizeof(late), totals->late_max_ns);

    fprintf(out, "sent to %s as %s: %u streams, %u channels, %u rows a packet\n",
            run->where.text, run->wire->name, viz_sender_streams(run->sender),
            synth->channels, viz_sender_rows(run->sender));
    fprintf(out,
            "  sent        %" PRIu64 " rows, %" PRIu64 " samples, %" PRIu64
            " packets, %" PRIu64 " bytes\n",
            totals->rows, totals->samples, totals->packets, totals->bytes);
    fprintf(out,
            "  left out    %" PRIu64 " rows, %" PRIu64 " samples, %" PRIu64
            " packets, on purpose\n",
            totals->lost_rows, totals->lost_samples, totals->lost_packets);
    fprintf(out,
            "  unsent      %" PRIu64 " rows, %" PRIu64 " samples, %" PRIu64
            " packets: no room in the socket, or nobody listens\n",
            totals->unsent_rows, totals->unsent_samples, totals->unsent_packets);
    fprintf(out,
            "  duplicated  %" PRIu64 " packets, reordered %" PRIu64
            " packets; refused by the receiving host %" PRIu64 " datagrams\n",
            totals->duplicate_packets, totals->reordered_packets,
            viz_destination_refused(run->destination));
    fprintf(out,
            "  rate        %.3f Hz in %.3f s (asked for %.15g Hz), at most %s behind "
            "schedule\n",
            achieved_hz(run), elapsed_s(run), synth->rate_hz, late);
}

static void put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        if ((unsigned char)*text < 0x20)
            fprintf(out, "\\u%04x", *text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void put_json(FILE *out, const struct run *run)
{
    const struct viz_sender_totals *totals = viz_sender_totals(run->sender);
    const struct viz_synth_params *synth = &run->config->sender.synth;

    fputs("{\"destination\": ", out);
    put_string(out, run->where.text);
    fprintf(out, ", \"format\": \"%s\", \"streams\": %u, \"channels\": %u,\n",
            run->wire->name, viz_sender_streams(run->sender), synth->channels);
    fprintf(out,
            " \"requested_hz\": %.15g, \"achieved_hz\": %.6f, \"elapsed_s\": %.6f, "
            "\"rows_per_packet\": %u, \"seed\": %" PRIu64 ",\n",
            synth->rate_hz, achieved_hz(run), elapsed_s(run),
            viz_sender_rows(run->sender), synth->seed);
    fprintf(out,
            " \"rows\": %" PRIu64 ", \"samples\": %" PRIu64 ", \"packets\": %" PRIu64
            ", \"bytes\": %" PRIu64 ",\n",
            totals->rows, totals->samples, totals->packets, totals->bytes);
    fprintf(out,
            " \"lost_rows\": %" PRIu64 ", \"lost_samples\": %" PRIu64
            ", \"lost_packets\": %" PRIu64 ",\n",
            totals->lost_rows, totals->lost_samples, totals->lost_packets);
    fprintf(out,
            " \"unsent_rows\": %" PRIu64 ", \"unsent_samples\": %" PRIu64
            ", \"unsent_packets\": %" PRIu64 ",\n",
            totals->unsent_rows, totals->unsent_samples, totals->unsent_packets);
    fprintf(out,
            " \"duplicate_packets\": %" PRIu64 ", \"reordered_packets\": %" PRIu64
            ", \"refused_datagrams\": %" PRIu64 ", \"late_max_ms\": %.6f}\n",
            totals->duplicate_packets, totals->reordered_packets,
            viz_destination_refused(run->destination),
            (double)totals->late_max_ns / 1e6);
}

static int write_json(const struct run *run, struct viz_error *err)
{
    const char *path = run->config->json;
    if (is_stdout(path))
        path = "/dev/stdout";
    FILE *out = fopen(path, "we");
    if (!out)
        return viz_fail(err, -errno, "%s: %s", path, strerror(errno));
    put_json(out, run);
    bool failed = ferror(out);
    if (fclose(out) || failed)
        return viz_fail(err, -EIO, "%s could not be written", path);
    return 0;
}

/* Everything that can fail before the first packet. */
static int open_run(struct run *run, struct viz_error *err)
{
    int ret = viz_destination_create(&run->where, 1, &run->destination, err);
    if (ret < 0)
        return ret;
    if (run->where.kind == VIZ_SOURCE_TCP_LISTEN) {
        fprintf(stderr, "viz: waiting for a client on port %u\n",
                viz_destination_port(run->destination));
        ret = viz_destination_accept(run->destination, err);
        if (ret < 0)
            return ret;
    }
    run->start_ns = run->last_ns = monotonic_ns();
    const struct viz_sender_sink sink = {write_packet, run->destination};
    struct viz_sender_params params = run->config->sender;
    params.run = choose_run(run);
    params.datagrams = run->where.kind == VIZ_SOURCE_UDP;
    return viz_sender_create(&params, run->wire, &sink, run->start_ns, &run->sender,
                             err);
}

static int run_and_report(struct run *run, struct viz_error *err)
{
    int ret = open_run(run, err);
    if (ret < 0)
        return ret;
    int ended = send_all(run);
    print_summary(run);
    if (run->config->json)
        ret = write_json(run, err);
    if (!ret && ended < 0)
        ret = viz_fail(err, ended, "%s: sending ended: %s", run->where.text,
                       strerror(-ended));
    return ret;
}

static int parse_destination(const struct viz_arguments *arguments, struct run *run,
                             struct viz_error *err)
{
    if (arguments->operands != 1)
        return viz_fail(err, -EINVAL,
                        "viz send takes one DEST and got %u: see viz send "
                        "--help",
                        arguments->operands);
    int ret = viz_destination_parse(arguments->operand[0], &run->where, err);
    if (!ret && run->where.kind == VIZ_SOURCE_PIPE && is_stdout(run->config->json))
        ret = viz_fail(err, -EINVAL,
                       "the data and --json cannot both go to standard "
                       "output");
    if (!ret && *run->where.format)
        run->wire = viz_wire_find(run->where.format);
    if (!ret && !run->wire->encode)
        ret = viz_fail(err, -EINVAL,
                       "viz send does not write %s: viz device plays a device that "
                       "speaks it",
                       run->wire->name);
    return ret;
}

int viz_cmd_send(const struct viz_arguments *arguments)
{
    struct run run = {.config = &arguments->send, .wire = arguments->send.wire};
    struct viz_error err;

    if (parse_destination(arguments, &run, &err) < 0) {
        viz_say(err.text);
        return VIZ_EXIT_USAGE;
    }
    bool data = run.where.kind == VIZ_SOURCE_PIPE || is_stdout(run.config->json);
    run.talk = data ? stderr : stdout;
    run.stop = viz_interrupt_watch();
    int ret = viz_check_writable(run.config->json, &err);
    if (ret == 0)
        ret = run_and_report(&run, &err);
    bool stopped = ret == -EINTR && *run.stop; /* before the first packet */
    viz_sender_destroy(run.sender);
    viz_destination_destroy(run.destination);
    if (ret >= 0 || stopped)
        return VIZ_EXIT_OK;
    viz_say(err.text);
    return VIZ_EXIT_FAILURE;
}
