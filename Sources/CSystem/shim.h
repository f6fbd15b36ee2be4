#pragma once
// What Swift cannot see: variadic functions, macros with arguments, and declarations that glibc
// hides unless _GNU_SOURCE was set before its first header.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
extern int renameat2(int, const char *, int, const char *, unsigned int);
extern int pipe2(int[2], int);
extern int memfd_create(const char *, unsigned int);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
// glibc 2.34 and later; absent before, hence weak.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int) __attribute__((weak));

static inline int pulih_open(const char *path, int flags, mode_t mode) {
    return open(path, flags | O_CLOEXEC, mode);
}
/// Only to look at, not to read: closing it drops no locks.
static inline int pulih_open_to_examine(const char *path) {
    return open(path, 010000000 /* O_PATH */ | O_NOFOLLOW | O_CLOEXEC);
}

/// Fails with EEXIST rather than replacing; EINVAL or ENOSYS where the file system cannot promise that.
static inline int pulih_rename_noreplace(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 1 /* RENAME_NOREPLACE */);
}

static inline const char *pulih_entry_name(const struct dirent *entry) { return entry->d_name; }

static inline int pulih_lock(int fd, int wait) { return flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)); }
static inline int pulih_unlock(int fd) { return flock(fd, LOCK_UN); }

static inline int pulih_pipe(int fds[2]) { return pipe2(fds, 02000000 /* O_CLOEXEC */); }
/// Larger pipes wake writer and reader less often; a refusal is harmless.
static inline int pulih_set_pipe_size(int fd, int bytes) { return fcntl(fd, 1031 /* F_SETPIPE_SZ */, bytes); }
static inline int pulih_set_nonblocking(int fd) { return fcntl(fd, F_SETFL, O_NONBLOCK); }
static inline int pulih_file_flags(int fd) { return fcntl(fd, F_GETFL); }
static inline int pulih_set_file_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }
static inline int pulih_memory_file(const char *name) { return memfd_create(name, 1 /* MFD_CLOEXEC */); }

static inline char **pulih_environment(void) { return environ; }

static inline int pulih_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np
        ? posix_spawn_file_actions_addclosefrom_np(actions, first) : 0;
}

static inline int pulih_exited(int status) { return WIFEXITED(status); }
static inline int pulih_exit_code(int status) { return WEXITSTATUS(status); }
static inline int pulih_ending_signal(int status) { return WTERMSIG(status); }

static inline int pulih_columns(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// Highest resident size of this process so far, in KiB; -1 with errno set on failure.
static inline long pulih_peak_kib(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : -1;
}
