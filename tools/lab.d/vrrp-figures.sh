# What VRRP costs, as figures: how long the virtual address does not answer, and how late adverts are. With the pieces of vrrp.sh.

# tools/lab failover [ROUNDS]: how long the virtual address does not answer, Weir beside keepalived, interleaved.
command_failover() {
    local rounds=${1:-3} round kind variant
    [[ $rounds =~ ^[1-9][0-9]*$ ]] || usage_error "failover takes a number of rounds, not '$rounds'"
    begin_run
    need_packages iproute2 iputils-ping procps keepalived
    need_weir
    : >"$RUN_DIR/gaps"
    for ((round = 1; round <= rounds; round++)); do
        for variant in 2/1 3/0.1 3/0.01; do
            for kind in weir keepalived; do
                VERSION=${variant%/*} INTERVAL=${variant#*/}
                (failover_round "$kind") || die "round $round of $kind at advert_int $INTERVAL failed"
            done
        done
    done
    say "ms without an answer of a 1 kHz ping (medians of $rounds rounds; two nodes of the same kind, priorities 150 and 100)"
    printf '%-24s %-12s %10s %10s %10s\n' variant kind 'kill -9' 'stop' allowed
    for variant in 2/1 3/0.1 3/0.01; do
        VERSION=${variant%/*} INTERVAL=${variant#*/}
        for kind in weir keepalived; do
            printf '%-24s %-12s %10s %10s %10s\n' "v$VERSION, advert_int $INTERVAL" "$kind" \
                "$(median_gap "$kind" kill)" "$(median_gap "$kind" stop)" "$(failover_bound)"
        done
    done
}

failover_round() {
    trap 'remove_namespaces "$LAB-"' EXIT
    vrrp_lab 2
    vrrp_conf 1 150
    vrrp_conf 2 100
    start_node 2 "$1"
    start_node 1 "$1"
    is_master 1 12
    pings
    sleep 0.$((RANDOM % 900 + 100))
    kill_node 1
    [[ $1 == weir ]] || in_ns node1 ip address flush to "$VIP"
    is_master 2 12
    sleep 0.3
    end_pings
    say "$1 $VERSION/$INTERVAL kill $GAP" | tee -a "$RUN_DIR/gaps"
    start_node 1 "$1"
    is_master 1 12
    sleep 0.5
    pings
    sleep 0.5
    stop_node 1
    is_master 2 12
    sleep 0.3
    end_pings
    say "$1 $VERSION/$INTERVAL stop $GAP" | tee -a "$RUN_DIR/gaps"
}

# tools/lab stops [ROUNDS]: how long the virtual address does not answer when a master of Weir is stopped (SIGTERM). Both
# daemons of each round have just been started: the one that takes over never did before.
command_stops() {
    local rounds=${1:-10} round variant
    [[ $rounds =~ ^[1-9][0-9]*$ ]] || usage_error "stops takes a number of rounds, not '$rounds'"
    begin_run
    need_packages iproute2 iputils-ping procps
    need_weir
    : >"$RUN_DIR/gaps"
    for variant in 2/1 3/0.1 3/0.01; do
        VERSION=${variant%/*} INTERVAL=${variant#*/}
        for ((round = 1; round <= rounds; round++)); do
            (stop_round) || die "round $round at advert_int $INTERVAL failed"
        done
    done
    say "ms without an answer of a 1 kHz ping while the master is stopped ($rounds stops each; priorities 150 and 100)"
    printf '%-24s %8s %8s %8s\n' variant least median most
    for variant in 2/1 3/0.1 3/0.01; do
        VERSION=${variant%/*} INTERVAL=${variant#*/}
        printf '%-24s %8s %8s %8s\n' "v$VERSION, advert_int $INTERVAL" "$(gaps weir stop | head -n 1)" "$(median_gap weir stop)" \
            "$(gaps weir stop | tail -n 1)"
    done
}

stop_round() {
    trap 'remove_namespaces "$LAB-"' EXIT
    vrrp_lab 2
    vrrp_conf 1 150
    vrrp_conf 2 100
    start_node 1 weir
    start_node 2 weir
    is_master 1 12
    sleep 1
    pings
    sleep 0.$((RANDOM % 900 + 100))
    stop_node 1
    is_master 2 12
    sleep 0.3
    end_pings
    say "weir $VERSION/$INTERVAL stop $GAP, of which the hypervisor may have taken $STOLEN" | tee -a "$RUN_DIR/gaps"
}

# gaps KIND WAY: in milliseconds, the least first.
gaps() {
    awk -v kind="$1" -v variant="$VERSION/$INTERVAL" -v way="$2" '$1 == kind && $2 == variant && $3 == way { print $4 + 0 }' \
        "$RUN_DIR/gaps" | sort -n
}

# median_gap KIND WAY
median_gap() { gaps "$@" | awk '{ gap[NR] = $1 } END { print gap[int((NR + 1) / 2)] }'; }

# tools/lab adverts [SECONDS]: a pair of Weir and a pair of keepalived side by side, adverts every 10 ms, both cores loaded.
# How often a backup took over though its master lived, how late Weir's adverts were, and what the daemon says of those that
# were latest.
command_adverts() {
    local seconds=${1:-600} kind load before=() after=() pids=()
    [[ $seconds =~ ^[1-9][0-9]*$ ]] || usage_error "adverts takes a number of seconds, not '$seconds'"
    begin_run
    need_packages iproute2 procps keepalived
    need_weir
    : >"$RUN_DIR/pauses"
    jvm_options "-Xlog:gc,safepoint:file=$RUN_DIR/jvm-%p.log:uptime:filecount=0"
    VERSION=3 INTERVAL=0.01
    declare -A labs masters
    for kind in weir keepalived; do
        vrrp_lab 2
        labs[$kind]=$LAB_DIR
        vrrp_conf 1 150
        vrrp_conf 2 100
        start_node 2 "$kind"
        start_node 1 "$kind"
        is_master 1 20
        masters[$kind]=${NODE_PID[1]}
    done
    sleep 5
    for kind in weir keepalived; do before+=("$(takeovers "${labs[$kind]}")"); done
    for ((load = 0; load < $(nproc); load++)); do
        burn "$load" &
        pids+=("$!")
    done
    say "$(nproc) loops that never wait, for $seconds s from $(date -u +%T) on; advert_int 0.01"
    local stolen
    stolen=$(awk '/^cpu / { print $9 }' /proc/stat)
    sleep "$seconds"
    kill "${pids[@]}"
    for kind in weir keepalived; do after+=("$(takeovers "${labs[$kind]}")"); done
    printf '%-12s %s\n' pair 'takeovers though the master lived'
    printf '%-12s %d\n' weir $((after[0] - before[0])) keepalived $((after[1] - before[1]))
    say "taken from this machine meanwhile, as its kernel knows: $((($(awk '/^cpu / { print $9 }' /proc/stat) - stolen) * 10)) ms"
    awk -v least="$PAUSE_MS" '{ all += $2; if ($2 > most) most = $2 }
        END { printf "processors that stood still for more than %d ms: %d times, %d ms in all, %d ms at most\n", least, NR, all, most }' \
        "$RUN_DIR/pauses"
    rm -f /tmp/keepalived.data
    kill -USR1 "${masters[weir]}"
    wait_for 5 grep -q Lateness /tmp/keepalived.data || die "the daemon wrote no /tmp/keepalived.data"
    sed -n '/Lateness/,$p' /tmp/keepalived.data
    say "later than a quarter of the interval: $(grep -c 'VRRP acted' "${labs[weir]}/node1.log" || true) times, the latest of which were"
    awk '/VRRP acted/ { time = $1; sub(/.*VRRP acted/, "VRRP acted"); print time, $0 }' "${labs[weir]}/node1.log" | sort -k 4nr | head -n 20
    say "when the backups were master:"
    grep -iE 'entering MASTER state' "${labs[weir]}/node2.log" | while read -r time text; do
        say "$time $text; the processors stood still in the 0.1 s before: $(pauses_before "$time")"
    done
    grep -iE 'entering MASTER state' "${labs[keepalived]}/node2.log" || true
    say "the longest safepoints of its JVM (ms in all, and for what):"
    sed -nE 's/.*Safepoint "(\w+)".* Total: +([0-9]+) ns.*/\2 \1/p' "$RUN_DIR/jvm-${masters[weir]}.log" | sort -nr | head -n 5 \
        | awk '{ printf "  %.1f %s\n", $1 / 1e6, $2 }'
}

# What a processor's loop calls a pause of the processor: no thread that runs before it does so for that long.
readonly PAUSE_MS=10

# burn PROCESSOR: never waits, and notes when it stood still all the same, and for how many milliseconds.
burn() {
    local last now
    taskset -pc "$1" "$BASHPID" >/dev/null
    last=${EPOCHREALTIME/./}
    while :; do
        now=${EPOCHREALTIME/./}
        ((now - last < PAUSE_MS * 1000)) || echo "$((now / 1000)) $(((now - last) / 1000)) $1" >>"$RUN_DIR/pauses"
        last=$now
    done
}

# pauses_before TIME: of each processor, in milliseconds, between 0.1 s before and 0.05 s after: those that end with the takeover.
pauses_before() {
    awk -v at="$(date -d "$1" +%s%3N)" '$1 > at - 100 && $1 - $2 < at && $1 < at + 50 { printf "%s%d on %d", comma, $2, $3; comma = ", " }
        END { if (!comma) printf "none" }' "$RUN_DIR/pauses"
}

# takeovers FOLDER: how often node 2 became master.
takeovers() { grep -ciE 'entering MASTER state' "$1/node2.log" || true; }
