# tools/lab fuzz: random command lines and traffic, done by the kernel's IPVS in User Mode Linux and by Weir, compared.

command_fuzz() {
    [[ -x $ROOT/tools/oracle/fuzz ]] || die "tools/oracle/fuzz is not there"
    need_packages user-mode-linux ipvsadm iptables kmod ethtool iproute2 gcc libc6-dev python3
    need_weir
    "$ROOT/tools/oracle/fuzz" "$@"
}
