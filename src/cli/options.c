/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/options.h>

#include "setter.h"

#include <viz/command.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WEEK 604800

/* The offset of a field, only if it has the type that the setter writes. */
#define AT(type, member)                                                               \
    .at = _Generic(((struct viz_arguments *)0)->member, type                           \
                   : offsetof(struct viz_arguments, member))
#define NUMBER(member) .set = viz_set_number, AT(double, member)
#define COUNT(member) .set = viz_set_count, AT(uint32_t, member)
#define SWITCH(member) .set = viz_set_true, .unit = "", AT(bool, member)
#define VIEW(name) .commands = VIZ_COMMAND_VIEW, .group = VIZ_GROUP_##name
#define LOAD(name)                                                                     \
    .commands = VIZ_COMMAND_VIEW | VIZ_COMMAND_SERVE, .group = VIZ_GROUP_##name
#define SEND(name) .commands = VIZ_COMMAND_SEND, .group = VIZ_GROUP_##name
#define DEVICE(name) .commands = VIZ_COMMAND_DEVICE, .group = VIZ_GROUP_##name
#define COLLECT .commands = VIZ_COMMAND_COLLECT, .group = VIZ_GROUP_COLLECTING
#define RUNS(names) .commands = (names), .group = VIZ_GROUP_RUNS
#define COMPARE(names) .commands = (names), .group = VIZ_GROUP_COMPARING
#define SERVE .commands = VIZ_COMMAND_SERVE, .group = VIZ_GROUP_SERVING
#define ALL(name) .commands = VIZ_COMMAND_ALL, .group = VIZ_GROUP_##name

const struct viz_option viz_options[] = {
#include "options.inc"
#include "options_compare.inc"
#include "options_device.inc"
#include "options_runs.inc"
#include "options_serve.inc"
};
const size_t viz_option_count = sizeof(viz_options) / sizeof(viz_options[0]);

const char *const viz_option_group_titles[VIZ_GROUP_COUNT] = {
#define X(name, title) title,
    VIZ_OPTION_GROUPS(X)
#undef X
};

#define LONGEST_NAME 32

static bool is_called(const struct viz_option *option, const char *name)
{
    if (!strcmp(option->name, name))
        return true;
    for (size_t i = 0; i < 2 && option->alias[i]; i++)
        if (!strcmp(option->alias[i], name))
            return true;
    return false;
}

const struct viz_option *viz_option_find(enum viz_command_id command, const char *name)
{
    for (size_t i = 0; i < viz_option_count; i++)
        if (viz_options[i].commands & command && is_called(&viz_options[i], name))
            return &viz_options[i];
    return NULL;
}

/* Letters to insert, leave out or change to make one of the other (Levenshtein). */
static size_t edits_between(const char *a, const char *b)
{
    size_t row[LONGEST_NAME + 1];
    size_t length = strnlen(b, LONGEST_NAME);
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t shift = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);
            diagonal = row[j];
            row[j] = change < shift ? change : shift;
        }
    }
    return row[length];
}

const char *viz_option_nearest(enum viz_command_id command, const char *name)
{
    const char *nearest = NULL;
    size_t fewest = strlen(name) / 2 < 3 ? strlen(name) / 2 : 3;
    if (strlen(name) > LONGEST_NAME)
        return NULL;
    for (size_t i = 0; i < viz_option_count; i++) {
        const struct viz_option *option = &viz_options[i];
        if (!(option->commands & command) || option->hidden)
            continue;
        size_t edits = edits_between(name, option->name);
        if (edits < fewest || (edits == fewest && !nearest)) {
            fewest = edits;
            nearest = option->name;
        }
    }
    return nearest;
}

static int fail_unknown(enum viz_command_id command, const char *name,
                        struct viz_error *err)
{
    const char *nearest = viz_option_nearest(command, name);
    if (nearest)
        return viz_fail(err, -EINVAL, "unknown option --%.64s: did you mean --%s?",
                        name, nearest);
    return viz_fail(err, -EINVAL, "unknown option --%.64s: see --help", name);
}

/* Parsing one command line. */
struct reader {
    enum viz_command_id command;
    int argc, at;
    char **argv;
    struct viz_arguments *out;
    const struct viz_option *benchmark_only; /* the first given of them */
    bool refresh_given;
    struct viz_error *err;
};

/* The option's text: behind the equals sign, or the next word. */
static int take_text(struct reader *reader, const struct viz_option *option,
                     const char *equals, const char **text)
{
    *text = equals ? equals + 1 : NULL;
    if (!option->argument) {
        if (!equals)
            return 0;
        return viz_fail(reader->err, -EINVAL,
                        "--%s takes no argument, but was given \"%s\"", option->name,
                        *text);
    }
    if (!equals && reader->at < reader->argc)
        *text = reader->argv[reader->at++];
    if (!*text)
        return viz_fail(reader->err, -EINVAL, "--%s needs an argument: --%s %s",
                        option->name, option->name, option->argument);
    return 0;
}

static int apply(const struct viz_option *option, const char *text,
                 struct viz_arguments *out, struct viz_error *err)
{
    struct viz_error why;
    int ret = option->set(option, text, out, &why);
    if (ret < 0)
        return viz_fail(err, ret, "--%s \"%.100s\": %.350s", option->name, text,
                        why.text);
    return 0;
}

static int read_option(struct reader *reader, const char *word)
{
    char name[LONGEST_NAME + 1];
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    if (length >= sizeof(name))
        return viz_fail(reader->err, -EINVAL, "unknown option --%.64s: see --help",
                        word);
    snprintf(name, sizeof(name), "%.*s", (int)length, word);
    const struct viz_option *option = viz_option_find(reader->command, name);
    if (!option)
        return fail_unknown(reader->command, name, reader->err);
    if (option->refused)
        return viz_fail(reader->err, -EINVAL, "--%s: this version has no %s",
                        option->name, option->refused);
    const char *text;
    int ret = take_text(reader, option, equals, &text);
    if (ret < 0)
        return ret;
    if (option->benchmark_only && !reader->benchmark_only)
        reader->benchmark_only = option;
    if (option->benchmark_standard)
        reader->refresh_given = true;
    return apply(option, text, reader->out, reader->err);
}

/* Whose operands are sources. */
static bool takes_sources(enum viz_command_id command)
{
    return command == VIZ_COMMAND_VIEW || command == VIZ_COMMAND_SERVE;
}

static int read_operand(struct reader *reader, const char *word)
{
    struct viz_arguments *out = reader->out;
    uint32_t most = takes_sources(reader->command) ? VIZ_MAX_SOURCES : VIZ_MAX_OPERANDS;
    if (out->operands == most)
        return viz_fail(reader->err, -EINVAL, "\"%s\" is one too many: at most %u fit",
                        word, most);
    out->operand[out->operands++] = word;
    return 0;
}

static int read_word(struct reader *reader, bool *only_operands)
{
    const char *word = reader->argv[reader->at++];
    if (*only_operands || word[0] != '-' || !word[1] || word[1] == '?') /* -?format= */
        return read_operand(reader, word);
    if (!strcmp(word, "--")) {
        *only_operands = true;
        return 0;
    }
    if (word[1] == '-')
        return read_option(reader, word + 2);
    if (!word[2] && viz_option_find(reader->command, word + 1))
        return read_option(reader, word + 1);
    return viz_fail(reader->err, -EINVAL,
                    "unknown option %.64s: long options begin with two dashes", word);
}

static int set_defaults(enum viz_command_id command, struct viz_arguments *out,
                        struct viz_error *err)
{
    *out = (struct viz_arguments){0};
    for (size_t i = 0; i < viz_option_count; i++) {
        const struct viz_option *option = &viz_options[i];
        if (!(option->commands & command) || !option->standard)
            continue;
        int ret = apply(option, option->standard, out, err);
        if (ret < 0)
            return ret;
    }
    return 0;
}

/* What only the whole line can tell. */
static int finish_benchmark(struct reader *reader)
{
    struct viz_arguments *out = reader->out;
    if (!out->view.benchmark && reader->benchmark_only)
        return viz_fail(reader->err, -EINVAL,
                        "--%s is for --benchmark, which is not given",
                        reader->benchmark_only->name);
    if (!out->view.benchmark || reader->refresh_given)
        return 0;
    const struct viz_option *refresh = viz_option_find(VIZ_COMMAND_VIEW, "refresh");
    return apply(refresh, refresh->benchmark_standard, out, reader->err);
}

static bool is_command(const char *word)
{
    for (size_t i = 0; i < viz_command_count; i++)
        if (viz_commands[i].name[0] && strcmp(viz_commands[i].name, word) == 0)
            return true;
    return false;
}

/* Two readers of one input would share its lines out by chance. */
static int refuse_second_pipe(const struct viz_arguments *out, struct viz_error *err)
{
    uint32_t pipes = 0;
    for (uint32_t i = 0; i < out->operands; i++)
        pipes += out->view.source[i].kind == VIZ_SOURCE_PIPE;
    return pipes > 1 ? viz_fail(err, -EINVAL,
                                "standard input is given %u times, "
                                "but can be read only once",
                                pipes)
                     : 0;
}

/* "viz colect": a word that is no source and nearly a command. */
static int fail_command(const char *word, struct viz_error *err)
{
    const char *nearest = NULL;
    size_t fewest = strlen(word) / 3 + 1;
    if (strchr(word, ':') || strlen(word) > LONGEST_NAME)
        return 0;
    for (size_t i = 0; i < viz_command_count; i++) {
        const char *name = viz_commands[i].name;
        size_t edits = *name ? edits_between(word, name) : fewest;
        if (edits >= fewest)
            continue;
        fewest = edits;
        nearest = name;
    }
    return nearest
               ? viz_fail(err, -EINVAL,
                          "\"%s\" is no source and no command: did you mean viz %s?",
                          word, nearest)
               : 0;
}

/* Sources are parsed at the end: --format may stand behind them. */
static int finish_sources(struct reader *reader)
{
    struct viz_arguments *out = reader->out;
    for (uint32_t i = 0; i < out->operands; i++) {
        if (is_command(out->operand[i]))
            return viz_fail(reader->err, -EINVAL,
                            "%s is a command and comes first: viz %s ...",
                            out->operand[i], out->operand[i]);
        int ret = viz_source_parse(out->operand[i], out->format, &out->view.source[i],
                                   reader->err);
        if (ret < 0 && fail_command(out->operand[i], reader->err) < 0)
            return -EINVAL;
        if (ret < 0)
            return ret;
        if (out->view.benchmark && out->view.source[i].kind != VIZ_SOURCE_SYNTH)
            return viz_fail(reader->err, -EINVAL,
                            "%s: the benchmark makes its own load and takes no source",
                            out->operand[i]);
    }
    out->view.sources = out->operands;
    return refuse_second_pipe(out, reader->err);
}

int viz_options_parse(enum viz_command_id command, int argc, char **argv,
                      struct viz_arguments *out, struct viz_error *err)
{
    struct reader reader = {
        .command = command, .argc = argc, .argv = argv, .out = out, .err = err};
    bool only_operands = false;
    int ret = set_defaults(command, out, err);
    while (!ret && reader.at < argc) {
        ret = read_word(&reader, &only_operands);
        if (!ret && (out->help || out->version || out->man))
            return 0;
    }
    if (!ret && command == VIZ_COMMAND_VIEW)
        ret = finish_benchmark(&reader);
    if (!ret && takes_sources(command))
        ret = finish_sources(&reader);
    return ret;
}
