/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/text.h>
#include <viz/web.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_FD 3 /* of those handed over */

static bool number_in(const char *name, uint64_t *out)
{
    const char *text = getenv(name);
    return text && viz_text_unsigned(text, out);
}

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, option, &value, &size) ? -1 : value;
}

int viz_web_activation(struct viz_error *err)
{
    uint64_t process, count;
    if (!number_in("LISTEN_PID", &process) || process != (uint64_t)getpid() ||
        !number_in("LISTEN_FDS", &count) || count == 0)
        return 0;
    if (count > 1)
        return viz_fail(err, -EINVAL,
                        "%llu sockets were handed over (LISTEN_FDS), expected one",
                        (unsigned long long)count);
    if (option_of(FIRST_FD, SO_TYPE) != SOCK_STREAM ||
        option_of(FIRST_FD, SO_ACCEPTCONN) != 1)
        return viz_fail(err, -EINVAL,
                        "what was handed over (LISTEN_FDS) is no listening stream "
                        "socket");
    (void)fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
    return FIRST_FD;
}
