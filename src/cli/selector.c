/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "selector.h"

#include <viz/command.h>
#include <viz/moment.h>
#include <viz/text.h>

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define UUID_SHOWN 8

bool viz_selector_operands(const struct viz_arguments *arguments, uint32_t least,
                           uint32_t most, const char *takes)
{
    if (arguments->operands >= least && arguments->operands <= most)
        return true;
    fprintf(stderr, "viz: %s and got %u\n", takes, arguments->operands);
    return false;
}

struct viz_store *viz_selector_open(const struct viz_arguments *arguments,
                                    enum viz_store_mode mode)
{
    struct viz_store *store = NULL;
    struct viz_error err;
    char path[PATH_MAX];
    const char *where = arguments->runs.db;
    int ret = 0;
    if (!where) {
        ret = viz_store_default(path, sizeof(path), &err);
        where = path;
    }
    /* Nothing can be deleted from what is not there: it is not made for that. */
    if (ret == 0 && mode == VIZ_STORE_WRITE && access(where, F_OK) && errno == ENOENT)
        mode = VIZ_STORE_READ;
    if (ret == 0)
        ret = viz_store_open(where, mode, &store, &err);
    if (ret == 0)
        return store;
    viz_say(err.text);
    return NULL;
}

int viz_selector_candidate(void *context, const struct viz_run *run)
{
    char started[32], name[256];
    (void)context;
    viz_moment_local(started, sizeof(started), run->started_ns);
    viz_text_visible(name, sizeof(name), run->name);
    fprintf(stderr, "  %6" PRId64 "  %.*s  %s  %s\n", run->id, UUID_SHOWN, run->uuid,
            started, name);
    return 0;
}

bool viz_selector_find(struct viz_store *store, const char *text, int64_t *id)
{
    struct viz_error err;
    int ret = viz_store_find(store, text, id, NULL, NULL, &err);
    if (ret == 0)
        return true;
    char sentence[VIZ_ERROR_TEXT];
    viz_text_visible(sentence, sizeof(sentence), err.text);
    viz_say(sentence);
    if (ret == -ENOTUNIQ)
        viz_store_find(store, text, id, viz_selector_candidate, NULL, &err);
    return false;
}

uint32_t viz_selector_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

bool viz_selector_unicode(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (!locale)
        return false;
    bool unicode = !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");
    freelocale(locale);
    return unicode;
}
