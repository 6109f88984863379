/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/tls.h>

#include <viz/alloc.h>
#include <viz/bytes.h>

#include <gnutls/gnutls.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define MAX_HOST 254
#define MAX_RECORD 16384

struct viz_tls {
    gnutls_certificate_credentials_t authorities;
    gnutls_session_t session;
    char host[MAX_HOST]; /* the session keeps a pointer */
    bool begun;          /* a byte came */
    bool ready;
    bool over;            /* nothing more comes */
    bool closed;          /* nothing more goes */
    const uint8_t *input; /* what viz_tls_receive() was given */
    size_t input_size;
    struct viz_bytes output;
    uint8_t plain[MAX_RECORD];
};

static ssize_t push(gnutls_transport_ptr_t context, const void *bytes, size_t size)
{
    struct viz_tls *tls = context;
    viz_bytes_append(&tls->output, bytes, size);
    return (ssize_t)size;
}

static ssize_t pull(gnutls_transport_ptr_t context, void *out, size_t room)
{
    struct viz_tls *tls = context;
    size_t size = tls->input_size < room ? tls->input_size : room;
    if (!size) {
        gnutls_transport_set_errno(tls->session, EAGAIN);
        return -1;
    }
    memcpy(out, tls->input, size);
    tls->input += size;
    tls->input_size -= size;
    return (ssize_t)size;
}

static int pull_now(gnutls_transport_ptr_t context, unsigned ms)
{
    (void)ms;
    struct viz_tls *tls = context;
    return tls->input_size > 0;
}

static bool is_address(const char *host)
{
    uint8_t bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 ||
           inet_pton(AF_INET6, host, bytes) == 1;
}

static int load_authorities(struct viz_tls *tls, const char *file,
                            struct viz_error *err)
{
    int count;
    if (!file) {
        count = gnutls_certificate_set_x509_system_trust(tls->authorities);
        return count > 0 ? 0
                         : viz_fail(err, -ENOENT,
                                    "this system has no certificate authorities");
    }
    count = gnutls_certificate_set_x509_trust_file(tls->authorities, file,
                                                   GNUTLS_X509_FMT_PEM);
    if (count > 0)
        return 0;
    if (count == GNUTLS_E_FILE_ERROR)
        return viz_fail(err, -ENOENT, "%s cannot be read", file);
    return viz_fail(err, -EINVAL, "%s has no certificate in PEM form", file);
}

static int start_session(struct viz_tls *tls)
{
    static const gnutls_datum_t http = {(unsigned char *)"http/1.1", 8};
    int ret =
        gnutls_init(&tls->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    if (ret < 0)
        return ret;
    ret = gnutls_priority_set_direct(tls->session, PRIORITIES, NULL);
    if (ret < 0)
        return ret;
    ret =
        gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, tls->authorities);
    if (ret < 0)
        return ret;
    ret = gnutls_alpn_set_protocols(tls->session, &http, 1, 0);
    if (ret < 0)
        return ret;
    if (!is_address(tls->host)) /* RFC 6066, 3: names only */
        ret = gnutls_server_name_set(tls->session, GNUTLS_NAME_DNS, tls->host,
                                     strlen(tls->host));
    gnutls_session_set_verify_cert(tls->session, tls->host, 0);
    gnutls_transport_set_ptr(tls->session, tls);
    gnutls_transport_set_push_function(tls->session, push);
    gnutls_transport_set_pull_function(tls->session, pull);
    gnutls_transport_set_pull_timeout_function(tls->session, pull_now);
    return ret;
}

int viz_tls_create(const char *host, const char *authorities, struct viz_tls **out,
                   struct viz_error *err)
{
    struct viz_tls *tls = viz_zalloc(sizeof(*tls));
    int ret;

    if (!*host || strlen(host) >= sizeof(tls->host)) {
        ret = viz_fail(err, -EINVAL, "the host's name has not 1 to %d characters",
                       MAX_HOST - 1);
        goto out;
    }
    strcpy(tls->host, host);
    ret = gnutls_certificate_allocate_credentials(&tls->authorities);
    viz_assert(ret == 0);
    ret = load_authorities(tls, authorities, err);
    if (ret < 0)
        goto out;
    ret = start_session(tls);
    if (ret == 0)
        ret = gnutls_handshake(tls->session);
    if (ret != GNUTLS_E_AGAIN) {
        ret = viz_fail(err, -EPROTO, "TLS cannot begin: %s", gnutls_strerror(ret));
        goto out;
    }
    ret = 0;
    *out = tls;
    tls = NULL;
out:
    viz_tls_destroy(tls);
    return ret;
}

void viz_tls_destroy(struct viz_tls *tls)
{
    if (!tls)
        return;
    if (tls->session)
        gnutls_deinit(tls->session);
    if (tls->authorities)
        gnutls_certificate_free_credentials(tls->authorities);
    viz_bytes_finish(&tls->output);
    free(tls);
}

/* In the order of what a person would look at first. */
static const struct flaw {
    unsigned status;
    const char *what;
} flaws[] = {
    {GNUTLS_CERT_REVOKED, "is revoked"},
    {GNUTLS_CERT_SIGNER_NOT_FOUND, "is of an unknown authority"},
    {GNUTLS_CERT_SIGNATURE_FAILURE, "is not signed by the authority that it names"},
    {GNUTLS_CERT_SIGNER_NOT_CA, "is signed by no authority"},
    {GNUTLS_CERT_EXPIRED, "has expired"},
    {GNUTLS_CERT_NOT_ACTIVATED, "is not valid yet by our clock"},
    {GNUTLS_CERT_UNEXPECTED_OWNER, "is of another host"},
    {GNUTLS_CERT_INSECURE_ALGORITHM, "is signed too weakly"},
};

static int refuse_certificate(const struct viz_tls *tls, struct viz_error *err)
{
    unsigned status = gnutls_session_get_verify_cert_status(tls->session);
    const char *what = "is not valid";
    for (size_t i = 0; i < sizeof(flaws) / sizeof(flaws[0]); i++) {
        if (status & flaws[i].status) {
            what = flaws[i].what;
            break;
        }
    }
    return viz_fail(err, -EACCES, "the certificate that %s shows %s", tls->host, what);
}

static int take_alert(const struct viz_tls *tls, struct viz_error *err)
{
    gnutls_alert_description_t alert = gnutls_alert_get(tls->session);
    const char *name = gnutls_alert_get_name(alert);
    if (alert == GNUTLS_A_PROTOCOL_VERSION)
        return viz_fail(err, -EPROTO, "the server offers no TLS from 1.2 on");
    return viz_fail(err, -EPROTO, "the server ends TLS: %s", name ? name : "no reason");
}

static int refuse(struct viz_tls *tls, int code, struct viz_error *err)
{
    tls->over = true;
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return take_alert(tls, err);
    gnutls_alert_send_appropriate(tls->session, code);
    if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
        return refuse_certificate(tls, err);
    if (code == GNUTLS_E_UNSUPPORTED_VERSION_PACKET)
        return viz_fail(err, -EPROTO, "the server offers no TLS from 1.2 on");
    const char *text = gnutls_strerror(code); /* a sentence with its full stop */
    return viz_fail(err, -EPROTO, "TLS: %.*s", (int)strcspn(text, "."), text);
}

/* GnuTLS says AGAIN behind a record that was for itself (a ticket, a change of keys),
 * also when more has come. */
static int take_records(struct viz_tls *tls,
                        void (*plain)(void *context, const uint8_t *bytes, size_t size),
                        void *context, struct viz_error *err)
{
    size_t turns = tls->input_size + MAX_RECORD; /* each takes a byte, or one it kept */
    for (; turns; turns--) {
        ssize_t got = gnutls_record_recv(tls->session, tls->plain, sizeof(tls->plain));
        if (got > 0) {
            plain(context, tls->plain, (size_t)got);
        } else if (got == 0) {
            tls->over = true;
            return viz_fail(err, -EPIPE, "the server has closed the TLS connection");
        } else if (got == GNUTLS_E_AGAIN && !tls->input_size) {
            return 0;
        } else if (got == GNUTLS_E_REHANDSHAKE) { /* TLS 1.2: we do not */
            gnutls_alert_send(tls->session, GNUTLS_AL_WARNING,
                              GNUTLS_A_NO_RENEGOTIATION);
        } else if (gnutls_error_is_fatal((int)got)) {
            return refuse(tls, (int)got, err);
        }
    }
    return refuse(tls, GNUTLS_E_UNEXPECTED_PACKET, err);
}

/* A record of the handshake or an alert: what answers a first message in TLS. */
static bool may_be_tls(uint8_t byte)
{
    return byte == 0x15 || byte == 0x16;
}

int viz_tls_receive(struct viz_tls *tls, const uint8_t *bytes, size_t size,
                    void (*plain)(void *context, const uint8_t *bytes, size_t size),
                    void *context, struct viz_error *err)
{
    if (tls->over)
        return viz_fail(err, -EPIPE, "the TLS connection is over");
    if (!size)
        return 0;
    if (!tls->begun && !may_be_tls(bytes[0])) {
        tls->over = true;
        return viz_fail(err, -EPROTO, "the server does not speak TLS on this port");
    }
    tls->begun = true;
    tls->input = bytes;
    tls->input_size = size;
    while (!tls->ready) {
        int ret = gnutls_handshake(tls->session);
        if (ret == GNUTLS_E_AGAIN)
            return 0;
        if (ret < 0 && gnutls_error_is_fatal(ret))
            return refuse(tls, ret, err);
        tls->ready = ret == 0;
    }
    return take_records(tls, plain, context, err);
}

bool viz_tls_ready(const struct viz_tls *tls)
{
    return tls->ready && !tls->over && !tls->closed;
}

int viz_tls_send(struct viz_tls *tls, const uint8_t *bytes, size_t size,
                 struct viz_error *err)
{
    viz_assert(tls->ready);
    if (tls->over || tls->closed)
        return viz_fail(err, -EPIPE, "the TLS connection is over");
    while (size) {
        ssize_t sent = gnutls_record_send(tls->session, bytes, size);
        if (sent < 0)
            return refuse(tls, (int)sent, err);
        bytes += sent;
        size -= (size_t)sent;
    }
    return 0;
}

size_t viz_tls_output(struct viz_tls *tls, const uint8_t **bytes)
{
    *bytes = viz_bytes_first(&tls->output);
    return viz_bytes_size(&tls->output);
}

void viz_tls_sent(struct viz_tls *tls, size_t size)
{
    viz_bytes_drop(&tls->output, size);
}

void viz_tls_close(struct viz_tls *tls)
{
    if (tls->over || tls->closed)
        return;
    tls->closed = true;
    gnutls_bye(tls->session, GNUTLS_SHUT_WR);
}
