/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/provenance.h>

#include <viz/machine.h>
#include <viz/version.h>

#include <jansson.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

char *viz_provenance_machine(void)
{
    struct viz_machine machine;
    viz_machine_read(&machine);
    json_t *out = json_pack(
        "{s:s, s:s, s:s, s:i, s:I, s:s, s:s}", "host", machine.host, "cpu", machine.cpu,
        "kernel", machine.kernel, "cores", (int)machine.cores, "memory_bytes",
        (json_int_t)machine.memory_bytes, "viz", VIZ_VERSION, "revision", VIZ_REVISION);
    char *text = json_dumps(out, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(out);
    return text;
}

void viz_provenance_flags(int argc, char *const *argv, char *out, size_t size)
{
    size_t used = 0;
    out[0] = 0;
    for (int i = 1; i < argc && used < size; i++) {
        const char *quote = !*argv[i] || strpbrk(argv[i], " \t'\"") ? "\"" : "";
        int n = snprintf(out + used, size - used, "%s%s%s%s", i > 1 ? " " : "", quote,
                         argv[i], quote);
        used += n > 0 ? (size_t)n : 0;
    }
}

uint32_t viz_provenance_tags(char *text, const char *tag[VIZ_MAX_TAGS])
{
    uint32_t count = 0;
    char *rest;
    for (char *word = strtok_r(text, ",", &rest); word && count < VIZ_MAX_TAGS;
         word = strtok_r(NULL, ",", &rest)) {
        word += strspn(word, " ");
        size_t length = strlen(word);
        while (length && word[length - 1] == ' ')
            word[--length] = 0;
        if (length)
            tag[count++] = word;
    }
    return count;
}

int64_t viz_provenance_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
