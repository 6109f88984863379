/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>
#include <viz/text.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define JSON "application/json"
#define READS 32      /* of what a refused client still sends */
#define HASH_DIGITS 8 /* of a name that browsers may keep */

static const char page_policy[] =
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* A report that a route answers: its own styles and pictures, and nothing that acts. */
static const char report_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; "
    "frame-ancestors 'none'";

/* ---- refusals ---- */

static char *make_refusal(const char *format, va_list arguments, size_t *size)
    __attribute__((format(printf, 1, 0)));
static char *make_refusal(const char *format, va_list arguments, size_t *size)
{
    char words[VIZ_ERROR_TEXT], visible[VIZ_ERROR_TEXT];
    vsnprintf(words, sizeof(words), format, arguments);
    viz_text_visible(visible, sizeof(visible), words);
    char *out = viz_zalloc(2 * sizeof(visible) + 32);
    char *to = stpcpy(out, "{\"error\": \"");
    for (const char *from = visible; *from; from++) {
        if (*from == '"' || *from == '\\')
            *to++ = '\\';
        *to++ = *from;
    }
    to = stpcpy(to, "\"}\n");
    *size = (size_t)(to - out);
    return out;
}

void viz_web_refuse(struct viz_web_answer *answer, int status, const char *format, ...)
{
    va_list arguments;
    free(answer->body);
    va_start(arguments, format);
    answer->body = make_refusal(format, arguments, &answer->size);
    va_end(arguments);
    answer->status = status;
    answer->type = JSON;
    answer->file[0] = 0;
}

void viz_web_reply_refuse(struct viz_web_reply *reply, int status, const char *format,
                          ...)
{
    va_list arguments;
    va_start(arguments, format);
    reply->owned = make_refusal(format, arguments, &reply->size);
    va_end(arguments);
    reply->body = reply->owned;
    reply->status = status;
    reply->type = JSON;
}

void viz_web_reply_later(struct viz_web_reply *reply)
{
    reply->name = "Retry-After";
    snprintf(reply->value, sizeof(reply->value), "2");
}

/* ---- what goes over the wire ---- */

static bool is_text(const char *type)
{
    return strncmp(type, "image/", 6) != 0 && strncmp(type, "application/zip", 15) != 0;
}

static void pack(struct viz_web_reply *reply)
{
    size_t size;
    uint8_t *packed = viz_web_pack(reply->body, reply->size, &size);
    if (!packed)
        return;
    free(reply->owned);
    reply->body = reply->owned = packed;
    reply->size = size;
    reply->packed = true;
}

/* One tag for both forms: weak for the one that it was not made of. */
static void weaken(struct viz_web_reply *reply)
{
    char strong[VIZ_WEB_ETAG];
    memcpy(strong, reply->etag, sizeof(strong));
    snprintf(reply->etag, sizeof(reply->etag), "W/%.60s", strong);
}

/* Characters that every system takes in the name of a file. */
static void copy_file(const char *from, char *to, size_t room)
{
    size_t used = 0;
    for (; *from && used + 1 < room; from++) {
        bool letter = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z');
        bool plain = letter || (*from >= '0' && *from <= '9') || *from == '-' ||
                     (*from == '.' && used);
        to[used++] = plain ? *from : '_';
    }
    to[used] = 0;
}

void viz_web_reply_make(struct viz_web_reply *reply, struct viz_web_answer *answer,
                        bool gzip)
{
    reply->status = answer->status ? answer->status : 200;
    reply->type = answer->type ? answer->type : JSON;
    reply->policy = strncmp(reply->type, "text/html", 9) == 0 ? report_policy : NULL;
    reply->body = reply->owned = answer->body;
    reply->size = answer->body && !answer->size ? strlen(answer->body) : answer->size;
    copy_file(answer->file, reply->file, sizeof(reply->file));
    answer->body = NULL;
    if (reply->status == MHD_HTTP_SERVICE_UNAVAILABLE)
        viz_web_reply_later(reply);
    if (reply->status == 200)
        viz_web_etag(reply->body, reply->size, reply->etag);
    if (gzip && is_text(reply->type))
        pack(reply);
    if (reply->packed && *reply->etag)
        weaken(reply);
}

/* "app-5KJ3HQ7A.js": a name that changes with its content; capitals, as no other has. */
static bool is_hashed(const char *path)
{
    const char *dash = strrchr(path, '-');
    return dash &&
           strspn(dash + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == HASH_DIGITS &&
           dash[1 + HASH_DIGITS] == '.';
}

void viz_web_reply_asset(struct viz_web_reply *reply, const struct viz_web_asset *asset,
                         bool gzip)
{
    reply->status = 200;
    reply->type = asset->type;
    reply->page = true;
    reply->forever = is_hashed(asset->path);
    snprintf(reply->etag, sizeof(reply->etag), "%s", asset->etag);
    reply->packed = gzip;
    reply->body = asset->gzip;
    reply->size = asset->gzip_size;
    if (gzip)
        return;
    reply->owned = viz_web_unpack(asset->gzip, asset->gzip_size, asset->size);
    viz_assert(reply->owned); /* it is part of the program */
    reply->body = reply->owned;
    reply->size = asset->size;
    weaken(reply);
}

void viz_web_reply_finish(struct viz_web_reply *reply)
{
    free(reply->owned);
    reply->owned = NULL;
}

/* ---- libmicrohttpd's response ---- */

static const char *const always[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};
#define ALWAYS (sizeof(always) / sizeof(always[0]))

static void add_security(struct MHD_Response *response, const char *policy)
{
    for (size_t i = 0; i < ALWAYS; i++)
        (void)MHD_add_response_header(response, always[i][0], always[i][1]);
    (void)MHD_add_response_header(response, "Content-Security-Policy",
                                  policy ? policy : page_policy);
}

static void add_caching(struct MHD_Response *response,
                        const struct viz_web_reply *reply)
{
    const char *caching = "no-store";
    if (reply->forever)
        caching = "public, max-age=31536000, immutable";
    else if (*reply->etag)
        caching = reply->page ? "no-cache" : "private, no-cache";
    (void)MHD_add_response_header(response, "Cache-Control", caching);
    if (!*reply->etag)
        return;
    (void)MHD_add_response_header(response, "ETag", reply->etag);
    (void)MHD_add_response_header(response, "Vary", "Accept-Encoding");
}

static void add_content(struct MHD_Response *response,
                        const struct viz_web_reply *reply)
{
    char saved[192];
    if (reply->size)
        (void)MHD_add_response_header(response, "Content-Type", reply->type);
    if (reply->packed)
        (void)MHD_add_response_header(response, "Content-Encoding", "gzip");
    if (!*reply->file)
        return;
    snprintf(saved, sizeof(saved), "attachment; filename=\"%s\"", reply->file);
    (void)MHD_add_response_header(response, "Content-Disposition", saved);
}

/* The response has the body from now on. */
static struct MHD_Response *make_response(struct viz_web_reply *reply)
{
    enum MHD_ResponseMemoryMode mode =
        reply->owned ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->size, (void *)reply->body, mode);
    if (response)
        reply->owned = NULL;
    return response;
}

static void count_answer(struct viz_web *web, int status)
{
    viz_count(&web->counts.requests, 1);
    if (status < 400)
        viz_count(&web->counts.answers_ok, 1);
    else if (status < 500)
        viz_count(&web->counts.answers_client, 1);
    else
        viz_count(&web->counts.answers_server, 1);
}

static void drop_body(struct viz_web_reply *reply)
{
    viz_web_reply_finish(reply);
    reply->body = NULL;
    reply->size = 0;
}

enum MHD_Result viz_web_reply_send(struct viz_web_job *job)
{
    struct viz_web_reply *reply = &job->reply;
    const char *has = MHD_lookup_connection_value(job->peer->connection,
                                                  MHD_HEADER_KIND, "If-None-Match");
    if (reply->status == 200 && job->request.method == VIZ_WEB_GET && *reply->etag &&
        viz_web_has_etag(has, reply->etag)) {
        drop_body(reply);
        reply->packed = false;
        reply->status = MHD_HTTP_NOT_MODIFIED;
    }
    job->sent = job->head ? 0 : reply->size;
    struct MHD_Response *response = make_response(reply);
    if (!response)
        return MHD_NO;
    add_content(response, reply);
    add_caching(response, reply);
    add_security(response, reply->policy);
    if (reply->name)
        (void)MHD_add_response_header(response, reply->name, reply->value);
    enum MHD_Result queued =
        MHD_queue_response(job->peer->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    count_answer(job->peer->web, reply->status);
    return queued;
}

/* ---- past libmicrohttpd ---- */

static void write_raw(FILE *out, unsigned status, const char *header,
                      const char *sentence)
{
    size_t size = strlen("{\"error\": \"\"}\n") + strlen(sentence);
    fprintf(out, "HTTP/1.1 %u %s\r\n", status, MHD_get_reason_phrase_for(status));
    fprintf(out, "Content-Type: " JSON "\r\nContent-Length: %zu\r\n", size);
    for (size_t i = 0; i < ALWAYS; i++)
        fprintf(out, "%s: %s\r\n", always[i][0], always[i][1]);
    fprintf(out, "Content-Security-Policy: %s\r\n", page_policy);
    fprintf(out, "Cache-Control: no-store\r\n%sConnection: close\r\n\r\n", header);
    fprintf(out, "{\"error\": \"%s\"}\n", sentence);
}

void viz_web_reply_raw(int fd, unsigned status, const char *header,
                       const char *sentence)
{
    char *text, unread[4096];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    viz_assert(out);
    write_raw(out, status, header, sentence);
    viz_assert(!fclose(out));
    ssize_t moved = send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    free(text);
    (void)shutdown(fd, SHUT_WR);
    for (int i = 0; moved > 0 && i < READS; i++)
        moved = recv(fd, unread, sizeof(unread), MSG_DONTWAIT);
}
