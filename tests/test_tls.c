/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The other end is a server over memory, with certificates made for each test. */
#include <viz/bytes.h>
#include <viz/tls.h>

#include <criterion/criterion.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400
#define BIG 300000 /* many records */

#define must(call)                                                                     \
    do {                                                                               \
        int must_ = (int)(call);                                                       \
        cr_assert_geq(must_, 0, "%s: %s", #call, gnutls_strerror(must_));              \
    } while (0)

struct owner {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
};

struct wanted {
    const char *name, *address; /* NULL: none */
    long from_days, until_days;
    const char *title;
};

struct server {
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t ticket_key;
    gnutls_session_t session;
    struct viz_bytes input, output, plain;
    bool ready, closed;
};

struct rig {
    struct owner authority, owner;
    char file[64];
    struct server server;
    struct viz_tls *client;
    struct viz_bytes plain;
    size_t cut;        /* bytes of one piece to the client; 0: all */
    const char *reply; /* what the client answers from within its call */
    int ret;
    struct viz_error err;
};

static struct owner make_owner(const struct wanted *wanted, const struct owner *issuer)
{
    static const uint8_t serial[] = {1};
    struct owner owner;
    time_t now = time(NULL);

    must(gnutls_x509_privkey_init(&owner.key));
    must(gnutls_x509_privkey_generate(owner.key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                      0));
    must(gnutls_x509_crt_init(&owner.certificate));
    gnutls_x509_crt_t crt = owner.certificate;
    must(gnutls_x509_crt_set_version(crt, 3));
    must(gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)));
    must(gnutls_x509_crt_set_key(crt, owner.key));
    must(gnutls_x509_crt_set_activation_time(crt, now + wanted->from_days * DAY));
    must(gnutls_x509_crt_set_expiration_time(crt, now + wanted->until_days * DAY));
    must(gnutls_x509_crt_set_dn(crt, wanted->title, NULL));
    must(gnutls_x509_crt_set_basic_constraints(crt, !issuer, -1));
    if (wanted->name)
        must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, wanted->name,
                                                  (unsigned)strlen(wanted->name), 0));
    if (wanted->address) {
        uint8_t bytes[16];
        bool six = strchr(wanted->address, ':');
        cr_assert_eq(inet_pton(six ? AF_INET6 : AF_INET, wanted->address, bytes), 1);
        must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, bytes,
                                                  six ? 16 : 4, GNUTLS_FSAN_APPEND));
    }
    must(gnutls_x509_crt_sign2(crt, issuer ? issuer->certificate : crt,
                               issuer ? issuer->key : owner.key, GNUTLS_DIG_SHA256, 0));
    return owner;
}

static void free_owner(struct owner *owner)
{
    gnutls_x509_crt_deinit(owner->certificate);
    gnutls_x509_privkey_deinit(owner->key);
}

static void write_authority(struct rig *rig)
{
    gnutls_datum_t pem;
    must(
        gnutls_x509_crt_export2(rig->authority.certificate, GNUTLS_X509_FMT_PEM, &pem));
    strcpy(rig->file, "/tmp/viz-test-tls-XXXXXX");
    int fd = mkstemp(rig->file);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, pem.data, pem.size), (ssize_t)pem.size);
    close(fd);
    gnutls_free(pem.data);
}

static ssize_t server_push(gnutls_transport_ptr_t context, const void *bytes,
                           size_t size)
{
    struct server *server = context;
    viz_bytes_append(&server->output, bytes, size);
    return (ssize_t)size;
}

static ssize_t server_pull(gnutls_transport_ptr_t context, void *out, size_t room)
{
    struct server *server = context;
    size_t size = viz_bytes_size(&server->input);
    if (!size) {
        gnutls_transport_set_errno(server->session, EAGAIN);
        return -1;
    }
    if (size > room)
        size = room;
    memcpy(out, viz_bytes_first(&server->input), size);
    viz_bytes_drop(&server->input, size);
    return (ssize_t)size;
}

static int server_wait(gnutls_transport_ptr_t context, unsigned ms)
{
    (void)ms;
    struct server *server = context;
    return viz_bytes_size(&server->input) > 0;
}

static void start_server(struct rig *rig, const char *priorities)
{
    struct server *server = &rig->server;
    must(gnutls_certificate_allocate_credentials(&server->credentials));
    must(gnutls_certificate_set_x509_key(server->credentials, &rig->owner.certificate,
                                         1, rig->owner.key));
    must(gnutls_init(&server->session, GNUTLS_SERVER | GNUTLS_NONBLOCK));
    must(gnutls_priority_set_direct(server->session, priorities, NULL));
    must(gnutls_credentials_set(server->session, GNUTLS_CRD_CERTIFICATE,
                                server->credentials));
    must(gnutls_session_ticket_key_generate(&server->ticket_key));
    must(gnutls_session_ticket_enable_server(server->session, &server->ticket_key));
    gnutls_transport_set_ptr(server->session, server);
    gnutls_transport_set_push_function(server->session, server_push);
    gnutls_transport_set_pull_function(server->session, server_pull);
    gnutls_transport_set_pull_timeout_function(server->session, server_wait);
}

static void step_server(struct server *server)
{
    uint8_t plain[16384];
    if (!server->ready)
        server->ready = gnutls_handshake(server->session) == 0;
    while (server->ready && !server->closed) {
        ssize_t got = gnutls_record_recv(server->session, plain, sizeof(plain));
        if (got == GNUTLS_E_AGAIN)
            return;
        if (got > 0)
            viz_bytes_append(&server->plain, plain, (size_t)got);
        else
            server->closed = got == 0;
        if (got < 0)
            return;
    }
}

static void take_plain(void *context, const uint8_t *bytes, size_t size)
{
    struct rig *rig = context;
    viz_bytes_append(&rig->plain, bytes, size);
    if (rig->reply) {
        const char *reply = rig->reply;
        rig->reply = NULL;
        cr_assert_eq(
            viz_tls_send(rig->client, (const uint8_t *)reply, strlen(reply), &rig->err),
            0);
    }
}

/* Bytes to the client in pieces as the rig wants, each in memory of its own length. */
static void give_client(struct rig *rig, const uint8_t *bytes, size_t size)
{
    while (size && rig->ret == 0) {
        size_t part = rig->cut && rig->cut < size ? rig->cut : size;
        uint8_t *copy = malloc(part);
        memcpy(copy, bytes, part);
        rig->ret = viz_tls_receive(rig->client, copy, part, take_plain, rig, &rig->err);
        free(copy);
        bytes += part;
        size -= part;
    }
}

static bool move_to_server(struct rig *rig)
{
    const uint8_t *bytes;
    size_t size = viz_tls_output(rig->client, &bytes);
    viz_bytes_append(&rig->server.input, bytes, size);
    viz_tls_sent(rig->client, size);
    step_server(&rig->server);
    return size > 0;
}

static bool move_to_client(struct rig *rig)
{
    size_t size = viz_bytes_size(&rig->server.output);
    give_client(rig, viz_bytes_first(&rig->server.output), size);
    viz_bytes_drop(&rig->server.output, size);
    return size > 0;
}

/* Until both are still. */
static void run(struct rig *rig)
{
    while (move_to_server(rig) | move_to_client(rig))
        ;
}

#define TLS_13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define TLS_12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"

static const struct wanted good = {"device.example", NULL, -1, 1, "CN=device"};
static const struct wanted authority = {NULL, NULL, -100, 100, "CN=authority"};
static const struct wanted stranger = {NULL, NULL, -100, 100, "CN=stranger"};

static void set_up_of(struct rig *rig, const struct wanted *issuer,
                      const struct wanted *wanted, const char *priorities)
{
    *rig = (struct rig){.ret = 0};
    rig->authority = make_owner(issuer, NULL);
    rig->owner = make_owner(wanted, &rig->authority);
    write_authority(rig);
    start_server(rig, priorities);
}

static void set_up(struct rig *rig, const struct wanted *wanted, const char *priorities)
{
    set_up_of(rig, &authority, wanted, priorities);
}

static void connect_to(struct rig *rig, const char *host)
{
    cr_assert_eq(viz_tls_create(host, rig->file, &rig->client, &rig->err), 0, "%s",
                 rig->err.text);
}

static void tear_down(struct rig *rig)
{
    viz_tls_destroy(rig->client);
    viz_bytes_finish(&rig->plain);
    viz_bytes_finish(&rig->server.input);
    viz_bytes_finish(&rig->server.output);
    viz_bytes_finish(&rig->server.plain);
    gnutls_deinit(rig->server.session);
    gnutls_free(rig->server.ticket_key.data);
    gnutls_certificate_free_credentials(rig->server.credentials);
    free_owner(&rig->owner);
    free_owner(&rig->authority);
    unlink(rig->file);
}

static void check_plain(const struct viz_bytes *bytes, const char *expected)
{
    size_t size = strlen(expected);
    cr_assert_eq(viz_bytes_size(bytes), size);
    cr_assert_eq(memcmp(viz_bytes_first(bytes), expected, size), 0);
}

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
