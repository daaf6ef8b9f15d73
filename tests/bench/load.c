/*
 * Load for an HTTP server on 127.0.0.1: a given number of keep-alive connections, each with one request in flight, all
 * on one thread. tests/bench/run uses it for the node and for its reference.
 *
 *   load [--connections N] [--seconds S] [--warmup S] [--header LINE] [--post FILE | --lines FILE] PORT PATH
 *
 * --post sends FILE, which is JSON. Sixteen '@' in it are replaced by a different number in each request, so that no
 * two requests are equal, not even in two runs. --lines replaces '%' in PATH by a random line of FILE, whose lines have
 * equal lengths. Only 2xx responses between the end of the warm-up and the end of the run count; any other response
 * ends the run with a message. Prints one line of JSON, times in microseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4096
#define ANSWER_LEN 16384
#define HEAD_LEN 4096
#define MAX_US 10000000
#define PLACE "@@@@@@@@@@@@@@@@"
#define PLACE_LEN (sizeof PLACE - 1)

struct file {
    const char *bytes;
    size_t len;
};

struct connection {
    int fd;
    uint64_t sent_at_us;
    size_t len, total; /* bytes of the response: received, and in total; total is 0 until its head is complete */
    char answer[ANSWER_LEN];
};

static struct {
    size_t n_connections;
    double seconds, warmup_s;
    const char *header, *post, *lines, *port, *path;
} options = {.n_connections = 1, .seconds = 5, .warmup_s = 1};

static struct file body, lines;
static char *request; /* head and body; a number goes to place_at, a line to line_at */
static size_t request_len, place_at, line_at, line_len;
static uint64_t number; /* of the next request; random at first */

static uint32_t took[MAX_US + 1]; /* number of responses by latency in microseconds */
static size_t n_took;

__attribute__((noreturn)) static void die(const char *what, const char *why)
{
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(2);
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static struct file map(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0 || info.st_size == 0)
        die(path, fd < 0 ? strerror(errno) : "is empty");
    struct file file = {NULL, (size_t)info.st_size};
    file.bytes = mmap(NULL, file.len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (file.bytes == MAP_FAILED)
        die(path, strerror(errno));
    close(fd);
    return file;
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

__attribute__((format(printf, 1, 2))) static void append(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(request + request_len, HEAD_LEN - request_len, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= HEAD_LEN - request_len)
        die("the head of a request", "is too long");
    request_len += (size_t)n;
}

static void make_request(void)
{
    if (options.lines)
        lines = map(options.lines);
    if (options.post)
        body = map(options.post);
    request = malloc(HEAD_LEN + body.len);
    if (!request)
        die("a request", "out of memory");
    size_t before = strcspn(options.path, "%");
    line_len = lines.len ? strcspn(lines.bytes, "\n") : 0;
    if ((options.path[before] == '%') != (line_len > 0))
        die(options.path, "a '%' and --lines go together");
    append("%s %.*s", body.len ? "POST" : "GET", (int)before, options.path);
    line_at = request_len;
    append("%*s%s HTTP/1.1\r\nHost: 127.0.0.1\r\n", (int)line_len, "", options.path + before + (line_len > 0));
    if (options.header)
        append("%s\r\n", options.header);
    if (body.len)
        append("Content-Type: application/json\r\nContent-Length: %zu\r\n", body.len);
    append("\r\n");
    if (!body.len)
        return;
    memcpy(request + request_len, body.bytes, body.len);
    const char *place = memmem(body.bytes, body.len, PLACE, PLACE_LEN);
    if (!place)
        die(options.post, "has no " PLACE);
    place_at = request_len + (size_t)(place - body.bytes);
    request_len += body.len;
}

/* xorshift64*: fast, and good enough to spread reads. */
static size_t random_below(size_t n)
{
    static uint64_t state = 88172645463325252u;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (size_t)((state * 2685821657736338717u >> 32) * n >> 32);
}

static void send_request(struct connection *connection)
{
    if (body.len) {
        static const char digit[] = "0123456789abcdef";
        uint64_t rest = number++;
        for (size_t i = PLACE_LEN; i-- > 0; rest >>= 4)
            request[place_at + i] = digit[rest & 15];
    }
    if (line_len)
        memcpy(request + line_at, lines.bytes + random_below(lines.len / (line_len + 1)) * (line_len + 1), line_len);
    connection->len = connection->total = 0;
    connection->sent_at_us = now_us();
    for (size_t at = 0; at < request_len;) {
        ssize_t n = send(connection->fd, request + at, request_len - at, MSG_NOSIGNAL);
        if (n < 0)
            die("send", strerror(errno));
        at += (size_t)n;
    }
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static void read_head(struct connection *connection)
{
    connection->answer[connection->len] = '\0';
    const char *end = strstr(connection->answer, "\r\n\r\n");
    if (!end)
        return;
    if (strncmp(connection->answer, "HTTP/1.1 2", 10) != 0)
        die("the server answered", connection->answer);
    const char *length = strcasestr(connection->answer, "\r\nContent-Length:");
    if (!length || length > end)
        die("an answer without Content-Length", connection->answer);
    connection->total = (size_t)(end + 4 - connection->answer) + strtoul(length + 17, NULL, 10);
    if (connection->total >= sizeof connection->answer)
        die("an answer", "is too long for this program");
}

/* True once the response is complete. */
static bool receive(struct connection *connection)
{
    ssize_t n = recv(connection->fd, connection->answer + connection->len,
                     sizeof connection->answer - 1 - connection->len, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0)
        die("the server closed a connection", n ? strerror(errno) : "at its end of the stream");
    connection->len += (size_t)n;
    if (connection->total == 0)
        read_head(connection);
    if (connection->total == 0 || connection->len < connection->total)
        return false;
    if (connection->len > connection->total)
        die("an answer", "is longer than it says");
    return true;
}

/* -- the run ------------------------------------------------------------------------------------------------------- */

static int connect_to_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((uint16_t)strtoul(options.port, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        die(options.port, strerror(errno));
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        die(options.port, strerror(errno));
    return fd;
}

static void run(struct connection *connections)
{
    static struct epoll_event events[MAX_CONNECTIONS];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < options.n_connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
        connections[i].fd = connect_to_server();
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event) != 0)
            die("epoll", strerror(errno));
    }
    uint64_t begin_us = now_us() + (uint64_t)(options.warmup_s * 1e6);
    uint64_t end_us = begin_us + (uint64_t)(options.seconds * 1e6), now = 0;
    for (size_t i = 0; i < options.n_connections; i++)
        send_request(&connections[i]);
    while (now < end_us) {
        int n = epoll_wait(epoll, events, MAX_CONNECTIONS, MAX_US / 1000);
        if (n == 0)
            die("the server", "has not answered for ten seconds");
        for (int i = 0; i < n; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!receive(connection))
                continue;
            now = now_us();
            uint64_t us = now - connection->sent_at_us;
            if (now >= begin_us && now < end_us) {
                took[us < MAX_US ? us : MAX_US]++;
                n_took++;
            }
            send_request(connection);
        }
    }
}

/* The latency of the given quantile of the responses. */
static size_t within_us(double part)
{
    size_t us = 0, n = took[0], enough = (size_t)((double)n_took * part);
    while (n < enough && us < MAX_US)
        n += took[++us];
    return us;
}

static void read_options(int argc, char **argv)
{
    for (; argc > 1 && strncmp(argv[1], "--", 2) == 0; argv += 2, argc -= 2) {
        const char *name = argv[1] + 2, *value = argc > 2 ? argv[2] : "";
        if (strcmp(name, "connections") == 0)
            options.n_connections = strtoul(value, NULL, 10);
        else if (strcmp(name, "seconds") == 0)
            options.seconds = strtod(value, NULL);
        else if (strcmp(name, "warmup") == 0)
            options.warmup_s = strtod(value, NULL);
        else if (strcmp(name, "header") == 0)
            options.header = value;
        else if (strcmp(name, "post") == 0)
            options.post = value;
        else if (strcmp(name, "lines") == 0)
            options.lines = value;
        else
            die(argv[1], "is not an option; the head of load.c lists them");
    }
    if (argc != 3 || options.n_connections == 0 || options.n_connections > MAX_CONNECTIONS)
        die("usage", "load [options] PORT PATH; the head of load.c lists them");
    options.port = argv[1];
    options.path = argv[2];
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        die("getrandom", strerror(errno));
    make_request();
    struct connection *connections = calloc(options.n_connections, sizeof *connections);
    if (!connections)
        die("connections", "out of memory");
    run(connections);
    if (n_took == 0)
        die("nothing", "was answered in time");
    printf("{\"requests\":%zu,\"perSecond\":%.1f,\"p50\":%zu,\"p99\":%zu}\n", n_took, (double)n_took / options.seconds,
           within_us(0.5), within_us(0.99));
    return 0;
}
