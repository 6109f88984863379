/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linked in under AddressSanitizer only. Graphics drivers are loaded and unloaded while
 * their globals still point at memory; once unloaded, those pointers are gone and the
 * memory is reported as our leak, with no name to suppress it by. So modules stay. */
int dlclose(void *module);

/* What GnuTLS loads makes a locale before main, and glibc loses the search path of
 * locales there when LOCPATH is set, as it is for our tests. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

int dlclose(void *module)
{
    (void)module;
    return 0;
}

const char *__lsan_default_suppressions(void)
{
    return "leak:argz_add_sep\n";
}

/* Tests read what a program writes to stderr. */
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
