/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/source.h>
#include <viz/subscription.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALL (VIZ_SUBSCRIBE_BENCHMARK | VIZ_SUBSCRIBE_AUDIO | VIZ_SUBSCRIBE_STM)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *text;
    enum viz_source_kind kind;
    const char *host;
    uint16_t port;
    const char *format;
} good[] = {
    {"udp://:9000", VIZ_SOURCE_UDP, "", 9000, ""},
    {"udp://0.0.0.0:9000", VIZ_SOURCE_UDP, "0.0.0.0", 9000, ""},
    {"udp://:0", VIZ_SOURCE_UDP, "", 0, ""},
    {"udp://[::1]:65535", VIZ_SOURCE_UDP, "::1", 65535, ""},
    {"udp://:9000?format=mpu", VIZ_SOURCE_UDP, "", 9000, "mpu"},
    {"tcp://pi.local:1", VIZ_SOURCE_TCP, "pi.local", 1, ""},
    {"tcp://[fe80::1%eth0]:80?format=viz", VIZ_SOURCE_TCP, "fe80::1%eth0", 80, "viz"},
    {"tcp-listen://:0", VIZ_SOURCE_TCP_LISTEN, "", 0, ""},
    {"tcp-listen://localhost:7?format=csv", VIZ_SOURCE_TCP_LISTEN, "localhost", 7,
     "csv"},
    {"-", VIZ_SOURCE_PIPE, "", 0, ""},
    {"-?format=csv", VIZ_SOURCE_PIPE, "", 0, "csv"},
    {"udp://:9000?", VIZ_SOURCE_UDP, "", 9000, ""},
    {"synth:", VIZ_SOURCE_SYNTH, "", 0, ""},
};

Test(source, understands_what_it_should)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        struct viz_source source;
        struct viz_error err = {""};
        int ret = viz_source_parse(good[i].text, NULL, &source, &err);
        cr_expect_eq(ret, 0, "%s: %s", good[i].text, err.text);
        cr_expect_eq(source.kind, good[i].kind, "%s", good[i].text);
        cr_expect_str_eq(source.text, good[i].text);
        cr_expect_str_eq(source.host, good[i].host);
        cr_expect_eq(source.port, good[i].port, "%s", good[i].text);
        cr_expect_str_eq(source.format, good[i].format);
    }
}

static const struct {
    const char *text, *host, *path;
    uint16_t port;
    bool secure, start;
    unsigned subscribe;
    const char *format, *authorities;
} sockets[] = {
    {"ws://pi.local", "pi.local", "/ws", 80, false, false, ALL, "", ""},
    {"ws://pi.local/", "pi.local", "/", 80, false, false, ALL, "", ""},
    {"ws://pi.local:81", "pi.local", "/ws", 81, false, false, ALL, "", ""},
    {"ws://127.0.0.1:8080/a/b:c", "127.0.0.1", "/a/b:c", 8080, false, false, ALL, "",
     ""},
    {"ws://[::1]/ws", "::1", "/ws", 80, false, false, ALL, "", ""},
    {"ws://[fe80::1%eth0]:81", "fe80::1%eth0", "/ws", 81, false, false, ALL, "", ""},
    {"wss://host", "host", "/ws", 443, true, false, ALL, "", ""},
    {"wss://host:8443/x?ca=/etc/a.pem", "host", "/x", 8443, true, false, ALL, "",
     "/etc/a.pem"},
    {"ws://host?subscribe=none", "host", "/ws", 80, false, false, 0, "", ""},
    {"ws://host?subscribe=stm,benchmark&start=yes", "host", "/ws", 80, false, true,
     VIZ_SUBSCRIBE_STM | VIZ_SUBSCRIBE_BENCHMARK, "", ""},
    {"ws://host/ws?start=no", "host", "/ws", 80, false, false, ALL, "", ""},
    {"ws://host/ws?format=mpu", "host", "/ws", 80, false, false, 0, "mpu", ""},
    {"ws://host/ws?subscribe=audio&format=csv", "host", "/ws", 80, false, false,
     VIZ_SUBSCRIBE_AUDIO, "csv", ""},
};

Test(source, understands_web_sockets)
{
    for (size_t i = 0; i < COUNT(sockets); i++) {
        struct viz_source source;
        struct viz_error err = {""};
        int ret = viz_source_parse(sockets[i].text, NULL, &source, &err);
        cr_expect_eq(ret, 0, "%s: %s", sockets[i].text, err.text);
        cr_expect_eq(source.kind, VIZ_SOURCE_WS, "%s", sockets[i].text);
        cr_expect_str_eq(source.host, sockets[i].host);
        cr_expect_str_eq(source.path, sockets[i].path);
        cr_expect_eq(source.port, sockets[i].port, "%s", sockets[i].text);
        cr_expect_eq(source.secure, sockets[i].secure, "%s", sockets[i].text);
        cr_expect_eq(source.start, sockets[i].start, "%s", sockets[i].text);
        cr_expect_eq(source.subscribe, sockets[i].subscribe, "%s", sockets[i].text);
        cr_expect_str_eq(source.format, sockets[i].format);
        cr_expect_str_eq(source.authorities, sockets[i].authorities);
    }
}

/* What is forced to another format is asked for nothing, wherever that is said. */
Test(source, a_forced_format_subscribes_to_nothing)
{
    struct viz_source source;
    struct viz_error err = {""};
    cr_expect_eq(viz_source_parse("ws://host", "mpu", &source, &err), 0);
    cr_expect_eq(source.subscribe, 0);
    cr_expect_eq(viz_source_parse("ws://host?subscribe=stm", "mpu", &source, &err), 0);
    cr_expect_eq(source.subscribe, VIZ_SUBSCRIBE_STM);
}

/* Each with words that its sentence must contain. */
static const struct {
    const char *text, *words;
} bad[] = {
    {"", "is no source: expected udp://"},
    {"udp", "is no source: expected udp://"},
    {"data.csv", "is no source: expected udp://"},
    {"udp:/:9000", "is no source"},
    {"udp://", "expected udp://[HOST]:PORT"},
    {"udp://host", "expected udp://[HOST]:PORT"},
    {"udp://host:", "no number from 0 to 65535"},
    {"udp://:65536", "no number from 0 to 65535"},
    {"udp://:-1", "no number from 0 to 65535"},
    {"udp://:+1", "no number from 0 to 65535"},
    {"udp://: 1", "no number from 0 to 65535"},
    {"udp://:9000x", "no number from 0 to 65535"},
    {"udp://:99999999999999999999", "no number from 0 to 65535"},
    {"udp://::1:9000", "in brackets"},
    {"udp://[::1:9000", "in brackets"},
    {"udp://[]:9000", "in brackets"},
    {"udp://[::1]", "in brackets"},
    {"udp://]:9000", "in brackets"},
    {"udp://::1]:9000", "in brackets"},
    {"udp://host/path:9000", "expected udp://[HOST]:PORT"},
    {"tcp://:9000", "the host is missing"},
    {"tcp://host:0", "no number from 1 to 65535"},
    {"tcp://host", "expected tcp://HOST:PORT"},
    {"udp://:9000?format=", "no format is called \"\""},
    {"udp://:9000?format=nosuch", "no format is called \"nosuch\": expected one of"},
    {"udp://:9000?format=aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "no format is called"},
    {"udp://:9000?baud=1", "unknown parameter \"baud=1\": expected format=NAME"},
    {"udp://:9000?format=mpu&x=1", "unknown parameter \"x=1\""},
    {"udp://:9000?format", "unknown parameter \"format\""},
    {"-?x=1", "unknown parameter"},
    {"synth:?format=mpu", "takes no parameters"},
    {"synth:18", "is no source"},
    {"ws://", "the host is missing"},
    {"ws:///ws", "the host is missing"},
    {"ws://:80/ws", "the host is missing"},
    {"ws:host", "is no source"},
    {"ws://host:0/ws", "no number from 1 to 65535"},
    {"ws://host:/ws", "no number from 1 to 65535"},
    {"ws://host:80x/ws", "no number from 1 to 65535"},
    {"ws://::1/ws", "in brackets"},
    {"ws://[::1/ws", "in brackets"},
    {"ws://no..host/ws", "\"no..host\" cannot be a host's name"},
    {"ws://.host/ws", "cannot be a host's name"},
    {"ws://user@host/ws", "cannot be a host's name"},
    {"ws://h\303\266st/ws", "cannot be a host's name"},
    {"ws://a23456789b123456789c123456789d123456789e123456789f123456789g1234/",
     "cannot be a host's name"},
    {"ws://host/a b", "visible ASCII"},
    {"ws://host/a\rX:y", "visible ASCII"},
    {"ws://host/\303\266", "visible ASCII"},
    {"ws://host/a#b", "visible ASCII"},
    {"ws://host/ws?token=1", "unknown parameter \"token=1\": expected format=NAME, "
                             "subscribe=LIST, start=yes or ca=FILE"},
    {"ws://host/ws?subscribe=", "expected benchmark, audio, stm"},
    {"ws://host/ws?subscribe=audio,", "expected benchmark, audio, stm"},
    {"ws://host/ws?subscribe=audio,audio", "expected benchmark, audio, stm"},
    {"ws://host/ws?subscribe=none,audio", "expected benchmark, audio, stm"},
    {"ws://host/ws?subscribe=led", "expected benchmark, audio, stm"},
    {"ws://host/ws?start=maybe", "expected yes or no"},
    {"ws://host/ws?ca=x.pem", "ca= is for wss://"},
    {"wss://host/ws?ca=", "names no file"},
    {"udp://:9000?subscribe=audio", "unknown parameter"},
    {"tcp://host:1?start=yes", "unknown parameter"},
    {"serial:/dev/ttyUSB0", "this version has no serial: sources"},
    {"exec:cat", "this version has no exec: sources"},
    {"file:run.viz", "this version has no file: sources"},
};

Test(source, says_what_it_expected)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct viz_source source;
        struct viz_error err = {""};
        cr_expect_eq(viz_source_parse(bad[i].text, NULL, &source, &err), -EINVAL, "%s",
                     bad[i].text);
        cr_expect(strstr(err.text, bad[i].words), "\"%s\": %s", bad[i].text, err.text);
        cr_expect_not(strchr(err.text, '\n'));
    }
}

Test(source, command_line_format_gives_way_to_the_sources_own)
{
    struct viz_source source;
    struct viz_error err = {""};
    cr_expect_eq(viz_source_parse("udp://:1", "csv", &source, &err), 0);
    cr_expect_str_eq(source.format, "csv");
    cr_expect_eq(viz_source_parse("udp://:1?format=viz", "csv", &source, &err), 0);
    cr_expect_str_eq(source.format, "viz");
    cr_expect_eq(viz_source_parse("synth:", "csv", &source, &err), 0);
    cr_expect_str_eq(source.format, "");
    cr_expect_eq(viz_source_parse("udp://:1", "nosuch", &source, &err), -EINVAL);
}

/* The longest that fits, and one byte more. */
Test(source, length_is_limited)
{
    char text[300];
    struct viz_source source;
    struct viz_error err = {""};
    memset(text, '1', sizeof(text));
    memcpy(text, "udp://[", 7);
    snprintf(text + 7 + 127, sizeof(text) - 134, "]:9");
    cr_expect_eq(viz_source_parse(text, NULL, &source, &err), 0, "%s", err.text);
    cr_expect_eq(strlen(source.host), 127);
    snprintf(text + 7 + 127, sizeof(text) - 134, "1]:9");
    cr_expect_eq(viz_source_parse(text, NULL, &source, &err), -EINVAL);
    cr_expect(strstr(err.text, "longer than 127 bytes"), "%s", err.text);
    memset(text, 'x', sizeof(text));
    text[256] = '\0';
    cr_expect_eq(viz_source_parse(text, NULL, &source, &err), -EINVAL);
    cr_expect(strstr(err.text, "longer than 255 bytes"), "%s", err.text);
}
