/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the socket through a real decoder into streams: formats are recognised and
 * announced, nothing received is lost, and streams hold their sender back. */
#include "net_rig.h"

#include <fcntl.h>

static const char *format_of(struct rig *rig, uint32_t at)
{
    const struct viz_wire *wire = atomic_load(&rig_status(rig, at)->format);
    return wire ? wire->name : "none";
}

BOTH(net_formats, datagrams_are_recognised_and_announced)
{
    rig_add(rig, "udp://127.0.0.1:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, "1.0,2.0,3.0\n");
    put_text(fd, "1.5,2.5,3.5\n");
    put_text(fd, "2.0,3.0,4.0\n");
    rig_step_until(rig, rows_received(rig) == 3);
    cr_expect_str_eq(format_of(rig, 0), "csv");
    cr_expect(rig_said(rig, "udp://127.0.0.1:0 speaks csv ("), "%s", rig->said);
    cr_expect_not(atomic_load(&rig_status(rig, 0)->sequenced));
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 0);
    close(fd);
}

/* Byte by byte: what came before the format was known reaches the decoder. */
BOTH(net_formats, stream_is_recognised_byte_by_byte)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    rig->params.stdin_fd = ends[0];
    rig_add(rig, "-");
    rig_begin_probing(rig);
    static const char text[] = "x,y\r\n1,2\r\n3,4\r\n5,6\r\n7,8\r\n9,10\r\n";
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        put(ends[1], text + i, 1);
        rig_step(rig, STEP_NS);
    }
    close(ends[1]);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_str_eq(format_of(rig, 0), "csv");
    cr_expect_eq(rows_received(rig), 5);
    cr_expect_eq(drain_rows(rig), 5); /* all published when it has ended */
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.bytes), sizeof(text) - 1);
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 0);
    cr_expect(rig_said(rig, "standard input speaks csv"), "%s", rig->said);
    close(ends[0]);
}

/* Too short to be sure of: decided at the end, and not lost. */
BOTH(net_formats, short_input_is_decided_at_its_end)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    rig->params.stdin_fd = ends[0];
    rig_add(rig, "-");
    rig_begin_probing(rig);
    put_text(ends[1], "1,2\n3,4\n");
    close(ends[1]);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(rows_received(rig), 2);
    close(ends[0]);
}

static unsigned times_said(struct rig *rig, const char *words)
{
    unsigned times = 0;
    rig_said(rig, words);
    for (const char *at = rig->said; (at = strstr(at, words)); at++)
        times++;
    return times;
}

#define UNTIMED "has no time column: rows stand where they arrived"

BOTH(net_formats, rows_without_a_time_are_said_to_be_so_once)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    rig->params.stdin_fd = ends[0];
    rig_add(rig, "-");
    rig_add(rig, "udp://127.0.0.1:0");
    rig_begin_probing(rig);
    put_text(ends[1], "x,y\n1,2\n3,4\n");
    rig_step_until(rig, rows_received(rig) == 2);
    put_text(ends[1], "x,z\n1,2\n3,4\n"); /* other streams of the same source */
    rig_step_until(rig, rows_received(rig) == 4);
    close(ends[1]);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(times_said(rig, UNTIMED), 1, "%s", rig->said);
    cr_expect(strstr(rig->said, "standard input " UNTIMED), "%s", rig->said);
    int fd = rig_connect(rig, 1, SOCK_DGRAM);
    put_text(fd, "a:1\n");
    rig_step_until(rig, rows_received(rig) == 5);
    put_text(fd, "a:2\n");
    rig_step_until(rig, rows_received(rig) == 6);
    cr_expect_eq(times_said(rig, UNTIMED), 2, "each source: %s", rig->said);
    close(fd);
    close(ends[0]);
}

BOTH(net_formats, the_device_s_time_needs_no_notice)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    rig->params.stdin_fd = ends[0];
    rig_add(rig, "-");
    rig_begin_probing(rig);
    put_text(ends[1], "t_s,y\n1,2\n3,4\n");
    close(ends[1]);
    rig_step_until(rig, atomic_load(&rig_status(rig, 0)->ended));
    cr_expect_eq(rows_received(rig), 2);
    cr_expect_eq(times_said(rig, UNTIMED), 0, "%s", rig->said);
    close(ends[0]);
}

static uint64_t chatter(struct rig *rig)
{
    return viz_counted(&rig_status(rig, 0)->wire.chatter);
}

#define MPU_LINE(time) "{\"timestamp_ns\":" time ",\"sensor_id\":1,\"ax\":1}"

/* A logger that sends each line by itself: its first words are no unreadable data. */
BOTH(net_formats, chatter_before_the_first_data)
{
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    for (int i = 0; i < 20; i++)
        put_text(fd, i % 2 ? "[INFO] Sensor 1: ±2 g, ready\n" : "");
    put_text(fd, "{\"meta\":\"mpu6050_stream_config\",\"pi_stream_rate_hz\":200}\n");
    put_text(fd, MPU_LINE("1000") "\n");
    rig_step_until(rig, rows_received(rig) == 1);
    cr_expect_eq(chatter(rig), 10);
    cr_expect_eq(rig_packets(rig, 0), 22);
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 0);
    cr_expect_not(rig_said(rig, "no known format"), "%s", rig->said);
    cr_expect(rig_said(rig, "speaks mpu"), "%s", rig->said);
    close(fd);
}

/* The newest 32 are kept; a header in them still names the columns. */
BOTH(net_formats, more_chatter_than_is_kept)
{
    enum { MANY = 100 };
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    for (int i = 0; i < MANY; i++)
        put_text(fd, "still starting!");
    put_text(fd, "left,right");
    rig_step_until(rig, chatter(rig) == MANY + 1 - VIZ_NET_UNDECIDED);
    cr_expect(rig_said(rig, "no known format"), "%s", rig->said);
    put_text(fd, "1,2");
    rig_step_until(rig, rows_received(rig) == 1);
    cr_expect_eq(chatter(rig), MANY);
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 0);
    struct viz_stream *stream = viz_streams_at(&rig->streams, 0);
    cr_expect_str_eq(stream->channel[1].name, "right");
    close(fd);
}

BOTH(net_formats, chatter_of_all_sizes_is_counted_whole)
{
    static char words[3 * VIZ_PROBE_BYTES];
    size_t bytes = 0;
    memset(words, 'w', sizeof(words));
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    for (size_t size = 1; size < sizeof(words); bytes += size, size = size * 3 / 2 + 1)
        put(fd, words, size);
    static const size_t edges[] = {VIZ_PROBE_BYTES - 1, VIZ_PROBE_BYTES, 1, 1};
    for (size_t i = 0; i < 4; bytes += edges[i++])
        put(fd, words, edges[i]);
    rig_step_until(rig, viz_counted(&rig_status(rig, 0)->wire.packets) > 20);
    for (int i = 0; i < 20; i++)
        rig_step(rig, 0);
    rig_end(rig);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.bytes), bytes);
    cr_expect_eq(chatter(rig), rig_packets(rig, 0));
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 0);
    close(fd);
}

/* What a binary format comes after is not for its decoder. */
BOTH(net_formats, chatter_before_frames)
{
    static const uint8_t frame[] = {
        'V', 'I', 'Z', '1', 1, 0, 40, 0, 44, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
        1,   0,   0,   0,   0, 0, 0,  0, 0,  0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, "hello, world\nready\n");
    put(fd, frame, sizeof(frame));
    rig_step_until(rig, rows_received(rig) == 1);
    cr_expect_str_eq(format_of(rig, 0), "viz");
    cr_expect_eq(chatter(rig), 2);
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 0);
    close(fd);
}

/* An object of another kind might be mpu: it does not make csv unreadable for ever. */
BOTH(net_formats, weak_datagram_does_not_decide)
{
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, "{\"event\":\"started\"}\n");
    put_text(fd, "time_ms,left,right\n");
    for (int i = 0; i < 5; i++)
        rig_step(rig, STEP_NS);
    cr_expect_str_eq(format_of(rig, 0), "none");
    put_text(fd, "10,1,2\n");
    rig_step_until(rig, rows_received(rig) == 1);
    cr_expect_str_eq(format_of(rig, 0), "csv");
    cr_expect_str_eq(viz_streams_at(&rig->streams, 0)->channel[0].name, "left");
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 0);
    close(fd);
}

/* Nothing more comes: the likeliest format has it, as on a stream. */
BOTH(net_formats, weak_datagrams_are_decided_at_the_end)
{
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, "time_ms,left,right\n");
    for (int i = 0; i < 5; i++)
        rig_step(rig, STEP_NS);
    cr_expect_eq(rig_packets(rig, 0), 0);
    rig_end(rig);
    cr_expect_str_eq(format_of(rig, 0), "csv");
    cr_expect_eq(rig_packets(rig, 0), 1);
    close(fd);
}

/* The port has another sender now, or the first datagram was a stray one. */
BOTH(net_formats, wrong_guess_is_given_up)
{
    enum { FOREIGN = 64 };
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, "1,2\n");
    rig_step_until(rig, rows_received(rig) == 1);
    for (int i = 1; i < FOREIGN; i++)
        put_text(fd, MPU_LINE("5"));
    rig_step_until(rig, rig_packets(rig, 0) == FOREIGN);
    cr_expect_str_eq(format_of(rig, 0), "csv", "63 are not enough");
    put_text(fd, "3,4\n"); /* understood: the count begins anew */
    for (int i = 0; i < FOREIGN; i++)
        put_text(fd, MPU_LINE("5"));
    rig_step_until(rig, rig_packets(rig, 0) == 2 * FOREIGN + 1);
    cr_expect_str_eq(format_of(rig, 0), "mpu");
    cr_expect(rig_said(rig, "speaks mpu"), "%s", rig->said);
    put_text(fd, MPU_LINE("6"));
    rig_step_until(rig, rows_received(rig) == 3);
    /* And back, where each datagram is half a line less than sure. */
    for (int i = 0; i <= FOREIGN; i++)
        put_text(fd, "5,6");
    rig_step_until(rig, rows_received(rig) == 4);
    cr_expect_str_eq(format_of(rig, 0), "csv");
    close(fd);
}

BOTH(net_formats, chatter_of_a_known_format_changes_nothing)
{
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, MPU_LINE("1"));
    for (int i = 0; i < 300; i++)
        put_text(fd, "[WARN] Sensor 1: read error, trying again");
    put_text(fd, MPU_LINE("2"));
    rig_step_until(rig, rows_received(rig) == 2);
    cr_expect_eq(chatter(rig), 300);
    cr_expect_str_eq(format_of(rig, 0), "mpu");
    close(fd);
}

/* Said once, counted each time, and looked at again: the format may begin later. */
BOTH(net_formats, unknown_datagrams_are_counted_until_known_ones_come)
{
    static const uint8_t noise[] = {0xff, 0x00, 0x80, 0x01, 0xfe, 0x03};
    rig_add(rig, "udp://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    for (int i = 0; i < 31; i++)
        put(fd, noise, sizeof(noise));
    rig_step_until(rig, rig_packets(rig, 0) == 31);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.bad_syntax), 31);
    cr_expect_str_eq(format_of(rig, 0), "none");
    cr_expect_not(rig_said(rig, "no known format"), "%s", rig->said);
    for (int i = 0; i < 5; i++)
        put(fd, noise, sizeof(noise));
    rig_step_until(rig, rig_packets(rig, 0) == 36);
    cr_expect(rig_said(rig, "no known format"), "%s", rig->said);
    char *first = strstr(rig->said, "no known format");
    cr_expect_null(strstr(first + 1, "no known format"), "%s", rig->said);
    put_text(fd, "1,2,3\n4,5,6\n7,8,9\n");
    rig_step_until(rig, rows_received(rig) == 3);
    close(fd);
}

BOTH(net_formats, unknown_stream_is_dropped_by_the_probe_limit)
{
    static uint8_t noise[VIZ_PROBE_BYTES];
    memset(noise, 0xff, sizeof(noise));
    rig_add(rig, "tcp-listen://:0");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_STREAM);
    put(fd, noise, sizeof(noise) - 1);
    rig_step_until(rig, rig->net->source[0].flow[0].held == sizeof(noise) - 1);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.bad_syntax), 0);
    put(fd, noise, 1);
    rig_step_until(rig, viz_counted(&rig_status(rig, 0)->wire.bad_syntax) == 1);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.bytes), sizeof(noise));
    cr_expect(rig_said(rig, "no known format"), "%s", rig->said);
    put_text(fd, "1,2,3\n4,5,6\n7,8,9\n1,2,3\n4,5,6\n");
    close(fd);
    rig_step_until(rig, rows_received(rig) == 5);
}

BOTH(net_formats, forced_format_is_not_probed)
{
    rig_add(rig, "udp://:0?format=viz");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, "1,2,3\n4,5,6\n7,8,9\n");
    rig_step_until(rig, rig_packets(rig, 0) == 1);
    cr_expect_eq(rows_received(rig), 0);
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 1);
    cr_expect_str_eq(format_of(rig, 0), "viz");
    cr_expect(atomic_load(&rig_status(rig, 0)->sequenced));
    cr_expect_not(rig_said(rig, "speaks"), "%s", rig->said);
    close(fd);
}

/* The next connection of the same device goes on in the same stream. */
BOTH(net_formats, reconnecting_device_keeps_its_stream)
{
    rig_add(rig, "tcp-listen://:0?format=csv");
    rig_begin_probing(rig);
    for (uint32_t i = 1; i <= 3; i++) {
        int fd = rig_connect(rig, 0, SOCK_STREAM);
        put_text(fd, "x,y\n1,2\n3,4\n5,6\n");
        close(fd);
        rig_step_until(rig, rows_received(rig) == 3 * i);
        /* Its end must be seen before the next one begins. */
        rig_step_until(rig, rig->net->source[0].flow[0].fd < 0);
    }
    cr_expect_eq(viz_streams_count(&rig->streams), 1);
    cr_expect_eq(viz_wire_lost(&rig_status(rig, 0)->wire), 0);
}

static bool has_stream(struct rig *rig, const char *name)
{
    for (uint32_t i = 0; i < viz_streams_count(&rig->streams); i++)
        if (!strcmp(viz_streams_at(&rig->streams, i)->name, name))
            return true;
    return false;
}

/* Two loggers at once, both with a sensor 1; a third takes the place of the first. */
BOTH(net_formats, connections_at_once_have_names_of_their_own)
{
    rig_add(rig, "tcp-listen://:0");
    rig_begin_probing(rig);
    int one = rig_connect(rig, 0, SOCK_STREAM);
    put_text(one, MPU_LINE("1") "\n");
    rig_step_until(rig, rows_received(rig) == 1);
    int two = rig_connect(rig, 0, SOCK_STREAM);
    put_text(two, MPU_LINE("1") "\n");
    rig_step_until(rig, rows_received(rig) == 2);
    int csv = rig_connect(rig, 0, SOCK_STREAM);
    put_text(csv, "x,y\n1,2\n");
    rig_step_until(rig, rows_received(rig) == 3);
    close(one);
    rig_step_until(rig, rig_said(rig, "closed the connection"));
    int three = rig_connect(rig, 0, SOCK_STREAM);
    put_text(three, MPU_LINE("2") "\n");
    rig_step_until(rig, rows_received(rig) == 4);
    cr_expect_eq(viz_streams_count(&rig->streams), 3);
    cr_expect(has_stream(rig, "S1"));
    cr_expect(has_stream(rig, "S1 #2"));
    cr_expect_null(strchr(viz_streams_at(&rig->streams, 2)->name, '#'));
    close(two);
    close(three);
    close(csv);
}

/* Many times what the pool of blocks holds, and nobody takes blocks away for a while: the
 * pipe is not read on, nothing overflows, and in the end every row has come. */
BOTH(net_formats, pipe_waits_for_its_consumer)
{
    enum { ROWS = 400000 };
    FILE *file = tmpfile();
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%d,%d\n", i, i % 7);
    fflush(file);
    rewind(file);
    rig->params.stdin_fd = fileno(file);
    rig_add(rig, "-?format=csv");
    rig_begin_probing(rig);
    for (int i = 0; i < 100; i++)
        rig_step(rig, 0);
    uint64_t held = rows_received(rig);
    cr_expect_lt(held, ROWS);
    cr_expect(rig->net->behind);
    for (int i = 0; i < 20; i++)
        rig_step(rig, 0);
    cr_expect_eq(rows_received(rig), held, "it was read on");
    uint64_t drained = 0;
    for (int i = 0; i < 100 * STEPS && !atomic_load(&rig_status(rig, 0)->ended); i++) {
        drained += drain_rows(rig);
        rig_step(rig, STEP_NS);
    }
    drained += drain_rows(rig);
    cr_expect_eq(drained, ROWS);
    cr_expect_eq(rows_overflowed(rig), 0);
    fclose(file);
}

/* Datagrams have nobody to hold back: what finds no block is lost by name. */
BOTH(net_formats, datagrams_overflow_by_name)
{
    enum { PACKETS = 3000, LINES = 40 };
    char text[LINES * 16];
    size_t size = 0;
    for (int i = 0; i < LINES; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%d,%d\n", i, i);
    rig_add(rig, "udp://:0?format=csv");
    rig_begin_probing(rig);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    for (uint64_t i = 1; i <= PACKETS; i++) {
        put(fd, text, size);
        if (i % 50 == 0)
            rig_step_until(rig, rig_packets(rig, 0) == i);
    }
    rig_end(rig);
    uint64_t rows = rows_received(rig);
    uint64_t late = viz_counted(&viz_streams_at(&rig->streams, 0)->counts.late) / 2;
    cr_expect_eq(rows + late, (uint64_t)PACKETS * LINES);
    cr_expect_gt(rows_overflowed(rig), 0);
    cr_expect_eq(drain_rows(rig) + rows_overflowed(rig) / 2, rows);
    close(fd);
}
