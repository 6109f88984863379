/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/command.h>
#include <viz/help.h>
#include <viz/options.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 8

/* Parse @words, split at blanks, into @out. */
static int parse(enum viz_command_id command, const char *words,
                 struct viz_arguments *out, struct viz_error *err)
{
    static char line[4096];
    static char *argv[WORDS * 8];
    int argc = 0;
    snprintf(line, sizeof(line), "%s", words);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return viz_options_parse(command, argc, argv, out, err);
}

static struct viz_config view_of(const char *words)
{
    struct viz_arguments arguments;
    struct viz_error err;
    cr_assert_eq(parse(VIZ_COMMAND_VIEW, words, &arguments, &err), 0, "%s: %s", words,
                 err.text);
    return arguments.view;
}

static struct viz_send_config send_of(const char *words)
{
    struct viz_arguments arguments;
    struct viz_error err;
    cr_assert_eq(parse(VIZ_COMMAND_SEND, words, &arguments, &err), 0, "%s: %s", words,
                 err.text);
    return arguments.send;
}

static void refuses(enum viz_command_id command, const char *words, const char *because)
{
    struct viz_arguments arguments;
    struct viz_error err = {""};
    cr_expect_eq(parse(command, words, &arguments, &err), -EINVAL, "%s", words);
    cr_expect(strstr(err.text, because), "%s: \"%s\" does not say \"%s\"", words,
              err.text, because);
}

Test(options, defaults_of_viewing)
{
    struct viz_config config = view_of("");
    cr_assert_eq(config.sources, 0);
    cr_assert_eq(config.backend, VIZ_NET_AUTO);
    cr_assert_lt(config.refresh_hz, 0);
    cr_assert_eq(config.window_s, 10);
    cr_assert(config.width_px == 1280 && config.height_px == 720);
    cr_assert(!config.headless && !config.light && !config.overlay &&
              !config.benchmark);
    cr_assert(config.hud && config.trace);
    cr_assert_null(config.screenshot);
    cr_assert_null(config.show);
    cr_assert_null(config.json);
    cr_assert_null(config.gate);
    cr_assert_eq(config.exit_after_s, 0);
    cr_assert_eq(config.history_s, 0);
    cr_assert_eq(config.colours, 0);
    cr_assert_eq(config.synth.channels, 18);
    cr_assert_eq(config.synth.rate_hz, 500);
    cr_assert_eq(config.synth.seed, 1);
    cr_assert_eq(config.synth.pattern, VIZ_PATTERN_SINE);
    cr_assert(config.slow_frame_ms == 0 && config.stall_every_s == 0);
}

Test(options, defaults_of_the_benchmark)
{
    struct viz_config config = view_of("--benchmark");
    cr_assert(config.benchmark);
    cr_assert_eq(config.refresh_hz, 60);
    cr_assert_eq(config.duration_s, 30);
    cr_assert_eq(config.warmup_s, 2);
    cr_assert_eq(config.log_interval_s, 1);
    cr_assert_str_eq(config.csv, "benchmark_results.csv");
    cr_assert(!config.keep_open);
    cr_assert_eq(view_of("--refresh 144 --benchmark").refresh_hz, 144);
    cr_assert_lt(view_of("--benchmark --refresh monitor").refresh_hz, 0);
}

Test(options, defaults_of_send)
{
    struct viz_send_config config = send_of("-");
    cr_assert_str_eq(config.wire->name, "viz");
    cr_assert_eq(config.sender.synth.channels, 18);
    cr_assert_eq(config.sender.synth.rate_hz, 500);
    cr_assert_eq(config.sender.duration_s, 10);
    cr_assert_eq(config.sender.burst, 1);
    cr_assert(config.sender.rows == 0 && config.sender.loss_percent == 0);
}

Test(options, viewing)
{
    cr_assert_eq(view_of("--refresh 0").refresh_hz, 0);
    cr_assert_eq(view_of("--refresh=59.94").refresh_hz, 59.94);
    cr_assert_eq(view_of("--window 250ms").window_s, 0.25);
    struct viz_config config = view_of("--size 1920x1080");
    cr_assert(config.width_px == 1920 && config.height_px == 1080);
    cr_assert(view_of("--headless").headless);
    cr_assert_eq(view_of("--exit-after 2min").exit_after_s, 120);
    cr_assert_str_eq(view_of("--show 1,3-5").show, "1,3-5");
    cr_assert(view_of("--light").light);
    cr_assert(view_of("--overlay").overlay);
    cr_assert(!view_of("--no-hud").hud);
    cr_assert(view_of("--no-hud --hud").hud, "the last one counts");
    cr_assert_eq(view_of("--history 60").history_s, 60);
    cr_assert(!view_of("--trace off").trace);
    cr_assert(view_of("--trace=on").trace);
    cr_assert_str_eq(view_of("--json out.json").json, "out.json");
    cr_assert_eq(view_of("--net poll").backend, VIZ_NET_POLL);
    cr_assert_eq(view_of("--net uring").backend, VIZ_NET_URING);
}

Test(options, screenshots)
{
    struct viz_arguments arguments;
    struct viz_error err;
    cr_assert_eq(parse(VIZ_COMMAND_VIEW, "--screenshot a.png", &arguments, &err), 0);
    cr_assert_str_eq(arguments.view.screenshot, "a.png");
    cr_assert_lt(arguments.view.screenshot_at_s, 0);
    cr_assert_eq(parse(VIZ_COMMAND_VIEW, "--screenshot a@2x.png@2.5", &arguments, &err),
                 0);
    cr_assert_str_eq(arguments.view.screenshot, "a@2x.png");
    cr_assert_eq(arguments.view.screenshot_at_s, 2.5);
    cr_assert_eq(parse(VIZ_COMMAND_VIEW, "--screenshot me@home.png", &arguments, &err),
                 0);
    cr_assert_str_eq(arguments.view.screenshot, "me@home.png");
    refuses(VIZ_COMMAND_VIEW, "--screenshot a.png@-1", "seconds after the start");
    refuses(VIZ_COMMAND_VIEW, "--screenshot @3", "expected FILE");
    refuses(VIZ_COMMAND_VIEW, "--screenshot a.png@", "expected FILE");
}

Test(options, colours)
{
    struct viz_config config = view_of("--color 1=#ff0000 --colour 18=#00FF7f");
    cr_assert_eq(config.colours, 2);
    cr_assert(config.colour[0].channel == 1 && config.colour[0].rgb == 0xff0000);
    cr_assert(config.colour[1].channel == 18 && config.colour[1].rgb == 0x00ff7f);
    const char *const bad[] = {
        "--color red",      "--color 1=red",       "--color 0=#ff0000",
        "--color 1=#ff00",  "--color 1=#gg0000",   "--color =#ff0000",
        "--color 1=ff0000", "--color 1=#ff0000ff", "--color -1=#ff0000"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refuses(VIZ_COMMAND_VIEW, bad[i], "CHANNEL=#rrggbb");
}

Test(options, more_colours_than_fit_are_refused)
{
    char words[VIZ_MAX_COLOURS + 1][32];
    char *argv[VIZ_MAX_COLOURS + 1];
    struct viz_arguments arguments;
    struct viz_error err;
    for (int i = 0; i <= VIZ_MAX_COLOURS; i++) {
        snprintf(words[i], sizeof(words[i]), "--color=%d=#010203", i + 1);
        argv[i] = words[i];
    }
    cr_assert_eq(
        viz_options_parse(VIZ_COMMAND_VIEW, VIZ_MAX_COLOURS, argv, &arguments, &err),
        0);
    cr_assert_eq(viz_options_parse(VIZ_COMMAND_VIEW, VIZ_MAX_COLOURS + 1, argv,
                                   &arguments, &err),
                 -EINVAL);
}

Test(options, synthetic_load)
{
    struct viz_config config =
        view_of("--channels 256 --rate 50k --seed 18446744073709551615");
    cr_assert_eq(config.synth.channels, 256);
    cr_assert_eq(config.synth.rate_hz, 50000);
    cr_assert_eq(config.synth.seed, UINT64_MAX);
    cr_assert_eq(view_of("--rate 333.3").synth.rate_hz, 333.3);
    cr_assert_eq(view_of("--pattern spike").synth.pattern, VIZ_PATTERN_SPIKE);
    cr_assert_eq(view_of("--pattern sine,step,spike").synth.pattern,
                 VIZ_PATTERN_STEP | VIZ_PATTERN_SPIKE);
}

Test(options, benchmark_and_its_other_names)
{
    struct viz_config config =
        view_of("--benchmark --duration 5 --warmup 0 --log-interval 0.5 --csv x.csv "
                "--gate lost=0 --keep-open");
    cr_assert(config.duration_s == 5 && config.warmup_s == 0);
    cr_assert_eq(config.log_interval_s, 0.5);
    cr_assert_str_eq(config.csv, "x.csv");
    cr_assert_str_eq(config.gate, "lost=0");
    cr_assert(config.keep_open);
    cr_assert_null(view_of("--benchmark --no-csv").csv);
    config = view_of("--benchmark --bench-rate 5 --bench-duration 6 --bench-refresh 7 "
                     "--bench-channels 8 --bench-log-interval 9 --bench-csv y.csv "
                     "--bench-keep-open");
    cr_assert(config.synth.rate_hz == 5 && config.duration_s == 6);
    cr_assert(config.refresh_hz == 7 && config.synth.channels == 8);
    cr_assert_eq(config.log_interval_s, 9);
    cr_assert_str_eq(config.csv, "y.csv");
    cr_assert(config.keep_open);
    cr_assert_null(view_of("--benchmark --bench-no-csv").csv);
}

Test(options, aids_for_tests_of_the_figures)
{
    cr_assert_eq(view_of("--slow-frame 30").slow_frame_ms, 30);
    cr_assert_eq(view_of("--slow-frame 0.1s").slow_frame_ms, 100);
    struct viz_config config = view_of("--stall 5:250ms");
    cr_assert(config.stall_every_s == 5 && config.stall_s == 0.25);
    const char *const bad[] = {"--stall 5",    "--stall 5:",  "--stall :1",
                               "--stall 1:1",  "--stall 0:0", "--stall 5:-1",
                               "--stall 5:1:1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refuses(VIZ_COMMAND_VIEW, bad[i], "EVERY:FOR");
}

Test(options, send)
{
    struct viz_send_config config = send_of(
        "- --format mpu --channels 6 --rate 1kHz --duration 0 --rows 4 --burst 3 "
        "--seed 9 --pattern step --json s.json");
    cr_assert_str_eq(config.wire->name, "mpu");
    cr_assert_eq(config.sender.synth.channels, 6);
    cr_assert_eq(config.sender.synth.rate_hz, 1000);
    cr_assert(config.sender.rows == 4 && config.sender.burst == 3);
    cr_assert(config.sender.synth.seed == 9 && config.sender.duration_s == 0);
    cr_assert_eq(config.sender.synth.pattern, VIZ_PATTERN_STEP);
    cr_assert_str_eq(config.json, "s.json");
    config = send_of("--loss 5% --duplicate 1 --reorder 2.5 --jitter 3ms -");
    cr_assert(config.sender.loss_percent == 5 && config.sender.duplicate_percent == 1);
    cr_assert(config.sender.reorder_percent == 2.5 && config.sender.jitter_ms == 3);
}

Test(options, sources_stand_anywhere)
{
    struct viz_config config = view_of("udp://:9000 --light - --format csv");
    cr_assert_eq(config.sources, 2);
    cr_assert(config.source[0].kind == VIZ_SOURCE_UDP && config.source[0].port == 9000);
    cr_assert_eq(config.source[1].kind, VIZ_SOURCE_PIPE);
    cr_assert_str_eq(config.source[0].format, "csv");
    cr_assert_eq(view_of("-- -").sources, 1);
    refuses(VIZ_COMMAND_VIEW, "-- --light", "no source");
}

Test(options, standard_input_is_one_source)
{
    static const char once[] = "can be read only once";
    refuses(VIZ_COMMAND_VIEW, "- -", once);
    refuses(VIZ_COMMAND_VIEW, "- udp://:9000 - --format csv", once);
    cr_assert_eq(view_of("- udp://:9000 udp://:9001").sources, 3);
}

Test(options, more_sources_than_fit_are_refused)
{
    char *argv[VIZ_MAX_SOURCES + 1];
    struct viz_arguments arguments;
    struct viz_error err;
    for (int i = 0; i <= VIZ_MAX_SOURCES; i++)
        argv[i] = "udp://:9000";
    cr_assert_eq(
        viz_options_parse(VIZ_COMMAND_VIEW, VIZ_MAX_SOURCES, argv, &arguments, &err),
        0);
    cr_assert_eq(viz_options_parse(VIZ_COMMAND_VIEW, VIZ_MAX_SOURCES + 1, argv,
                                   &arguments, &err),
                 -EINVAL);
}

Test(options, as_many_files_as_a_folder_has)
{
    static char *argv[VIZ_MAX_OPERANDS + 1];
    static struct viz_arguments arguments;
    struct viz_error err;
    for (int i = 0; i <= VIZ_MAX_OPERANDS; i++)
        argv[i] = "a.csv";
    cr_expect_eq(
        viz_options_parse(VIZ_COMMAND_IMPORT, VIZ_MAX_OPERANDS, argv, &arguments, &err),
        0);
    cr_expect_eq(arguments.operands, VIZ_MAX_OPERANDS);
    cr_expect_eq(viz_options_parse(VIZ_COMMAND_IMPORT, VIZ_MAX_OPERANDS + 1, argv,
                                   &arguments, &err),
                 -EINVAL);
}

Test(options, what_is_out_of_range_is_refused_with_the_range)
{
    static const struct {
        const char *words, *because;
    } cases[] = {
        {"--refresh -1", "from 0 to 10000 Hz"},
        {"--refresh fast", "monitor"},
        {"--window 0", "from 0.001 to 604800 s"},
        {"--window nan", "from 0.001"},
        {"--size 1280", "WIDTHxHEIGHT"},
        {"--size 0x720", "WIDTHxHEIGHT"},
        {"--size 1280x720x3", "WIDTHxHEIGHT"},
        {"--size 99999999999999999999x720", "WIDTHxHEIGHT"},
        {"--channels 0", "whole number from 1 to 256"},
        {"--channels 257", "whole number from 1 to 256"},
        {"--channels 1.5", "whole number"},
        {"--rate 0", "from 0.001 to 10000000 Hz"},
        {"--rate 10000001", "from 0.001 to 10000000 Hz"},
        {"--rate 5x", "from 0.001"},
        {"--seed -1", "whole number"},
        {"--pattern", "needs an argument"},
        {"--pattern sine,", "sine, spike and step"},
        {"--pattern saw", "sine, spike and step"},
        {"--trace maybe", "on or off"},
        {"--net epoll", "auto, uring or poll"},
        {"--show 0", "channels from 1"},
        {"--show 3-1", "channels from 1"},
        {"--show 1,,2", "channels from 1"},
        {"--show 1-", "channels from 1"},
        {"--json=", "got nothing"},
        {"--exit-after -3", "from 0"},
        {"--benchmark --duration 0", "from 0.1"},
        {"--benchmark --gate fps", "expected NAME"},
        {"--benchmark --gate nothing>1", "no figure called nothing"},
        {"--slow-frame 1e9", "from 0 to 10000 ms"},
        {"--format nothing udp://:1", "viz, mpu, csv or lightwave"},
        {"--format nothing", "viz, mpu, csv or lightwave"},
        {"udp://:1?format=nothing", "no format"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        refuses(VIZ_COMMAND_VIEW, cases[i].words, cases[i].because);
    refuses(VIZ_COMMAND_SEND, "--loss 101 -", "from 0 to 100 %");
    refuses(VIZ_COMMAND_SEND, "--burst 0 -", "whole number from 1");
    refuses(VIZ_COMMAND_SEND, "--format json -", "viz, mpu, csv or lightwave");
}

Test(options, unknown_options_get_a_suggestion)
{
    refuses(VIZ_COMMAND_VIEW, "--refrsh 5", "did you mean --refresh?");
    refuses(VIZ_COMMAND_VIEW, "--chanels=3", "did you mean --channels?");
    refuses(VIZ_COMMAND_VIEW, "--screenshots x", "did you mean --screenshot?");
    refuses(VIZ_COMMAND_SEND, "--duplicates 1", "did you mean --duplicate?");
    refuses(VIZ_COMMAND_VIEW, "--xyzzy", "see --help");
    refuses(VIZ_COMMAND_VIEW, "--loss 5", "unknown option --loss");
    refuses(VIZ_COMMAND_VIEW, "-refresh", "two dashes");
    refuses(VIZ_COMMAND_VIEW, "---", "unknown option");
    refuses(VIZ_COMMAND_VIEW, "--an-option-with-a-name-longer-than-any-that-there-is",
            "unknown option");
    cr_assert_null(viz_option_nearest(VIZ_COMMAND_VIEW, ""));
    cr_assert_null(viz_option_nearest(VIZ_COMMAND_VIEW, "recrod"),
                   "hidden ones stay so");
}

Test(options, what_later_versions_do_is_refused_as_such)
{
    refuses(VIZ_COMMAND_VIEW, "--record x", "this version has no recording");
    refuses(VIZ_COMMAND_VIEW, "--run-name a", "for --benchmark");
}

Test(options, a_command_spelt_wrong_is_named)
{
    refuses(VIZ_COMMAND_VIEW, "colect", "did you mean viz collect?");
    refuses(VIZ_COMMAND_VIEW, "exprt --headless", "did you mean viz export?");
    refuses(VIZ_COMMAND_VIEW, "data.csv", "is no source");
    refuses(VIZ_COMMAND_VIEW, "udb://:9000", "is no source");
}

Test(options, nothing_is_ignored_in_silence)
{
    refuses(VIZ_COMMAND_VIEW, "--duration 5", "for --benchmark");
    refuses(VIZ_COMMAND_VIEW, "--no-csv", "for --benchmark");
    refuses(VIZ_COMMAND_VIEW, "--headless=yes", "takes no argument");
    refuses(VIZ_COMMAND_VIEW, "--benchmark udp://:9000", "takes no source");
    cr_assert_eq(view_of("--benchmark synth:").sources, 1);
}

Test(options, help_and_version_end_the_line)
{
    struct viz_arguments arguments;
    struct viz_error err;
    cr_assert_eq(parse(VIZ_COMMAND_VIEW, "--help --nonsense", &arguments, &err), 0);
    cr_assert(arguments.help);
    cr_assert_eq(parse(VIZ_COMMAND_SEND, "-h", &arguments, &err), 0);
    cr_assert(arguments.help);
    cr_assert_eq(parse(VIZ_COMMAND_VIEW, "--version", &arguments, &err), 0);
    cr_assert(arguments.version);
    cr_assert_eq(parse(VIZ_COMMAND_VIEW, "--man", &arguments, &err), 0);
    cr_assert(arguments.man);
}

/* What holds for every row of the table, also for one that is added tomorrow. */
Test(options, table)
{
    for (size_t i = 0; i < viz_option_count; i++) {
        const struct viz_option *option = &viz_options[i];
        cr_expect(option->name && option->help && option->commands, "row %zu", i);
        cr_expect(option->unit, "%s has no unit, not even an empty one", option->name);
        cr_expect(option->set || option->refused, "%s cannot be set", option->name);
        cr_expect_leq(option->low, option->high, "%s", option->name);
        cr_expect(option->hidden || strlen(option->help) > 5, "%s", option->name);
        cr_expect(!*option->help || option->help[strlen(option->help) - 1] != '.', "%s",
                  option->name);
        for (size_t j = 0; j < i; j++)
            cr_expect(!(option->commands & viz_options[j].commands) ||
                          strcmp(option->name, viz_options[j].name) != 0,
                      "%s stands there twice", option->name);
        if (option->low < option->high && option->commands & VIZ_COMMAND_VIEW) {
            char words[64];
            snprintf(words, sizeof(words), "--benchmark --%s=%.0f", option->name,
                     option->high * 2 + 1);
            refuses(VIZ_COMMAND_VIEW, words, option->name);
        }
    }
}

static char *help_of(enum viz_command_id command)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (command)
        viz_help_print(out, command);
    else
        viz_help_man(out);
    fclose(out);
    return text;
}

/* Whether @text has a line for --@name. */
static bool lists(const char *text, const char *name)
{
    char term[64];
    snprintf(term, sizeof(term), "\n  --%s", name);
    for (const char *at = strstr(text, term); at; at = strstr(at + 1, term)) {
        char behind = at[strlen(term)];
        if (behind == ' ' || behind == '\n')
            return true;
    }
    return false;
}

/* Every listed option is in the help of each of its commands and in no other's; hidden
 * ones are in none. */
Test(options, help_lists_every_option)
{
    for (size_t c = 0; c < viz_command_count; c++) {
        char *text = help_of(viz_commands[c].id);
        for (size_t i = 0; i < viz_option_count; i++) {
            const struct viz_option *option = &viz_options[i];
            const struct viz_option *meant =
                viz_option_find(viz_commands[c].id, option->name);
            bool own = meant && !strcmp(meant->name, option->name) && !meant->hidden;
            cr_expect_eq(lists(text, option->name), own, "%s of viz %s", option->name,
                         viz_commands[c].name);
        }
        free(text);
    }
    char *man = help_of(0);
    cr_expect(strstr(man, "\\-\\-log\\-interval S"));
    cr_expect(strstr(man, "\\-\\-reorder P"));
    cr_expect(strstr(man, "\\-\\-half\\-frames P"));
    cr_expect(!strstr(man, "\n\n"), "an empty line is a mistake in roff");
    free(man);
}

/* One option of a command is one row: what is found first would hide the other. */
Test(options, no_command_has_two_of_a_name)
{
    for (size_t i = 0; i < viz_option_count; i++)
        for (size_t j = i + 1; j < viz_option_count; j++)
            if (!strcmp(viz_options[i].name, viz_options[j].name))
                cr_expect_eq(viz_options[i].commands & viz_options[j].commands, 0, "%s",
                             viz_options[i].name);
}

static struct viz_arguments parsed(enum viz_command_id command, const char *words)
{
    struct viz_arguments arguments;
    struct viz_error err = {""};
    cr_assert_eq(parse(command, words, &arguments, &err), 0, "%s: %s", words, err.text);
    return arguments;
}

Test(options, devices_and_their_faults)
{
    struct viz_arguments a = parsed(VIZ_COMMAND_DEVICE, "");
    cr_assert_str_eq(a.device.host, "127.0.0.1");
    cr_assert_eq(a.device.port, 8080);
    cr_assert_eq(a.device.devices, 1);
    cr_assert_eq(a.device.faults.stall_s, 0);
    cr_assert_eq(a.device.faults.close_code, 0);
    a = parsed(VIZ_COMMAND_DEVICE,
               "--stall 10:2.5 --close-code 1013@1.5 --drop 5% --effect=-3");
    cr_assert_eq(a.device.faults.stall_at_s, 10);
    cr_assert_eq(a.device.faults.stall_s, 2.5);
    cr_assert_eq(a.device.faults.close_code, 1013);
    cr_assert_eq(a.device.faults.close_after_s, 1.5);
    cr_assert_eq(a.device.faults.drop_percent, 5);
    a = parsed(VIZ_COMMAND_DEVICE, "--close-code 1008");
    cr_assert_eq(a.device.faults.close_after_s, 0);
    refuses(VIZ_COMMAND_DEVICE, "--stall 10", "two times");
    refuses(VIZ_COMMAND_DEVICE, "--stall 10:0", "two times");
    refuses(VIZ_COMMAND_DEVICE, "--stall=-1:2", "two times");
    refuses(VIZ_COMMAND_DEVICE, "--close-code 999", "1000 to 4999");
    refuses(VIZ_COMMAND_DEVICE, "--close-code 1013@", "1000 to 4999");
    refuses(VIZ_COMMAND_DEVICE, "--close-code 1013@x", "1000 to 4999");
    refuses(VIZ_COMMAND_DEVICE, "--devices 0", "from 1");
}

Test(options, a_name_of_a_run_is_no_book)
{
    struct viz_arguments arguments;
    struct viz_error err = {""};
    char words[2100] = "--run-name ";
    size_t used = strlen(words);
    for (int i = 0; i < 1000; i++, used += 2)
        memcpy(words + used, "é", 3);
    cr_assert_eq(parse(VIZ_COMMAND_COLLECT, words, &arguments, &err), 0, "%s",
                 err.text);
    memcpy(words + used, "x", 2);
    refuses(VIZ_COMMAND_COLLECT, words, "1001 characters: at most 1000");
    refuses(VIZ_COMMAND_IMPORT, words, "1001 characters");
    memmove(words + strlen("--benchmark "), words, strlen(words) + 1);
    memcpy(words, "--benchmark ", strlen("--benchmark "));
    refuses(VIZ_COMMAND_VIEW, words, "1001 characters");
}

Test(options, hosts_of_devices_are_gathered)
{
    struct viz_arguments a = parsed(VIZ_COMMAND_COLLECT, "--run-name x");
    cr_assert_eq(a.device_hosts, 0);
    cr_assert_eq(a.device_port, 80);
    cr_assert_eq(a.collect.patience_s, 10);
    cr_assert_eq(a.collect.max_samples, 0);
    a = parsed(VIZ_COMMAND_COLLECT, "--host a --host=b:81 --port 8080 --tags x,y");
    cr_assert_eq(a.device_hosts, 2);
    cr_assert_str_eq(a.device_host[1], "b:81");
    cr_assert_eq(a.device_port, 8080);
    cr_assert_str_eq(a.collect.tags, "x,y");
    refuses(VIZ_COMMAND_COLLECT, "--host=", "got nothing");
    refuses(VIZ_COMMAND_COLLECT, "--port 0", "from 1");
    refuses(VIZ_COMMAND_COLLECT, "--max-samples=-1", "whole number");
}

Test(options, words_of_the_store)
{
    struct viz_arguments a = parsed(VIZ_COMMAND_EXPORT, "run --format json --all");
    cr_assert(a.runs.export_json && a.runs.all);
    cr_assert_str_eq(a.runs.output, "-");
    cr_assert_eq(parsed(VIZ_COMMAND_SHOW, "run").runs.profile, VIZ_LW_FIRMWARE);
    cr_assert_eq(parsed(VIZ_COMMAND_SHOW, "run --profile readme").runs.profile,
                 VIZ_LW_README);
    cr_assert_eq(parsed(VIZ_COMMAND_RUNS, "").runs.limit, 20);
    refuses(VIZ_COMMAND_EXPORT, "--format xml", "csv or json");
    refuses(VIZ_COMMAND_IMPORT, "--format xml", "collector-db");
    refuses(VIZ_COMMAND_SHOW, "--profile x", "firmware or readme");
    refuses(VIZ_COMMAND_SHOW, "--ema 0", "from");
}

/* Columns of a terminal, not bytes. */
static size_t width_of(const char *line)
{
    size_t width = 0;
    for (; *line && *line != '\n'; line++)
        width += ((unsigned char)*line & 0xc0) != 0x80;
    return width;
}

Test(options, help_fits_a_terminal)
{
    for (int command = VIZ_COMMAND_VIEW; command <= VIZ_COMMAND_SEND; command++) {
        char *text = help_of((enum viz_command_id)command);
        for (char *line = text; line; line = strchr(line, '\n')) {
            line += *line == '\n';
            cr_expect_leq(width_of(line), 80, "%.90s", line);
            if (!*line)
                break;
        }
        free(text);
    }
}

/* The whole text, so that a change of it is a choice: tests/golden/help.txt is what
 * viz --help and viz send --help print. */
Test(options, help_is_the_golden_one)
{
    FILE *file = fopen(VIZ_TEST_DIR "/golden/help.txt", "re");
    cr_assert(file, "golden/help.txt is missing");
    static char golden[65536];
    size_t size = fread(golden, 1, sizeof(golden) - 1, file);
    golden[size] = 0;
    fclose(file);
    char *view = help_of(VIZ_COMMAND_VIEW), *send = help_of(VIZ_COMMAND_SEND);
    size_t length = strlen(view);
    cr_assert(size == length + strlen(send) && !strncmp(golden, view, length) &&
                  !strcmp(golden + length, send),
              "to accept: (viz --help; viz send --help) >tests/golden/help.txt");
    free(view);
    free(send);
}
