/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tls_rig.h"

#define BIG 300000 /* many records */

static void say_hello(const char *priorities, size_t cut)
{
    struct rig rig;
    set_up(&rig, &good, priorities);
    connect_to(&rig, "device.example");
    rig.cut = cut;
    cr_assert_not(viz_tls_ready(rig.client));
    run(&rig);
    cr_assert_eq(rig.ret, 0, "%s", rig.err.text);
    cr_assert(viz_tls_ready(rig.client));
    cr_assert_eq(viz_tls_send(rig.client, (const uint8_t *)"question", 8, &rig.err), 0);
    run(&rig);
    check_plain(&rig.server.plain, "question");
    must(gnutls_record_send(rig.server.session, "answer", 6));
    run(&rig);
    cr_assert_eq(rig.ret, 0);
    check_plain(&rig.plain, "answer");
    tear_down(&rig);
}

Test(tls, text_goes_both_ways_with_1_3)
{
    say_hello(TLS_13, 0);
}

Test(tls, text_goes_both_ways_with_1_2)
{
    say_hello(TLS_12, 0);
}

Test(tls, it_does_not_matter_how_the_bytes_are_cut)
{
    say_hello(TLS_13, 1);
    say_hello(TLS_12, 1);
    say_hello(TLS_13, 7);
    say_hello(TLS_12, 1000);
}

Test(tls, a_server_before_1_2_is_refused)
{
    struct rig rig;
    set_up(&rig, &good, "NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT");
    connect_to(&rig, "device.example");
    run(&rig);
    cr_assert_eq(rig.ret, -EPROTO);
    cr_assert_str_eq(rig.err.text, "the server offers no TLS from 1.2 on");
    tear_down(&rig);
}

static void check_alert(uint8_t alert, const char *sentence)
{
    const uint8_t record[] = {0x15, 3, 3, 0, 2, 2, alert};
    for (size_t cut = 0; cut < 2; cut++) {
        struct rig rig;
        set_up(&rig, &good, TLS_13);
        connect_to(&rig, "device.example");
        rig.cut = cut;
        give_client(&rig, record, sizeof(record));
        cr_assert_eq(rig.ret, -EPROTO);
        cr_assert_str_eq(rig.err.text, sentence);
        tear_down(&rig);
    }
}

Test(tls, an_alert_of_the_server_is_told)
{
    check_alert(70, "the server offers no TLS from 1.2 on");
    check_alert(40, "the server ends TLS: Handshake failed");
    check_alert(255, "the server ends TLS: no reason");
}

/* The sentence of the refusal, or an empty one. */
static void check_certificate(const struct wanted *wanted, const char *host,
                              const char *sentence)
{
    static const char *const versions[] = {TLS_13, TLS_12};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        set_up(&rig, wanted, versions[i]);
        connect_to(&rig, host);
        run(&rig);
        cr_expect_eq(rig.ret, *sentence ? -EACCES : 0);
        cr_expect_str_eq(rig.err.text, sentence);
        cr_expect_eq(viz_tls_ready(rig.client), !*sentence);
        cr_expect_eq(viz_bytes_size(&rig.plain), 0);
        tear_down(&rig);
    }
}

Test(tls, a_certificate_must_be_of_the_host)
{
    check_certificate(&good, "device.example", "");
    check_certificate(&good, "DEVICE.example", "");
    check_certificate(&good, "other.example",
                      "the certificate that other.example shows is of another host");
    check_certificate(&good, "127.0.0.1",
                      "the certificate that 127.0.0.1 shows is of another host");
    static const struct wanted wild = {"*.devices.example", NULL, -1, 1, "CN=device"};
    check_certificate(&wild, "a.devices.example", "");
    check_certificate(
        &wild, "a.b.devices.example",
        "the certificate that a.b.devices.example shows is of another host");
}

Test(tls, a_host_may_be_an_address)
{
    static const struct wanted four = {NULL, "192.0.2.7", -1, 1, "CN=device"};
    check_certificate(&four, "192.0.2.7", "");
    check_certificate(&four, "192.0.2.8",
                      "the certificate that 192.0.2.8 shows is of another host");
    static const struct wanted six = {NULL, "2001:db8::7", -1, 1, "CN=device"};
    check_certificate(&six, "2001:db8::7", "");
    check_certificate(&six, "2001:db8::8",
                      "the certificate that 2001:db8::8 shows is of another host");
}

Test(tls, a_certificate_must_be_of_today)
{
    static const struct wanted old = {"device.example", NULL, -20, -1, "CN=device"};
    check_certificate(&old, "device.example",
                      "the certificate that device.example shows has expired");
    static const struct wanted early = {"device.example", NULL, 1, 20, "CN=device"};
    check_certificate(
        &early, "device.example",
        "the certificate that device.example shows is not valid yet by our "
        "clock");
}

/* The server's certificate is of one authority, the client knows another. */
static void check_authority(const struct wanted *known, const char *sentence)
{
    struct rig rig, other;
    set_up(&rig, &good, TLS_13);
    set_up_of(&other, known, &good, TLS_13);
    cr_assert_eq(viz_tls_create("device.example", other.file, &rig.client, &rig.err),
                 0);
    run(&rig);
    cr_expect_eq(rig.ret, -EACCES);
    cr_expect_str_eq(rig.err.text, sentence);
    tear_down(&other);
    tear_down(&rig);
}

Test(tls, a_certificate_must_be_of_a_known_authority)
{
    check_authority(&stranger, "the certificate that device.example shows is of an "
                               "unknown authority");
    check_authority(&authority,
                    "the certificate that device.example shows is not signed "
                    "by the authority that it names");
}

Test(tls, the_systems_authorities_do_not_know_ours)
{
    struct rig rig;
    set_up(&rig, &good, TLS_13);
    int ret = viz_tls_create("device.example", NULL, &rig.client, &rig.err);
    if (ret == -ENOENT) {
        tear_down(&rig);
        cr_skip("%s", rig.err.text);
    }
    cr_assert_eq(ret, 0, "%s", rig.err.text);
    run(&rig);
    cr_assert_eq(rig.ret, -EACCES);
    tear_down(&rig);
}

Test(tls, the_server_is_told_why_it_is_refused)
{
    struct rig rig;
    set_up(&rig, &good, TLS_12);
    connect_to(&rig, "other.example");
    run(&rig);
    cr_assert_eq(rig.ret, -EACCES);
    cr_assert_not(rig.server.ready);
    cr_assert_eq(gnutls_alert_get(rig.server.session), GNUTLS_A_BAD_CERTIFICATE);
    tear_down(&rig);
}

static void check_name(const char *host, const char *expected)
{
    static const struct wanted both = {"device.example", "192.0.2.7", -1, 1,
                                       "CN=device"};
    struct rig rig;
    char name[256] = "";
    size_t size = sizeof(name);
    unsigned type;

    set_up(&rig, &both, TLS_13);
    connect_to(&rig, host);
    run(&rig);
    cr_assert(rig.server.ready);
    gnutls_server_name_get(rig.server.session, name, &size, &type, 0);
    cr_assert_str_eq(name, expected);
    tear_down(&rig);
}

Test(tls, the_server_is_told_the_name_and_no_address)
{
    check_name("device.example", "device.example");
    check_name("192.0.2.7", "");
}

Test(tls, a_server_without_tls_is_told_from_its_first_byte)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    for (size_t size = 1; size < sizeof(answer); size++) {
        struct rig rig;
        set_up(&rig, &good, TLS_13);
        connect_to(&rig, "device.example");
        give_client(&rig, (const uint8_t *)answer, size);
        cr_assert_eq(rig.ret, -EPROTO);
        cr_assert_str_eq(rig.err.text, "the server does not speak TLS on this port");
        cr_assert_not(viz_tls_ready(rig.client));
        tear_down(&rig);
    }
}

Test(tls, what_is_no_record_ends_the_handshake)
{
    uint8_t bytes[64];
    struct rig rig;
    memset(bytes, 0x16, sizeof(bytes));
    set_up(&rig, &good, TLS_13);
    connect_to(&rig, "device.example");
    give_client(&rig, bytes, sizeof(bytes));
    cr_assert_eq(rig.ret, -EPROTO);
    cr_assert_eq(viz_tls_receive(rig.client, bytes, 1, take_plain, &rig, &rig.err),
                 -EPIPE);
    tear_down(&rig);
}

Test(tls, a_changed_record_is_refused)
{
    struct rig rig;
    set_up(&rig, &good, TLS_13);
    connect_to(&rig, "device.example");
    run(&rig);
    must(gnutls_record_send(rig.server.session, "answer", 6));
    rig.server.output.memory[rig.server.output.end - 1] ^= 1;
    move_to_client(&rig);
    cr_assert_eq(rig.ret, -EPROTO);
    cr_assert_eq(viz_bytes_size(&rig.plain), 0);
    cr_assert_not(viz_tls_ready(rig.client));
    cr_assert_eq(viz_tls_send(rig.client, (const uint8_t *)"x", 1, &rig.err), -EPIPE);
    tear_down(&rig);
}

static void check_pattern(const struct viz_bytes *bytes, uint8_t factor)
{
    const uint8_t *at = viz_bytes_first(bytes);
    cr_assert_eq(viz_bytes_size(bytes), BIG);
    for (size_t i = 0; i < BIG; i++)
        cr_assert_eq(at[i], (uint8_t)(i * factor));
}

Test(tls, much_goes_both_ways)
{
    uint8_t *bytes = malloc(BIG);
    struct rig rig;
    set_up(&rig, &good, TLS_13);
    connect_to(&rig, "device.example");
    rig.cut = 1500;
    run(&rig);
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = (uint8_t)(i * 7);
    cr_assert_eq(viz_tls_send(rig.client, bytes, BIG, &rig.err), 0);
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = (uint8_t)(i * 11);
    for (size_t sent = 0; sent < BIG;) {
        ssize_t now = gnutls_record_send(rig.server.session, bytes + sent, BIG - sent);
        must(now);
        sent += (size_t)now;
    }
    run(&rig);
    check_pattern(&rig.server.plain, 7);
    check_pattern(&rig.plain, 11);
    free(bytes);
    tear_down(&rig);
}

Test(tls, what_comes_behind_a_ticket_is_not_lost)
{
    for (size_t cut = 0; cut < 2; cut++) {
        struct rig rig;
        set_up(&rig, &good, TLS_13);
        connect_to(&rig, "device.example");
        rig.cut = cut;
        while (!rig.server.ready) {
            move_to_client(&rig);
            move_to_server(&rig);
        }
        must(gnutls_record_send(rig.server.session, "first", 5));
        must(gnutls_session_ticket_send(rig.server.session, 2, 0));
        must(gnutls_record_send(rig.server.session, "second", 6));
        move_to_client(&rig);
        cr_assert_eq(rig.ret, 0, "%s", rig.err.text);
        check_plain(&rig.plain, "firstsecond");
        tear_down(&rig);
    }
}

Test(tls, keys_may_change)
{
    struct rig rig;
    set_up(&rig, &good, TLS_13);
    connect_to(&rig, "device.example");
    run(&rig);
    must(gnutls_record_send(rig.server.session, "old", 3));
    must(gnutls_session_key_update(rig.server.session, GNUTLS_KU_PEER));
    must(gnutls_record_send(rig.server.session, "new", 3));
    run(&rig);
    cr_assert_eq(rig.ret, 0, "%s", rig.err.text);
    check_plain(&rig.plain, "oldnew");
    cr_assert_eq(viz_tls_send(rig.client, (const uint8_t *)"ours", 4, &rig.err), 0);
    run(&rig);
    check_plain(&rig.server.plain, "ours");
    tear_down(&rig);
}

Test(tls, another_handshake_is_declined)
{
    struct rig rig;
    set_up(&rig, &good, TLS_12);
    connect_to(&rig, "device.example");
    run(&rig);
    must(gnutls_rehandshake(rig.server.session));
    must(gnutls_record_send(rig.server.session, "goes on", 7));
    move_to_client(&rig);
    cr_assert_eq(rig.ret, 0, "%s", rig.err.text);
    check_plain(&rig.plain, "goes on");
    cr_assert(viz_tls_ready(rig.client));
    move_to_server(&rig);
    cr_assert_eq(gnutls_alert_get(rig.server.session), GNUTLS_A_NO_RENEGOTIATION);
    tear_down(&rig);
}

Test(tls, what_is_called_back_may_send)
{
    struct rig rig;
    set_up(&rig, &good, TLS_13);
    connect_to(&rig, "device.example");
    run(&rig);
    rig.reply = "at once";
    must(gnutls_record_send(rig.server.session, "ask", 3));
    must(gnutls_record_send(rig.server.session, "more", 4));
    run(&rig);
    check_plain(&rig.server.plain, "at once");
    check_plain(&rig.plain, "askmore");
    tear_down(&rig);
}

Test(tls, the_servers_goodbye_comes_behind_what_it_sent)
{
    struct rig rig;
    set_up(&rig, &good, TLS_13);
    connect_to(&rig, "device.example");
    run(&rig);
    must(gnutls_record_send(rig.server.session, "last", 4));
    must(gnutls_bye(rig.server.session, GNUTLS_SHUT_WR));
    run(&rig);
    check_plain(&rig.plain, "last");
    cr_assert_eq(rig.ret, -EPIPE);
    cr_assert_str_eq(rig.err.text, "the server has closed the TLS connection");
    cr_assert_not(viz_tls_ready(rig.client));
    tear_down(&rig);
}

Test(tls, our_goodbye_arrives)
{
    struct rig rig;
    set_up(&rig, &good, TLS_13);
    connect_to(&rig, "device.example");
    run(&rig);
    cr_assert_not(rig.server.closed);
    viz_tls_close(rig.client);
    cr_assert_not(viz_tls_ready(rig.client));
    move_to_server(&rig);
    cr_assert(rig.server.closed);
    viz_tls_close(rig.client);
    const uint8_t *bytes;
    cr_assert_eq(viz_tls_output(rig.client, &bytes), 0, "said once");
    must(gnutls_record_send(rig.server.session, "late", 4));
    run(&rig);
    check_plain(&rig.plain, "late");
    tear_down(&rig);
}

Test(tls, goodbye_before_the_handshake_is_done)
{
    struct rig rig;
    set_up(&rig, &good, TLS_13);
    connect_to(&rig, "device.example");
    viz_tls_close(rig.client);
    move_to_server(&rig);
    cr_assert_not(rig.server.ready);
    tear_down(&rig);
}

Test(tls, what_cannot_begin_says_why)
{
    struct rig rig;
    struct viz_tls *client = NULL;
    char empty[] = "/tmp/viz-test-tls-XXXXXX";
    char sentence[256], host[300];

    set_up(&rig, &good, TLS_13);
    cr_assert_eq(viz_tls_create("h", "/nonexistent/ca.pem", &client, &rig.err),
                 -ENOENT);
    cr_assert_str_eq(rig.err.text, "/nonexistent/ca.pem cannot be read");
    close(mkstemp(empty));
    cr_assert_eq(viz_tls_create("h", empty, &client, &rig.err), -EINVAL);
    snprintf(sentence, sizeof(sentence), "%s has no certificate in PEM form", empty);
    cr_assert_str_eq(rig.err.text, sentence);
    unlink(empty);
    cr_assert_eq(viz_tls_create("", rig.file, &client, &rig.err), -EINVAL);
    memset(host, 'a', sizeof(host));
    host[254] = 0;
    cr_assert_eq(viz_tls_create(host, rig.file, &client, &rig.err), -EINVAL);
    cr_assert_null(client);
    tear_down(&rig);
    viz_tls_destroy(NULL);
}
