/* How many threads this process has, where Linux tells. */

#ifndef MOESAIC_TESTS_THREADS_H
#define MOESAIC_TESTS_THREADS_H

#include <dirent.h>
#include <stddef.h>
#include <time.h>

static size_t thread_count(void) {
    DIR *folder = opendir("/proc/self/task");
    if (folder == NULL) {
        return 0; /* not Linux */
    }
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

/* A thread that was joined may be listed a moment longer. */
static size_t threads_settled(size_t wanted) {
    struct timespec moment = {0, 1000000};
    for (int i = 0; i < 2000 && thread_count() != wanted; i++) {
        nanosleep(&moment, NULL);
    }
    return thread_count();
}

#endif
