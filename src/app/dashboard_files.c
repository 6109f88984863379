/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dashboard_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#define CONNECTIONS 256
#define FEWEST 4
#define WORKERS 2

/* The loop, libmicrohttpd, what the main thread has open of the store, twice where it makes
 * overviews, the token, and connections on their way in and out. */
#define OWN_FILES 32
#define WORKER_FILES                                                                   \
    8 /* the store with its log, one more to write, what SQLite sorts in */
#define SOURCE_FILES 8 /* sockets, and what looks up a name */

uint64_t dashboard_files_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return limit.rlim_cur;
}

int dashboard_fit_connections(const struct viz_serve_config *config, uint32_t sources,
                              uint64_t limit, uint32_t *connections,
                              struct viz_error *err)
{
    uint32_t workers = config->workers ? config->workers : WORKERS;
    uint64_t kept =
        OWN_FILES + (uint64_t)workers * WORKER_FILES + (uint64_t)sources * SOURCE_FILES;
    *connections = config->max_connections ? config->max_connections : CONNECTIONS;
    if (limit >= kept + *connections)
        return 0;
    if (limit < kept + FEWEST)
        return viz_fail(err, -EMFILE,
                        "viz serve may need %" PRIu64 " open files and the limit is "
                        "%" PRIu64 ": raise it (ulimit -n)",
                        kept + FEWEST, limit);
    uint32_t wanted = *connections;
    *connections = (uint32_t)(limit - kept);
    viz_fail(err, 0,
             "%u connections at once instead of %u: the limit of open files is "
             "%" PRIu64 " (ulimit -n), and %" PRIu64 " are kept for the store",
             *connections, wanted, limit, kept);
    return 1;
}
