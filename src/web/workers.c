/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web_state.h"

#include <viz/alloc.h>
#include <viz/thread.h>

#include <poll.h>
#include <stdlib.h>

#define WORKERS 2
#define WAITING 64 /* jobs of a kind that no worker has begun */

struct queue {
    struct viz_web_job *first, **last;
    uint32_t count;
};

struct viz_web_workers {
    const struct viz_web_params *params;
    struct viz_web_loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct queue asked, slow, done; /* under the lock, */
    struct viz_web_job *running;    /* as these are */
    uint32_t slow_running;
    uint32_t slow_most; /* at once */
    bool stopping;
    pthread_t *thread;
    uint32_t threads;
};

static void put(struct queue *queue, struct viz_web_job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
    queue->count++;
}

static struct viz_web_job *take(struct queue *queue)
{
    struct viz_web_job *job = queue->first;
    if (!job)
        return NULL;
    queue->first = job->next;
    if (!queue->first)
        queue->last = &queue->first;
    queue->count--;
    return job;
}

void viz_web_answer_route(struct viz_web_job *job, void *worker)
{
    const struct viz_web_route *route = job->route;
    struct viz_web_answer answer = {.status = 200, .type = "application/json"};
    void *own = job->peer->web->params.context;
    job->request.worker = worker;
    job->request.cancelled = &job->cancelled;
    if (viz_cancelled(&job->cancelled))
        viz_web_refuse(&answer, MHD_HTTP_SERVICE_UNAVAILABLE, "nobody waits for it");
    else
        route->answer(route->context ? route->context : own, &job->request, &answer);
    viz_web_reply_make(&job->reply, &answer, job->gzip);
}

/* What may be begun now: a quick job, else a slow one unless that leaves no worker for
 * quick ones. */
static struct viz_web_job *choose_job(struct viz_web_workers *workers)
{
    struct viz_web_job *job = take(&workers->asked);
    if (job || workers->slow_running >= workers->slow_most)
        return job;
    job = take(&workers->slow);
    workers->slow_running += job != NULL;
    return job;
}

/* The next job, or NULL: it is over. */
static struct viz_web_job *await_job(struct viz_web_workers *workers)
{
    struct viz_web_job *job = NULL;
    pthread_mutex_lock(&workers->lock);
    while (!workers->stopping && !(job = choose_job(workers)))
        pthread_cond_wait(&workers->more, &workers->lock);
    if (job) {
        job->next = workers->running;
        workers->running = job;
    }
    pthread_mutex_unlock(&workers->lock);
    return job;
}

static void finish_job(struct viz_web_workers *workers, struct viz_web_job *job)
{
    pthread_mutex_lock(&workers->lock);
    struct viz_web_job **at = &workers->running;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    if (job->route->slow) {
        workers->slow_running--;
        pthread_cond_broadcast(&workers->more); /* the next one may begin */
    }
    put(&workers->done, job);
    pthread_mutex_unlock(&workers->lock);
    viz_web_loop_wake(workers->loop);
}

static void *run(void *argument)
{
    struct viz_web_workers *workers = argument;
    const struct viz_web_params *params = workers->params;
    void *own = params->worker_open ? params->worker_open(params->context) : NULL;
    for (struct viz_web_job *job; (job = await_job(workers));) {
        viz_web_answer_route(job, own);
        job->answered = true;
        finish_job(workers, job);
    }
    if (params->worker_close)
        params->worker_close(params->context, own);
    return NULL;
}

int viz_web_workers_create(const struct viz_web_params *params,
                           struct viz_web_loop *loop, struct viz_web_workers **out,
                           struct viz_error *err)
{
    struct viz_web_workers *workers = viz_zalloc(sizeof(*workers));
    uint32_t wanted = params->workers ? params->workers : WORKERS;
    int ret = 0;
    workers->params = params;
    workers->loop = loop;
    workers->slow_most = wanted > 1 ? wanted - 1 : 1;
    workers->asked.last = &workers->asked.first;
    workers->slow.last = &workers->slow.first;
    workers->done.last = &workers->done.first;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->more, NULL);
    workers->thread = viz_zalloc(wanted * sizeof(workers->thread[0]));
    while (ret == 0 && workers->threads < wanted) {
        pthread_t *thread = &workers->thread[workers->threads];
        ret = viz_thread_start(thread, "viz:work", run, workers, err);
        workers->threads += ret == 0;
    }
    *out = workers;
    return ret;
}

bool viz_web_workers_put(struct viz_web_workers *workers, struct viz_web_job *job)
{
    pthread_mutex_lock(&workers->lock);
    struct queue *queue = job->route->slow ? &workers->slow : &workers->asked;
    bool room = queue->count < WAITING;
    if (room)
        put(queue, job);
    pthread_mutex_unlock(&workers->lock);
    if (room)
        pthread_cond_signal(&workers->more);
    return room;
}

struct viz_web_job *viz_web_workers_take(struct viz_web_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    struct viz_web_job *job = take(&workers->done);
    if (!job && workers->stopping)
        job = take(&workers->asked);
    if (!job && workers->stopping)
        job = take(&workers->slow);
    pthread_mutex_unlock(&workers->lock);
    return job;
}

/* Or has closed its side, as browsers do that wait no longer. */
static bool has_gone(int fd)
{
    struct pollfd end = {.fd = fd, .events = POLLRDHUP};
    return poll(&end, 1, 0) > 0;
}

void viz_web_jobs_sweep(struct viz_web *web)
{
    for (const struct viz_web_peer *peer = web->peers; peer; peer = peer->next)
        if (peer->phase == VIZ_WEB_WORK && peer->job && has_gone(peer->fd))
            atomic_store(&peer->job->cancelled, true);
}

void viz_web_workers_stop(struct viz_web_workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    for (struct viz_web_job *job = workers->running; job; job = job->next)
        atomic_store(&job->cancelled, true);
    pthread_mutex_unlock(&workers->lock);
    pthread_cond_broadcast(&workers->more);
    for (uint32_t i = 0; i < workers->threads; i++)
        pthread_join(workers->thread[i], NULL);
    workers->threads = 0;
}

void viz_web_workers_destroy(struct viz_web_workers *workers)
{
    if (!workers)
        return;
    viz_web_workers_stop(workers);
    pthread_cond_destroy(&workers->more);
    pthread_mutex_destroy(&workers->lock);
    free(workers->thread);
    free(workers);
}
