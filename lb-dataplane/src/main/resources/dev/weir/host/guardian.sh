# Outlives the daemon, and takes off the host what it could not take off itself. The daemon alone holds the other end of
# the standard input; its death ends the reading. A line for each interface that is intercepted:
#   INTERFACE PREFERENCE HANDLE ours|theirs       (of the filter; whether its clsact is the daemon's)
#   /PATH                                         of a file that must not outlive the daemon
# and "clean" once the daemon has removed everything itself. TAP devices go by themselves.
trap '' HUP INT QUIT TERM
intercepted=
files=
while IFS= read -r line; do
    case $line in
        clean) exit 0 ;;
        /*) files="$files$line
" ;;
        *) intercepted="$intercepted$line
" ;;
    esac
done
# The host sees its frames again before anything else is tidied up.
printf '%s' "$intercepted" | while read -r interface preference handle _; do
    echo "filter del dev $interface ingress protocol all pref $preference handle $handle bpf"
done | tc -force -batch - 2>/dev/null
printf '%s' "$intercepted" | while read -r interface _ _ clsact; do
    if [ "$clsact" = ours ] && [ -z "$(tc filter show dev "$interface" ingress; tc filter show dev "$interface" egress)" ]
    then
        tc qdisc del dev "$interface" clsact 2>/dev/null
    fi
done
[ -z "$files" ] || printf '%s' "$files" | tr '\n' '\0' | xargs -0 rm -f --
