/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "header.h"

#include <errno.h>
#include <string.h>

#define MAGIC "SQLite format 3" /* and a 0 */

int64_t viz_sqlite_header(sqlite3 *db, uint8_t out[VIZ_SQLITE_HEADER])
{
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    memset(out, 0, VIZ_SQLITE_HEADER);
    if (!file || !file->pMethods || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
        return -EIO;
    int code = file->pMethods->xRead(file, out, VIZ_SQLITE_HEADER, 0);
    return code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ ? size : -EIO;
}

bool viz_sqlite_is_header(const uint8_t header[VIZ_SQLITE_HEADER], int64_t size)
{
    return size >= VIZ_SQLITE_HEADER && memcmp(header, MAGIC, sizeof(MAGIC)) == 0;
}
