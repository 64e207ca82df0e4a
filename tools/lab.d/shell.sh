# tools/lab shell: a standing lab to try things in.

command_shell() {
    (($# == 1)) || usage_error "shell takes one mode: $MODES"
    [[ " $MODES " == *" $1 "* ]] || usage_error "no such mode: $1"
    begin_run
    need_packages iproute2 nginx-light curl iputils-ping ethtool dnsmasq-base tcpdump openssl
    [[ $PORT != pcap ]] || need_packages libpcap0.8
    need_weir
    big_file
    stand_lab "$1"
    if ((SHELL_FAMILY == 6)); then use_family 6; fi
    add_local_addresses
    add_service -t 80
    shell_rc >"$LAB_DIR/rc"
    # Not ignored, which the shell's own commands would inherit.
    trap : INT
    in_ns client bash --rcfile "$LAB_DIR/rc" -i || true
    trap 'exit 130' INT
}

shell_rc() {
    local role roles=()
    for role in client router router2 director switch server1 server2; do
        [[ ! -e /run/netns/$LAB-$role ]] || roles+=("$role")
    done
    cat <<END
[[ ! -r ~/.bashrc ]] || source ~/.bashrc
PS1='lab $MODE \u@client \w\\\$ '
export VIP='$VIP' VIP_URL='$VIP_URL' WEIR_CONTROL='$WEIR_CONTROL' LAB='$LAB' LAB_DIR='$LAB_DIR'
ipvsadm() { '$ROOT/tools/ipvsadm' "\$@"; }
$(for role in "${roles[@]}"; do printf '%s() { ip netns exec %s "${@:-bash}"; }\n' "$role" "$LAB-$role"; done)
cat <<'HELP'

This shell is in the client of a standing $MODE lab. The VIP is $VIP, port 80; the servers are ${RIPS[0]} and ${RIPS[1]}.
  curl http://$VIP_URL              a request (/big is a file of 100 MB)
  ipvsadm -Ln                       the director's services
  ${roles[*]}    followed by a command run it there, as in: director tcpdump -ni eth0
  less $LAB_DIR/lbd.log
exit, or Ctrl-D, removes the lab.

HELP
END
}
