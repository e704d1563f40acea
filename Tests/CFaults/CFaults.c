/*
 * Faults on order, for a program under test: loaded by LD_PRELOAD, this stands before the C library's calls that change
 * something outside the process. It counts them, and at a chosen one ends the process or fails the call.
 *
 *   DURBEEN_TEST_KILL_AT=17     SIGKILL in place of the 17th call
 *   DURBEEN_TEST_FAIL_AT=17     the 17th call fails instead...
 *   DURBEEN_TEST_FAIL_WITH=28   ...with this errno (default EIO)
 *   DURBEEN_TEST_COUNT=FILE     what was called is written here, one line a call, in order
 *
 * Counted are: writes to and syncs of regular files, renames, links, unlinks, new folders, and sends over the network.
 * Writes to terminals, pipes, event descriptors and sockets within the machine's own processes (libcurl wakes its loop by
 * one) change nothing that outlives the process, so they are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int calls;

static int number(const char *name) {
    const char *text = getenv(name);
    return text ? atoi(text) : 0;
}

/* The record is written by the bare system call, which nobody counts. */
static void record(int at, const char *call) {
    const char *path = getenv("DURBEEN_TEST_COUNT");
    if (!path) return;
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    char line[64];
    int length = snprintf(line, sizeof line, "%d %s\n", at, call);
    syscall(SYS_write, file, line, (size_t)length);
    syscall(SYS_close, file);
}

/* Whether the call is to fail; errno is set then. Does not return where the process is to end. */
static int fails(const char *call) {
    int at = atomic_fetch_add(&calls, 1) + 1;
    record(at, call);
    if (at == number("DURBEEN_TEST_KILL_AT")) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
    if (at != number("DURBEEN_TEST_FAIL_AT")) return 0;
    int code = number("DURBEEN_TEST_FAIL_WITH");
    errno = code ? code : EIO;
    return 1;
}

static int is_network(int file) {
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    int code = errno;
    int answer = getsockname(file, (struct sockaddr *)&own, &length) == 0
        && (own.ss_family == AF_INET || own.ss_family == AF_INET6);
    errno = code;
    return answer;
}

static int outlives(int file) {
    struct stat status;
    int code = errno;
    int is_file = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    errno = code;
    return is_file || is_network(file);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t count) {
    return outlives(file) && fails("write") ? -1 : NEXT(write)(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return fails("pwrite") ? -1 : NEXT(pwrite)(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return fails("pwrite") ? -1 : NEXT(pwrite64)(file, bytes, count, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    return outlives(file) && fails("writev") ? -1 : NEXT(writev)(file, parts, count);
}

ssize_t send(int socket, const void *bytes, size_t count, int flags) {
    return is_network(socket) && fails("send") ? -1 : NEXT(send)(socket, bytes, count, flags);
}

ssize_t sendto(int socket, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t length) {
    return is_network(socket) && fails("send") ? -1 : NEXT(sendto)(socket, bytes, count, flags, to, length);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    return is_network(socket) && fails("send") ? -1 : NEXT(sendmsg)(socket, message, flags);
}

int fsync(int file) { return fails("fsync") ? -1 : NEXT(fsync)(file); }

int fdatasync(int file) { return fails("fdatasync") ? -1 : NEXT(fdatasync)(file); }

int ftruncate(int file, off_t length) { return fails("ftruncate") ? -1 : NEXT(ftruncate)(file, length); }

int ftruncate64(int file, off64_t length) { return fails("ftruncate") ? -1 : NEXT(ftruncate64)(file, length); }

int rename(const char *from, const char *to) { return fails("rename") ? -1 : NEXT(rename)(from, to); }

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    return fails("rename") ? -1 : NEXT(renameat)(from_folder, from, to_folder, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags) {
    return fails("rename") ? -1 : NEXT(renameat2)(from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to) { return fails("link") ? -1 : NEXT(link)(from, to); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    return fails("link") ? -1 : NEXT(linkat)(from_folder, from, to_folder, to, flags);
}

int unlink(const char *path) { return fails("unlink") ? -1 : NEXT(unlink)(path); }

int unlinkat(int folder, const char *path, int flags) { return fails("unlink") ? -1 : NEXT(unlinkat)(folder, path, flags); }

int mkdir(const char *path, mode_t mode) { return fails("mkdir") ? -1 : NEXT(mkdir)(path, mode); }

int mkdirat(int folder, const char *path, mode_t mode) { return fails("mkdir") ? -1 : NEXT(mkdirat)(folder, path, mode); }
