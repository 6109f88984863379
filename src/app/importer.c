/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/importer.h>

#include "import.h"

#include <viz/alloc.h>
#include <viz/collector_db.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define META_SUFFIX ".meta.json"
#define LARGEST_META (1024 * 1024)

struct format {
    const char *name;
    bool (*knows)(const struct viz_import_rows *rows);
    int (*take)(const struct viz_import_params *params, const char *name,
                const char *source, struct viz_import_rows *rows,
                struct viz_error *err);
};

/* In the order in which they are tried. IMU files are taken together. */
static const struct format formats[] = {
    {"collector-csv", viz_import_collector_knows, viz_import_collector_rows},
    {"collector-json", viz_import_collector_knows, viz_import_collector_rows},
    {"imu", viz_import_imu_knows, NULL},
    {"benchmark", viz_import_benchmark_knows, viz_import_benchmark},
};

static bool forced_json(const struct viz_import_params *params, bool *json)
{
    *json = params->format && !strcmp(params->format, "collector-json");
    return *json || (params->format && !strcmp(params->format, "collector-csv"));
}

static int recognise(const struct viz_import_params *params, const char *name,
                     const struct viz_import_rows *rows, const struct format **out,
                     struct viz_error *err)
{
    bool json;
    if (forced_json(params, &json) && json != viz_import_is_json(rows))
        return viz_fail(err, -EPROTO, "%s is %s", name, json ? "not JSON" : "JSON");
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (params->format && strcmp(params->format, formats[i].name) != 0)
            continue;
        if (formats[i].knows(rows)) {
            *out = &formats[i];
            return 0;
        }
    }
    if (params->format)
        return viz_fail(err, -EPROTO, "%s has not the columns of %s", name,
                        params->format);
    return viz_fail(err, -EPROTO,
                    "%s is in no format that viz imports: its columns are neither an "
                    "export's, nor an IMU logger's, nor a benchmark's",
                    name);
}

/* What a logger wrote beside the file. */
static char *read_meta(const char *name)
{
    size_t size = strlen(name) + sizeof(META_SUFFIX);
    char *path = viz_zalloc(size), *text = NULL;
    snprintf(path, size, "%s%s", name, META_SUFFIX);
    FILE *file = fopen(path, "re");
    free(path);
    if (!file)
        return NULL;
    text = viz_zalloc(LARGEST_META + 1);
    size_t got = fread(text, 1, LARGEST_META, file);
    fclose(file);
    text[got] = 0;
    return text;
}

int viz_import_text(const struct viz_import_params *params, const char *name,
                    FILE *file, struct viz_error *err)
{
    struct viz_import_rows *rows;
    const struct format *format;
    char source[64];
    viz_import_source(params, file, source, sizeof(source));
    int ret = viz_import_rows_open(params, name, file, &rows, err);
    if (ret < 0)
        return ret;
    ret = recognise(params, name, rows, &format, err);
    if (ret == 0 && format->take) {
        ret = format->take(params, name, source, rows, err);
    } else if (ret == 0) {
        struct viz_import_imu imu = {
            .name = name, .source = source, .meta = read_meta(name), .rows = rows};
        ret = viz_import_imu(params, &imu, 1, err);
        free(imu.meta);
    }
    viz_import_rows_close(rows);
    return ret;
}

/* ---- several files ---- */

/* One file of the command line. */
struct item {
    const char *name;
    FILE *file;
    char source[64];
    struct viz_import_rows *rows;
    const struct format *format;
};

static int open_item(const struct viz_import_params *params, struct item *item,
                     struct viz_error *err)
{
    struct stat found;
    item->file = fopen(item->name, "re");
    if (!item->file && viz_import_stopped(params))
        return viz_fail(err, -EINTR, "%s: stopped", item->name);
    if (!item->file)
        return viz_fail(err, -errno, "cannot read %s: %s", item->name, strerror(errno));
    if (fstat(fileno(item->file), &found) == 0 && S_ISDIR(found.st_mode))
        return viz_fail(err, -EISDIR, "cannot read %s: %s", item->name,
                        strerror(EISDIR));
    viz_import_source(params, item->file, item->source, sizeof(item->source));
    int ret = viz_import_rows_open(params, item->name, item->file, &item->rows, err);
    return ret < 0 ? ret
                   : recognise(params, item->name, item->rows, &item->format, err);
}

static void close_item(struct item *item)
{
    viz_import_rows_close(item->rows);
    if (item->file)
        fclose(item->file);
    item->rows = NULL;
    item->file = NULL;
}

static bool is_meta(const char *name)
{
    size_t size = strlen(name), suffix = strlen(META_SUFFIX);
    return size > suffix && !strcmp(name + size - suffix, META_SUFFIX);
}

static bool is_database(const struct viz_import_params *params, const char *name)
{
    if (params->format)
        return !strcmp(params->format, "collector-db");
    return viz_collector_db_is_sqlite(name);
}

/* IMU files stay open, to be taken together. */
static int import_one(const struct viz_import_params *params, struct item *item,
                      struct viz_error *err)
{
    if (is_meta(item->name))
        return 0; /* goes with its file */
    if (is_database(params, item->name))
        return viz_import_collector_db(params, item->name, err);
    int ret = open_item(params, item, err);
    if (ret == 0 && !item->format->take)
        return 0;
    if (ret == 0)
        ret = item->format->take(params, item->name, item->source, item->rows, err);
    close_item(item);
    return ret;
}

static int import_imus(const struct viz_import_params *params, struct item *item,
                       uint32_t items, struct viz_error *err)
{
    struct viz_import_imu *imu = viz_zalloc(items * sizeof(*imu));
    uint32_t count = 0;
    for (uint32_t i = 0; i < items; i++)
        if (item[i].rows)
            imu[count++] = (struct viz_import_imu){
                .name = item[i].name,
                .source = item[i].source,
                .meta = read_meta(item[i].name),
                .rows = item[i].rows,
            };
    int ret = count ? viz_import_imu(params, imu, count, err) : 0;
    if (ret < 0 && count == 1)
        params->say(params->context, err->text);
    for (uint32_t i = 0; i < count; i++)
        free(imu[i].meta);
    free(imu);
    return ret;
}

int viz_import_files(const struct viz_import_params *params, const char *const *file,
                     uint32_t files)
{
    struct item *item = viz_zalloc(files * sizeof(*item));
    struct viz_error err;
    int first = 0;
    for (uint32_t i = 0; i < files && !viz_import_stopped(params); i++) {
        item[i].name = file[i];
        int ret = import_one(params, &item[i], &err);
        if (ret < 0)
            params->say(params->context, err.text);
        first = first ? first : ret;
    }
    int ret = import_imus(params, item, files, &err);
    for (uint32_t i = 0; i < files; i++)
        close_item(&item[i]);
    free(item);
    if (!first && !ret && viz_import_stopped(params))
        first = -EINTR;
    return first ? first : ret;
}
