/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dashboard_state.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEAST 16  /* characters */
#define RANDOM 32 /* bytes of one that is made */

static int check_token(const char *path, char *token, struct viz_error *err)
{
    token[strcspn(token, "\r\n")] = 0;
    for (const char *at = token; *at; at++)
        if (!isgraph((unsigned char)*at))
            return viz_fail(err, -EINVAL,
                            "%s: a token is printable ASCII without blanks", path);
    size_t length = strlen(token);
    if (length < LEAST || length == DASHBOARD_TOKEN)
        return viz_fail(err, -EINVAL,
                        "%s: expected a first line of %d to %d characters, found %zu",
                        path, LEAST, DASHBOARD_TOKEN - 1, length);
    return 0;
}

static int read_token(const char *path, int fd, char out[DASHBOARD_TOKEN + 1],
                      struct viz_error *err)
{
    struct stat found;
    if (fstat(fd, &found) < 0)
        return viz_fail(err, -errno, "%s: %s", path, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return viz_fail(err, -EINVAL, "%s is no file", path);
    if (found.st_mode & 077)
        return viz_fail(err, -EACCES,
                        "%s can be read or written by others (mode %03o): chmod 600",
                        path, (unsigned)found.st_mode & 0777);
    ssize_t size = read(fd, out, DASHBOARD_TOKEN);
    if (size < 0)
        return viz_fail(err, -errno, "%s: %s", path, strerror(errno));
    out[size] = 0;
    return check_token(path, out, err);
}

static int make_token(const char *path, char out[DASHBOARD_TOKEN + 1],
                      struct viz_error *err)
{
    uint8_t bytes[RANDOM];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return viz_fail(err, -EEXIST, "%s is a link to a file that is not there", path);
    if (fd < 0)
        return viz_fail(err, -errno, "cannot make %s: %s", path, strerror(errno));
    bool ok = getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes);
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    ok = ok && dprintf(fd, "%s\n", out) == 2 * RANDOM + 1 && fsync(fd) == 0;
    int code = ok ? 0 : errno ? -errno : -EIO;
    close(fd);
    if (code == 0)
        return 1;
    unlink(path);
    return viz_fail(err, code, "cannot write %s: %s", path, strerror(-code));
}

static int open_token(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int dashboard_token(const char *path, char out[DASHBOARD_TOKEN + 1],
                    struct viz_error *err)
{
    int fd = open_token(path);
    if (fd < 0 && errno == ENOENT)
        return make_token(path, out, err);
    if (fd < 0)
        return viz_fail(err, -errno, "cannot read %s: %s", path, strerror(errno));
    int ret = read_token(path, fd, out, err);
    close(fd);
    return ret;
}

static int read_again(const char *path, char out[DASHBOARD_TOKEN + 1],
                      struct viz_error *err)
{
    int fd = open_token(path);
    if (fd < 0)
        return viz_fail(err, -errno, "cannot read %s: %s", path, strerror(errno));
    int ret = read_token(path, fd, out, err);
    close(fd);
    return ret;
}

int dashboard_token_look(const char *path, struct dashboard_token_file *file,
                         struct viz_error *err)
{
    char token[DASHBOARD_TOKEN + 1];
    int ret = read_again(path, token, err);
    bool news = ret < 0 ? !file->wrong : strcmp(token, file->token) != 0;
    file->wrong = ret < 0;
    if (ret == 0 && news)
        memcpy(file->token, token, sizeof(token));
    explicit_bzero(token, sizeof(token));
    return !news ? 0 : ret < 0 ? ret : 1;
}
