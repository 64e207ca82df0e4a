/* Preloaded into ipvsadm, makes it wait for command lines and carry each out in a copy of itself: the program is the same,
 * but is loaded once and not for each command, which takes most of the time where processes are as slow to start as in
 * User Mode Linux.
 *
 * Descriptor 3 brings the length of a request in bytes (32 bits), then its arguments, each ended by a zero byte. The copy's
 * standard input, output and error are files of these names in the folder that READY names: in, out, err. Its status, as
 * wait(2) has it (32 bits), goes to descriptor 4. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUESTS = 3, STATUSES = 4, LONGEST = 1 << 16 };

typedef int program(int, char **, char **);
typedef int starter(program *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
static program *ipvsadm;

static int receive(void *into, uint32_t length) {
    for (uint32_t got = 0; got < length;) {
        ssize_t n = read(REQUESTS, (char *)into + got, length - got);
        if (n <= 0)
            return 0;
        got += (uint32_t)n;
    }
    return 1;
}

static void carry_out(char *name, char *request, uint32_t length, char **environment) {
    static char *arguments[LONGEST + 2];
    static const struct { const char *name; int flags; } files[] = {
        {"in", O_RDONLY}, {"out", O_WRONLY | O_CREAT | O_TRUNC}, {"err", O_WRONLY | O_CREAT | O_TRUNC}};
    int count = 0;
    arguments[count++] = name;
    for (char *at = request; at < request + length; at += strlen(at) + 1)
        arguments[count++] = at;
    int folder = open(getenv("READY"), O_PATH | O_DIRECTORY);
    for (int i = 0; i < 3; i++) {
        int file = openat(folder, files[i].name, files[i].flags, 0600);
        if (file < 0 || dup2(file, i) < 0)
            _exit(127);
        close(file);
    }
    close(folder);
    close(REQUESTS);
    close(STATUSES);
    exit(ipvsadm(count, arguments, environment));
}

static int serve(int argc, char **argv, char **environment) {
    static char request[LONGEST];
    uint32_t length;
    int status;
    (void)argc;
    while (receive(&length, sizeof length) && length <= sizeof request && receive(request, length)) {
        pid_t child = fork();
        if (child == 0)
            carry_out(argv[0], request, length, environment);
        if (child < 0 || waitpid(child, &status, 0) < 0 || write(STATUSES, &status, sizeof status) != sizeof status)
            return 1;
    }
    return 0;
}

int __libc_start_main(program *main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*end)(void), void *stack) {
    starter *start = (starter *)dlsym(RTLD_NEXT, "__libc_start_main");
    ipvsadm = main;
    return start(serve, argc, argv, init, fini, end, stack);
}
