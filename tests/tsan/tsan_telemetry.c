/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows are pushed while the telemetry thread writes and reads of its memory figure go
 * on: every accepted row is written once and in order, the others are counted. */
#include <viz/telemetry.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 2000

static bool check_file(const char *path, unsigned accepted)
{
    char line[4096];
    unsigned rows = 0;
    double last = -1;
    bool good = true;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file)) {
        double t = strtod(line, NULL);
        if (line[0] == 't')
            continue;
        good = good && t > last && strchr(line, '\n');
        last = t;
        rows++;
    }
    if (file)
        fclose(file);
    if (rows != accepted)
        fprintf(stderr, "%u rows in the file, %u accepted\n", rows, accepted);
    return good && rows == accepted;
}

int main(void)
{
    char path[] = "/tmp/viz-tsan-telemetry-XXXXXX";
    struct viz_telemetry *telemetry = NULL;
    struct viz_error err;
    struct viz_figures figures;
    unsigned accepted = 0;
    memset(&figures, 0, sizeof(figures));
    close(mkstemp(path));
    viz_role_assume_render();
    struct viz_telemetry_params params = {.csv = path};
    if (viz_telemetry_start(&params, &telemetry, &err) < 0)
        return 1;
    for (int i = 0; i < ROWS; i++) {
        figures.t = i;
        accepted += viz_telemetry_push(telemetry, &figures);
        if (i % 100 == 99)
            sched_yield();
    }
    int ret = viz_telemetry_finish(telemetry, &err);
    bool good = ret == (accepted == ROWS ? 0 : -EOVERFLOW) && accepted > 0;
    good = check_file(path, accepted) && good;
    unlink(path);
    return good ? 0 : 1;
}
