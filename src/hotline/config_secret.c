/*
 * config_secret.c - passwords from where they are kept; phones' passwords into HA1 (RFC 3261 22.4, RFC 8760),
 * and then wiped.
 */
#include "config_schema.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct secret {
	struct config_reader *r;
	const struct yaml_node *place; /* for complaints */
	char *to;
	size_t room;
};

static void secret_problem(const struct secret *s, const char *path, const char *what)
{
	problem_at(s->r->problems, s->place ? s->place->line : 0, s->place ? s->place->column : 0,
		"password_file", "%s: %s", path, what);
}

/* The file must be private; its first line is the secret. */
static void read_secret_fd(const struct secret *s, const char *path, int fd)
{
	struct stat st;
	char line[SIP_USER_MAX + 2] = "";
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		secret_problem(s, path, "is not a file");
		return;
	}
	if (st.st_mode & S_IRWXO) {
		secret_problem(s, path, "others may read this password (chmod o= it)");
		return;
	}
	n = read(fd, line, sizeof(line) - 1);
	line[n > 0 ? n : 0] = 0;
	line[strcspn(line, "\r\n")] = 0;
	if (!line[0])
		secret_problem(s, path, "holds no password in its first line");
	else if (!text_copy(s->to, s->room, line))
		secret_problem(s, path, "the password is longer than 127 bytes");
	explicit_bzero(line, sizeof(line));
}

static void read_secret_file(const struct secret *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		secret_problem(s, path, "this password file cannot be read");
		return;
	}
	read_secret_fd(s, path, fd);
	(void)close(fd);
}

static void trunk_secret(struct config_reader *r, struct config_trunk *t, const struct yaml_node *root)
{
	struct secret s = {r, NULL, t->sip.password, sizeof(t->sip.password)};
	const char *value;

	if (t->password[0]) {
		(void)text_copy(t->sip.password, sizeof(t->sip.password), t->password);
	} else if (t->password_file[0] && r->files) {
		s.place = config_place(root, "trunks", t->sip.name, "password_file");
		read_secret_file(&s, t->password_file);
	} else if (t->password_env[0] && r->files) {
		s.place = config_place(root, "trunks", t->sip.name, "password_env");
		value = getenv(t->password_env);
		if (!value || !text_copy(t->sip.password, sizeof(t->sip.password), value))
			secret_problem(
				&s, t->password_env, "this environment variable is not set, or too long");
	}
}

static bool hex_digest(const EVP_MD *md, const char *text, char *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(text, strlen(text), digest, &len, md, NULL) != 1)
		return false;
	for (unsigned i = 0; i < len; i++)
		(void)sprintf(out + 2 * i, "%02x", digest[i]);
	return true;
}

static void account_ha1(struct config_account *a, const struct config_sip *sip, const char *password)
{
	struct text t;

	text_init(&t);
	text_fmt(&t, "%s:%s:%s", a->name, sip->realm, password);
	if (!t.failed) {
		if (sip->digest != CONFIG_DIGEST_SHA256)
			(void)hex_digest(EVP_md5(), text_str(&t), a->secret.ha1_md5);
		if (sip->digest != CONFIG_DIGEST_MD5)
			(void)hex_digest(EVP_sha256(), text_str(&t), a->secret.ha1_sha256);
		explicit_bzero(t.s, t.len);
	}
	text_finish(&t);
}

static void account_secret(struct config_reader *r, struct config_account *a, const struct yaml_node *root)
{
	char password[SIP_USER_MAX] = "";
	struct secret s = {r, NULL, password, sizeof(password)};

	if (a->password_file[0] && r->files) {
		s.place = config_place(root, "accounts", a->name, "password_file");
		read_secret_file(&s, a->password_file);
	}
	if (a->password[0])
		(void)text_copy(password, sizeof(password), a->password);
	if (password[0])
		account_ha1(a, &r->config->sip, password);
	a->secret.has_md5 = a->secret.ha1_md5[0] != 0;
	a->secret.has_sha256 = a->secret.ha1_sha256[0] != 0;
	explicit_bzero(password, sizeof(password));
	explicit_bzero(a->password, sizeof(a->password));
	memset(a->password_file, 0, sizeof(a->password_file));
}

void config_secrets_resolve(struct config_reader *r, const struct yaml_node *root)
{
	for (size_t i = 0; i < r->config->trunk_count; i++)
		trunk_secret(r, &r->config->trunks[i], root);
	for (size_t i = 0; i < r->config->account_count; i++)
		account_secret(r, &r->config->accounts[i], root);
}
