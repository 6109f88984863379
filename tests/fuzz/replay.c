/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over every file of a corpus folder, so that what the fuzzer once
 * found stays tested in builds without libFuzzer. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    struct stat info;
    if (stat(path, &info) < 0)
        return -1;
    if (!S_ISREG(info.st_mode))
        return 0;

    FILE *file = fopen(path, "rb");
    size_t size = (size_t)info.st_size;
    uint8_t *data =
        malloc(size ? size : 1); /* of exactly this size: ASan sees one over */
    int ret = -1;
    if (file && data && fread(data, 1, size, file) == size) {
        LLVMFuzzerTestOneInput(data, size);
        ret = 1;
    }
    free(data);
    if (file)
        fclose(file);
    return ret;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER, which must exist\n", argv[0]);
        return 1;
    }

    int replayed = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        int ret = replay(path);
        if (ret < 0) {
            fprintf(stderr, "%s cannot be read\n", path);
            return 1;
        }
        replayed += ret;
    }
    closedir(folder);
    printf("%d inputs replayed\n", replayed);
    return replayed > 0 ? 0 : 1;
}
