/* demo_site.c - the demo's hotline.yaml and main.vxml. */
#include "demo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char dialogue[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<vxml version=\"2.1\" xmlns=\"http://www.w3.org/2001/vxml\" xml:lang=\"en-US\">\n"
	"  <menu id=\"main\" dtmf=\"false\">\n"
	"    <property name=\"timeout\" value=\"4s\"/>\n"
	"    <prompt>Welcome to the city hotline. For water, press one. For tax, press two. For housing, "
	"press three.</prompt>\n"
	"    <choice dtmf=\"1\" next=\"#water\"/>\n"
	"    <choice dtmf=\"2\" next=\"#tax\"/>\n"
	"    <choice dtmf=\"3\" next=\"#housing\"/>\n"
	"    <noinput><reprompt/></noinput>\n"
	"    <nomatch>Sorry, that is no choice. <reprompt/></nomatch>\n"
	"  </menu>\n"
	"  <form id=\"water\"><transfer name=\"t\" dest=\"queue:water\" bridge=\"false\"/></form>\n"
	"  <form id=\"tax\"><transfer name=\"t\" dest=\"queue:tax\" bridge=\"false\"/></form>\n"
	"  <form id=\"housing\"><transfer name=\"t\" dest=\"queue:housing\" bridge=\"false\"/></form>\n"
	"</vxml>\n";

static void write_agents(FILE *f, const struct demo_agent *agents, const char *password)
{
	(void)fprintf(f, "accounts:\n");
	for (int i = 0; i < DEMO_AGENTS; i++)
		(void)fprintf(f, "  \"%s\": {password: %s}\n", agents[i].name, password);
	(void)fprintf(f, "agents:\n");
	for (int i = 0; i < DEMO_AGENTS; i++)
		(void)fprintf(f, "  \"%s\": {display: %s, group: front, skills: [%s], wrapup: 1s}\n",
			agents[i].name, agents[i].display, agents[i].skills);
}

static void write_rest(FILE *f)
{
	static const char *const queues[] = {"water", "tax", "housing"};

	(void)fprintf(f, "queues:\n");
	for (int i = 0; i < 3; i++)
		(void)fprintf(f,
			"  %s:\n    skill: %s\n    ring: 3s\n    service_level: 15s\n    announcement: "
			"\"text:All our agents are busy. Please hold on.\"\n"
			"    music: music.wav\n",
			queues[i], queues[i]);
	(void)fprintf(f,
		"dialogues:\n  main: {file: main.vxml}\nroutes:\n  - {called: \"%s\", to: "
		"\"dialogue:main\"}\n",
		DEMO_CALLED);
}

static bool write_music(const char *dir)
{
	static const double notes[] = {523.25, 659.25, 783.99, 659.25};
	static int16_t pcm[DEMO_RATE * 8];
	char path[300];

	for (size_t i = 0; i < sizeof(pcm) / sizeof(pcm[0]); i++)
		pcm[i] = demo_sine(notes[i / (DEMO_RATE / 2) % 4], 2500, i);
	(void)snprintf(path, sizeof(path), "%s/music.wav", dir);
	return demo_wav_write(path, pcm, sizeof(pcm) / sizeof(pcm[0]));
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		(void)fprintf(stderr, "demo: %s: %s\n", path, strerror(errno));
	return f;
}

bool demo_site_write(
	const char *dir, const struct demo_agent *agents, const char *password, char *yaml, size_t room)
{
	char path[300];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/main.vxml", dir);
	if (!(f = create(path)))
		return false;
	(void)fputs(dialogue, f);
	if (fclose(f) != 0)
		return false;
	(void)snprintf(yaml, room, "%s/hotline.yaml", dir);
	if (!(f = create(yaml)))
		return false;
	(void)fprintf(f, "site: {name: demo, time_zone: Asia/Shanghai}\ndial: {country: \"86\", area: "
			 "\"28\"}\npaths: {prompts: .}\n"
			 "sip:\n  listen: [\"udp:127.0.0.1:0\"]\n  realm: demo\nmedia: {address: 127.0.0.1}\n"
			 "limits: {disk_reserve: 64MiB, disk_alarm: 128MiB}\n"
			 "trunks:\n  city: {sources: [127.0.0.1], options: 0s}\ngroups:\n  front: {display: "
			 "Front desk}\n");
	write_agents(f, agents, password);
	write_rest(f);
	return fclose(f) == 0 && write_music(dir);
}
