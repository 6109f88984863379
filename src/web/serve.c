/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BODY_NS (20 * VIZ_WEB_SECOND)
#define IDLE_NS (60 * VIZ_WEB_SECOND)
#define SEND_NS (60 * VIZ_WEB_SECOND)
#define AMPERSANDS 512
#define SEND_RATE 16384 /* bytes a second that are slow, but not too slow */

const char *viz_web_query(const struct viz_web_request *request, const char *name)
{
    const struct viz_web_target *target = request->query;
    for (uint32_t i = 0; i < target->parameters; i++)
        if (strcmp(target->name[i], name) == 0)
            return target->value[i];
    return NULL;
}

const char *viz_web_query_name(const struct viz_web_request *request, uint32_t index)
{
    const struct viz_web_target *target = request->query;
    return index < target->parameters ? target->name[index] : NULL;
}

bool viz_web_no_query(const struct viz_web_request *request,
                      struct viz_web_answer *answer)
{
    const char *name = viz_web_query_name(request, 0);
    if (name)
        viz_web_refuse(answer, MHD_HTTP_BAD_REQUEST, "unknown parameter \"%s\"", name);
    return !name;
}

/* libmicrohttpd finds the connection gone. */
static void end_with(struct viz_web_peer *peer, unsigned status, const char *sentence)
{
    viz_web_reply_raw(peer->fd, status, "", sentence);
    (void)shutdown(peer->fd, SHUT_RDWR);
    peer->web->run = true;
}

/* As many parameters as libmicrohttpd has no memory for it would not answer at all. What it
 * answered before has been sent. */
static void refuse_parameters(struct viz_web_peer *peer)
{
    end_with(peer, MHD_HTTP_BAD_REQUEST, "there are too many parameters");
    viz_count(&peer->web->counts.requests, 1);
    viz_count(&peer->web->counts.answers_client, 1);
}

/* Its own answer would have its head twice. Of all requests only the one at hand is whole and
 * unseen. */
void viz_web_refuse_unseen(struct viz_web *web, unsigned status)
{
    struct viz_web_peer *peer = web->peers;
    while (peer && (!peer->job || peer->job->begun ||
                    !MHD_get_connection_info(peer->connection,
                                             MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)))
        peer = peer->next;
    if (!peer)
        return;
    peer->job->begun = true;
    if (status == MHD_HTTP_BAD_REQUEST)
        end_with(peer, status, "a Content-Length that is no number");
    else if (status == MHD_HTTP_CONTENT_TOO_LARGE)
        end_with(peer, status, "a body that is too large");
    else
        end_with(peer, status, "a header that is too large");
}

static size_t count_parameters(const char *line)
{
    size_t count = 0;
    for (; (line = strchr(line, '&')); line++)
        count++;
    return count;
}

void *viz_web_begin_request(void *context, const char *line,
                            struct MHD_Connection *connection)
{
    struct viz_web_peer *peer = viz_web_peer_of(connection);
    struct viz_web_job *job = viz_zalloc(sizeof(*job));
    size_t size = strlen(line) + 1;
    (void)context;
    job->peer = peer;
    job->line = memcpy(viz_zalloc(size), line, size);
    viz_web_job_destroy(peer->job);
    peer->job = job;
    if (peer->phase == VIZ_WEB_IDLE) {
        peer->phase = VIZ_WEB_HEADER; /* until it would have been idle for too long */
        peer->since_ns = viz_web_now(peer->web);
    }
    if (count_parameters(line) > AMPERSANDS)
        refuse_parameters(peer);
    return NULL;
}

void viz_web_job_destroy(struct viz_web_job *job)
{
    if (!job)
        return;
    viz_web_reply_finish(&job->reply);
    viz_web_target_finish(&job->target);
    viz_bytes_finish(&job->body);
    free(job->line);
    free(job);
}

void viz_web_end_request(void *context, struct MHD_Connection *connection,
                         void **unused, enum MHD_RequestTerminationCode how)
{
    struct viz_web *web = context;
    struct viz_web_peer *peer = viz_web_peer_of(connection);
    (void)unused;
    if (!peer->job)
        return;
    if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        viz_count(&web->counts.sent_bytes, peer->job->sent);
    viz_web_job_destroy(peer->job);
    peer->job = NULL;
    if (peer->phase != VIZ_WEB_UPGRADED)
        viz_web_peer_enter(peer, VIZ_WEB_IDLE, IDLE_NS);
}

static enum MHD_Result send_reply(struct viz_web_job *job)
{
    int64_t more_ns = (int64_t)(job->reply.size / SEND_RATE) * VIZ_WEB_SECOND;
    viz_web_peer_enter(job->peer, VIZ_WEB_SEND, SEND_NS + more_ns);
    return viz_web_reply_send(job);
}

static void begin(struct viz_web_job *job, const char *method, const char *version)
{
    const char *takes = MHD_lookup_connection_value(job->peer->connection,
                                                    MHD_HEADER_KIND, "Accept-Encoding");
    job->begun = true;
    job->gzip = viz_web_takes_gzip(takes);
    viz_web_admit(job, method, version);
    job->request.path = job->target.path;
    job->request.query = &job->target;
    viz_web_peer_enter(job->peer, VIZ_WEB_BODY, BODY_NS);
}

/* For the workers; libmicrohttpd asks again when it is resumed. */
static enum MHD_Result hand_over(struct viz_web_job *job)
{
    if (viz_web_workers_put(job->peer->web->workers, job)) {
        viz_web_peer_enter(job->peer, VIZ_WEB_WORK, 0);
        MHD_suspend_connection(job->peer->connection);
        return MHD_YES;
    }
    viz_web_reply_refuse(&job->reply, MHD_HTTP_SERVICE_UNAVAILABLE,
                         "too many questions wait for an answer");
    viz_web_reply_later(&job->reply);
    return send_reply(job);
}

/* The request is whole. */
static enum MHD_Result answer(struct viz_web_job *job)
{
    static const uint8_t zero = 0;
    viz_bytes_append(&job->body, &zero, 1);
    job->request.body = (const char *)viz_bytes_first(&job->body);
    job->request.body_size = viz_bytes_size(&job->body) - 1;
    const struct viz_web_asset *asset = viz_web_asset_of(job);
    if (asset)
        viz_web_reply_asset(&job->reply, asset, job->gzip);
    else if (viz_web_is_login(job))
        viz_web_login(job);
    else if (!job->route)
        return viz_web_upgrade(job);
    else if (!job->route->here)
        return hand_over(job);
    else
        viz_web_answer_route(job, NULL);
    return send_reply(job);
}

enum MHD_Result viz_web_serve(void *context, struct MHD_Connection *connection,
                              const char *path, const char *method, const char *version,
                              const char *bytes, size_t *size, void **unused)
{
    struct viz_web_job *job = viz_web_peer_of(connection)->job;
    (void)path;
    (void)unused;
    if (((const struct viz_web *)context)->ending)
        return MHD_NO;
    if (!job->begun) {
        begin(job, method, version);
        return job->reply.status ? send_reply(job) : MHD_YES;
    }
    if (*size) {
        if (viz_bytes_size(&job->body) + *size > VIZ_WEB_BODY_BYTES)
            return MHD_NO;
        viz_bytes_append(&job->body, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    return job->answered ? send_reply(job) : answer(job);
}
