# What every part of the lab uses: talking to the user, namespaces, processes that end with the lab.
#
# A run of tools/lab owns everything whose name begins with $RUN (weir-lab-<pid>) and the directory $RUN_DIR; within it,
# one or more labs stand, each with namespaces "$LAB-<role>" and a directory $LAB_DIR.

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
warn() { printf 'lab: %s\n' "$*" >&2; }
die() {
    warn "$@"
    exit 1
}

# begin_run: makes this run's directory and arranges that nothing of it remains, however it ends.
begin_run() {
    ((EUID == 0)) || die "needs root, for network namespaces: run it with sudo"
    sweep_dead_runs
    RUN="weir-lab-$$"
    RUN_DIR=$(mktemp -d "/tmp/$RUN-XXXXXX")
    LABS_BUILT=0
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    trap end_run EXIT
}

end_run() {
    local status=$?
    trap '' INT TERM HUP
    set +e
    remove_namespaces "$RUN-"
    rm -rf "$RUN_DIR"
    exit "$status"
}

# A run that was killed with SIGKILL leaves its namespaces; the next run of anyone removes them. The lab's process is
# taken as alive as long as any process has its number.
sweep_dead_runs() {
    local name pid
    for name in $(ip netns list 2>/dev/null | awk '$1 ~ /^weir-lab-[0-9]+-/ { print $1 }'); do
        pid=${name#weir-lab-}
        pid=${pid%%-*}
        if [[ ! -d /proc/$pid ]]; then
            remove_namespaces "$name"
            rm -rf "/tmp/weir-lab-$pid-"??????
        fi
    done
}

# remove_namespaces PREFIX: ends what runs in them, which this run (or a dead one) has started, and deletes them.
remove_namespaces() {
    local name names deadline
    names=$(ip netns list | awk -v prefix="$1" 'index($1, prefix) == 1 { print $1 }')
    [[ -n $names ]] || return 0
    signal_namespaces TERM $names
    deadline=$((SECONDS + 5))
    while ((SECONDS < deadline)) && [[ -n $(namespace_pids $names) ]]; do sleep 0.05; done
    signal_namespaces KILL $names
    for name in $names; do ip netns del "$name"; done
}

namespace_pids() {
    local name
    for name in "$@"; do ip netns pids "$name" 2>/dev/null || true; done
}

signal_namespaces() {
    local pids
    pids=$(namespace_pids "${@:2}")
    [[ -z $pids ]] || kill -"$1" $pids 2>/dev/null || true
}

# in_ns ROLE COMMAND...: runs it in a namespace of the current lab.
in_ns() { ip netns exec "$LAB-$1" "${@:2}"; }

# start NAME ROLE COMMAND...: runs it in the background until the lab ends; its output goes to $LAB_DIR/NAME.log, its
# process number to STARTED.
start() {
    ip netns exec "$LAB-$2" "${@:3}" </dev/null >>"$LAB_DIR/$1.log" 2>&1 &
    STARTED=$!
}

# stop PID [SIGNAL]: ends a process that start began, and waits for it.
stop() {
    kill -"${2:-TERM}" "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# wait_for SECONDS COMMAND...: until it succeeds; fails if it does not in that time.
wait_for() {
    local deadline=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        ((${EPOCHREALTIME/[.,]/} < deadline)) || return 1
        sleep 0.02
    done
}

now_ms() { printf '%s' $((${EPOCHREALTIME/[.,]/} / 1000)); }
