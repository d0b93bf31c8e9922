# SPDX-License-Identifier: GPL-3.0-or-later
#
# Sourced by the demo and the benchmarks: starts real programs on free loopback ports and stops them again.
# Uses: bin (programs), work (scratch directory).

children=()

free_port() {
    /usr/bin/perl -MSocket -e 'socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(0, INADDR_LOOPBACK));
        print((sockaddr_in(getsockname($s)))[0], "\n")'
}

# wait_for SECONDS WHAT COMMAND…: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $end ]; then
            echo "$what did not happen within the time allowed" >&2
            return 1
        fi
        sleep 0.2
    done
}

stop_children() {
    local pid
    for pid in "${children[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null; done
    for pid in "${children[@]:-}"; do [ -n "$pid" ] && wait "$pid" 2>/dev/null; done
    children=()
}

# start_nginx ROOT PORT [DIRECTIVES]: serves a directory.
start_nginx() {
    mkdir -p "$work/nginx"
    cat >"$work/nginx/nginx.conf" <<CONF
daemon off;
worker_processes 2;
pid $work/nginx/pid;
error_log $work/nginx/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    sendfile on;
    keepalive_requests 1000000;
    open_file_cache max=64;
    client_body_temp_path $work/nginx/body;
    proxy_temp_path $work/nginx/proxy;
    fastcgi_temp_path $work/nginx/fastcgi;
    uwsgi_temp_path $work/nginx/uwsgi;
    scgi_temp_path $work/nginx/scgi;
    server { listen 127.0.0.1:$2 reuseport backlog=4096; root $1; ${3:-} }
}
CONF
    /usr/sbin/nginx -p "$work/nginx" -e "$work/nginx/error.log" -c "$work/nginx/nginx.conf" &
    children+=($!)
    wait_for 10 "nginx on port $2" curl -s -o /dev/null "http://127.0.0.1:$2/"
}

# start_emulator OPTIONS…: sets bmc_urls.
start_emulator() {
    "$bin/isolde-emulator" --listen 127.0.0.1:0 "$@" >"$work/emulator.out" 2>"$work/emulator.log" &
    children+=($!)
    emulator_pid=$!
    wait_for 20 "the emulator's BMCs" grep -q "^ready $bmc_count " "$work/emulator.out"
    mapfile -t bmc_urls < <(awk '/^ready/ {print $3}' "$work/emulator.out")
}

# start_conductor NAME=VALUE…: settings as of --set; sets endpoint.
start_conductor() {
    local api_port media_port set_options=() setting
    api_port=$(free_port)
    media_port=$(free_port)
    for setting in "$@"; do set_options+=(--set "$setting"); done
    "$bin/isolde-conductor" --set "conductor.state_dir=$work/state" --set "api.listen=127.0.0.1:$api_port" \
        --set "media.listen=127.0.0.1:$media_port" --set "media.public_url=http://127.0.0.1:$media_port" \
        --set 'fetch.allow_addresses=["127.0.0.0/8"]' --set images.min_free=64MiB "${set_options[@]}" \
        >"$work/conductor.out" 2>>"$work/conductor.log" &
    children+=($!)
    conductor_pid=$!
    endpoint=http://127.0.0.1:$api_port
    export ISOLDE_ENDPOINT=$endpoint
    wait_for 20 "the conductor" curl -sf "$endpoint/healthz"
}
