/*
 * speak.c - a text spoken by espeak-ng, run as a process (its licence forbids linking), and kept as WAV in
 * the cache folder by the hash of voice and text.
 *
 * No shell: the text goes in by a file descriptor, so nothing in it is an option. The process gets
 * TIME_LIMIT_MS.
 */
#include "media_priv.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT_MS 20000
#define TEXT_MAX      8192
#define OUTPUT_FD     3
#define ALIVE_FD      4

extern char **environ;

static const char *voice_of(const char *language)
{
	if (strncmp(language, "zh", 2) == 0 || strncmp(language, "cmn", 3) == 0)
		return "cmn";
	return language[0] ? language : "en";
}

static bool voice_is_plain(const char *voice)
{
	return voice[strspn(voice, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+")] ==
		       '\0' &&
	       voice[0] != '-';
}

static void cache_path(char *to, size_t room, const struct media *m, const char *voice, const char *text)
{
	uint8_t hash[16];
	char hex[33];
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	(void)crypto_generichash_update(&state, (const uint8_t *)voice, strlen(voice) + 1);
	(void)crypto_generichash_update(&state, (const uint8_t *)text, strlen(text));
	(void)crypto_generichash_final(&state, hash, sizeof(hash));
	(void)snprintf(to, room, "%s/%s.wav", m->opts.cache_dir,
		sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)));
}

/* The exit status is 0 within the time limit. The process holds the other end of `alive`: it hangs up when
 * that is gone. */
static int await(pid_t pid, int alive)
{
	struct pollfd p = {.fd = alive, .events = POLLIN};
	bool ended = poll(&p, 1, TIME_LIMIT_MS) == 1;
	int status = -1;

	if (!ended)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!ended)
		return GHL_ETIMEDOUT;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : GHL_EIO;
}

/* in: the text; out: an empty file for the WAV. Both descriptors lie above ALIVE_FD. */
static int run_espeak(const char *voice, int in, int out)
{
	char *argv[] = {
		"espeak-ng", "-v", (char *)voice, "-b", "1", "--stdin", "-w", "/proc/self/fd/3", NULL};
	posix_spawn_file_actions_t actions;
	int rc, alive[2];
	pid_t pid;

	if (pipe2(alive, O_CLOEXEC) < 0)
		return error_from_errno(errno);
	if (posix_spawn_file_actions_init(&actions) != 0) {
		(void)close(alive[0]);
		(void)close(alive[1]);
		return GHL_ENOMEM;
	}
	(void)posix_spawn_file_actions_adddup2(&actions, alive[1], ALIVE_FD);
	(void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, out, OUTPUT_FD);
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(alive[1]);
	rc = rc == 0 ? await(pid, alive[0]) : error_from_errno(rc);
	(void)close(alive[0]);
	return rc;
}

static int memory_file(void)
{
	int fd = memfd_create("speech", MFD_CLOEXEC), high;

	if (fd < 0)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, ALIVE_FD + 1);
	(void)close(fd);
	return high;
}

static int synthesize(const char *voice, const char *text, int out)
{
	int in = memory_file(), rc = GHL_EIO;
	size_t n = strlen(text);

	if (in < 0)
		return error_from_errno(errno);
	if (write(in, text, n) == (ssize_t)n && lseek(in, 0, SEEK_SET) == 0)
		rc = run_espeak(voice, in, out);
	(void)close(in);
	return rc;
}

static bool copy(int from, int to)
{
	char block[16384];
	off_t at = 0;
	ssize_t n;

	for (; (n = pread(from, block, sizeof(block), at)) > 0; at += n)
		if (write(to, block, (size_t)n) != n)
			return false;
	return n == 0;
}

/* A cache that cannot be written is no reason not to speak. */
static void keep(int from, const char *path, const char *folder)
{
	char part[320];
	bool whole;
	int to;

	(void)mkdir(folder, 0750);
	(void)snprintf(part, sizeof(part), "%s.XXXXXX", path);
	to = mkostemp(part, O_CLOEXEC);
	if (to < 0)
		return;
	whole = copy(from, to);
	if (close(to) < 0 || !whole || rename(part, path) < 0)
		(void)unlink(part);
}

int speak(struct media *m, const char *text, const char *language, struct media_sound **out,
	struct ghl_error *err)
{
	const char *voice = voice_of(language);
	char path[300];
	int fd, rc;

	if (!text[0] || strlen(text) > TEXT_MAX)
		return error_set(err, GHL_EINVAL, "a text to be spoken has 1 to %d bytes", TEXT_MAX);
	if (!voice_is_plain(voice))
		return error_set(err, GHL_EINVAL, "\"%s\" is no language", language);
	cache_path(path, sizeof(path), m, voice, text);
	if (m->opts.cache_dir[0] && media_sound_open(m, path, out, NULL) == 0)
		return 0;
	fd = memory_file();
	if (fd < 0)
		return error_set(err, error_from_errno(errno), "no memory file: %s", strerror(errno));
	rc = synthesize(voice, text, fd);
	if (rc < 0)
		(void)error_set(err, rc, "espeak-ng with voice \"%s\": %s", voice, ghl_strerror(rc));
	else
		rc = lseek(fd, 0, SEEK_SET) == 0 ? sound_read(fd, "espeak-ng", out, err) : GHL_EIO;
	if (rc == 0 && m->opts.cache_dir[0])
		keep(fd, path, m->opts.cache_dir);
	(void)close(fd);
	return rc;
}
