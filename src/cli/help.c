/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/help.h>

#include <viz/figures.h>
#include <viz/version.h>
#include <viz/wire.h>

#include <string.h>

#define COLUMNS 80
#define INDENT 26

/* The same page in two dresses. */
struct page {
    FILE *out;
    bool roff;
};

struct item {
    const char *term, *text;
};

static const struct item sources[] = {
    {"udp://[HOST]:PORT",
     "receive datagrams on HOST (127.0.0.1); 0.0.0.0 is everywhere"},
    {"tcp://HOST:PORT", "connect to a server"},
    {"tcp-listen://[HOST]:PORT", "let clients connect to HOST (127.0.0.1)"},
    {"ws://HOST[:PORT][/PATH]",
     "connect to a WebSocket server (port 80, path /ws), and again whenever that ends; "
     "a LightwaveOS device is asked for its streams"},
    {"wss://HOST[:PORT][/PATH]", "the same through TLS (port 443)"},
    {"-", "standard input"},
    {"synth:", "the synthetic load; what viz shows without any SOURCE"},
    {"...?format=NAME", "the format of this source, instead of recognising it"},
    {"ws...?subscribe=LIST",
     "which streams to ask for: benchmark, audio, stm, commas between, or none; all, "
     "unless a format other than lightwave is forced"},
    {"ws...?start=yes", "let the device begin its statistics anew: benchmark.start"},
    {"wss...?ca=FILE", "authorities to trust, PEM, instead of the system's"},
};

static const struct item destinations[] = {
    {"udp://HOST:PORT", "send datagrams"},
    {"tcp://HOST:PORT", "connect to a server"},
    {"tcp-listen://[HOST]:PORT",
     "wait for one client on HOST (127.0.0.1), then send to it; port 0 lets the kernel "
     "choose and prints which"},
    {"-", "standard output"},
};

static const struct item runs[] = {
    {"17", "its id, as viz runs lists it"},
    {"3fa9c2", "its uuid, or as much of it as no other run has (4 characters or more)"},
    {"NAME", "its name, where only one run has it"},
    {"tag:NAME", "the only run with this tag"},
    {"@latest", "the one that began last"},
};

static const struct item keys[] = {
    {"Space", "freeze and go on; nothing is lost meanwhile"},
    {"End, S", "back to the newest sample"},
    {"wheel, +, -", "zoom time about the mouse"},
    {"drag, arrows", "pan through time"},
    {"H, F3", "hide and show the figures"},
    {"L", "lanes or overlay"},
    {"T", "dark or light"},
    {"F12", "write a picture"},
    {"Esc, Q", "quit"},
};

static const struct item exit_codes[] = {
    {"0", "success"},
    {"1", "failure: the sentence on stderr says of what"},
    {"2", "wrong usage"},
    {"3", "a gate failed"},
};

static const struct item verdict_codes[] = {
    {"3", "with --gate or --strict: B, or the newest run, is worse"},
    {"4", "with --strict: neither a difference nor equivalence is shown"},
};

static const struct item figures[] = {
#define X(name, decimals, help) {#name, help},
    VIZ_FIGURES(X)
#undef X
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* roff takes a plain hyphen for a dash that may break, and some first letters for
 * orders. */
static void put_roff(const struct page *page, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", page->out);
    for (; *text; text++) {
        if (*text == '-')
            fputs("\\-", page->out);
        else if (*text == '\\')
            fputs("\\e", page->out);
        else
            fputc(*text, page->out);
    }
    fputc('\n', page->out);
}

/* @text from column @at on, broken between words, later lines from column @indent. */
static void put_wrapped(const struct page *page, const char *text, size_t at,
                        size_t indent)
{
    while (*text) {
        size_t word = strcspn(text, " ");
        if (at > indent && at + 1 + word > COLUMNS) {
            fputc('\n', page->out);
            at = 0;
        }
        if (at < indent)
            fprintf(page->out, "%*s", (int)(indent - at), "");
        else if (at > indent)
            fputc(' ', page->out);
        at = (at <= indent ? indent : at + 1) + word;
        fprintf(page->out, "%.*s", (int)word, text);
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', page->out);
}

static void put_section(const struct page *page, const char *title)
{
    if (page->roff)
        fprintf(page->out, ".SH \"%s\"\n", title);
    else
        fprintf(page->out, "\n%s:\n", title);
}

static void put_paragraph(const struct page *page, const char *text)
{
    if (page->roff) {
        fputs(".PP\n", page->out);
        put_roff(page, text);
    } else {
        put_wrapped(page, text, 0, 2);
    }
}

static void put_item(const struct page *page, const char *term, const char *text)
{
    if (page->roff) {
        fputs(".TP\n.B ", page->out);
        put_roff(page, term);
        put_roff(page, text);
        return;
    }
    size_t at = (size_t)fprintf(page->out, "  %s", term);
    if (at + 2 > INDENT) {
        fputc('\n', page->out);
        at = 0;
    }
    put_wrapped(page, text, at, INDENT);
}

static void put_items(const struct page *page, const char *title,
                      const struct item *items, size_t count)
{
    put_section(page, title);
    for (size_t i = 0; i < count; i++)
        put_item(page, items[i].term, items[i].text);
}

/* "10 s", "monitor". */
static int print_standard(char *out, size_t size, const char *standard,
                          const char *unit)
{
    bool number = *standard >= '0' && *standard <= '9' && *unit;
    return snprintf(out, size, "%s%s%s", standard, number ? " " : "",
                    number ? unit : "");
}

/* The help and, in brackets, default and range. */
static void describe(const struct viz_option *option, char *out, size_t size)
{
    char standard[64] = "", benchmark[64] = "", range[96] = "";
    if (option->standard)
        print_standard(standard, sizeof(standard), option->standard, option->unit);
    if (option->benchmark_standard)
        print_standard(benchmark, sizeof(benchmark), option->benchmark_standard,
                       option->unit);
    if (option->low < option->high)
        snprintf(range, sizeof(range), "%.15g to %.15g%s%s", option->low, option->high,
                 *option->unit ? " " : "", option->unit);
    if (!*standard && !*range) {
        snprintf(out, size, "%s", option->help);
        return;
    }
    snprintf(out, size, "%s [%s%s%s%s%s]", option->help, standard,
             *benchmark ? ", with --benchmark " : "", benchmark,
             *standard && *range ? "; " : "", range);
}

static void put_option(const struct page *page, const struct viz_option *option)
{
    char term[64], text[512];
    snprintf(term, sizeof(term), "--%s%s%s", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    describe(option, text, sizeof(text));
    put_item(page, term, text);
}

/* The names that stand for the benchmark's options in older scripts. */
static void put_aliases(const struct page *page)
{
    char text[512] = "Accepted as well:";
    size_t used = strlen(text);
    const char *between = " ";
    for (size_t i = 0; i < viz_option_count && used < sizeof(text); i++) {
        const char *alias = viz_options[i].alias[0];
        if (!alias || strncmp(alias, "bench-", 6) != 0)
            continue;
        int n = snprintf(text + used, sizeof(text) - used, "%s--%s", between, alias);
        used += n > 0 ? (size_t)n : 0;
        between = ", ";
    }
    put_paragraph(page, text);
}

static bool is_listed(const struct viz_option *option, enum viz_command_id command,
                      enum viz_option_group group)
{
    return option->group == group && option->commands & command && !option->hidden;
}

static void put_group(const struct page *page, enum viz_command_id command,
                      enum viz_option_group group)
{
    bool begun = false;
    for (size_t i = 0; i < viz_option_count; i++) {
        if (!is_listed(&viz_options[i], command, group))
            continue;
        if (!begun)
            put_section(page, viz_option_group_titles[group]);
        begun = true;
        put_option(page, &viz_options[i]);
    }
    if (begun && group == VIZ_GROUP_BENCHMARK)
        put_aliases(page);
}

static void put_groups(const struct page *page, enum viz_command_id command)
{
    for (int group = 0; group < VIZ_GROUP_COUNT; group++)
        if (group != VIZ_GROUP_OTHER)
            put_group(page, command, (enum viz_option_group)group);
}

static void put_formats(const struct page *page)
{
    put_section(page, "Formats");
    for (const struct viz_wire *const *wire = viz_wires; *wire; wire++)
        put_item(page, (*wire)->name, (*wire)->help);
}

static void put_figures(const struct page *page)
{
    put_section(page, "Figures");
    put_paragraph(
        page, "The columns of the CSV file in their order, the keys of the JSON file, "
              "and the names for --gate, which may leave out the unit's suffix or be "
              "a path into the JSON file, as in streams[0].gaps. A gate compares with "
              "<, <=, =, !=, >= or >; its numbers may carry a unit. What was not "
              "measured is empty in CSV and null in JSON, and fails a gate.");
    for (size_t i = 0; i < COUNT(figures); i++)
        put_item(page, figures[i].term, figures[i].text);
}

static void put_view(const struct page *page)
{
    put_items(page, "SOURCE", sources, COUNT(sources));
    put_formats(page);
    put_groups(page, VIZ_COMMAND_VIEW);
    put_items(page, "Keys and mouse", keys, COUNT(keys));
    put_figures(page);
}

#define GIVES_VERDICT (VIZ_COMMAND_COMPARE | VIZ_COMMAND_AB | VIZ_COMMAND_TREND)
#define TAKES_RUN (VIZ_COMMAND_SHOW | VIZ_COMMAND_DELETE | VIZ_COMMAND_EXPORT)

/* What a command takes and its options; the groups that belong to all stand at the end. */
static void put_command(const struct page *page, enum viz_command_id command)
{
    if (command == VIZ_COMMAND_VIEW) {
        put_view(page);
        return;
    }
    if (command == VIZ_COMMAND_SEND)
        put_items(page, "DEST", destinations, COUNT(destinations));
    if (command & TAKES_RUN)
        put_items(page, "RUN", runs, COUNT(runs));
    if (command == VIZ_COMMAND_SERVE)
        put_items(page, "SOURCE", sources, COUNT(sources));
    put_groups(page, command);
}

static void put_end(const struct page *page, enum viz_command_id command)
{
    put_group(page, command, VIZ_GROUP_OTHER);
    bool gates = command == VIZ_COMMAND_VIEW; /* the last code is theirs */
    put_items(page, "Exit codes", exit_codes, COUNT(exit_codes) - !gates);
    if (command & GIVES_VERDICT)
        for (size_t i = 0; i < COUNT(verdict_codes); i++)
            put_item(page, verdict_codes[i].term, verdict_codes[i].text);
}

static const char brackets[] =
    "An option's argument may follow as the next word or behind an equals sign; -- "
    "ends "
    "the options. In brackets: the default, and the range that is allowed. Times may "
    "carry ns, us, ms, s, min or h, rates Hz, kHz, MHz, k or M.";

/* Of the viewer, which has no name: the way to the others as well. */
static void put_usage(const struct page *page, enum viz_command_id command)
{
    for (size_t i = 0; i < viz_command_count; i++) {
        if (command != viz_commands[i].id)
            continue;
        fprintf(page->out, "Usage: %s\n", viz_commands[i].usage);
        put_wrapped(page, viz_commands[i].summary, 0, 11);
    }
    if (command != VIZ_COMMAND_VIEW)
        return;
    fputs("       viz COMMAND [OPTION...]\n", page->out);
    put_wrapped(page, "one of these; viz COMMAND --help says more of it", 0, 11);
    put_section(page, "COMMAND");
    for (size_t i = 0; i < viz_command_count; i++) {
        const char *name = viz_commands[i].name;
        if (!*name)
            continue;
        fprintf(page->out, "  %s", name);
        put_wrapped(page, viz_commands[i].summary, 2 + strlen(name), 11);
    }
}

void viz_help_print(FILE *out, enum viz_command_id command)
{
    const struct page page = {out, false};
    put_usage(&page, command);
    fputc('\n', out);
    put_wrapped(&page, brackets, 0, 0);
    put_command(&page, command);
    if (command == VIZ_COMMAND_SEND)
        put_formats(&page);
    put_end(&page, command);
}

/* A command's own part of the manual page. */
static void put_manual(const struct page *page, const struct viz_command *command)
{
    char text[256];
    snprintf(text, sizeof(text), "viz %s", command->name);
    put_section(page, text);
    snprintf(text, sizeof(text), "%s: %s.", command->usage, command->summary);
    put_paragraph(page, text);
    put_command(page, command->id);
    if (command->id & GIVES_VERDICT)
        put_items(page, "Exit codes of this command", verdict_codes,
                  COUNT(verdict_codes));
}

void viz_help_man(FILE *out)
{
    const struct page page = {out, true};
    fprintf(out, ".TH VIZ 1 \"\" \"viz %s\" \"User Commands\"\n", VIZ_VERSION);
    put_section(&page, "NAME");
    put_roff(&page, "viz - live sensor streams, shown and measured");
    put_section(&page, "SYNOPSIS");
    for (size_t i = 0; i < viz_command_count; i++)
        put_item(&page, viz_commands[i].usage, viz_commands[i].summary);
    put_section(&page, "DESCRIPTION");
    put_paragraph(&page,
                  "Shows sensor streams as they arrive, and accounts for every "
                  "sample: what was drawn, what was lost and where, and how late "
                  "it was.");
    put_paragraph(&page, brackets);
    put_view(&page);
    for (size_t i = 0; i < viz_command_count; i++)
        if (viz_commands[i].id != VIZ_COMMAND_VIEW)
            put_manual(&page, &viz_commands[i]);
    put_end(&page, VIZ_COMMAND_VIEW);
}
