/*
 * bench_media.c - N calls bridged and recorded, 50 packets a second each way, on one media thread.
 *
 *   generator (own thread, batched I/O) --RTP--> port A ==bridge== port B --RTP--> generator, and back
 *
 * Tells CPU of media and recorder threads a call, the generator's own CPU and lateness apart, packets lost
 * and late, what a bare relay with recvmmsg and sendmmsg on one socket costs a packet in the same run, and
 * how long commits of call records take without and beside the recordings, on their disk. Usage: bench_media
 * [calls] [seconds]
 */
#include "committer.h"

#include "base/loop.h"
#include "base/text.h"
#include "media/media_priv.h"
#include "media/rtp.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKET       172
#define BURST        64
#define STEP_US      1000 /* the generator's ticks: a twentieth of all streams each */
#define STEPS        20
#define RELAY_ROUNDS 20000
#define SETTLE_US    4000000 /* until ports have latched, rings were touched and recordings are staggered */

static struct ghl_clock real_clock;

static int64_t now_us(void)
{
	return clock_mono_us(&real_clock);
}

static void check(int rc, const char *what)
{
	if (rc >= 0)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, rc < -1 ? ghl_strerror(rc) : "failed");
	exit(1);
}

static int udp_socket(struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 8 << 20;
	socklen_t n = sizeof(*at);

	check(fd, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	*at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	check(bind(fd, (struct sockaddr *)at, sizeof(*at)), "bind");
	check(getsockname(fd, (struct sockaddr *)at, &n), "getsockname");
	return fd;
}

static void sleep_until(int64_t at_us)
{
	struct timespec ts = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* --- the generator: one socket a phase, so that every port has a peer and few calls move many packets --- */

struct batch {
	struct mmsghdr heads[BURST];
	struct iovec parts[BURST];
	struct sockaddr_in names[BURST];
	uint8_t data[BURST][PACKET + 64];
};

static void batch_init(struct batch *b)
{
	memset(b, 0, sizeof(*b));
	for (int i = 0; i < BURST; i++) {
		b->parts[i] = (struct iovec){b->data[i], sizeof(b->data[i])};
		b->heads[i].msg_hdr.msg_iov = &b->parts[i];
		b->heads[i].msg_hdr.msg_iovlen = 1;
		b->heads[i].msg_hdr.msg_name = &b->names[i];
		b->heads[i].msg_hdr.msg_namelen = sizeof(b->names[i]);
	}
}

struct stream {
	uint16_t port; /* of the media port it talks to */
	uint16_t seq, heard_seq;
	bool heard;
	int64_t heard_us;
};

struct generator {
	struct stream *streams;
	unsigned count;
	int fd;
	struct sockaddr_in at;
	uint32_t *by_port; /* stream + 1 */
	_Atomic bool stop, measure;
	_Atomic int64_t cpu_us;
	uint64_t sent, got, lost, gap_over_40ms;
	int64_t worst_gap_us, worst_late_us;
	struct batch out, in;
};

static void send_some(struct generator *g, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		int sent = sendmmsg(g->fd, g->out.heads + done, n - done, 0);

		check(sent, "sendmmsg");
		done += (unsigned)sent;
	}
	g->sent += n;
}

static void send_step(struct generator *g, unsigned step)
{
	unsigned n = 0;

	for (unsigned i = step; i < g->count; i += STEPS) {
		struct stream *s = &g->streams[i];
		struct rtp_packet p = {.payload_type = 8, .seq = s->seq, .ts = s->seq * 160u, .ssrc = i + 1};

		rtp_build(g->out.data[n], &p);
		memset(g->out.data[n] + RTP_HEADER_BYTES, 0x30 + s->seq % 64, MEDIA_FRAME_SAMPLES);
		s->seq++;
		g->out.parts[n].iov_len = PACKET;
		g->out.names[n] = g->at;
		g->out.names[n].sin_port = htons(s->port);
		if (++n == BURST) {
			send_some(g, n);
			n = 0;
		}
	}
	send_some(g, n);
}

static void hear(
	struct generator *g, const struct sockaddr_in *from, const uint8_t *data, size_t n, int64_t at_us)
{
	uint32_t i = g->by_port[ntohs(from->sin_port)];
	struct stream *s = i ? &g->streams[i - 1] : NULL;
	struct rtp_packet p;
	int64_t gap_us;

	if (!s || rtp_parse(&p, data, n) < 0)
		return;
	if (s->heard && atomic_load(&g->measure)) {
		gap_us = at_us - s->heard_us;
		g->got++;
		g->lost += (uint16_t)(p.seq - s->heard_seq - 1);
		g->gap_over_40ms += gap_us > 40000;
		g->worst_gap_us = gap_us > g->worst_gap_us ? gap_us : g->worst_gap_us;
	}
	s->heard = true;
	s->heard_seq = p.seq;
	s->heard_us = at_us;
}

static void receive_all(struct generator *g)
{
	int n = BURST;

	while (n == BURST) {
		int64_t at_us = now_us();

		n = recvmmsg(g->fd, g->in.heads, BURST, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			hear(g, &g->in.names[i], g->in.data[i], g->in.heads[i].msg_len, at_us);
	}
}

/* The generator is as good as its punctuality: real-time priority where permitted, as the media threads have.
 */
static void be_punctual(void)
{
	struct sched_param p = {.sched_priority = sched_get_priority_min(SCHED_RR)};

	if (pthread_setschedparam(pthread_self(), SCHED_RR, &p) != 0)
		(void)fprintf(
			stderr, "no real-time priority: lateness is that of a machine's ordinary work\n");
}

static void *generate(void *arg)
{
	struct generator *g = arg;
	int64_t at_us = now_us();

	be_punctual();
	for (unsigned step = 0; !atomic_load(&g->stop); step = (step + 1) % STEPS) {
		int64_t late_us;

		at_us += STEP_US;
		sleep_until(at_us);
		late_us = now_us() - at_us;
		if (atomic_load(&g->measure) && late_us > g->worst_late_us)
			g->worst_late_us = late_us;
		receive_all(g);
		send_step(g, step);
		atomic_store(&g->cpu_us, clock_thread_cpu_us());
	}
	return NULL;
}

/* --- the yardstick --- */

/* Microseconds of CPU a relayed packet: taken 64 at a time from one socket, given 64 at a time to another. */
static double bare_relay(void)
{
	static struct batch b;
	struct sockaddr_in in_at, out_at;
	int in = udp_socket(&in_at), out = udp_socket(&out_at), from = udp_socket(&(struct sockaddr_in){0});
	const int bursts = RELAY_ROUNDS / BURST;
	int64_t cpu_us = 0, begin_us;

	batch_init(&b);
	for (int round = 0; round < bursts; round++) {
		for (int i = 0; i < BURST; i++) {
			b.parts[i].iov_len = PACKET;
			b.names[i] = in_at;
		}
		check(sendmmsg(from, b.heads, BURST, 0), "sendmmsg");
		begin_us = clock_thread_cpu_us();
		check(recvmmsg(in, b.heads, BURST, 0, NULL), "recvmmsg");
		for (int i = 0; i < BURST; i++)
			b.names[i] = out_at;
		check(sendmmsg(in, b.heads, BURST, 0), "sendmmsg");
		cpu_us += clock_thread_cpu_us() - begin_us;
		check(recvmmsg(out, b.heads, BURST, 0, NULL), "recvmmsg");
	}
	(void)close(in);
	(void)close(out);
	(void)close(from);
	return (double)cpu_us / (bursts * BURST);
}

/* --- the calls --- */

struct call {
	struct media_port *ports[2];
	struct media_recording *recording;
};

struct bench {
	struct loop *loop;
	struct media *media;
	struct generator g;
	struct call *calls;
	unsigned count, closed, recorded, incomplete;
	uint64_t lost, late, concealed, samples_min, samples_max, missing;
	uint32_t worst_late_us;
	char folder[64];
	struct committer *committer;
	struct commit_times alone, beside;
};

/* Microseconds since the begin. */
struct usage {
	int64_t media, recorder, generator;
};

static void on_closed(void *arg, const struct media_report *r)
{
	struct bench *b = arg;

	b->closed++;
	b->lost += r->lost;
	b->late += r->late;
	b->concealed += r->concealed_frames;
	b->worst_late_us = r->worst_late_us > b->worst_late_us ? r->worst_late_us : b->worst_late_us;
}

static void on_recorded(void *arg, const struct media_recording_done *d)
{
	struct bench *b = arg;

	b->recorded++;
	b->incomplete += d->status != 0 || d->missing_samples != 0;
	b->missing += d->missing_samples;
	b->samples_min = d->samples < b->samples_min ? d->samples : b->samples_min;
	b->samples_max = d->samples > b->samples_max ? d->samples : b->samples_max;
}

static void open_port(struct bench *b, unsigned stream, struct media_port **out)
{
	static const struct media_port_handlers handlers = {.on_closed = on_closed};
	struct media_peer peer = {.address = "127.0.0.1",
		.port = ntohs(b->g.at.sin_port),
		.codec = MEDIA_PCMA,
		.payload_type = 8,
		.events = true,
		.event_payload_type = 101,
		.send = true,
		.receive = true,
		.symmetric = true};

	check(media_port_open(b->media, "127.0.0.1", &handlers, b, out), "media_port_open");
	media_port_peer_set(*out, &peer);
	b->g.streams[stream].port = media_port_number(*out);
	b->g.by_port[media_port_number(*out)] = stream + 1;
}

static void open_call(struct bench *b, unsigned i)
{
	struct call *c = &b->calls[i];
	char path[128];

	open_port(b, 2 * i, &c->ports[0]);
	open_port(b, 2 * i + 1, &c->ports[1]);
	check(media_bridge(c->ports[0], c->ports[1]), "media_bridge");
	(void)snprintf(path, sizeof(path), "%s/%u.wav", b->folder, i);
	check(media_record_start(c->ports[0], path, MEDIA_WAV_PCM16, &c->recording), "media_record_start");
}

static void run_loop(struct bench *b, int64_t us)
{
	for (int64_t end_us = now_us() + us; now_us() < end_us;)
		loop_step(b->loop, 20);
}

static long resident_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	char line[128], *second = NULL;

	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f))
		second = strchr(line, ' ');
	(void)fclose(f);
	return (second ? strtol(second, NULL, 10) : 0) * sysconf(_SC_PAGESIZE) / 1024;
}

static void finish_calls(struct bench *b)
{
	for (unsigned i = 0; i < b->count; i++)
		media_record_stop(b->calls[i].recording, on_recorded, b);
	for (unsigned i = 0; i < 2 * b->count; i++)
		media_port_close(b->calls[i / 2].ports[i % 2]);
	while (b->closed < 2 * b->count || b->recorded < b->count)
		loop_step(b->loop, 20);
}

static void usage_take(struct bench *b, struct usage *u)
{
	struct media_stat st;

	media_stat(b->media, &st);
	u->recorder = recorder_cpu_us(b->media->recorder);
	u->media = st.cpu_us - u->recorder;
	u->generator = atomic_load(&b->g.cpu_us);
}

/* What was used in between, in percent of a core a call. */
static double percent(const struct bench *b, int64_t from_us, int64_t to_us, double seconds)
{
	return (double)(to_us - from_us) / seconds / 1e4 / b->count;
}

static void print_usage(const struct bench *b, const struct usage *from, const struct usage *to,
	double seconds, double relay_us)
{
	double media = percent(b, from->media, to->media, seconds),
	       recorder = percent(b, from->recorder, to->recorder, seconds);

	(void)printf("calls                      %u for %.1f s, bridged and recorded\n", b->count, seconds);
	(void)printf("cpu media+recorder         %.4f %% of a core a call (%.4f + %.4f), %.2f us a packet "
		     "relayed\n",
		media + recorder, media, recorder, (media + recorder) * 100);
	(void)printf("bare relay                 %.2f us a packet (before and after); ratio %.2f\n", relay_us,
		(media + recorder) * 100 / relay_us);
	(void)printf("generator, not ours        %.4f %% of a core a call; up to %.1f ms late itself\n",
		percent(b, from->generator, to->generator, seconds), (double)b->g.worst_late_us / 1000);
}

static void print_commits(const char *name, const struct commit_times *t)
{
	(void)printf("commits, %-17s p50 %.1f ms, p99 %.1f ms, worst %.1f ms (%u)\n", name,
		(double)t->p50_us / 1000, (double)t->p99_us / 1000, (double)t->worst_us / 1000, t->commits);
}

static void print_results(struct bench *b, long kb)
{
	struct media_stat st;

	media_stat(b->media, &st);
	(void)printf("packets heard back         %llu, lost %llu, gaps over 40 ms %llu, worst gap %.1f ms\n",
		(unsigned long long)b->g.got, (unsigned long long)b->g.lost,
		(unsigned long long)b->g.gap_over_40ms, (double)b->g.worst_gap_us / 1000);
	(void)printf("packets in                 lost %llu, late %llu, concealed %llu\n",
		(unsigned long long)b->lost, (unsigned long long)b->late, (unsigned long long)b->concealed);
	(void)printf("worst lateness, ours       %.1f ms\n", (double)b->worst_late_us / 1000);
	(void)printf("recordings                 %u, incomplete %u, samples %llu to %llu\n", b->recorded,
		b->incomplete, (unsigned long long)b->samples_min, (unsigned long long)b->samples_max);
	print_commits("no recordings", &b->alone);
	print_commits("beside them", &b->beside);
	(void)printf("memory                     %.1f kB a call; reports dropped %llu\n",
		(double)kb / b->count, (unsigned long long)st.reports_dropped);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void prepare(struct bench *b, unsigned calls)
{
	struct media_opts opts = {.threads = 1};
	struct ghl_error err;
	char store[80];

	b->count = calls;
	b->samples_min = UINT64_MAX;
	b->calls = calloc(calls, sizeof(*b->calls));
	b->g.streams = calloc(2 * (size_t)calls, sizeof(*b->g.streams));
	b->g.by_port = calloc(65536, sizeof(*b->g.by_port));
	b->g.count = 2 * calls;
	b->g.fd = udp_socket(&b->g.at);
	batch_init(&b->g.out);
	batch_init(&b->g.in);
	check(loop_create(&b->loop, &real_clock), "loop_create");
	opts.loop = b->loop;
	check(media_create(&b->media, &opts, &err), "media_create");
	(void)snprintf(b->folder, sizeof(b->folder), "%s/bench-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	check(mkdtemp(b->folder) ? 0 : -1, b->folder);
	(void)snprintf(store, sizeof(store), "%s/store", b->folder);
	b->committer = committer_create(store);
}

static unsigned argument(const char *text)
{
	int64_t v = 0;

	check(text_to_int(text, 1, 100000, &v) ? 0 : -1, text);
	return (unsigned)v;
}

/* Runs the loop for a while with commits going on. */
static void run_with_commits(struct bench *b, int64_t us, struct commit_times *times)
{
	committer_begin(b->committer);
	run_loop(b, us);
	committer_end(b->committer, times);
}

/* The calls up and measured; the generator ends before them, so that nobody talks to closed ports. */
static void run_calls(struct bench *b, int64_t run_us, double relay_us)
{
	struct usage from, to;
	pthread_t thread;
	int64_t begin_us;
	long kb = resident_kb();

	for (unsigned i = 0; i < b->count; i++)
		open_call(b, i);
	check(-pthread_create(&thread, NULL, generate, &b->g), "pthread_create");
	run_loop(b, SETTLE_US);
	kb = resident_kb() - kb;
	usage_take(b, &from);
	begin_us = now_us();
	atomic_store(&b->g.measure, true);
	run_with_commits(b, run_us, &b->beside);
	atomic_store(&b->g.measure, false);
	usage_take(b, &to);
	run_us = now_us() - begin_us;
	atomic_store(&b->g.stop, true);
	(void)pthread_join(thread, NULL);
	finish_calls(b);
	print_usage(b, &from, &to, (double)run_us / 1e6, (relay_us + bare_relay()) / 2);
	print_results(b, kb);
}

static void finish(struct bench *b)
{
	media_destroy(b->media);
	committer_destroy(b->committer);
	loop_destroy(b->loop);
	(void)nftw(b->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	(void)close(b->g.fd);
	free(b->calls);
	free(b->g.streams);
	free(b->g.by_port);
}

int main(int argc, char **argv)
{
	static struct bench b;
	unsigned calls = argc > 1 ? argument(argv[1]) : 200;
	int64_t run_us = (argc > 2 ? argument(argv[2]) : 5) * (int64_t)1000000;
	struct rlimit files = {16384, 16384};
	double relay_us;

	(void)setrlimit(RLIMIT_NOFILE, &files);
	clock_init_real(&real_clock);
	relay_us = bare_relay();
	prepare(&b, calls);
	run_with_commits(&b, run_us, &b.alone);
	run_calls(&b, run_us, relay_us);
	finish(&b);
	return b.g.lost || b.incomplete ? 1 : 0;
}
