/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client and, over memory, a server with certificates made for each test. */
#ifndef VIZ_TESTS_TLS_RIG_H
#define VIZ_TESTS_TLS_RIG_H

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

static inline struct owner make_owner(const struct wanted *wanted,
                                      const struct owner *issuer)
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

static inline void free_owner(struct owner *owner)
{
    gnutls_x509_crt_deinit(owner->certificate);
    gnutls_x509_privkey_deinit(owner->key);
}

static inline void write_authority(struct rig *rig)
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

static inline ssize_t server_push(gnutls_transport_ptr_t context, const void *bytes,
                                  size_t size)
{
    struct server *server = context;
    viz_bytes_append(&server->output, bytes, size);
    return (ssize_t)size;
}

static inline ssize_t server_pull(gnutls_transport_ptr_t context, void *out,
                                  size_t room)
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

static inline int server_wait(gnutls_transport_ptr_t context, unsigned ms)
{
    (void)ms;
    struct server *server = context;
    return viz_bytes_size(&server->input) > 0;
}

static inline void start_server(struct rig *rig, const char *priorities)
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

static inline void step_server(struct server *server)
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

static inline void take_plain(void *context, const uint8_t *bytes, size_t size)
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
static inline void give_client(struct rig *rig, const uint8_t *bytes, size_t size)
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

static inline bool move_to_server(struct rig *rig)
{
    const uint8_t *bytes;
    size_t size = viz_tls_output(rig->client, &bytes);
    viz_bytes_append(&rig->server.input, bytes, size);
    viz_tls_sent(rig->client, size);
    step_server(&rig->server);
    return size > 0;
}

static inline bool move_to_client(struct rig *rig)
{
    size_t size = viz_bytes_size(&rig->server.output);
    give_client(rig, viz_bytes_first(&rig->server.output), size);
    viz_bytes_drop(&rig->server.output, size);
    return size > 0;
}

/* Until both are still. */
static inline void run(struct rig *rig)
{
    while (move_to_server(rig) | move_to_client(rig))
        ;
}

#define TLS_13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define TLS_12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"

static const struct wanted good = {"device.example", NULL, -1, 1, "CN=device"};
static const struct wanted authority = {NULL, NULL, -100, 100, "CN=authority"};
static const struct wanted stranger = {NULL, NULL, -100, 100, "CN=stranger"};

static inline void set_up_of(struct rig *rig, const struct wanted *issuer,
                             const struct wanted *wanted, const char *priorities)
{
    *rig = (struct rig){.ret = 0};
    rig->authority = make_owner(issuer, NULL);
    rig->owner = make_owner(wanted, &rig->authority);
    write_authority(rig);
    start_server(rig, priorities);
}

static inline void set_up(struct rig *rig, const struct wanted *wanted,
                          const char *priorities)
{
    set_up_of(rig, &authority, wanted, priorities);
}

static inline void connect_to(struct rig *rig, const char *host)
{
    cr_assert_eq(viz_tls_create(host, rig->file, &rig->client, &rig->err), 0, "%s",
                 rig->err.text);
}

static inline void tear_down(struct rig *rig)
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

static inline void check_plain(const struct viz_bytes *bytes, const char *expected)
{
    size_t size = strlen(expected);
    cr_assert_eq(viz_bytes_size(bytes), size);
    cr_assert_eq(memcmp(viz_bytes_first(bytes), expected, size), 0);
}

#endif
