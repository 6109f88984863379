/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/machine.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void read_first_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    out[0] = 0;
    if (!file)
        return;
    if (fgets(out, (int)size, file))
        out[strcspn(out, "\n")] = 0;
    fclose(file);
}

static void read_cpu_model(char *out, size_t size)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(out, size, "unknown");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "model name", 10) != 0)
            continue;
        char *value = strchr(line, ':');
        if (value) {
            value[strcspn(value, "\n")] = 0;
            snprintf(out, size, "%s", value + 1 + strspn(value + 1, " "));
        }
        break;
    }
    if (file)
        fclose(file);
}

static unsigned usable_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        return (unsigned)CPU_COUNT(&set);
    return (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
}

void viz_machine_read(struct viz_machine *out)
{
    struct utsname name;
    memset(out, 0, sizeof(*out));
    if (uname(&name) == 0) {
        snprintf(out->host, sizeof(out->host), "%s", name.nodename);
        snprintf(out->kernel, sizeof(out->kernel), "%s %s %s", name.sysname,
                 name.release, name.machine);
    }
    read_cpu_model(out->cpu, sizeof(out->cpu));
    read_first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
                    out->governor, sizeof(out->governor));
    if (!out->governor[0])
        snprintf(out->governor, sizeof(out->governor), "unknown");
    snprintf(out->compiler, sizeof(out->compiler), "%s",
#if defined(__clang__)
             "clang " __clang_version__
#else
             "gcc " __VERSION__
#endif
    );
    out->cores = usable_cores();
    out->memory_bytes =
        (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

int64_t viz_machine_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int viz_machine_open_statm(void)
{
    return open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

uint64_t viz_machine_rss_bytes(int statm_fd)
{
    char text[128];
    ssize_t length = statm_fd < 0 ? -1 : pread(statm_fd, text, sizeof(text) - 1, 0);
    if (length <= 0)
        return 0;
    text[length] = 0;
    char *second = strchr(text, ' ');
    return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
