# Outlives the daemon, and takes off the host what it could not take off itself. The daemon alone holds the other end of
# the standard input; its death ends the reading. As the kernel frees the daemon's memory before it closes that end, which
# takes long where there is much, addresses go at the signal that the death of its first thread sends. Each line says what
# is to be undone, or is undone already:
#   +KIND HOW        -KIND HOW
# by kinds, in the order in which they are undone:
#   ip4, ip6         a line for ip -4 -batch, ip -6 -batch: first of all nobody finds the dead under its addresses
#   nft              a line for nft -f
#   sysctl           FILE VALUE, below /proc/sys
#   tc               a line for tc -batch: the host sees its frames again
#   clsact           INTERFACE, whose clsact goes if nothing hangs on it
#   gateway          some words: that servers send through this host what it masquerades
#   file             PATH
#   again            the command that starts the daemon anew, as the shell takes it
# and "clean" once the daemon has undone everything itself. TAP devices go by themselves. "beat SECONDS" comes each second from
# a daemon that has addresses to lose: when none has come for so long, it was stopped, and must not answer for them.
#
# The host does not see the frames of a daemon that had addresses for as long, unless another daemon takes them before: clients
# send here until another director has announced the addresses, and the host may answer, of an address that is also on lo, by resets.
# For a gateway of servers it is twice as long: what the host forwards of theirs is not masqueraded, and the client would reset
# each of its connections.
trap '' HUP INT QUIT TERM
nl='
'
ip4=$nl ip6=$nl nft=$nl sysctl=$nl tc=$nl clsact=$nl gateway=$nl file=$nl again=$nl
addresses() {
    [ "$ip4" = "$nl" ] || printf '%s' "$ip4" | ip -4 -force -batch - 2>/dev/null
    [ "$ip6" = "$nl" ] || printf '%s' "$ip6" | ip -6 -force -batch - 2>/dev/null
}
# A shell's read ends by a signal, or it does not.
signal=
part=
trap 'signal=yes; addresses' URG
limit=0
quiet=0
ticker=
trap 'signal=yes; tick' ALRM
tick() {
    quiet=$((quiet + 1))
    [ "$quiet" -eq "$limit" ] || return 0
    [ "$ip4$ip6" = "$nl$nl" ] || echo "weir-guardian: the daemon has not moved for $limit s: its addresses go" >&2
    addresses
}
beat() {
    limit=$1
    quiet=0
    [ -z "$ticker" ] || return 0
    while sleep 1 && kill -ALRM $$; do :; done </dev/null >/dev/null 2>&1 &
    ticker=$!
}
while :; do
    IFS= read -r line
    ended=$?
    line=$part$line
    if [ "$ended" -ne 0 ]; then
        [ -n "$signal" ] || break
        signal=
        part=$line
        continue
    fi
    part=
    if [ "$line" = clean ]; then
        [ -z "$ticker" ] || kill -KILL "$ticker"
        exit 0
    fi
    how=${line#* }
    kind=${line%% *}
    if [ "$kind" = beat ]; then
        beat "$how"
        continue
    fi
    eval "all=\$${kind#?}"
    case $line in
        +*)
            case $all in
                *"$nl$how$nl"*) ;;
                *) all=$all$how$nl ;;
            esac ;;
        -*)
            case $all in
                *"$nl$how$nl"*) all=${all%%"$nl$how$nl"*}$nl${all#*"$nl$how$nl"} ;;
            esac ;;
    esac
    eval "${kind#?}=\$all"
done
[ -z "$ticker" ] || kill -KILL "$ticker" 2>/dev/null
addresses
[ "$nft" = "$nl" ] || printf '%s' "$nft" | nft -f - 2>/dev/null
[ "$sysctl" = "$nl" ] || printf '%s' "${sysctl#?}" | while read -r name value; do
    echo "$value" >"/proc/sys/$name"
done 2>/dev/null
# The number of the program at the ingress of an interface; another daemon's has another.
program() {
    tc filter show dev "$1" ingress pref "$2" 2>/dev/null | sed -n 's/.* id \([0-9]*\) .*/\1/p'
}
hooks() {
    printf '%s' "${tc#?}" | while read -r _ _ _ interface _ _ _ _ preference _; do
        echo "$interface $(program "$interface" "$preference")"
    done
}
# unhook HOOKS: takes those off that are still the same.
unhook() {
    printf '%s' "${tc#?}" | while read -r line; do
        interface=${line#filter del dev }
        interface=${interface%% *}
        preference=${line##* pref }
        preference=${preference%% *}
        case $nl$1$nl in
            *"$nl$interface $(program "$interface" "$preference")$nl"*) echo "$line" ;;
        esac
    done | tc -force -batch - 2>/dev/null
    [ "$clsact" = "$nl" ] || printf '%s' "${clsact#?}" | while read -r interface; do
        if [ -z "$(tc filter show dev "$interface" ingress; tc filter show dev "$interface" egress)" ]; then
            tc qdisc del dev "$interface" clsact
        fi
    done 2>/dev/null
}
left=$(hooks)
[ "$gateway" = "$nl" ] || limit=$((2 * limit))
if [ "$tc" = "$nl" ] || [ "$ip4$ip6" = "$nl$nl" ]; then
    unhook "$left"
else
    (
        (
            sleep "$limit"
            unhook "$left"
        ) &
    )
fi
[ "$file" = "$nl" ] || printf '%s' "${file#?}" | tr '\n' '\0' | xargs -0 rm -f --
# A JVM that begins with a signal ignored never hears it.
trap - HUP INT QUIT TERM URG
[ "$again" = "$nl" ] || eval "exec ${again#?}"
