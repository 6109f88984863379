/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/draft.h>

#include <viz/alloc.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100 /* names of drafts that others left behind */

struct viz_draft {
    int fd;
    char path[PATH_MAX]; /* as it is to be */
    char made[PATH_MAX]; /* as it is now; "" when written to directly */
};

static int cannot(struct viz_error *err, const char *path, int number)
{
    return viz_fail(err, -number, "cannot write %s: %s", path, strerror(number));
}

/* @path is there and no file: through it, not over it. */
static int open_direct(struct viz_draft *draft, const char *path, struct viz_error *err)
{
    draft->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return draft->fd < 0 ? cannot(err, path, errno) : 0;
}

static int open_beside(struct viz_draft *draft, mode_t mode, struct viz_error *err)
{
    const char *slash = strrchr(draft->path, '/');
    int folder = slash ? (int)(slash - draft->path) + 1 : 0;
    for (int i = 0; i < TRIES; i++) {
        int length =
            snprintf(draft->made, sizeof(draft->made), "%.*s.%s.%ld-%d", folder,
                     draft->path, draft->path + folder, (long)getpid(), i);
        if (length >= (int)sizeof(draft->made))
            return cannot(err, draft->path, ENAMETOOLONG);
        draft->fd = open(draft->made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (draft->fd >= 0 && mode)
            (void)fchmod(draft->fd, mode);
        if (draft->fd >= 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    int number = errno;
    draft->made[0] = 0;
    return cannot(err, draft->path, number);
}

static int open_draft(struct viz_draft *draft, const char *path, struct viz_error *err)
{
    struct stat found;
    bool there = stat(path, &found) == 0;
    if (there && S_ISDIR(found.st_mode))
        return cannot(err, path, EISDIR);
    if (there && !S_ISREG(found.st_mode))
        return open_direct(draft, path, err);
    if (there && access(path, W_OK))
        return cannot(err, path, errno);
    if (there && !realpath(path, draft->path))
        return cannot(err, path, errno);
    if (!there && snprintf(draft->path, sizeof(draft->path), "%s", path) >=
                      (int)sizeof(draft->path))
        return cannot(err, path, ENAMETOOLONG);
    return open_beside(draft, there ? found.st_mode & 07777 : 0, err);
}

int viz_draft_open(const char *path, struct viz_draft **out, struct viz_error *err)
{
    struct viz_draft *draft = viz_zalloc(sizeof(*draft));
    int ret = open_draft(draft, path, err);
    if (ret < 0) {
        free(draft);
        return ret;
    }
    *out = draft;
    return 0;
}

int viz_draft_fd(const struct viz_draft *draft)
{
    return draft->fd;
}

int viz_draft_keep(struct viz_draft *draft, struct viz_error *err)
{
    int failed = 0;
    if (!*draft->made) {
        failed = close(draft->fd) ? errno : 0;
        int ret = failed ? cannot(err, draft->path, failed) : 0;
        free(draft);
        return ret;
    }
    if (fsync(draft->fd))
        failed = errno;
    if (close(draft->fd) && !failed)
        failed = errno;
    if (!failed && rename(draft->made, draft->path))
        failed = errno;
    if (failed)
        unlink(draft->made);
    int ret = failed ? cannot(err, draft->path, failed) : 0;
    free(draft);
    return ret;
}

void viz_draft_discard(struct viz_draft *draft)
{
    if (!draft)
        return;
    close(draft->fd);
    if (*draft->made)
        unlink(draft->made);
    free(draft);
}
