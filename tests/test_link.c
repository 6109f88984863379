/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said over a link, and where it goes. */
#include "link_rig.h"

#include <sys/resource.h>

#define MANY 1000

BOTH(link, asks_and_takes_in_what_comes)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=benchmark");
    cr_expect(strstr((char *)server.peer->header, "GET /ws HTTP/1.1\r\n"));
    both_until(rig, &server, true, *server.peer->texts);
    cr_expect_str_eq(server.peer->texts,
                     "{\"type\":\"benchmark.subscribe\",\"requestId\":\"viz-1\"}\n");
    send_frame(&server, "one");
    send_frame(&server, "");
    send_frame(&server, "three");
    both_until(rig, &server, true, viz_counted(&link_of(rig)->messages) == 3);
    cr_expect_eq(records[0]->chunks, 3);
    cr_expect_eq(memcmp(records[0]->bytes, "onethree", 8), 0);
    cr_expect(records[0]->chunk[0].datagram);
    cr_expect_eq(rig_packets(rig, 0), 3);
    cr_expect_eq(atomic_load(&link_of(rig)->heard_ns), viz_clock_now(fake));
    cr_expect(rig_said(rig, "/ws: connected"));
    finish_with(&server);
}

BOTH(link, envelopes_are_no_data_and_other_texts_are)
{
    static const char yes[] = "{\"type\":\"audio.subscribed\",\"requestId\":\"viz-1\"}";
    struct server server = {0};
    open_with(rig, &server, "?subscribe=audio");
    viz_websocket_send(server.peer->ws, VIZ_WEBSOCKET_TEXT, yes, sizeof(yes) - 1);
    viz_websocket_send(server.peer->ws, VIZ_WEBSOCKET_TEXT, "{\"type\":\"odd\"}", 14);
    viz_websocket_send(server.peer->ws, VIZ_WEBSOCKET_TEXT, "1,2,3\n", 6);
    flush_peer(server.peer);
    both_until(rig, &server, true, viz_counted(&link_of(rig)->texts) == 3);
    cr_expect_eq(records[0]->chunks, 1);
    cr_expect_eq(memcmp(records[0]->bytes, "1,2,3\n", 6), 0);
    cr_expect_eq(viz_counted(&link_of(rig)->replies), 1);
    cr_expect_eq(viz_counted(&link_of(rig)->unknown), 1);
    cr_expect_eq(atomic_load(&link_of(rig)->subscribed), 2);
    cr_expect_eq(rig_packets(rig, 0), 3);
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.chatter), 2);
    finish_with(&server);
}

/* A ping between two fragments of a message, and everything byte by byte. */
BOTH(link, takes_fragments_and_single_bytes)
{
    static const uint8_t frames[] = {0x02, 2,    'a', 'b', 0x89, 1,    'p', 0x00,
                                     0,    0x80, 2,   'c', 'd',  0x82, 1,   'e'};
    struct server server = {0};
    begin_with(rig, &server, "?subscribe=none");
    both_until(
        rig, &server, false,
        server.peer && server.peer->header_size > 4 &&
            !memcmp(server.peer->header + server.peer->header_size - 4, "\r\n\r\n", 4));
    struct viz_handshake_asked asked;
    struct viz_error err;
    size_t used;
    int status;
    char answer[512];
    cr_assert_eq(viz_handshake_asked(server.peer->header, server.peer->header_size,
                                     &used, &asked, &status, &err),
                 1);
    size_t size = viz_handshake_accept(&asked, answer, sizeof(answer));
    server.peer->greeted = true;
    for (size_t i = 0; i < size + sizeof(frames); i++) {
        put(server.peer->fd, i < size ? (const void *)&answer[i] : &frames[i - size],
            1);
        rig_step(rig, MS);
    }
    both_until(rig, &server, true,
               server.peer->pongs == 1 && viz_counted(&link_of(rig)->messages) == 2);
    cr_expect_eq(memcmp(records[0]->bytes, "abcde", 5), 0);
    cr_expect_eq(records[0]->chunk[0].size, 4);
    cr_expect_eq(viz_counted(&link_of(rig)->pings), 1);
    finish_with(&server);
}

/* The first frames in the same segment as the answer to the handshake. */
BOTH(link, takes_frames_right_behind_the_handshake)
{
    struct server server = {0};
    begin_with(rig, &server, "?subscribe=none");
    both_until(rig, &server, false, server.peer && server.peer->header_size);
    struct viz_handshake_asked asked;
    struct viz_error err;
    size_t used;
    int status;
    uint8_t answer[512 + 9000];
    cr_assert_eq(viz_handshake_asked(server.peer->header, server.peer->header_size,
                                     &used, &asked, &status, &err),
                 1);
    size_t size = viz_handshake_accept(&asked, (char *)answer, 512);
    for (int i = 0; i < 1000; i++, size += 9) /* beyond the room for a header */
        memcpy(answer + size,
               "\x82\x07"
               "message",
               9);
    put(server.peer->fd, answer, size);
    both_until(rig, &server, false, viz_counted(&link_of(rig)->messages) >= 500);
    rig_step_until(rig, viz_counted(&link_of(rig)->messages) == 1000);
    finish_with(&server);
}

/* What happened, in the order in which it happened. */
BOTH(link, records_go_to_the_spool)
{
    static const struct {
        enum viz_record_kind kind;
        const char *bytes;
    } expected[] = {
        {VIZ_RECORD_CONNECTED, ""}, {VIZ_RECORD_FRAME, "one"},
        {VIZ_RECORD_FRAME, "two"},  {VIZ_RECORD_DISCONNECTED, "closed with 1001 bye"},
        {VIZ_RECORD_CONNECTED, ""}, {VIZ_RECORD_FRAME, "three"},
    };
    struct server server = {0};
    struct viz_spool *spool = viz_spool_create(0);
    rig->params.spool = spool;
    rig->params.streams = NULL;
    open_with(rig, &server, "?subscribe=none");
    send_frame(&server, "one");
    viz_websocket_send(server.peer->ws, VIZ_WEBSOCKET_TEXT, "no record", 9);
    send_frame(&server, "two");
    viz_websocket_close(server.peer->ws, 1001, "bye");
    flush_peer(server.peer);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_WAITING);
    waited_for(rig, &server);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    send_frame(&server, "three");
    both_until(rig, &server, true, viz_counted(&link_of(rig)->messages) == 3);
    rig_end(rig);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const void *bytes;
        const struct viz_record *record = viz_spool_next(spool, &bytes);
        cr_assert(record, "%zu", i);
        cr_expect_eq(record->kind, expected[i].kind, "%zu", i);
        cr_expect_eq(record->size, strlen(expected[i].bytes), "%zu", i);
        cr_expect_eq(memcmp(bytes, expected[i].bytes, record->size), 0, "%zu", i);
        cr_expect_eq(record->source, 0);
        cr_expect_leq(record->origin_ns, record->received_ns);
    }
    cr_expect_null(viz_spool_next(spool, &(const void *){NULL}));
    cr_expect_eq(rig_packets(rig, 0), 4);
    viz_net_destroy(rig->net);
    rig->net = NULL;
    viz_spool_destroy(spool);
    finish_with(&server);
}

BOTH(link, a_full_spool_loses_by_name)
{
    struct server server = {0};
    struct viz_spool *spool = viz_spool_create(2);
    uint8_t bytes[VIZ_RECORD_MAX_BYTES + 1] = {0};
    rig->params.spool = spool;
    rig->params.streams = NULL;
    open_with(rig, &server, "?subscribe=none");
    for (int i = 0; i < 20; i++)
        viz_websocket_send(server.peer->ws, VIZ_WEBSOCKET_BINARY, bytes,
                           VIZ_RECORD_MAX_BYTES);
    viz_websocket_send(server.peer->ws, VIZ_WEBSOCKET_BINARY, bytes, sizeof(bytes));
    flush_peer(server.peer);
    both_until(rig, &server, true, viz_counted(&link_of(rig)->messages) == 21);
    uint64_t put_in = viz_spool_records(spool), lost = viz_spool_lost(spool);
    cr_expect_eq(viz_counted(&link_of(rig)->unspooled), lost);
    cr_expect_gt(lost, 0);
    cr_expect_eq(put_in + lost, 21, "CONNECTED and the 20 that are not too long");
    cr_expect_eq(viz_counted(&rig_status(rig, 0)->wire.oversized), 1);
    rig_end(rig);
    viz_net_destroy(rig->net);
    rig->net = NULL;
    viz_spool_destroy(spool);
    finish_with(&server);
}

BOTH(link, leaves_politely)
{
    struct server server = {0};
    open_with(rig, &server, "?subscribe=stm");
    viz_websocket_send(server.peer->ws, VIZ_WEBSOCKET_TEXT,
                       "{\"type\":\"stm.subscribed\"}", 25);
    flush_peer(server.peer);
    both_until(rig, &server, true, atomic_load(&link_of(rig)->subscribed));
    server.peer->texts[0] = '\0';
    rig_end(rig); /* nobody answers: it ends all the same */
    cr_expect_eq(viz_counted(&link_of(rig)->lost), 0, "our own end is no loss");
    cr_expect_eq(atomic_load(&link_of(rig)->subscribed), VIZ_SUBSCRIBE_STM);
    viz_net_destroy(rig->net);
    rig->net = NULL;
    for (int i = 0; i < 100 && !server.peer->gone; i++)
        serve(&server, true);
    cr_expect_str_eq(server.peer->texts,
                     "{\"type\":\"stm.unsubscribe\",\"requestId\":\"viz-2\"}\n");
    cr_expect_eq(viz_websocket_close_code(server.peer->ws, NULL), 1000);
    cr_expect_not(rig_said(rig, "lost"), "%s", rig->said);
    finish_with(&server);
}

/* Send @times the message, from byte @sent on, as far as the socket takes it. */
static size_t push(int fd, const uint8_t *message, size_t size, size_t sent,
                   size_t times)
{
    while (sent < size * times) {
        ssize_t n = send(fd, message + sent % size, size - sent % size,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n <= 0)
            return sent;
        sent += (size_t)n;
    }
    return sent;
}

/* Nobody takes blocks away for a minute: the socket is not read on, the server is not
 * given up for its silence, and in the end every row has come. */
BOTH(link, waits_for_its_consumer)
{
    enum { MESSAGES = 10000, LINES = 200, SIZE = 4 + LINES * 4 };
    struct server server = {0};
    uint8_t message[SIZE] = {0x81, 126, LINES * 4 >> 8, LINES * 4 & 0xff};
    size_t sent = 0;
    uint64_t drained = 0;
    for (int i = 0; i < LINES; i++)
        memcpy(message + 4 + 4 * (size_t)i, "1,2\n", 4);
    prepare_with(rig, &server, "?format=csv");
    rig_begin_probing(rig);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    for (int i = 0; i < 200; i++) {
        sent = push(server.peer->fd, message, SIZE, sent, MESSAGES);
        rig_step(rig, 0);
    }
    cr_assert_lt(sent, (size_t)MESSAGES * SIZE, "all of it fits into the pool");
    cr_expect(rig->net->behind);
    uint64_t held = rows_received(rig);
    for (int i = 0; i < 60; i++) {
        viz_clock_advance(fake, S);
        rig_step(rig, 0);
    }
    cr_expect_eq(rows_received(rig), held, "it was read on");
    for (int i = 0; i < 100 * STEPS && drained < MESSAGES * LINES; i++) {
        drained += drain_rows(rig);
        sent = push(server.peer->fd, message, SIZE, sent, MESSAGES);
        rig_step(rig, 0);
    }
    cr_expect_eq(state_of(rig), VIZ_LINK_OPEN);
    cr_expect_eq(drained, (uint64_t)MESSAGES * LINES);
    cr_expect_eq(rows_overflowed(rig), 0);
    finish_with(&server);
}

/* Names are asked for elsewhere: "localhost" is in every system's own table, with one
 * address or with two of which one may refuse. */
BOTH(link, resolves_a_name)
{
    struct server server = {0};
    char text[64];
    server.fd = rig_listen(&server.port);
    fcntl(server.fd, F_SETFL, O_NONBLOCK);
    snprintf(text, sizeof(text), "ws://localhost:%d", server.port);
    rig_add(rig, text);
    rig_begin(rig);
    both_until(rig, &server, true, state_of(rig) == VIZ_LINK_OPEN);
    cr_expect(strstr((char *)server.peer->header, "Host: localhost:"));
    finish_with(&server);
}

Test(link, a_file_of_authorities_must_be_there)
{
    static struct rig rig;
    rig_init(&rig, VIZ_NET_POLL);
    rig_add(&rig, "wss://host?ca=/no/such/file");
    cr_expect_eq(viz_net_create(&rig.params, &rig.net, &rig.err), -ENOENT);
    cr_expect(strstr(rig.err.text, "cannot read /no/such/file"), "%s", rig.err.text);
    rig_finish(&rig);
}

/* Many, in one network, through one server; each brings one frame. */
BOTH(link, a_thousand_at_once)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < 2 * MANY + 100)
        cr_skip_test("only %lu open files are allowed here",
                     (unsigned long)files.rlim_max);
    files.rlim_cur = files.rlim_max < 16384 ? files.rlim_max : 16384;
    setrlimit(RLIMIT_NOFILE, &files);

    struct server server = {0};
    struct viz_spool *spool = viz_spool_create(0);
    struct viz_source *source = viz_zalloc(MANY * sizeof(*source));
    uint32_t *index = viz_zalloc(MANY * sizeof(*index));
    struct peer *peers[MANY];
    uint32_t count = 0, greeted = 0;
    char text[64];
    server.fd = rig_listen(&server.port);
    listen(server.fd, 1024);
    fcntl(server.fd, F_SETFL, O_NONBLOCK);
    snprintf(text, sizeof(text), "ws://127.0.0.1:%d/ws?subscribe=none", server.port);
    for (uint32_t i = 0; i < MANY; i++) {
        index[i] = i;
        cr_assert_eq(viz_source_parse(text, NULL, &source[i], &rig->err), 0);
    }
    rig->params.sources = source;
    rig->params.indices = index;
    rig->params.count = MANY;
    rig->params.streams = NULL;
    rig->params.spool = spool;
    rig_create(rig);
    cr_assert_eq(rig_try_begin(rig), 0, "%s", rig->err.text);
    for (int turns = 0; turns < 2000 && greeted < MANY; turns++) {
        rig_step(rig, MS);
        for (int fd; (fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
            peers[count++] = new_peer(fd);
        greeted = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (!peers[i]->greeted)
                serve_peer(peers[i], true);
            greeted += peers[i]->greeted;
        }
    }
    cr_assert_eq(greeted, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        viz_websocket_send(peers[i]->ws, VIZ_WEBSOCKET_BINARY, "frame", 5);
        flush_peer(peers[i]);
    }
    rig_step_until(rig, viz_spool_records(spool) == 2 * MANY);
    cr_expect_eq(viz_spool_lost(spool), 0);
    for (uint32_t i = 0; i < MANY; i++)
        cr_expect_eq(viz_counted(&rig_status(rig, i)->link.messages), 1);
    rig_end(rig);
    viz_net_destroy(rig->net);
    rig->net = NULL;
    for (uint32_t i = 0; i < count; i++)
        free_peer(peers[i]);
    viz_spool_destroy(spool);
    free(source);
    free(index);
    close(server.fd);
}
