/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How links end and begin again. */
#include "link_rig.h"

BOTH(link_again, a_refusal_is_told_once_and_tried_again_later)
{
    struct server server = {0};
    char no[512];
    begin_with(rig, &server, "");
    for (int i = 0; i < 3; i++) {
        both_until(rig, &server, false, server.peer && server.peer->header_size);
        put(server.peer->fd, no, viz_handshake_refuse(503, no, sizeof(no)));
        both_until(rig, &server, false, state_of(rig) == VIZ_LINK_WAITING);
        free_peer(server.peer);
        server.peer = NULL;
        if (i == 0) {
            cr_expect(rig_said(rig, "the server answers 503 Service Unavailable: "
                                    "trying again in 2."),
                      "%s", rig->said);
            rig->said[0] = '\0';
        }
        int64_t waited_ns = waited_for(rig, &server);
        cr_expect_geq(waited_ns, 2500 * MS);
        cr_expect_leq(waited_ns, 5050 * MS);
    }
    cr_expect_not(rig_said(rig, "503"), "%s", rig->said);
    cr_expect_eq(attempts_of(rig), 4);
    cr_expect_eq(viz_counted(&link_of(rig)->opened), 0);
    cr_expect_eq(viz_counted(&link_of(rig)->faults), 0);
    finish_with(&server);
}

BOTH(link_again, an_answer_that_does_not_fit_the_key_is_refused)
{
    static const char wrong[] = "HTTP/1.1 101 Switching Protocols\r\n"
                                "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                "\r\n";
    struct server server = {0};
    begin_with(rig, &server, "");
    both_until(rig, &server, false, server.peer && server.peer->header_size);
    put_text(server.peer->fd, wrong);
    both_until(rig, &server, false, state_of(rig) == VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "does not fit the key"), "%s", rig->said);
    cr_expect_eq(viz_counted(&link_of(rig)->faults), 1);
    finish_with(&server);
}

BOTH(link_again, a_header_without_an_end_is_refused)
{
    struct server server = {0};
    begin_with(rig, &server, "");
    both_until(rig, &server, false, server.peer && server.peer->header_size);
    put_text(server.peer->fd, "HTTP/1.1 101 Switching Protocols\r\n");
    for (int i = 0; i < 500; i++) {
        if (send(server.peer->fd, "X: 0123456789\r\nX: 0123456789\r\n", 30,
                 MSG_NOSIGNAL) < 0)
            break;
        rig_step(rig, 0);
    }
    both_until(rig, &server, false, state_of(rig) == VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "longer than 8192 bytes"), "%s", rig->said);
    finish_with(&server);
}

/* The device's cool-down: closed with 1013, accepted the next time, and the streams of
 * before go on. */
BOTH(link_again, comes_back_after_a_cool_down)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=none");
    send_frame(&server, "a");
    both_until(rig, &server, true, viz_counted(&link_of(rig)->messages) == 1);
    viz_websocket_close(server.peer->ws, 1013, "Reconnect too fast");
    flush_peer(server.peer);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "connection lost (closed with 1013 Reconnect too fast): "
                            "connecting again in 2."),
              "%s", rig->said);
    cr_expect_eq(viz_websocket_close_code(server.peer->ws, NULL), 1013, "answered");
    cr_expect_eq(viz_counted(&link_of(rig)->refused), 1);
    cr_expect_eq(viz_counted(&link_of(rig)->lost), 1);
    int64_t waited_ns = waited_for(rig, &server);
    cr_expect(waited_ns >= 2500 * MS && waited_ns <= 3200 * MS, "%ld", (long)waited_ns);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    send_frame(&server, "b");
    both_until(rig, &server, true, viz_counted(&link_of(rig)->messages) == 2);
    cr_expect_eq(record_count, 1, "one decoder for both connections");
    cr_expect_eq(memcmp(records[0]->bytes, "ab", 2), 0);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->connections), 2);
    finish_with(&server);
}

/* Long enough open, and the next failure is the first one again. */
BOTH(link_again, waits_longer_after_each_failure)
{
    struct server server = {0};
    int64_t expected_ns = S;
    begin_with(rig, &server, "");
    close(server.fd); /* nobody listens there now */
    for (int i = 0; i < 8; i++) {
        rig_step_until(rig, state_of(rig) == VIZ_LINK_WAITING);
        int64_t waited_ns = waited_for(rig, &server);
        cr_expect_geq(waited_ns, expected_ns / 4 * 3, "%d", i);
        cr_expect_leq(waited_ns, expected_ns / 4 * 5 + 50 * MS, "%d", i);
        expected_ns = expected_ns < 16 * S ? expected_ns * 2 : 30 * S;
    }
    cr_expect(rig_said(rig, "Connection refused: trying again in"), "%s", rig->said);
    const char *first = strstr(rig->said, "refused");
    cr_expect_not(strstr(first + 1, "refused"), "said once: %s", rig->said);
    server.fd = rig_listen(&server.port); /* another port: only to be closed again */
    finish_with(&server);
}

BOTH(link_again, a_steady_connection_makes_up_for_failures)
{
    struct server server = {0};
    begin_with(rig, &server, "?subscribe=none");
    for (int i = 0; i < 4; i++) { /* short ones: 1, 2, 4 s */
        both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
        free_peer(server.peer);
        server.peer = NULL;
        rig_step_until(rig, state_of(rig) == VIZ_LINK_WAITING);
        cr_expect_geq(waited_for(rig, &server), (S << i) / 4 * 3);
    }
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    viz_clock_advance(fake, 10 * S);
    free_peer(server.peer);
    server.peer = NULL;
    rig_step_until(rig, state_of(rig) == VIZ_LINK_WAITING);
    cr_expect_leq(waited_for(rig, &server), 1300 * MS);
    cr_expect_eq(viz_counted(&link_of(rig)->lost), 5);
    finish_with(&server);
}

BOTH(link_again, gives_a_silent_server_ten_seconds)
{
    struct server server = {0};
    begin_with(rig, &server, "");
    both_until(rig, &server, false, server.peer && server.peer->header_size);
    viz_clock_advance(fake, 10 * S - 1);
    rig_step(rig, 0);
    cr_expect_eq(state_of(rig), VIZ_LINK_GREETING);
    viz_clock_advance(fake, 1);
    rig_step(rig, 0);
    cr_expect_eq(state_of(rig), VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "no answer in 10 s: trying again in"), "%s", rig->said);
    both_until(rig, &server, false, server.peer->gone); /* its socket is closed */
    waited_for(rig, &server);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    finish_with(&server);
}

/* A connection that is under way, with a full queue of others before it, is given up. */
BOTH(link_again, gives_up_a_connection_that_does_not_come_about)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct server server = {0};
    int others[4];
    begin_with(rig, &server, "");
    cr_assert_eq(listen(server.fd, 0), 0);
    address.sin_port = htons((uint16_t)server.port);
    for (int i = 0; i < 4; i++) {
        others[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(others[i], (struct sockaddr *)&address, sizeof(address));
    }
    for (int i = 0; i < 5; i++)
        rig_step(rig, MS);
    cr_assert_eq(state_of(rig), VIZ_LINK_CONNECTING);
    viz_clock_advance(fake, 10 * S);
    rig_step_until(rig, state_of(rig) == VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "no answer in 10 s"), "%s", rig->said);
    for (int i = 0; i < 4; i++)
        close(others[i]);
    for (int fd; (fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
        close(fd);
    waited_for(rig, &server);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    finish_with(&server);
}

BOTH(link_again, a_reset_connection_is_lost_and_made_again)
{
    struct linger at_once = {.l_onoff = 1};
    struct server server = {0};
    open_with(rig, &server, "?subscribe=none");
    setsockopt(server.peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    free_peer(server.peer);
    server.peer = NULL;
    rig_step_until(rig, state_of(rig) == VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "connection lost (Connection reset by peer): connecting "
                            "again in"),
              "%s", rig->said);
    waited_for(rig, &server);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    finish_with(&server);
}

BOTH(link_again, half_a_frame_is_nothing)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=none");
    put(server.peer->fd,
        "\x82\x05"
        "abc",
        5);
    for (int i = 0; i < 5; i++)
        rig_step(rig, MS);
    free_peer(server.peer);
    server.peer = NULL;
    rig_step_until(rig, state_of(rig) == VIZ_LINK_WAITING);
    cr_expect_eq(viz_counted(&link_of(rig)->messages), 0);
    cr_expect(rig_said(rig, "the server closed the connection"), "%s", rig->said);
    waited_for(rig, &server);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    send_frame(&server, "whole");
    both_until(rig, &server, true, viz_counted(&link_of(rig)->messages) == 1);
    cr_expect_eq(memcmp(records[0]->bytes, "whole", 5), 0);
    finish_with(&server);
}

BOTH(link_again, a_server_that_breaks_the_protocol_is_told_so)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=none");
    put(server.peer->fd, "\x83\x00", 2); /* an opcode that means nothing */
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_WAITING);
    both_until(rig, &server, true, viz_websocket_close_code(server.peer->ws, NULL));
    cr_expect_eq(viz_websocket_close_code(server.peer->ws, NULL), 1002);
    cr_expect_eq(viz_counted(&link_of(rig)->faults), 1);
    cr_expect(rig_said(rig, "broke the WebSocket protocol"), "%s", rig->said);
    finish_with(&server);
}

BOTH(link_again, too_long_a_message_is_over_our_limit_and_no_breach)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=none");
    put(server.peer->fd, "\x82\x7f\0\0\0\0\0\1\0\0x",
        11); /* 65536 bytes, and the first */
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_WAITING);
    both_until(rig, &server, true, viz_websocket_close_code(server.peer->ws, NULL));
    cr_expect_eq(viz_websocket_close_code(server.peer->ws, NULL), 1009);
    cr_expect(rig_said(rig,
                       "sent a message of more than 65535 bytes: told it 1009 (too "
                       "big)"),
              "%s", rig->said);
    finish_with(&server);
}

/* The whole program slept, or the machine: what came meanwhile is still to be read. */
BOTH(link_again, a_long_sleep_is_no_silence_of_the_server)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=none");
    send_frame(&server, "slept");
    viz_clock_advance(fake, 3600 * S);
    rig_step(rig, 0);
    both_until(rig, &server, true, viz_counted(&link_of(rig)->messages) == 1);
    cr_expect_eq(state_of(rig), VIZ_LINK_OPEN);
    cr_expect_not(rig_said(rig, "lost"), "%s", rig->said);
    finish_with(&server);
}

/* A close and the end of the connection at once: the close is the reason. */
BOTH(link_again, a_close_is_the_reason_also_where_the_connection_ends_with_it)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=none");
    put(server.peer->fd,
        "\x88\x05\x03\xf5"
        "why",
        7);
    free_peer(server.peer);
    server.peer = NULL;
    rig_step_until(rig, state_of(rig) == VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "closed with 1013 why"), "%s", rig->said);
    cr_expect_eq(viz_counted(&link_of(rig)->refused), 1);
    finish_with(&server);
}

BOTH(link_again, silence_is_asked_about_and_then_the_end)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=none");
    viz_clock_advance(fake, 20 * S);
    both_until(rig, &server, true, server.peer->pings == 1);
    /* The pong counts as heard. */
    for (int i = 0; i < 5; i++) {
        rig_step(rig, MS);
        serve(&server, true);
    }
    viz_clock_advance(fake, 20 * S);
    both_until(rig, &server, true, server.peer->pings == 2);
    for (int i = 0; i < 5; i++)
        rig_step(rig, MS);
    /* From here on nothing comes any more. */
    viz_clock_advance(fake, 20 * S);
    rig_step(rig, 0);
    rig_step(rig, 0);
    viz_clock_advance(fake, 25 * S - 1);
    rig_step(rig, 0);
    rig_step(rig, 0);
    cr_expect_eq(state_of(rig), VIZ_LINK_OPEN);
    viz_clock_advance(fake, 1);
    rig_step(rig, 0);
    cr_expect_eq(state_of(rig), VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "connection lost (nothing was heard for 45 s)"), "%s",
              rig->said);
    finish_with(&server);
}

BOTH(link_again, a_name_without_an_address_is_tried_again)
{
    viz_clock_destroy(rig->clock);
    rig->params.clock = rig->clock = fake = viz_clock_create_fake(1000 * S);
    rig_add(rig, "ws://host");
    strcpy(rig->source[0].host, "no..host"); /* which needs no name server */
    rig_begin(rig);
    for (int i = 0; i < 500 && state_of(rig) != VIZ_LINK_WAITING; i++) {
        viz_clock_advance(fake, 10 * MS);
        rig_step(rig, 10 * MS);
    }
    cr_assert_eq(state_of(rig), VIZ_LINK_WAITING);
    cr_expect(rig_said(rig, "no address is known for the host \"no..host\""), "%s",
              rig->said);
    waited_for(rig, NULL);
    cr_expect_eq(attempts_of(rig), 2);
}
