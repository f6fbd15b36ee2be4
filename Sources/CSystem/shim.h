#pragma once
// What Swift cannot see: variadic functions, macros with arguments, and declarations that glibc
// hides unless _GNU_SOURCE was set before its first header.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
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

/// What the first signal to stop writes to. One file of Swift uses it.
static int pulih_stop_pipe = -1;

/// The first signal asks the program to end, a later one ends it here and now. A terminal and what stands between it and
/// us may both pass on the same Ctrl-C, so what comes within a fifth of a second is still the first.
static inline void pulih_on_stop(int number) {
    static volatile long long stop_time = 0;
    int saved = errno;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long time = now.tv_sec * 1000000000LL + now.tv_nsec;
    if (stop_time == 0) {
        stop_time = time;
        unsigned char byte = (unsigned char)number;
        if (write(pulih_stop_pipe, &byte, 1) != 1) _exit(1);
    } else if (time - stop_time > 200000000LL) {
        _exit(1);
    }
    errno = saved;
}

/// A signal that was ignored from the start (nohup, a job in the background) stays ignored.
static inline int pulih_catch_stop(int pipe, const int *numbers, int count) {
    pulih_stop_pipe = pipe;
    for (int i = 0; i < count; i++) {
        struct sigaction old, action;
        if (sigaction(numbers[i], 0, &old) != 0) return -1;
        if (old.sa_handler == SIG_IGN) continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = pulih_on_stop;
        action.sa_flags = SA_RESTART;
        for (int j = 0; j < count; j++) sigaddset(&action.sa_mask, numbers[j]);
        if (sigaction(numbers[i], &action, 0) != 0) return -1;
    }
    return 0;
}

/// A descriptor of the process that has the number now, so that a later one with the same number is not meant.
static inline int pulih_pidfd_open(int pid) { return (int)syscall(434 /* SYS_pidfd_open */, pid, 0); }
static inline int pulih_pidfd_send(int fd, int number) {
    return (int)syscall(424 /* SYS_pidfd_send_signal */, fd, number, (void *)0, 0);
}

/// Highest resident size of this process so far, in KiB; -1 with errno set on failure.
static inline long pulih_peak_kib(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : -1;
}

/// Tells of files that come into a folder, whole (written and closed, or moved in), and of marks and names that change.
static inline int pulih_watch_open(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }
static inline int pulih_watch_add(int fd, const char *path) {
    return inotify_add_watch(fd, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE
        | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
}
/// Waits until one of two descriptors can be read; either may be -1.
static inline int pulih_wait_readable(int first, int second, int milliseconds) {
    struct pollfd both[2] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
    return poll(both, 2, milliseconds);
}
/// The magic number of the file system that a path is on; -1 with errno set on failure.
static inline long pulih_filesystem(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (long)(unsigned int)status.f_type : -1;
}
