/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "websocket_cases.h"

Test(websocket_close, a_close_is_answered_with_its_code)
{
    static const struct wire_case cases[] = {
        {{F(FIN | CLOSE, "\x03\xe8")}, ">() close 1000() -- closed 1000()"},
        {{F(FIN | CLOSE, "\x03\xe9"
                         "bye")},
         ">() close 1001() -- closed 1001(bye)"},
        {{F(FIN | CLOSE, "")}, ">() close() -- closed 1005()"},
        {{F(FIN | CLOSE, "\x03\xf5Maximum clients")},
         ">() close 1013() -- closed 1013(Maximum clients)"},
    };
    check_cases(cases);
}

Test(websocket_close, codes_of_a_close)
{
    for (unsigned code = 0; code <= 65535; code = code == 5000 ? 65535 : code + 1) {
        if (code > 1100 && code < 2990)
            code = 2990;
        if (code > 3010 && code < 4990)
            code = 4990;
        bool good = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                    (code >= 3000 && code < 5000);
        char payload[2] = {(char)(code >> 8), (char)code};
        char expected[128] = PROTOCOL;
        if (good)
            snprintf(expected, sizeof(expected), ">() close %u() -- closed %u()", code,
                     code);
        struct wire_case which = {
            {{.first = FIN | CLOSE, .payload = payload, .size = 2}}, expected};
        check_case(&which);
    }
}

Test(websocket_close, half_a_close_code_is_refused)
{
    static const struct wire_case cases[] = {{{F(FIN | CLOSE, "\x03")}, PROTOCOL}};
    check_cases(cases);
}

Test(websocket_close, the_reason_of_a_close_is_utf8)
{
    char payload[32] = "\x03\xe8", expected[128];
    for (size_t i = 0; i < COUNT(good_texts); i++) {
        strcpy(payload + 2, good_texts[i]);
        snprintf(expected, sizeof(expected), ">() close 1000() -- closed 1000(%s)",
                 good_texts[i]);
        struct wire_case which = {
            {{.first = FIN | CLOSE, .payload = payload, .size = strlen(payload)}},
            expected};
        check_case(&which);
    }
    for (size_t i = 0; i < COUNT(bad_texts); i++) {
        strcpy(payload + 2, bad_texts[i]);
        struct wire_case which = {
            {{.first = FIN | CLOSE, .payload = payload, .size = strlen(payload)}},
            NOT_UTF8};
        check_case(&which);
    }
}

Test(websocket_close, the_longest_reason)
{
    char payload[125], expected[256] = ">() close 1000() -- closed 1000(";
    memset(payload, 'x', sizeof(payload));
    memcpy(payload, "\x03\xe8", 2);
    strncat(expected, payload + 2, 123);
    strcat(expected, ")");
    struct wire_case which = {{{.first = FIN | CLOSE, .payload = payload, .size = 125}},
                              expected};
    check_case(&which);
}

Test(websocket_close, nothing_is_called_back_behind_a_close_or_a_fault)
{
    static const struct wire_case cases[] = {
        {{F(FIN | CLOSE, "\x03\xe8"), F(FIN | TEXT, "a"), F(FIN | PING, ""),
          F(FIN | PONG, ""), F(FIN | CLOSE, "\x03\xe9")},
         ">() close 1000() -- closed 1000()"},
        {{F(FIN | 3, ""), F(FIN | TEXT, "a"), F(FIN | PING, ""),
          F(FIN | CLOSE, "\x03\xe9")},
         PROTOCOL},
        {{F(FIN | TEXT, "\xff"), F(FIN | TEXT, "a")}, NOT_UTF8},
    };
    check_cases(cases);
}

Test(websocket_close, both_ends_understand_each_other)
{
    struct end ends[2];
    const uint8_t *bytes;
    open_end(&ends[0], VIZ_WEBSOCKET_CLIENT, 0, 0);
    open_end(&ends[1], VIZ_WEBSOCKET_SERVER, 0, 0);
    viz_websocket_send(ends[0].ws, VIZ_WEBSOCKET_TEXT, "ask", 3);
    viz_websocket_ping(ends[0].ws);
    viz_websocket_send(ends[1].ws, VIZ_WEBSOCKET_BINARY, "tell", 4);
    viz_websocket_close(ends[1].ws, 1013, "come back");
    for (int i = 0; i < 6; i++) {
        struct end *from = &ends[i % 2], *to = &ends[1 - i % 2];
        size_t size = viz_websocket_output(from->ws, &bytes);
        feed(to, bytes, size, 1);
        viz_websocket_sent(from->ws, size);
    }
    note_state(&ends[0]);
    note_state(&ends[1]);
    cr_assert_str_eq(ends[0].log, "binary(tell) -- closed 1013(come back)");
    cr_assert_str_eq(ends[1].log, "text(ask) ping() -- closed 1013()");
    close_end(&ends[0]);
    close_end(&ends[1]);
}

/* We have closed; then comes what the peer sends. */
static void check_after_close(const struct wire_case *which)
{
    for (long cut = 0; cut < 2; cut++) {
        struct end end;
        open_end(&end, VIZ_WEBSOCKET_SERVER, 0, 0);
        cr_assert(viz_websocket_close(end.ws, 1000, "bye"));
        note_output(&end);
        cr_assert_not(viz_websocket_writing(end.ws));
        cr_assert(viz_websocket_reading(end.ws));
        cr_assert_not(viz_websocket_close(end.ws, 1000, NULL));
        cr_assert_not(viz_websocket_send(end.ws, VIZ_WEBSOCKET_TEXT, "late", 4));
        cr_assert_not(viz_websocket_ping(end.ws));
        struct viz_bytes bytes = write_case(which, VIZ_WEBSOCKET_SERVER);
        feed(&end, viz_bytes_first(&bytes), viz_bytes_size(&bytes), cut);
        note_output(&end);
        note_state(&end);
        cr_expect_str_eq(end.log, which->expected);
        viz_bytes_finish(&bytes);
        close_end(&end);
    }
}

Test(websocket_close, behind_our_close_messages_come_until_the_peers)
{
    static const struct wire_case cases[] = {
        {{F(FIN | TEXT, "a")}, ">() close 1000(bye) text(a) r-"},
        {{F(FIN | TEXT, "a"), F(FIN | PING, "p"), F(FIN | CLOSE, "\x03\xe8"),
          F(FIN | TEXT, "b")},
         ">() close 1000(bye) text(a) ping() -- closed 1000()"},
        {{F(FIN | CLOSE, "\x0f\xa0own")}, ">() close 1000(bye) -- closed 4000(own)"},
        {{F(FIN | 3, "")}, ">() close 1000(bye) -- fault 1002"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_after_close(&cases[i]);
}

static void check_close(uint16_t code, const char *reason, const char *expected)
{
    struct end end;
    open_end(&end, VIZ_WEBSOCKET_CLIENT, 0, 0);
    cr_assert(viz_websocket_close(end.ws, code, reason));
    note_output(&end);
    cr_expect_str_eq(end.log, expected);
    close_end(&end);
}

Test(websocket_close, a_close_says_what_it_was_told)
{
    char reason[200];
    check_close(1000, NULL, ">() close 1000() ");
    check_close(4999, "", ">() close 4999() ");
    check_close(1001, "bye", ">() close 1001(bye) ");
    check_close(1006, "a test breaks rules", ">() close 1006(a test breaks rules) ");
    check_close(0, "no code, no reason", ">() close() ");
    check_close(VIZ_WEBSOCKET_NO_STATUS, NULL, ">() close() ");

    struct end end = {.used = 0};
    memset(reason, 'x', sizeof(reason));
    note(&end, ">() close 1000", (uint8_t *)reason, 123);
    strcpy(reason + 123, "");
    check_close(1000, reason, end.log);
    strcpy(reason + 123, "y");
    check_close(1000, reason, end.log);

    end = (struct end){.used = 0};
    strcpy(reason + 121, "\xf0\x9f\x98\x80");
    note(&end, ">() close 1000", (uint8_t *)reason, 121);
    check_close(1000, reason, end.log);
}
