# The daemon in the director's namespace, and the commands that it gets.

# start_lbd: starts it on the lab's kind of port, and waits until it answers commands.
start_lbd() {
    local arguments=(--port "$LAB_PORT" --workers "${LAB_WORKERS:-1}") deadline=$((SECONDS + 20))
    # How the director looks with no daemon, to compare with when it has ended.
    [[ -e $LAB_DIR/bare ]] || director_traces >"$LAB_DIR/bare"
    start lbd director "$ROOT/tools/lbd" --proc-dir "$LAB_DIR/proc" "${arguments[@]}"
    LBD_PID=$STARTED
    until [[ -S $WEIR_CONTROL ]] && "$ROOT/tools/ipvsadm" -Ln >/dev/null 2>&1; do
        if ! kill -0 "$LBD_PID" 2>/dev/null || ((SECONDS > deadline)); then
            cat "$LAB_DIR/lbd.log" >&2
            die "lbd did not come up within 20 seconds; its log is above"
        fi
        sleep 0.05
    done
}

stop_lbd() {
    [[ -z $LBD_PID ]] || stop "$LBD_PID" "${1:-TERM}"
    LBD_PID=
}

# ipvsadm ARGUMENT...: says the command, and runs it against the lab's daemon.
ipvsadm() {
    [[ -n ${QUIET:-} ]] || say "# ipvsadm $*"
    "$ROOT/tools/ipvsadm" "$@"
}

# add_local_addresses: those of the current family, for all services.
add_local_addresses() {
    local address
    for address in "${LOCALS[@]}"; do ipvsadm --add-laddr -z "$address"; done
}

# add_service -t|-u PORT: round robin over both servers, in the current lab's mode and family.
add_service() {
    ipvsadm -A "$1" "$VIP_URL:$2" -s rr
    ipvsadm -a "$1" "$VIP_URL:$2" -r "${RIP_URLS[0]}:$2" $METHOD
    ipvsadm -a "$1" "$VIP_URL:$2" -r "${RIP_URLS[1]}:$2" $METHOD
}
