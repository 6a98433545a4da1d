/*
 * powerloss.c - a preloaded shim that keeps what a power loss would leave: the bytes of a tree as of the last
 * completed sync.
 *
 * kill -9 does not test syncs, because the page cache survives it. With LD_PRELOAD=this,
 * GHL_POWERLOSS_DIR=the tree to watch and GHL_POWERLOSS_IMAGE=an existing folder on the same file system
 * type, the image holds
 *   - of a file: what fsync, fdatasync, syncfs, sync, or a pwrite through an O_DSYNC descriptor, has made
 * durable;
 *   - of a folder: the names it had at its own last fsync (or syncfs, sync), for POSIX promises no more.
 * What stands there at start counts as durable. No real sync is made: the image is the disk. It is stricter
 * than a real disk, which may also keep what was never synced. Not followed: msync, and writes through
 * O_DSYNC by other calls than pwrite; so what is written that way is never in the image. With
 * GHL_POWERLOSS_NOSYNC LMDB's environments are opened with MDB_NOSYNC, to show that the test sees it.
 *
 * The image keeps a file's bytes under IMAGE/inodes/NUMBER and its names as hard links below IMAGE/tree.
 */
#undef _FILE_OFFSET_BITS /* else both names of pwrite are one symbol here */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHIM  __attribute__((visibility("default")))
#define BLOCK 4096

typedef int env_open_fn(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
typedef ssize_t pwrite_fn(int fd, const void *p, size_t n, off_t at);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char dir[PATH_MAX / 4], image[PATH_MAX / 4];
static pwrite_fn *real_pwrite;

int fsync(int fd);
int fdatasync(int fd);
int syncfs(int fd);
void sync(void);
ssize_t pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t pwrite64(int fd, const void *p, size_t n, off_t at);

/* A shim that cannot do its work must not let the test pass. */
static void die(const char *what)
{
	perror(what);
	abort();
}

/* --- bytes --- */

static int open_inode(const struct stat *st)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/inodes/%llu", image, (unsigned long long)st->st_ino);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		die(path);
	return fd;
}

/* Copies what differs of [from, to), block by block. */
static void copy_range(int in, int out, off_t from, off_t to)
{
	char a[BLOCK], b[BLOCK];
	ssize_t n, m;

	for (off_t at = from; at < to; at += n) {
		size_t want = (size_t)(to - at) < BLOCK ? (size_t)(to - at) : BLOCK;

		n = pread(in, a, want, at);
		if (n <= 0)
			return;
		m = pread(out, b, (size_t)n, at);
		if ((m != n || memcmp(a, b, (size_t)n) != 0) && real_pwrite(out, a, (size_t)n, at) != n)
			die("image");
	}
}

/* An own descriptor: the caller's may be for writing only. */
static int open_again(int fd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void keep_bytes(int fd, const struct stat *st, off_t from, off_t to)
{
	int in = open_again(fd), out = open_inode(st);

	if (in < 0)
		die("open_again");
	copy_range(in, out, from, to);
	if (to == st->st_size && from == 0 && ftruncate(out, to) < 0)
		die("ftruncate");
	(void)close(in);
	(void)close(out);
}

/* --- names --- */

static void image_path(char out[PATH_MAX], const char *path)
{
	(void)snprintf(out, PATH_MAX, "%s/tree%s", image, path + strlen(dir));
}

static void drop_vanished(const char *path)
{
	char there[PATH_MAX], here[PATH_MAX];
	struct dirent *e;
	struct stat st;
	DIR *d;

	image_path(there, path);
	d = opendir(there);
	while (d && (e = readdir(d))) {
		(void)snprintf(here, sizeof(here), "%.2000s/%.255s", path, e->d_name);
		if (e->d_name[0] == '.' || lstat(here, &st) == 0)
			continue;
		image_path(there, here);
		if (remove(there) < 0 && errno != ENOTEMPTY)
			die(there);
	}
	if (d)
		(void)closedir(d);
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_ino == y.st_ino;
}

/* A name is there at every instant, whenever this process is killed. */
static void keep_name(const char *path, const struct stat *st)
{
	char name[PATH_MAX], inode[PATH_MAX], next[PATH_MAX];

	image_path(name, path);
	if (S_ISDIR(st->st_mode)) {
		if (mkdir(name, 0700) < 0 && errno != EEXIST)
			die(name);
		return;
	}
	(void)close(open_inode(st));
	(void)snprintf(inode, sizeof(inode), "%s/inodes/%llu", image, (unsigned long long)st->st_ino);
	(void)snprintf(next, sizeof(next), "%s/inodes/next", image);
	if (same_file(inode, name))
		return;
	(void)unlink(next);
	if (link(inode, next) < 0 || rename(next, name) < 0)
		die(name);
}

static void keep_names(const char *path, bool all);

static void keep_entry(const char *path, bool all)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return;
	keep_name(path, &st);
	if (!all)
		return;
	if (S_ISDIR(st.st_mode)) {
		keep_names(path, true);
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	keep_bytes(fd, &st, 0, st.st_size);
	(void)close(fd);
}

/* A folder's names; with `all`, everything below it with its bytes. */
static void keep_names(const char *path, bool all)
{
	char entry[PATH_MAX];
	struct dirent *e;
	DIR *d = opendir(path);

	drop_vanished(path);
	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(entry, sizeof(entry), "%.2000s/%.255s", path, e->d_name);
		keep_entry(entry, all);
	}
	if (d)
		(void)closedir(d);
}

/* --- which descriptors --- */

/* False when the descriptor is of no file or folder in the tree. */
static bool watched(int fd, char path[PATH_MAX], struct stat *st)
{
	char link[64];
	ssize_t n;

	if (!dir[0] || fstat(fd, st) < 0)
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return strncmp(path, dir, strlen(dir)) == 0 &&
	       (path[strlen(dir)] == '/' || path[strlen(dir)] == '\0');
}

static int keep(int fd)
{
	char path[PATH_MAX];
	struct stat st;

	if (!watched(fd, path, &st))
		return 0;
	(void)pthread_mutex_lock(&lock);
	if (S_ISDIR(st.st_mode))
		keep_names(path, false);
	else
		keep_bytes(fd, &st, 0, st.st_size);
	(void)pthread_mutex_unlock(&lock);
	return 0;
}

static void keep_everything(void)
{
	if (!dir[0])
		return;
	(void)pthread_mutex_lock(&lock);
	keep_names(dir, true);
	(void)pthread_mutex_unlock(&lock);
}

/* --- what is intercepted --- */

SHIM int fsync(int fd)
{
	return keep(fd);
}

SHIM int fdatasync(int fd)
{
	return keep(fd);
}

SHIM int syncfs(int fd)
{
	(void)fd;
	keep_everything();
	return 0;
}

SHIM void sync(void)
{
	keep_everything();
}

static ssize_t pwrite_kept(int fd, const void *p, size_t n, off_t at)
{
	ssize_t done = real_pwrite(fd, p, n, at);
	char path[PATH_MAX];
	struct stat st;

	if (done > 0 && (fcntl(fd, F_GETFL) & O_DSYNC) && watched(fd, path, &st)) {
		(void)pthread_mutex_lock(&lock);
		keep_bytes(fd, &st, at, at + done);
		(void)pthread_mutex_unlock(&lock);
	}
	return done;
}

SHIM ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite_kept(fd, p, n, at);
}

SHIM ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return pwrite_kept(fd, p, n, at);
}

SHIM int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
	env_open_fn *real;

	*(void **)&real = dlsym(RTLD_NEXT, "mdb_env_open");
	if (!real)
		die("mdb_env_open");
	return real(env, path, flags | (getenv("GHL_POWERLOSS_NOSYNC") ? MDB_NOSYNC : 0), mode);
}

__attribute__((constructor)) static void start(void)
{
	const char *d = getenv("GHL_POWERLOSS_DIR"), *i = getenv("GHL_POWERLOSS_IMAGE");
	char path[PATH_MAX];

	*(void **)&real_pwrite = dlsym(RTLD_NEXT, "pwrite");
	if (!real_pwrite)
		die("pwrite");
	if (!d || !i)
		return;
	(void)snprintf(dir, sizeof(dir), "%s", d);
	(void)snprintf(image, sizeof(image), "%s", i);
	(void)snprintf(path, sizeof(path), "%s/inodes", image);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/tree", image);
	(void)mkdir(path, 0700);
	keep_everything();
}
