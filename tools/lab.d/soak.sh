# tools/lab soak: mixed traffic at saturation while services and servers change; dev.weir.soak does it all.

command_soak() {
    ((EUID == 0)) || die "needs root, for network namespaces: run it with sudo"
    need_packages iproute2 ethtool procps
    need_weir
    weir_self=$ROOT/tools/lab
    # shellcheck source=/dev/null
    source "$ROOT/tools/weir-java"
    # The far ends of the wires lie in a network namespace that ends with this process.
    unshare --net "$WEIR_JAVA" -Xmx256m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
        --sun-misc-unsafe-memory-access=allow "-Dweir.lbd=$ROOT/tools/lbd" -cp "$WEIR_CLASSES" dev.weir.soak.Main "$@"
}
