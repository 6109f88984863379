/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "websocket_cases.h"

#define LIMIT 65535

Test(websocket, messages_come_whole)
{
    static const struct wire_case cases[] = {
        {{F(FIN | TEXT, "Hello")}, "text(Hello) rw"},
        {{F(FIN | BINARY, "\x01\x02")}, "binary(\x01\x02) rw"},
        {{F(FIN | TEXT, "a"), F(FIN | BINARY, "b"), F(FIN | TEXT, "c")},
         "text(a) binary(b) text(c) rw"},
    };
    check_cases(cases);
}

Test(websocket, messages_may_be_empty)
{
    static const struct wire_case cases[] = {
        {{F(FIN | TEXT, ""), F(FIN | BINARY, "")}, "text() binary() rw"},
        {{F(TEXT, ""), F(CONTINUATION, ""), F(FIN, "")}, "text() rw"},
        {{F(BINARY, ""), F(CONTINUATION, "a"), F(CONTINUATION, ""), F(FIN, "")},
         "binary(a) rw"},
    };
    check_cases(cases);
}

Test(websocket, fragments_are_put_together)
{
    static const struct wire_case cases[] = {
        {{F(TEXT, "Hel"), F(FIN, "lo")}, "text(Hello) rw"},
        {{F(BINARY, "a"), F(CONTINUATION, "b"), F(FIN, "c"), F(FIN | TEXT, "d")},
         "binary(abc) text(d) rw"},
        {{F(TEXT, "never ended"), F(CONTINUATION, "x")}, "rw"},
    };
    check_cases(cases);
}

Test(websocket, control_frames_come_between_fragments)
{
    static const struct wire_case cases[] = {
        {{F(TEXT, "Hel"), F(FIN | PING, "p"), F(FIN, "lo")},
         "ping() text(Hello) >() pong(p) rw"},
        {{F(TEXT, "a"), F(FIN | PONG, ""), F(CONTINUATION, "b"), F(FIN | PING, ""),
          F(FIN, "c")},
         "pong() ping() text(abc) >() pong() rw"},
        {{F(BINARY, "a"), F(FIN | CLOSE, "\x03\xe8"), F(FIN, "b")},
         ">() close 1000() -- closed 1000()"},
    };
    check_cases(cases);
}

Test(websocket, a_ping_is_answered_with_its_own_payload)
{
    static const struct wire_case cases[] = {
        {{F(FIN | PING, "")}, "ping() >() pong() rw"},
        {{F(FIN | PING, "\xff\x00z")}, "ping() >() pong(\xff) rw"},
        {{F(FIN | PING, "a"), F(FIN | PING, "b")},
         "ping() ping() >() pong(a) pong(b) rw"},
        {{F(FIN | PONG, "nobody asked")}, "pong() rw"},
    };
    check_cases(cases);

    char longest[125];
    for (size_t i = 0; i < sizeof(longest); i++)
        longest[i] = (char)i;
    struct end end = {.used = 0};
    note(&end, "ping() >() pong", (const uint8_t *)longest, sizeof(longest));
    strcat(end.log, "rw");
    struct wire_case which = {
        {{.first = FIN | PING, .payload = longest, .size = sizeof(longest)}}, end.log};
    check_case(&which);
}

Test(websocket, lengths_around_the_forms)
{
    static const size_t sizes[] = {1,    124,  125,  126,   127,  128,
                                   4082, 4096, 4097, 65534, 65535};
    char *payload = malloc(LIMIT);
    for (size_t i = 0; i < LIMIT; i++)
        payload[i] = (char)('a' + i % 23);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct wire_case which = {
            {{.first = FIN | BINARY, .payload = payload, .size = sizes[i]}}, NULL};
        struct end end = {.used = 0};
        note(&end, "binary", (const uint8_t *)payload, sizes[i]);
        strcat(end.log, "rw");
        which.expected = end.log;
        check_case(&which);
    }
    free(payload);
}

Test(websocket, a_message_beyond_the_limit_is_refused)
{
    char *payload = calloc(1, LIMIT + 1);
    struct wire_case cases[] = {
        {{{.first = FIN | BINARY, .payload = payload, .size = LIMIT + 1}}, TOO_BIG},
        {{{.first = BINARY, .payload = payload, .size = LIMIT}, F(FIN, "x")}, TOO_BIG},
        {{F(BINARY, "x"), {.first = FIN, .payload = payload, .size = LIMIT}}, TOO_BIG},
        {{F(TEXT, "x"),
          F(FIN | PING, "p"),
          {.first = CONTINUATION, .payload = payload, .size = LIMIT}},
         "ping() >() pong(p) close 1009() -- fault 1009"},
        {{{.first = FIN | BINARY,
           .payload = "x",
           .size = 1,
           .form = SIXTY_FOUR_BITS,
           .declared = INT64_MAX}},
         TOO_BIG},
        {{F(BINARY, "x"),
          {.first = FIN,
           .payload = "x",
           .size = 1,
           .form = SIXTY_FOUR_BITS,
           .declared = INT64_MAX}},
         TOO_BIG},
    };
    check_cases(cases);
    free(payload);
}

Test(websocket, the_limit_counts_one_message_and_not_all)
{
    struct end end;
    struct viz_bytes bytes = {0};
    static const struct by_hand frames[] = {F(FIN | BINARY, "1234"), F(BINARY, "12"),
                                            F(FIN | PING, "12345"), F(FIN, "34"),
                                            F(FIN | BINARY, "12345")};
    for (size_t i = 0; i < 5; i++)
        put_by_hand(&bytes, VIZ_WEBSOCKET_CLIENT, &frames[i]);
    open_end(&end, VIZ_WEBSOCKET_CLIENT, 4, 0);
    feed(&end, viz_bytes_first(&bytes), viz_bytes_size(&bytes), 0);
    note_state(&end);
    cr_assert_str_eq(end.log, "binary(1234) ping() binary(1234) -- fault 1009");
    close_end(&end);
    viz_bytes_finish(&bytes);
}

Test(websocket, a_length_has_63_bits)
{
    static const struct wire_case cases[] = {
        {{{.first = FIN | BINARY,
           .form = SIXTY_FOUR_BITS,
           .declared = UINT64_C(1) << 63}},
         PROTOCOL},
        {{{.first = FIN | TEXT, .form = SIXTY_FOUR_BITS, .declared = UINT64_MAX}},
         PROTOCOL},
    };
    check_cases(cases);
}

Test(websocket, a_length_is_written_the_shortest_way)
{
    static char payload[65535];
    static const struct wire_case cases[] = {
        {{{.first = FIN | BINARY, .form = SIXTEEN_BITS}}, PROTOCOL},
        {{{.first = FIN | BINARY,
           .payload = payload,
           .size = 125,
           .form = SIXTEEN_BITS}},
         PROTOCOL},
        {{{.first = FIN | BINARY,
           .payload = payload,
           .size = 5,
           .form = SIXTY_FOUR_BITS}},
         PROTOCOL},
        {{{.first = FIN | BINARY,
           .payload = payload,
           .size = 65535,
           .form = SIXTY_FOUR_BITS}},
         PROTOCOL},
    };
    check_cases(cases);
}

Test(websocket, masks_are_for_servers_only)
{
    static const struct wire_case cases[] = {
        {{{.first = FIN | TEXT, .payload = "a", .size = 1, .wrong_mask = true}},
         PROTOCOL},
        {{{.first = FIN | TEXT, .wrong_mask = true}}, PROTOCOL},
        {{{.first = FIN | PING, .wrong_mask = true}}, PROTOCOL},
        {{{.first = FIN | CLOSE, .payload = "\x03\xe8", .size = 2, .wrong_mask = true}},
         PROTOCOL},
        {{F(TEXT, "a"), {.first = FIN, .payload = "b", .size = 1, .wrong_mask = true}},
         PROTOCOL},
    };
    check_cases(cases);
}

Test(websocket, reserved_bits_and_opcodes_are_refused)
{
    for (unsigned bit = 0x10; bit < 0x80; bit <<= 1) {
        for (unsigned opcode = 0; opcode < 16; opcode++) {
            struct wire_case which = {{F((uint8_t)(FIN | bit | opcode), "x")},
                                      PROTOCOL};
            check_case(&which);
        }
    }
    static const uint8_t reserved[] = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15};
    for (size_t i = 0; i < sizeof(reserved); i++) {
        struct wire_case cases[] = {
            {{F((uint8_t)(FIN | reserved[i]), "")}, PROTOCOL},
            {{F((uint8_t)(FIN | reserved[i]), "x")}, PROTOCOL},
            {{F((uint8_t)(reserved[i]), "x")}, PROTOCOL},
            {{F(TEXT, "x"), F((uint8_t)(FIN | reserved[i]), "x")}, PROTOCOL},
            {{F(FIN | TEXT, "x"), F((uint8_t)(FIN | reserved[i]), "x")},
             "text(x) " PROTOCOL},
        };
        check_cases(cases);
    }
}

Test(websocket, control_frames_are_short_and_whole)
{
    static const char payload[126];
    static const uint8_t opcodes[] = {CLOSE, PING, PONG};
    for (size_t i = 0; i < sizeof(opcodes); i++) {
        struct wire_case cases[] = {
            {{{.first = FIN | opcodes[i], .payload = payload, .size = 126}}, PROTOCOL},
            {{F(opcodes[i], "\x03\xe8")}, PROTOCOL},
            {{F(opcodes[i], "\x03\xe8"), F(FIN, "")}, PROTOCOL},
            {{F(TEXT, "a"), F(opcodes[i], ""), F(FIN, "")}, PROTOCOL},
        };
        check_cases(cases);
    }
}

Test(websocket, fragments_come_in_order)
{
    static const struct wire_case cases[] = {
        {{F(FIN, "x")}, PROTOCOL},
        {{F(FIN | TEXT, "a"), F(FIN, "x")}, "text(a) " PROTOCOL},
        {{F(FIN | TEXT, "a"), F(FIN, "")}, "text(a) " PROTOCOL},
        {{F(TEXT, "a"), F(FIN, "b"), F(FIN, "c")}, "text(ab) " PROTOCOL},
        {{F(TEXT, "a"), F(FIN | TEXT, "b")}, PROTOCOL},
        {{F(TEXT, "a"), F(BINARY, "b")}, PROTOCOL},
        {{F(TEXT, ""), F(FIN | BINARY, "b")}, PROTOCOL},
        {{F(FIN | PING, "a"), F(FIN, "x")},
         "ping() >() pong(a) close 1002() -- fault 1002"},
    };
    check_cases(cases);
    struct viz_bytes bytes = {0}; /* not to be told from the end of a case */
    put_by_hand(&bytes, VIZ_WEBSOCKET_CLIENT, &(struct by_hand){.first = 0});
    check_bytes(&bytes, VIZ_WEBSOCKET_CLIENT, PROTOCOL);
    viz_bytes_finish(&bytes);
}

/* Whole, and in two fragments at every place. */
static void check_text(const char *text, bool good)
{
    size_t size = strlen(text);
    char expected[128] = NOT_UTF8;
    if (good)
        snprintf(expected, sizeof(expected), "text(%s) rw", text);
    struct wire_case whole = {{{.first = FIN | TEXT, .payload = text, .size = size}},
                              expected};
    check_case(&whole);
    for (size_t i = 0; i <= size; i++) {
        struct wire_case parts = {
            {{.first = TEXT, .payload = text, .size = i},
             {.first = FIN, .payload = text + i, .size = size - i}},
            expected,
        };
        check_case(&parts);
    }
}

Test(websocket, text_is_utf8)
{
    for (size_t i = 0; i < COUNT(good_texts); i++)
        check_text(good_texts[i], true);
    for (size_t i = 0; i < COUNT(bad_texts); i++)
        check_text(bad_texts[i], false);
}

Test(websocket, text_is_refused_before_its_end)
{
    static const struct wire_case cases[] = {
        {{F(TEXT, "a\xff")}, NOT_UTF8},
        {{F(TEXT, "a\xed\xa0")}, NOT_UTF8},
        {{F(TEXT, "a\xed"), F(FIN | PING, "\xff")}, "ping() >() pong(\xff) rw"},
    };
    check_cases(cases);
}

Test(websocket, binary_is_anything)
{
    static const struct wire_case cases[] = {
        {{F(FIN | BINARY, "\xff\xfe")}, "binary(\xff\xfe) rw"},
        {{F(TEXT, "\xc3"), F(FIN, "\xa4"), F(BINARY, "\xc3"), F(FIN, "")},
         "text(\xc3\xa4) binary(\xc3) rw"},
    };
    check_cases(cases);
}

/* What we send, read by hand. */
static void check_sent(enum viz_websocket_role role, enum viz_websocket_kind kind,
                       size_t size)
{
    struct end end;
    struct sent sent;
    const uint8_t *bytes;
    char *payload = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        payload[i] = (char)('a' + i % 19);
    open_end(&end, role, 0, 0);
    cr_assert(viz_websocket_send(end.ws, kind, payload, size));
    size_t left = viz_websocket_output(end.ws, &bytes);
    cr_assert(take_by_hand(&bytes, &left, role, &sent));
    cr_assert_eq(left, 0);
    cr_assert_eq(sent.first, FIN | (kind == VIZ_WEBSOCKET_TEXT ? TEXT : BINARY));
    cr_assert(sent.minimal);
    cr_assert_eq(sent.size, size);
    cr_assert_eq(memcmp(sent.payload, payload, size), 0);
    free(sent.payload);
    free(payload);
    close_end(&end);
}

Test(websocket, what_is_sent_is_whole)
{
    static const size_t sizes[] = {0, 1, 125, 126, 127, 4095, 4096, 4097, 65535, 65536};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        check_sent(VIZ_WEBSOCKET_CLIENT, VIZ_WEBSOCKET_TEXT, sizes[i]);
        check_sent(VIZ_WEBSOCKET_SERVER, VIZ_WEBSOCKET_BINARY, sizes[i]);
    }
}

Test(websocket, masks_change_from_frame_to_frame)
{
    enum { MASKS = 200 }; /* more than come of one system call */
    uint8_t masks[MASKS][4];
    struct end end;
    struct sent sent;
    const uint8_t *bytes;
    unsigned same = 0;
    open_end(&end, VIZ_WEBSOCKET_CLIENT, 0, 0);
    for (unsigned i = 0; i < MASKS; i++)
        cr_assert(viz_websocket_send(end.ws, VIZ_WEBSOCKET_BINARY, "x", 1));
    size_t left = viz_websocket_output(end.ws, &bytes);
    for (unsigned i = 0; take_by_hand(&bytes, &left, end.role, &sent); i++) {
        memcpy(masks[i], sent.mask, 4);
        for (unsigned k = 0; k < i; k++)
            same += memcmp(masks[i], masks[k], 4) == 0;
        free(sent.payload);
    }
    cr_assert_leq(same, 2, "by chance one pair in 200 000");
    close_end(&end);
}

Test(websocket, a_callback_may_send_and_close)
{
    static const struct wire_case which = {
        {F(FIN | TEXT, "a"), F(TEXT, "b"), F(FIN | PING, "p"), F(FIN, "c"),
         F(FIN | CLOSE, "\x03\xe8"), F(FIN | TEXT, "d")},
        "text(a) ping() text(bc) >() text(ok) close 1001(enough) -- closed 1000()",
    };
    for (enum viz_websocket_role role = VIZ_WEBSOCKET_CLIENT;
         role <= VIZ_WEBSOCKET_SERVER; role++) {
        struct viz_bytes bytes = write_case(&which, role);
        for (long cut = 0; cut < 3; cut++) {
            struct end end;
            open_end(&end, role, 0, 0);
            end.answer = "ok";
            end.then_close = true;
            feed(&end, viz_bytes_first(&bytes), viz_bytes_size(&bytes), cut);
            note_output(&end);
            note_state(&end);
            cr_expect_str_eq(end.log, which.expected);
            close_end(&end);
        }
        viz_bytes_finish(&bytes);
    }
}

Test(websocket, callbacks_may_be_missing)
{
    static const struct wire_case which = {
        {F(FIN | TEXT, "a"), F(FIN | PING, "p"), F(FIN | PONG, ""), F(FIN | CLOSE, "")},
        NULL};
    struct viz_bytes bytes = write_case(&which, VIZ_WEBSOCKET_SERVER);
    struct end end = {.role = VIZ_WEBSOCKET_SERVER};
    end.ws = viz_websocket_create(
        &(struct viz_websocket_params){.role = VIZ_WEBSOCKET_SERVER});
    cr_assert_not(give(&end, viz_bytes_first(&bytes), viz_bytes_size(&bytes)));
    note_output(&end);
    cr_assert_str_eq(end.log, ">() pong(p) close() ");
    close_end(&end);
    viz_bytes_finish(&bytes);
}

Test(websocket, the_output_is_never_cut_and_never_beyond_its_limit)
{
    enum { OUTPUT = 1000, HEADER = 14 };
    static const char payload[OUTPUT];
    struct end end;
    const uint8_t *bytes;
    open_end(&end, VIZ_WEBSOCKET_SERVER, 0, OUTPUT);
    cr_assert_not(
        viz_websocket_send(end.ws, VIZ_WEBSOCKET_BINARY, payload, OUTPUT - HEADER + 1));
    cr_assert_not(viz_websocket_send(end.ws, VIZ_WEBSOCKET_BINARY, payload, SIZE_MAX));
    cr_assert_eq(viz_websocket_output(end.ws, &bytes), 0);
    cr_assert_null(bytes);
    cr_assert(
        viz_websocket_send(end.ws, VIZ_WEBSOCKET_BINARY, payload, OUTPUT - HEADER));
    cr_assert_not(viz_websocket_send(end.ws, VIZ_WEBSOCKET_BINARY, payload, 0));
    cr_assert_not(viz_websocket_ping(end.ws));
    cr_assert(viz_websocket_writing(end.ws), "it is full, not closed");
    cr_assert(viz_websocket_close(end.ws, 1013, "full"), "a close fits always");
    note_output(&end);
    struct end expected = {.used = 0};
    note(&expected, ">() binary", (const uint8_t *)payload, OUTPUT - HEADER);
    strcat(expected.log, "close 1013(full) ");
    cr_assert_str_eq(end.log, expected.log);
    close_end(&end);
}

Test(websocket, what_waits_counts)
{
    static const char payload[100];
    struct end end;
    open_end(&end, VIZ_WEBSOCKET_SERVER, 0, 100);
    cr_assert(viz_websocket_send(end.ws, VIZ_WEBSOCKET_BINARY, payload, 40));
    cr_assert_not(viz_websocket_send(end.ws, VIZ_WEBSOCKET_BINARY, payload, 45));
    cr_assert(viz_websocket_send(end.ws, VIZ_WEBSOCKET_BINARY, payload, 44));
    close_end(&end);
}

Test(websocket, what_was_sent_makes_room)
{
    struct end end;
    const uint8_t *bytes;
    open_end(&end, VIZ_WEBSOCKET_SERVER, 0, 16);
    cr_assert(viz_websocket_send(end.ws, VIZ_WEBSOCKET_TEXT, "a", 1));
    cr_assert_not(viz_websocket_send(end.ws, VIZ_WEBSOCKET_TEXT, "b", 1));
    cr_assert_eq(viz_websocket_output(end.ws, &bytes), 3);
    viz_websocket_sent(end.ws, 1);
    cr_assert_eq(viz_websocket_output(end.ws, &bytes), 2);
    cr_assert_eq(memcmp(bytes,
                        "\x01"
                        "a",
                        2),
                 0);
    viz_websocket_sent(end.ws, 2);
    cr_assert(viz_websocket_send(end.ws, VIZ_WEBSOCKET_TEXT, "b", 1));
    note_output(&end);
    cr_assert_str_eq(end.log, ">() text(b) ");
    close_end(&end);
}

Test(websocket, a_flood_of_pings_does_not_fill_the_memory)
{
    enum { OUTPUT = 1000 };
    struct viz_bytes bytes = {0};
    struct end end;
    const uint8_t *out;
    static const struct by_hand ping = F(FIN | PING, "0123456789"),
                                text = F(FIN | TEXT, "still here");
    unsigned pings = 0;
    for (int i = 0; i < 500; i++)
        put_by_hand(&bytes, VIZ_WEBSOCKET_SERVER, &ping);
    put_by_hand(&bytes, VIZ_WEBSOCKET_SERVER, &text);
    open_end(&end, VIZ_WEBSOCKET_SERVER, 0, OUTPUT);
    for (int round = 0; round < 100; round++) {
        end.used = 0;
        cr_assert(give(&end, viz_bytes_first(&bytes), viz_bytes_size(&bytes)));
        cr_assert_leq(viz_websocket_output(end.ws, &out), OUTPUT);
    }
    end.log[end.used] = 0;
    for (const char *at = end.log; (at = strstr(at, "ping() ")); at += 7)
        pings++;
    cr_assert_eq(pings, 500, "each is told");
    cr_assert_not_null(strstr(end.log, "text(still here)"));
    note_output(&end); /* which asserts that all of them are whole */
    end.used = 0;
    give(&end, viz_bytes_first(&bytes), 16);
    note_output(&end);
    cr_assert_str_eq(end.log, "ping() >() pong(0123456789) ", "and it goes on");
    close_end(&end);
    viz_bytes_finish(&bytes);
}

Test(websocket, nothing_received_changes_nothing)
{
    struct end end;
    open_end(&end, VIZ_WEBSOCKET_CLIENT, 0, 0);
    cr_assert(viz_websocket_receive(end.ws, NULL, 0));
    cr_assert(give(&end, (const uint8_t *)"", 0));
    note_state(&end);
    cr_assert_str_eq(end.log, "rw");
    close_end(&end);
    viz_websocket_destroy(NULL);
}

/* The sanitizer tells what is left behind. */
Test(websocket, an_end_may_go_at_any_time)
{
    static const struct wire_case which = {{F(BINARY, "Hello"), F(FIN | PING, "p"),
                                            F(CONTINUATION, "there"),
                                            F(FIN | TEXT, "a fault"), F(FIN, "")},
                                           NULL};
    struct viz_bytes bytes = write_case(&which, VIZ_WEBSOCKET_SERVER);
    for (size_t size = 0; size <= viz_bytes_size(&bytes); size++) {
        struct end end;
        open_end(&end, VIZ_WEBSOCKET_SERVER, 0, 0);
        viz_websocket_send(end.ws, VIZ_WEBSOCKET_TEXT, "waits", 5);
        give(&end, viz_bytes_first(&bytes), size);
        close_end(&end);
    }
    viz_bytes_finish(&bytes);
}
