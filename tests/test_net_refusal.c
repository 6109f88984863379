/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cannot be had is refused in one sentence that says what, where and why. */
#include "net_rig.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* From here on this process gets @error for io_uring_setup(2), as in a container. */
static void forbid_uring(uint32_t error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
    cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static struct rig the_rig;

/* "auto" goes on with poll and says so; data arrives. */
static void falls_back(int error)
{
    struct rig *rig = &the_rig;
    forbid_uring((uint32_t)error);
    rig_init(rig, VIZ_NET_AUTO);
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    cr_expect(rig_said(rig, "io_uring is refused"), "%s", rig->said);
    cr_expect(strstr(rig->said, strerror(error)), "%s", rig->said);
    const char *backend = viz_net_backend_describe(rig->net);
    cr_expect_eq(strncmp(backend, "poll (io_uring is refused: ", 27), 0, "%s", backend);
    int fd = rig_connect(rig, 0, SOCK_DGRAM);
    put_text(fd, "x");
    rig_step_until(rig, rig_packets(rig, 0) == 1);
    close(fd);
    rig_finish(rig);
}

Test(net_refusal, uring_falls_back_on_eperm)
{
    falls_back(EPERM);
}

Test(net_refusal, uring_falls_back_on_enosys)
{
    falls_back(ENOSYS);
}

Test(net_refusal, uring_falls_back_on_eacces)
{
    falls_back(EACCES);
}

Test(net_refusal, uring_falls_back_on_enomem)
{
    falls_back(ENOMEM);
}

/* A resource that ran out is an error and no reason to fall back in silence. */
Test(net_refusal, exhausted_descriptors_are_an_error)
{
    struct rig *rig = &the_rig;
    forbid_uring(EMFILE);
    rig_init(rig, VIZ_NET_AUTO);
    rig_add(rig, "udp://:0");
    rig_create(rig);
    cr_expect_eq(rig_try_begin(rig), -EMFILE);
    cr_expect(strstr(rig->err.text, strerror(EMFILE)), "%s", rig->err.text);
    rig_finish(rig);
}

Test(net_refusal, forced_uring_fails_with_the_reason)
{
    struct rig *rig = &the_rig;
    forbid_uring(EPERM);
    rig_init(rig, VIZ_NET_URING);
    rig_add(rig, "udp://:0");
    rig_create(rig);
    cr_expect_eq(rig_try_begin(rig), -EPERM);
    cr_expect_str_eq(
        rig->err.text,
        "io_uring is refused: Operation not permitted (a container's seccomp "
        "profile or kernel.io_uring_disabled); --net poll or auto works "
        "without it");
    rig_finish(rig);
}

Test(net_refusal, poll_asks_for_no_uring)
{
    struct rig *rig = &the_rig;
    forbid_uring(EPERM);
    rig_init(rig, VIZ_NET_POLL);
    rig_add(rig, "udp://:0");
    rig_begin(rig);
    cr_expect_str_eq(viz_net_backend_describe(rig->net), "poll");
    cr_expect_not(rig_said(rig, "refused"), "%s", rig->said);
    rig_finish(rig);
}

/* @text cannot be opened: @code, and every one of @words is in the sentence. */
static void expect_refused(const char *text, int code, const char *const *words)
{
    struct rig *rig = &the_rig;
    rig_init(rig, VIZ_NET_POLL);
    rig_add(rig, text);
    cr_expect_eq(viz_net_create(&rig->params, &rig->net, &rig->err), code, "%s",
                 rig->err.text);
    for (; *words; words++)
        cr_expect(strstr(rig->err.text, *words), "\"%s\" is not in: %s", *words,
                  rig->err.text);
    rig_finish(rig);
}

Test(net_refusal, nobody_listens)
{
    int port;
    char text[64], number[16];
    int fd = rig_listen(&port);
    close(fd);
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%d", port);
    snprintf(number, sizeof(number), "%d", port);
    expect_refused(
        text, -ECONNREFUSED,
        (const char *[]){"connect to 127.0.0.1", number, strerror(ECONNREFUSED), NULL});
}

Test(net_refusal, tcp_port_in_use)
{
    int port;
    char text[64], number[16];
    int fd = rig_listen(&port);
    snprintf(text, sizeof(text), "tcp-listen://:%d", port);
    snprintf(number, sizeof(number), "%d", port);
    expect_refused(
        text, -EADDRINUSE,
        (const char *[]){"listen on 127.0.0.1", number, strerror(EADDRINUSE), NULL});
    close(fd);
}

Test(net_refusal, udp_port_in_use)
{
    char text[64];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(text, sizeof(text), "udp://127.0.0.1:%d", ntohs(address.sin_port));
    expect_refused(
        text, -EADDRINUSE,
        (const char *[]){"receive on 127.0.0.1", strerror(EADDRINUSE), NULL});
    close(fd);
}

/* A label of a name has at most 63 bytes: no resolver is asked. */
Test(net_refusal, unknown_host)
{
    expect_refused(
        "udp://"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        ":9000",
        -ENXIO, (const char *[]){"no address is known for the host", NULL});
}

Test(net_refusal, address_of_another_machine)
{
    expect_refused(
        "udp://192.0.2.1:9000", -EADDRNOTAVAIL,
        (const char *[]){"192.0.2.1", "9000", strerror(EADDRNOTAVAIL), NULL});
}

/* The descriptor is closed, or its number has gone to something that is only written. */
Test(net_refusal, input_that_cannot_be_read)
{
    int ends[2];
    struct rig *rig = &the_rig;
    rig_init(rig, VIZ_NET_POLL);
    rig_add(rig, "-");
    cr_expect_eq(viz_net_create(&rig->params, &rig->net, &rig->err), -EBADF);
    cr_assert_eq(pipe(ends), 0);
    rig->params.stdin_fd = ends[1];
    cr_expect_eq(viz_net_create(&rig->params, &rig->net, &rig->err), -EBADF);
    cr_expect_str_eq(rig->err.text, "standard input is not open for reading");
    cr_assert_eq(close(ends[1]), 0);
    cr_expect_eq(viz_net_create(&rig->params, &rig->net, &rig->err), -EBADF);
    close(ends[0]);
    rig_finish(rig);
}

/* Out of descriptors, a listening source says so once, and goes on when there are some.
 */
BOTH(net_refusal, accepting_goes_on_after_descriptors_ran_out)
{
    int used[256], count = 0;
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 256;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    rig_add(rig, "tcp-listen://:0");
    rig_begin(rig);
    int fd = rig_connect(rig, 0, SOCK_STREAM);
    put_text(fd, "x");
    while (count < 256 && (used[count] = dup(fd)) >= 0)
        count++;
    rig_step_until(rig, rig_said(rig, "trying again"));
    cr_expect(strstr(rig->said, strerror(EMFILE)), "%s", rig->said);
    while (count)
        close(used[--count]);
    rig_step_until(rig, records[0] && records[0]->size == 1);
    close(fd);
}

Test(net_refusal, chosen_port_is_announced)
{
    struct rig *rig = &the_rig;
    char words[64];
    rig_init(rig, VIZ_NET_POLL);
    rig_add(rig, "udp://127.0.0.1:0?format=csv");
    rig_create(rig);
    int port = atomic_load(&rig_status(rig, 0)->port);
    cr_expect_gt(port, 0);
    snprintf(words, sizeof(words), "udp://127.0.0.1:0 listens on port %d", port);
    cr_expect(rig_said(rig, words), "%s", rig->said);
    cr_expect_geq(viz_counted(&rig_status(rig, 0)->receive_buffer_bytes), 4096);
    rig_finish(rig);
}

Test(net_refusal, ipv6_address)
{
    struct rig *rig = &the_rig;
    int probe = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int bound = bind(probe, (struct sockaddr *)&address, sizeof(address));
    if (probe >= 0)
        close(probe);
    if (bound)
        cr_skip_test("this machine has no IPv6 loopback");
    rig_init(rig, VIZ_NET_POLL);
    rig_add(rig, "udp://[::1]:0");
    rig_begin(rig);
    address.sin6_port = htons((uint16_t)atomic_load(&rig_status(rig, 0)->port));
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    cr_assert_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address)),
                 1);
    rig_step_until(rig, rig_packets(rig, 0) == 1);
    close(fd);
    rig_finish(rig);
}
