// A disk that keeps only what was synced, for programs under test (LD_PRELOAD).
//
// Below PULIH_POWERCUT_ROOT every fsync of a file copies its content, and every fsync of a folder its names, to
// PULIH_POWERCUT_SHADOW; nothing else is durable. PowerCut.swift rebuilds the tree from there. When the program
// starts, all that is there counts as durable.
//
//   content/INODE   what the file held when it was synced, with its times and mode
//   folders/INODE   a line for each name: kind (f, d, l), inode, name
//   inodes/INODE    a second name of the file, so that its number is never given to another one
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[PATH_MAX], shadow[PATH_MAX];
static int is_active;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// A layer that cannot do its work must not let a test pass.
static void give_up(const char *what, const char *path) {
    dprintf(2, "powercut: cannot %s %s: %s\n", what, path, strerror(errno));
    abort();
}

static int is_below_root(const char *path) {
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

// The name that an open file has now; 0 when it has none or lies elsewhere.
static int path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below_root(path);
}

static void place(char path[PATH_MAX], const char *folder, ino_t inode) {
    snprintf(path, PATH_MAX, "%.3000s/%s/%lu", shadow, folder, (unsigned long)inode);
}

static int open_temporary(char path[PATH_MAX]) {
    static unsigned long count;
    snprintf(path, PATH_MAX, "%.3000s/tmp.%d.%lu", shadow, getpid(), ++count);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) give_up("make", path);
    return fd;
}

// Closing a second descriptor of a file drops the locks that its database holds: so it stays open.
static int readable(int fd, ino_t inode) {
    static struct { ino_t inode; int fd; } known[4096];
    static int count;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY) return fd;
    for (int i = 0; i < count; i++)
        if (known[i].inode == inode) return known[i].fd;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int reader = open(link, O_RDONLY | O_CLOEXEC);
    if (reader < 0 || count == 4096) give_up("read again", link);
    known[count].inode = inode;
    known[count++].fd = reader;
    return reader;
}

static void keep_file(int fd, const struct stat *status) {
    char temporary[PATH_MAX], target[PATH_MAX], link[64], buffer[1 << 16];
    int in = readable(fd, status->st_ino), out = open_temporary(temporary);
    for (off_t offset = 0;;) {
        ssize_t count = pread(in, buffer, sizeof buffer, offset);
        if (count < 0) give_up("read", temporary);
        if (count == 0) break;
        if (write(out, buffer, count) != count) give_up("write", temporary);
        offset += count;
    }
    struct timespec times[2] = {status->st_atim, status->st_mtim};
    fchmod(out, status->st_mode & 07777);
    futimens(out, times);
    close(out);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    place(target, "inodes", status->st_ino);
    // ENOENT: it has no name any more, and so no content that anybody could miss.
    if (linkat(AT_FDCWD, link, AT_FDCWD, target, AT_SYMLINK_FOLLOW) != 0 && errno != EEXIST && errno != ENOENT)
        give_up("link", target);
    place(target, "content", status->st_ino);
    if (rename(temporary, target) != 0) give_up("rename", temporary);
}

static void keep_folder(const char *path, ino_t inode) {
    char temporary[PATH_MAX], target[PATH_MAX];
    DIR *folder = opendir(path);
    if (!folder) give_up("list", path);
    FILE *out = fdopen(open_temporary(temporary), "w");
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct stat status;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        char kind = S_ISDIR(status.st_mode) ? 'd' : S_ISREG(status.st_mode) ? 'f' : 'o';
        if (kind == 'f') {
            place(target, "inodes", status.st_ino);
            if (linkat(dirfd(folder), entry->d_name, AT_FDCWD, target, 0) != 0 && errno != EEXIST) continue;
        }
        fprintf(out, "%c %lu %s\n", kind, (unsigned long)status.st_ino, entry->d_name);
    }
    closedir(folder);
    if (fclose(out) != 0) give_up("write", temporary);
    place(target, "folders", inode);
    if (rename(temporary, target) != 0) give_up("rename", temporary);
}

static void keep_tree(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0) return;
    if (S_ISREG(status.st_mode)) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) give_up("read", path);
        keep_file(fd, &status);
        close(fd);
    }
    if (!S_ISDIR(status.st_mode)) return;
    keep_folder(path, status.st_ino);
    DIR *folder = opendir(path);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char inner[PATH_MAX];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        snprintf(inner, sizeof inner, "%.3000s/%.255s", path, entry->d_name);
        keep_tree(inner);
    }
    closedir(folder);
}

__attribute__((constructor)) static void begin(void) {
    const char *named_root = getenv("PULIH_POWERCUT_ROOT"), *named_shadow = getenv("PULIH_POWERCUT_SHADOW");
    if (!named_root || !named_shadow) return;
    if (!realpath(named_root, root)) give_up("find", named_root);
    snprintf(shadow, sizeof shadow, "%.3000s", named_shadow);
    if (mkdir(shadow, 0700) == 0) {
        for (const char **name = (const char *[]){"content", "folders", "inodes", NULL}; *name; name++) {
            char path[PATH_MAX];
            snprintf(path, sizeof path, "%.3000s/%s", shadow, *name);
            if (mkdir(path, 0700) != 0) give_up("make", path);
        }
        keep_tree(root);
    } else if (errno != EEXIST) {
        give_up("make", shadow);
    }
    is_active = 1;
}

// - Returns: 1 when the disk under test has taken it.
static int keep(int fd) {
    char path[PATH_MAX];
    struct stat status;
    int code = errno;
    if (!is_active || !path_of(fd, path) || fstat(fd, &status) != 0) return 0;
    pthread_mutex_lock(&lock);
    if (S_ISDIR(status.st_mode)) keep_folder(path, status.st_ino);
    if (S_ISREG(status.st_mode)) keep_file(fd, &status);
    pthread_mutex_unlock(&lock);
    errno = code;
    return 1;
}

int fsync(int fd) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "fsync");
    return keep(fd) ? 0 : next(fd);
}

int fdatasync(int fd) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "fdatasync");
    return keep(fd) ? 0 : next(fd);
}

// A folder that takes over the number of one that is gone holds nothing yet.
int mkdir(const char *path, mode_t mode) {
    static int (*next)(const char *, mode_t);
    if (!next) next = dlsym(RTLD_NEXT, "mkdir");
    int result = next(path, mode);
    int code = errno;
    struct stat status;
    if (result == 0 && is_active && stat(path, &status) == 0) {
        char record[PATH_MAX];
        place(record, "folders", status.st_ino);
        unlink(record);
    }
    errno = code;
    return result;
}
