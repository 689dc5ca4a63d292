// SPDX-License-Identifier: Apache-2.0
//
// For the golden tests of `nuo serve`: request_runner SOCKET METHOD PATH [HEADER…] sends standard input as
// the body of one request over a Unix socket, and prints the status, the media type, headers of our own
// and the body of the answer. The socket may take five seconds to appear. With METHOD `slow` it sends half a
// head and waits for the end.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(2);
}

static int reach(const char *path) {
  const struct timespec moment = {0, 10000000};
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  if (file < 0 || strlen(path) >= sizeof to.sun_path) die(path);
  strcpy(to.sun_path, path);
  for (int i = 0; connect(file, (const void *)&to, sizeof to) != 0; i++) {
    if (i == 500) die(path);
    nanosleep(&moment, NULL);
  }
  return file;
}

static char *read_all(int file, size_t *len) {
  size_t room = 1 << 16;
  char *text = malloc(room);
  *len = 0;
  for (ssize_t got = 1; text != NULL && got > 0; *len += got > 0 ? (size_t)got : 0) {
    if (room - *len < 2) text = realloc(text, room *= 2);
    if (text != NULL) got = read(file, text + *len, room - *len - 1);
  }
  if (text == NULL) die("memory");
  text[*len] = 0;
  return text;
}

static void send_all(int file, const char *text, size_t len) {
  for (size_t at = 0; at < len;) {
    const ssize_t put = send(file, text + at, len - at, MSG_NOSIGNAL);
    if (put < 0) die("send");
    at += (size_t)put;
  }
}

static void print_answer(const char *answer) {
  const char *type = strstr(answer, "\r\nContent-Type: "), *body = strstr(answer, "\r\n\r\n");
  if (body == NULL) {
    puts("no answer");
    return;
  }
  printf("%.3s", answer + strlen("HTTP/1.1 "));
  if (type != NULL && type < body) printf(" %.*s", (int)strcspn(type + 16, "\r"), type + 16);
  for (const char *at = answer; (at = strstr(at, "\r\nNuo-")) != NULL && at < body; at += 2)
    printf("\n%.*s", (int)strcspn(at + 2, "\r"), at + 2);
  printf("\n%s", body + 4);
  if (body[4] != 0 && body[strlen(body) - 1] != '\n') putchar('\n');
}

int main(int argc, char **argv) {
  if (argc < 4) return fputs("request_runner SOCKET METHOD PATH [HEADER…]\n", stderr), 2;
  const int file = reach(argv[1]);
  const bool slow = strcmp(argv[2], "slow") == 0;
  size_t len;
  char *body = read_all(STDIN_FILENO, &len), head[1 << 16];
  int at =
      snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", argv[2], argv[3]);
  for (int i = 4; i < argc; i++) at += snprintf(head + at, sizeof head - (size_t)at, "%s\r\n", argv[i]);
  if (!slow) at += snprintf(head + at, sizeof head - (size_t)at, "Content-Length: %zu\r\n\r\n", len);
  send_all(file, head, (size_t)at);
  if (!slow) send_all(file, body, len);
  free(body);
  char *answer = read_all(file, &len);
  print_answer(answer);
  free(answer);
  close(file);
  return 0;
}
