/* Preloaded into a User Mode Linux kernel, lets it sleep through no wait: whenever it is idle until its next timer, its
 * clock jumps there at once. While it is busy its clock goes on at a tenth of the machine's pace, so that a slow machine
 * hardly shows. What runs inside sees a clock like any other; a minute of waiting takes no time.
 *
 * A UML kernel asks time of clock_gettime(CLOCK_MONOTONIC), has one timer, whose signal is SIGALRM, and is idle in
 * sigsuspend (arch/um/os-Linux/time.c). It is one thread; SIGALRM is blocked while it is on its way into sigsuspend. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define SLOWER 10

static int64_t began;   /* real; 0 before the first question */
static int64_t skipped; /* how far the clock has jumped in all */
static int64_t due;     /* when the armed timer fires, of the clock that is shown; 0: not armed */
static int64_t every;   /* its interval of real time; 0 but at boot */
static timer_t timer;

static int64_t nanoseconds(const struct timespec *t) { return t->tv_sec * SECOND + t->tv_nsec; }

static struct timespec timespec(int64_t ns) { return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND}; }

static int64_t shown(void) {
    struct timespec real;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &real);
    int64_t now = nanoseconds(&real);
    if (began == 0)
        began = now;
    return began + (now - began) / SLOWER + skipped;
}

int clock_gettime(clockid_t clock, struct timespec *t) {
    if (clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, t);
    *t = timespec(shown());
    return 0;
}

static int arm(timer_t id, int64_t in, int64_t interval) {
    struct itimerspec real = {.it_value = timespec(in), .it_interval = timespec(interval)};
    return (int)syscall(SYS_timer_settime, id, 0, &real, NULL);
}

int timer_create(clockid_t clock, struct sigevent *event, timer_t *id) {
    int kernel_id = 0;
    int result = (int)syscall(SYS_timer_create, clock, event, &kernel_id);
    *id = (timer_t)(intptr_t)kernel_id;
    return result;
}

int timer_gettime(timer_t id, struct itimerspec *left) { return (int)syscall(SYS_timer_gettime, id, left); }

int timer_settime(timer_t id, int flags, const struct itimerspec *given, struct itimerspec *before) {
    (void)flags; /* UML gives none, and does not ask what was before. */
    (void)before;
    int64_t in = nanoseconds(&given->it_value);
    timer = id;
    due = in == 0 ? 0 : shown() + in;
    every = nanoseconds(&given->it_interval) * SLOWER;
    return arm(id, in * SLOWER, every);
}

int sigsuspend(const sigset_t *mask) {
    int64_t now = shown();
    if (due > now)
        skipped += due - now;
    if (due != 0)
        arm(timer, 1, every);
    return (int)syscall(SYS_rt_sigsuspend, mask, 8);
}
