// SPDX-License-Identifier: Apache-2.0
// A push gateway: two threads decide push requests, one JSON object a line of standard input, and send what
// may be sent; another version of the policy is put in force at SIGHUP, while they work.
//
//   cc -pthread -o gateway gateway.c $(pkg-config --cflags --libs nuo)
//   nuo build -o policy.nuoi policy.nuo && ./gateway policy.nuoi <requests.jsonl
#define _POSIX_C_SOURCE 200809L
#include <nuo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 2, QUEUE = 256 };

// ---- requests between the reader and the threads ----

struct queue {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  char *lines[QUEUE];  // owned by whoever took them
  size_t first, count;
  bool closed;
};
static struct queue queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void put(char *line) {  // NULL: there will be no more
  pthread_mutex_lock(&queue.lock);
  while (line != NULL && queue.count == QUEUE) pthread_cond_wait(&queue.changed, &queue.lock);
  if (line == NULL)
    queue.closed = true;
  else
    queue.lines[(queue.first + queue.count++) % QUEUE] = line;
  pthread_cond_broadcast(&queue.changed);
  pthread_mutex_unlock(&queue.lock);
}

static char *take(void) {
  char *line = NULL;
  pthread_mutex_lock(&queue.lock);
  while (queue.count == 0 && !queue.closed) pthread_cond_wait(&queue.changed, &queue.lock);
  if (queue.count > 0) {
    line = queue.lines[queue.first];
    queue.first = (queue.first + 1) % QUEUE;
    queue.count--;
    pthread_cond_broadcast(&queue.changed);
  }
  pthread_mutex_unlock(&queue.lock);
  return line;
}

// ---- deciding and sending ----

// What the gateway does; a real one hands the push to its vendor, to a scheduler, to a reviewer's desk.
static const char *const does[] = {
    [NUO_ALLOW] = "send", [NUO_NOTE] = "send",       [NUO_AMEND] = "label and send",
    [NUO_DEFER] = "wait", [NUO_HOLD] = "let review", [NUO_BLOCK] = "drop"};

static void act(const nuo_decision *d) {
  flockfile(stdout);
  printf("%.*s: %s", (int)d->event_id.len, d->event_id.text, does[d->verdict]);
  for (size_t i = 0; i < d->breach_count; i++)
    printf(", clause %.*s: %.*s", (int)d->breaches[i].clause.len, d->breaches[i].clause.text,
           (int)d->breaches[i].message.len, d->breaches[i].message.text);
  for (size_t i = 0; i < d->undetermined_count; i++)
    printf(", clause %.*s is undetermined", (int)d->undetermined[i].clause.len,
           d->undetermined[i].clause.text);
  putchar('\n');
  funlockfile(stdout);
}

// A session belongs to one thread. A decision is borrowed until the next event of its session.
static void *work(void *engine) {
  nuo_session *session;
  if (nuo_session_new(engine, &session) != NUO_OK) abort();
  for (char *line; (line = take()) != NULL; free(line)) {
    const nuo_decision *decision;
    nuo_error error;
    if (nuo_session_eval_json(session, line, strlen(line), &decision, &error) != NUO_OK)
      fprintf(stderr, "refused, not sent: %s\n", error.message);  // what cannot be decided is not sent
    else if (decision != NULL)
      act(decision);
  }
  nuo_session_free(session);
  return NULL;
}

// ---- the policy ----

// The old version stays in force when the new one cannot be loaded. The engine takes a reference of its own.
static bool load(nuo_engine *engine, const char *path) {
  static char image[8 << 20];
  nuo_program *program;
  nuo_error error = {.message = "the image cannot be read"};
  FILE *file = fopen(path, "rb");
  const size_t size = file == NULL ? 0 : fread(image, 1, sizeof image, file);
  if (file != NULL) fclose(file);
  if (size == 0 || nuo_program_load(image, size, NULL, &program, &error) != NUO_OK)
    return fprintf(stderr, "%s: %s\n", path, error.message), false;
  const bool good = nuo_engine_use(engine, &program, 1, &error) == NUO_OK;
  nuo_program_info info;
  nuo_program_describe(program, &info);
  fprintf(stderr, "version %.*s: %s\n", (int)info.version.len, info.version.text,
          good ? "in force" : error.message);
  nuo_program_free(program);
  return good;
}

static const char *path;

// Signals are waited for in a thread of its own, and blocked in all others.
static void *reload(void *engine) {
  sigset_t hangup;
  int signal;
  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  while (sigwait(&hangup, &signal) == 0) load(engine, path);
  return NULL;
}

static void read_requests(void) {
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    line[strcspn(line, "\n")] = 0;
    put(strdup(line));
  }
  free(line);
  put(NULL);
}

int main(int argc, char **argv) {
  nuo_engine *engine;
  pthread_t threads[THREADS], reloader;
  sigset_t hangup;
  path = argv[argc - 1];
  if (argc != 2 || nuo_engine_new(NULL, &engine) != NUO_OK || !load(engine, path)) return 2;
  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &hangup, NULL);
  pthread_create(&reloader, NULL, reload, engine);
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, engine);
  read_requests();
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  pthread_cancel(reloader);
  pthread_join(reloader, NULL);
  nuo_engine_free(engine);  // behind its last session, and its last reload
  return 0;
}
