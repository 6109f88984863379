/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every importer of text, over memory: nothing is kept, everything is read. The first byte
 * chooses whether the format is forced. What it counts must be what there is. */
#include <viz/error.h>
#include <viz/importer.h>

#include <stdio.h>
#include <string.h>

#define MAX_INPUT 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *context, const struct viz_imported *run)
{
    const size_t *size = context;
    viz_assert(!run->known && run->run == 0); /* whole or cut short, as it came */
    viz_assert(run->samples > 0 && run->samples + run->bad <= *size);
    viz_assert((run->bad == 0) == (run->bad_why == NULL));
    viz_assert(run->bad_line <= *size);
    viz_assert(strlen(run->name) < 256);
}

static void import(const uint8_t *data, size_t size, const char *format)
{
    const struct viz_import_params params = {
        .format = format, .imported = check, .context = &size};
    struct viz_error err = {.text = ""};
    FILE *file = fmemopen((void *)data, size, "r");
    viz_assert(file);
    int ret = viz_import_text(&params, "memory", file, &err);
    viz_assert(ret <= 0 && (ret == 0) == (err.text[0] == 0));
    fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {NULL, "collector-csv", "collector-json",
                                          "imu", "benchmark"};
    if (size < 2 || size > MAX_INPUT)
        return 0;
    import(data + 1, size - 1, formats[data[0] % 5]);
    return 0;
}
