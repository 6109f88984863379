/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists and lines of objects. */
#include "import_rig.h"

Test(import_json, json_that_is_cut_off_or_goes_on_is_an_interrupted_run)
{
    static const struct {
        const char *text;
        uint64_t samples;
        const char *said;
    } cases[] = {
        {"[" OBJECT(1) "," OBJECT(2) ",{\"t\":", 2, "before its list does"},
        {"[" OBJECT(1) "," OBJECT(2), 2, "before its list does"},
        {"[" OBJECT(1) "," OBJECT(2) ",", 2, "before its list does"},
        {"[" OBJECT(1) "," OBJECT(2) ",]]", 2, "more behind its list"},
        {"[" OBJECT(1) "]garbage", 1, "more behind its list"},
        {"[" OBJECT(1) "][" OBJECT(2) "]", 1, "more behind its list"},
        {"{\"a\":[],\"samples\":[" OBJECT(1) "]", 1, "before its list does"},
        {"{\"samples\":[" OBJECT(1) "],\"b\":\"]}\"", 1, "before its list does"},
        {"{\"samples\":[" OBJECT(1) "]} {}", 1, "more behind its list"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct import_work work;
        char about[512];
        import_begin(&work);
        cr_expect_eq(import_one(&work, cases[i].text), -EPROTO, "%zu", i);
        cr_expect(strstr(work.rig.err.text, cases[i].said), "%zu: %s", i,
                  work.rig.err.text);
        cr_assert_eq(work.runs, 1, "%zu", i);
        cr_expect_not(work.run[0].whole, "%zu", i);
        cr_expect_eq(work.run[0].samples, cases[i].samples, "%zu", i);
        STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, import_about,
                                          about, &work.rig.err));
        cr_expect(strstr(about, "|2|"), "not interrupted: %s", about);
        import_end(&work);
    }
}

Test(import_json, json_that_is_whole_is_so_with_anything_that_json_allows_behind_it)
{
    static const char *const texts[] = {
        "\xef\xbb\xbf[" OBJECT(1) "]\r\n \t",
        "{\"samples\":[" OBJECT(1) "],\"b\":\"]}\\\"\",\"c\":{\"d\":[{}]}}\n",
        OBJECT(1) "\n" OBJECT(2) "\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct import_work work;
        import_begin(&work);
        import_whole(&work, texts[i]);
        cr_expect_eq(work.run[0].bad, 0, "%zu", i);
        import_end(&work);
    }
}

Test(import_json, objects_are_numbered_wherever_their_lines_end)
{
    struct import_work work;
    import_begin(&work);
    import_whole(&work, "{\"run\":{},\"samples\":[" OBJECT(1) "," OBJECT(
                            2) ",{\"t\":3,\"t\":4},"
                               "{\"t\":4,\"a\":x}]}");
    cr_expect_eq(work.run[0].samples, 2);
    cr_expect_eq(work.run[0].bad, 2);
    cr_expect_eq(work.run[0].bad_line, 3);
    cr_expect_str_eq(work.why[0], "a name that stands there twice");
    import_end(&work);
}

Test(import_json, streams_of_objects_have_the_names_of_their_first)
{
    struct import_work work;
    import_begin(&work);
    import_whole(&work, "[{\"t\":1,\"a\":null,\"stream\":\"x\"},\n"
                        "{\"t\":2,\"b\":3,\"stream\":\"y\"},\n"
                        "{\"t\":3,\"b\":3,\"stream\":\"x\"},\n"
                        "{\"t\":4,\"a\":5,\"stream\":\"x\"}]\n");
    cr_expect_eq(work.run[0].bad, 1);
    cr_expect_eq(work.run[0].bad_line, 3);
    cr_expect_str_eq(import_exported(&work, false, false), "t,a,b,stream\n"
                                                           "1,,,x\n"
                                                           "2,,3,y\n"
                                                           "4,5,,x\n");
    cr_expect_str_eq(strstr(import_exported(&work, true, false), "\"samples\":["),
                     "\"samples\":[\n"
                     "{\"t\":1,\"a\":null,\"stream\":\"x\"},\n"
                     "{\"t\":2,\"b\":3,\"stream\":\"y\"},\n"
                     "{\"t\":4,\"a\":5,\"stream\":\"x\"}\n]}\n");
    import_end(&work);
}
