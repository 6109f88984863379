/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import_rig.h"

#include <signal.h>

Test(importer, what_is_not_understood_is_said)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        {" ", -ENODATA},
        {"1,2,3\n4,5,6\n", -EPROTO},
        {"a,b,c\n1,2,3\n", -EPROTO},
        {"a,a\n1,2\n", -EPROTO},
        {TEN "\n", -ENODATA},
        {TEN "\nx\n", -ENODATA},
        {"[]", -EPROTO},
        {"[{\"a\":1}]", -EPROTO},
        {"{", -EPROTO},
        {"timestamp_ns,ax\nx,1\n", -ENODATA},
        {"t,fps\nx,1\n", -ENODATA},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct import_work work;
        import_begin(&work);
        cr_expect_eq(import_one(&work, cases[i].text), cases[i].error, "%s",
                     cases[i].text);
        cr_expect(strstr(work.rig.err.text, "some.file"), "%s", work.rig.err.text);
        cr_expect_eq(work.runs, 0);
        import_end(&work);
    }
}

Test(importer, a_text_that_is_no_table_is_called_what_it_is)
{
    static const struct {
        const char *text;
        size_t size;
        const char *said;
    } cases[] = {
        {"\xff\xfet\0,\0", 6, "is UTF-16"},
        {"\xfe\xff\0t\0,", 6, "is UTF-16"},
        {"t\0,\0f\0p\0s\0\n\0", 12, "bytes of zero"},
        {"t,fps\r1,2\r3,4\r", 14, "carriage return"},
        {"\xef\xbb", 2, "in no format"},
        {"\xff", 1, "in no format"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct import_work work;
        import_begin(&work);
        FILE *file = fmemopen((void *)cases[i].text, cases[i].size, "r");
        cr_expect_eq(viz_import_text(&work.params, "f", file, &work.rig.err), -EPROTO);
        fclose(file);
        cr_expect(strstr(work.rig.err.text, cases[i].said), "%zu: %s", i,
                  work.rig.err.text);
        import_end(&work);
    }
}

/* A file without an end: @before, then @again and again. */
struct endless {
    const char *before, *again;
    size_t given, most; /* then it is stopped; 0: never */
    volatile sig_atomic_t stop;
};

static ssize_t read_endless(void *cookie, char *out, size_t size)
{
    struct endless *endless = cookie;
    size_t before = strlen(endless->before), again = strlen(endless->again);
    for (size_t i = 0; i < size; i++, endless->given++)
        out[i] = endless->given < before
                     ? endless->before[endless->given]
                     : endless->again[(endless->given - before) % (again + !again)];
    endless->stop = endless->most && endless->given > endless->most;
    return (ssize_t)size;
}

static int import_endless(struct import_work *work, struct endless *endless)
{
    FILE *file =
        fopencookie(endless, "r", (cookie_io_functions_t){.read = read_endless});
    work->params.stop = &endless->stop;
    int ret = viz_import_text(&work->params, "endless", file, &work->rig.err);
    fclose(file);
    return ret;
}

Test(importer, a_file_without_an_end_can_be_stopped, .timeout = 60)
{
    static const struct endless cases[] = {
        {"", "\n", 0, 1000000, 0},         {"t,fps\n", "\n", 0, 1000000, 0},
        {"t,fps\n", "x", 0, 1000000, 0},   {"t,fps\n1,2\n", "3,4\n", 0, 1000000, 0},
        {"t,fps\n", "x\n", 0, 1000000, 0}, {"[", " ", 0, 1000000, 0},
        {"{\"a\":", " ", 0, 1000000, 0},   {"[x", "y", 0, 1000000, 0},
        {"[", OBJECT(1), 0, 1000000, 0},   {"[" OBJECT(1) "]", " ", 0, 1000000, 0},
        {OBJECT(1), "x\n", 0, 1000000, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct import_work work;
        struct endless endless = cases[i];
        import_begin(&work);
        cr_expect_eq(import_endless(&work, &endless), -EINTR, "%zu: %s", i,
                     work.rig.err.text);
        cr_expect_lt(endless.given, 2000000, "%zu", i);
        import_end(&work);
    }
}

Test(importer, what_grows_without_an_end_is_refused, .timeout = 60)
{
    static const struct endless cases[] = {
        {"", "", 0, 0, 0},
        {"", "x", 0, 0, 0},
        {"t,fps\n1,2\n", "x", 0, 0, 0},
        {"[{\"a\":\"", "x", 0, 0, 0},
        {"[" OBJECT(1) ",", "x", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct import_work work;
        struct endless endless = cases[i];
        import_begin(&work);
        cr_expect_eq(import_endless(&work, &endless), -EPROTO, "%zu", i);
        cr_expect_lt(endless.given, 20 * 1024 * 1024, "%zu", i);
        import_end(&work);
    }
}

Test(importer, a_format_can_be_forced_and_then_must_fit)
{
    struct import_work work;
    import_begin(&work);
    work.params.format = "benchmark";
    cr_expect_eq(import_one(&work, TEN "\n" ROW "\n"), -EPROTO);
    work.params.format = "collector-json";
    cr_expect_eq(import_one(&work, TEN "\n" ROW "\n"), -EPROTO);
    work.params.format = "collector-csv";
    import_whole(&work, TEN "\n" ROW "\n");
    import_end(&work);
}

Test(importer, the_same_data_twice_are_one_run)
{
    struct import_work work;
    import_begin(&work);
    import_whole(&work, TEN "\n" ROW "\n");
    STORE_OK(&work.rig, import_one(&work, TEN "\n" ROW "\n"));
    cr_expect(work.run[1].known);
    cr_expect_eq(work.run[1].run, work.run[0].run);
    import_whole(&work, TEN "\n" ROW "\n" ROW "\n");
    cr_expect_not(work.run[2].known);
    work.params.again = true;
    import_whole(&work, TEN "\n" ROW "\n");
    cr_expect_not(work.run[3].known);
    cr_expect_neq(work.run[3].run, work.run[0].run);
    import_end(&work);
}

Test(importer, a_run_is_called_as_asked)
{
    static const char *const tags[] = {"x", "y"};
    struct import_work work;
    char about[512];
    import_begin(&work);
    work.params.run_name = "mine";
    work.params.description = "why";
    work.params.tags = tags;
    work.params.tag_count = 2;
    import_whole(&work, TEN "\n" ROW "\n");
    STORE_OK(&work.rig, viz_store_run(work.rig.store, work.run[0].run, import_about,
                                      about, &work.rig.err));
    cr_expect_str_eq(about, "mine|why|x,y|import||1|1767268800100000000");
    import_end(&work);
}

Test(importer, reads_everything_and_keeps_nothing_without_a_store)
{
    struct import_work work;
    import_begin(&work);
    work.params.store = NULL;
    import_whole(&work, TEN "\n" ROW "\nbad\n");
    cr_expect_eq(work.run[0].samples, 1);
    cr_expect_eq(work.run[0].bad, 1);
    cr_expect_eq(work.run[0].run, 0);
    import_end(&work);
}

Test(importer, one_bad_file_does_not_stop_the_others)
{
    struct import_work work;
    import_begin(&work);
    const char *file[] = {
        import_file(&work, "none.csv", "what,ever\n1,2\n"),
        "/nowhere/at/all",
        work.rig.folder,
        import_file(&work, "good.csv", TEN "\n" ROW "\n"),
    };
    cr_expect_eq(viz_import_files(&work.params, file, 4), -EPROTO);
    cr_expect_eq(work.sentences, 3);
    cr_expect_eq(work.runs, 1);
    cr_expect_str_eq(work.name[0], "good");
    import_end(&work);
}
