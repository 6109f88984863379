/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/destination.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT_MS 5000

static struct viz_destination *open_at(const char *text, int stdout_fd)
{
    struct viz_source where;
    struct viz_destination *destination;
    struct viz_error err;
    cr_assert_eq(viz_destination_parse(text, &where, &err), 0, "%s", err.text);
    cr_assert_eq(viz_destination_create(&where, stdout_fd, &destination, &err), 0, "%s",
                 err.text);
    return destination;
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A socket of @type bound to a port that the kernel chose. */
static int bind_any(int type, uint16_t *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, type, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void expect_bytes(int fd, const char *want)
{
    char got[64] = "";
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    cr_assert_eq(poll(&ready, 1, LIMIT_MS), 1, "nothing arrives");
    ssize_t n = read(fd, got, sizeof(got) - 1);
    cr_assert_eq(n, (ssize_t)strlen(want));
    cr_assert_str_eq(got, want);
}

Test(destination, refuses_what_nothing_can_be_sent_to)
{
    const char *const bad[] = {"synth:",    "udp://:0", "udp://h", "tcp://:5",
                               "file:/tmp", "nothing",  "",        "udp://h:99999"};
    struct viz_source where;
    struct viz_error err;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_eq(viz_destination_parse(bad[i], &where, &err), -EINVAL, "%s",
                     bad[i]);
    cr_assert_eq(viz_destination_parse("udp://:9000?format=csv", &where, &err), 0);
    cr_assert_str_eq(where.format, "csv");
    viz_destination_destroy(NULL);
}

Test(destination, udp)
{
    uint16_t port;
    char text[64];
    int fd = bind_any(SOCK_DGRAM, &port);
    snprintf(text, sizeof(text), "udp://:%u", port);
    struct viz_destination *destination = open_at(text, -1);
    struct viz_error err;
    cr_assert_eq(viz_destination_accept(destination, &err), 0, "has its receiver");
    cr_assert_eq(viz_destination_port(destination), 0);
    cr_assert_eq(viz_destination_write(destination, (const uint8_t *)"hello", 5), 0);
    expect_bytes(fd, "hello");
    cr_assert_eq(viz_destination_refused(destination), 0);
    viz_destination_destroy(destination);
    close(fd);
}

Test(destination, udp_without_a_receiver_is_counted)
{
    uint16_t port;
    char text[64];
    int fd = bind_any(SOCK_DGRAM, &port);
    snprintf(text, sizeof(text), "udp://127.0.0.1:%u", port);
    struct viz_destination *destination = open_at(text, -1);
    close(fd);
    for (int i = 0; i < 10; i++)
        cr_assert_geq(viz_destination_write(destination, (const uint8_t *)"x", 1), 0);
    cr_assert_gt(viz_destination_refused(destination), 0);
    viz_destination_destroy(destination);
}

Test(destination, a_datagram_that_is_too_large_is_an_error)
{
    static uint8_t bytes[70000];
    struct viz_destination *destination = open_at("udp://127.0.0.1:9", -1);
    cr_assert_eq(viz_destination_write(destination, bytes, sizeof(bytes)), -EMSGSIZE);
    viz_destination_destroy(destination);
}

Test(destination, tcp)
{
    uint16_t port;
    char text[64];
    int listening = bind_any(SOCK_STREAM, &port);
    cr_assert_eq(listen(listening, 1), 0);
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", port);
    struct viz_destination *destination = open_at(text, -1);
    int fd = accept(listening, NULL, NULL);
    cr_assert_eq(viz_destination_write(destination, (const uint8_t *)"line\n", 5), 0);
    expect_bytes(fd, "line\n");
    viz_destination_destroy(destination);
    close(fd);
    close(listening);
}

Test(destination, tcp_without_a_server_says_so)
{
    uint16_t port;
    char text[64];
    struct viz_source where;
    struct viz_destination *destination = NULL;
    struct viz_error err;
    int fd = bind_any(SOCK_STREAM, &port); /* bound, not listening */
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", port);
    cr_assert_eq(viz_destination_parse(text, &where, &err), 0);
    cr_assert_eq(viz_destination_create(&where, -1, &destination, &err), -ECONNREFUSED);
    cr_assert(strstr(err.text, text) && strstr(err.text, "refused"), "%s", err.text);
    cr_assert_null(destination);
    close(fd);
}

Test(destination, tcp_listen_serves_one_client)
{
    struct viz_destination *destination = open_at("tcp-listen://:0", -1);
    uint16_t port = viz_destination_port(destination);
    struct sockaddr_in address = loopback(port);
    struct viz_error err;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_gt(port, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(viz_destination_accept(destination, &err), 0);
    cr_assert_eq(viz_destination_write(destination, (const uint8_t *)"ab", 2), 0);
    expect_bytes(fd, "ab");
    viz_destination_destroy(destination);
    close(fd);
}

Test(destination, a_receiver_that_left_is_an_error_and_no_signal)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    struct viz_destination *destination = open_at("-", ends[1]);
    cr_assert_eq(viz_destination_write(destination, (const uint8_t *)"ab", 2), 0);
    expect_bytes(ends[0], "ab");
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(viz_destination_write(destination, (const uint8_t *)"ab", 2), -EPIPE);
    viz_destination_destroy(destination);
    cr_assert_eq(close(ends[1]), 0,
                 "standard output is not the destination's to close");
}
