# What must be there before a lab stands: Debian packages, and Weir itself, built.

# need_packages PACKAGE...: installs those that are missing, and says so. A web server or sshd that is installed here is
# for the lab only, so its service is neither started nor enabled.
need_packages() {
    local package missing=() guard=/usr/sbin/policy-rc.d
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || die "these Debian packages are needed, and there is no apt-get: ${missing[*]}"
    say "Installing Debian packages that the lab needs: ${missing[*]}"
    if [[ ! -e $guard ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$guard"
        chmod 755 "$guard"
    else
        guard=
    fi
    local failed=
    apt_install "${missing[@]}" || failed=yes
    [[ -z $guard ]] || rm -f "$guard"
    [[ -z $failed ]] || die "apt-get could not install ${missing[*]}: see above"
    for package in "${missing[@]}"; do
        case $package in
        nginx-light) disable_service nginx ;;
        openssh-server) disable_service ssh ;;
        vsftpd | prometheus-node-exporter) disable_service "$package" ;;
        esac
    done
}

apt_install() {
    local attempt log="$RUN_DIR/apt.log"
    for attempt in 1 2; do
        if DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@" >"$log" 2>&1; then
            return 0
        fi
        ((attempt == 2)) || apt-get -o DPkg::Lock::Timeout=120 update >>"$log" 2>&1 || true
    done
    cat "$log" >&2
    return 1
}

disable_service() {
    [[ -d /run/systemd/system ]] || return 0
    systemctl disable --now "$1.service" >/dev/null 2>&1 || warn "could not disable $1.service, which came with its package"
}

# need_weir: builds it where there is no build, or where a source is newer than the build. One at a time, since two
# builds would share the target directories.
need_weir() {
    local stamp="$ROOT/tools/target/.lab-build" built
    built=$(ls -t "$stamp" "$ROOT"/tools/target/weir-tools-*.jar 2>/dev/null | head -n 1 || true)
    if [[ -n $built && -d $ROOT/tools/target/lib ]]; then
        built=$(find "$ROOT" -name target -prune -o \( -path '*/src/main/*' -o -name pom.xml \) -newer "$built" -print -quit)
        [[ -n $built ]] || return 0
    fi
    command -v mvn >/dev/null || need_packages maven
    say "Building Weir: mvn -q -DskipTests package"
    local started
    started=$(date)
    (
        exec 9>"$ROOT/.lab-build.lock"
        flock 9
        cd "$ROOT" && mvn -q -B -DskipTests package
    ) || die "the build failed: see above"
    touch -d "$started" "$stamp"
}
