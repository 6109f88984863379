/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store that is asked, and what is known of it. */
#include "api_state.h"

#include <viz/error.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 2000 /* for another writer; a browser asks again */

/* Whoever asks need not know in which folder the store is. */
static void hide_folder(const char *db, char *sentence)
{
    const char *slash = strrchr(db, '/');
    char *at = slash ? strstr(sentence, db) : NULL;
    if (at)
        memmove(at, at + (slash + 1 - db), strlen(at + (slash + 1 - db)) + 1);
    if (strncmp(sentence, "./", 2) == 0) /* of a path that began at no root */
        memmove(sentence, sentence + 2, strlen(sentence + 2) + 1);
}

void viz_api_sentence(const struct viz_api *api, const struct viz_error *err,
                      char out[VIZ_ERROR_TEXT])
{
    viz_text_visible(out, VIZ_ERROR_TEXT, err->text);
    hide_folder(api->db, out);
}

static int fail_absent(bool seen, struct viz_error *err)
{
    return viz_fail(err, -ENOENT, "%s",
                    seen ? "the store was removed: there is none"
                         : "there is no store yet: nothing was recorded");
}

void viz_api_note(struct viz_api *api, int code, const struct viz_error *err)
{
    struct viz_api_found *found = &api->found;
    struct viz_error absent;
    pthread_mutex_lock(&api->lock);
    found->code = code;
    found->seen = found->seen || !code;
    found->sentence[0] = 0;
    if (code == -ENOENT) {
        fail_absent(found->seen, &absent);
        err = &absent;
    }
    if (code)
        viz_api_sentence(api, err, found->sentence);
    pthread_mutex_unlock(&api->lock);
}

void viz_api_found(struct viz_api *api, struct viz_api_found *out)
{
    pthread_mutex_lock(&api->lock);
    *out = api->found;
    pthread_mutex_unlock(&api->lock);
}

/* A store that cannot be one is no fault of the request's, and opening one that is not there
 * to write would make it. */
static int open_mode(struct viz_api *api, enum viz_store_mode mode,
                     struct viz_store **out, struct viz_error *err)
{
    if (access(api->db, F_OK) && errno == ENOENT)
        return -ENOENT;
    int ret = viz_store_open_within(api->db, mode, PATIENCE_MS, out, err);
    return ret == -EINVAL ? -EIO : ret;
}

int viz_api_open_mode(struct viz_api *api, enum viz_store_mode mode,
                      struct viz_store **out, struct viz_error *err)
{
    struct viz_api_found found;
    int ret = open_mode(api, mode, out, err);
    if (ret != -ENOENT)
        return ret;
    viz_api_found(api, &found);
    return fail_absent(found.seen, err);
}

/* Open, and of the file that is there now. */
int viz_api_open(struct viz_api_worker *worker, struct viz_error *err)
{
    if (worker->store && !viz_store_is_stale(worker->store))
        return 0;
    viz_store_close(worker->store);
    worker->store = NULL;
    int ret = viz_api_open_mode(worker->api, VIZ_STORE_READ, &worker->store, err);
    if (ret < 0)
        viz_api_note(worker->api, ret, err);
    return ret;
}
