#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A WebSocket server that is not ours: what it sent is what viz tells of, through a
# cool-down, an end and a new beginning; with TLS as well.
source "$(dirname "$0")/lib.bash"
need_websockets

# serve PLAY [CERTIFICATE KEY]: its port goes to $port.
serve()
{
    rm -f sent.json
    start server "$websockets" "$here/ws_server.py" "$1" sent.json "${@:2}"
    await_port server
}

# watch BACKEND SOURCE: until it is interrupted.
watch()
{
    rm -f viz.json
    start viz "$VIZ" "$2" --headless --net "$1" --json viz.json --exit-after 60
}

for backend in $(backends); do
    serve device
    watch "$backend" "ws://127.0.0.1:$port/ws"
    await "a third connection" grep -qz 'connected.*connected.*connected' viz.err
    sleep 1 # its twenty frames take 0.4 s
    interrupt viz
    interrupt server
    says viz.err 'connection lost (closed with 1013 Reconnect too fast)'
    says viz.err 'connection lost (closed with 1001 going away)'
    says viz.err 'stm.subscribe is refused: No STM here (FEATURE_DISABLED)'
    says viz.err 'speaks lightwave'
    holds viz.json sent=sent.json "sent.frames == 60" "list(stream) == ['benchmark']" \
        "stream['benchmark'].rows == sent.frames" "ledger.balanced and lost == 0" \
        "sources[0].lines == sent.frames" "sources[0].link.messages == sent.frames" \
        "sources[0].link.opened == sent.connections == 3" "sources[0].link.lost == 2" \
        "sources[0].link.refused == 1" "sources[0].link.pings == sent.pongs == 6" \
        "sources[0].link.replies == 6" "sources[0].link.refusals == 2" \
        "sources[0].link.unknown == sent.chatter / 2" "sources[0].link.errors == 0" \
        "sources[0].link.faults == 0 and sources[0].link.unanswered == 0" \
        "sources[0].link.denied == ['stm']" \
        "sources[0].link.subscribed == ['benchmark', 'audio']" \
        "sent.requests[:3] == ['benchmark.subscribe', 'audio.subscribe', 'stm.subscribe']" \
        "sent.requests[6] == 'benchmark.unsubscribe'" \
        "sent.codes == [1001, 1000]"

    # Lines of text, recognised or forced; nothing is asked for where a format is forced.
    for query in '?subscribe=none' '?format=mpu'; do
        serve lines
        watch "$backend" "ws://127.0.0.1:$port/any/path$query"
        await "the lines" grep -q 'speaks mpu\|connected' viz.err
        sleep 1.5 # a hundred lines, one and two in each 10 ms
        interrupt viz
        interrupt server
        holds viz.json sent=sent.json "sent.lines == 100" "stream['S1'].rows == 100" \
            "sources[0].lines == 100 and sources[0].chatter == 0" \
            "sources[0].link.texts == 25 and sources[0].link.messages == 25" \
            "ledger.balanced and lost == 0" "sent.codes == [1000]"
    done

    serve refuse
    [[ $(run viz "$VIZ" "ws://127.0.0.1:$port" --headless --net "$backend" \
        --json viz.json --exit-after 1.5) == 0 ]] || fail "a refusal is no failure"
    interrupt server
    says viz.err 'the server answers 503 Service Unavailable: trying again in 2.'
    holds viz.json sent=sent.json "sent.connections == 1" "sources[0].link.attempts == 1" \
        "sources[0].link.opened == 0" "streams == []"
done

# Nobody there, and then somebody. (A name that has no address needs no name server.)
[[ $(run viz "$VIZ" ws://localhost:1/ws --headless --json viz.json --exit-after 2.5) == 0 ]] ||
    fail "a server that is not there is waited for"
says viz.err 'Connection refused: trying again in'
holds viz.json "2 <= sources[0].link.attempts <= 3" "sources[0].link.opened == 0"

# TLS: a certificate made now, for localhost alone.
command -v openssl >/dev/null || skip "no openssl here: wss:// was not tried"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout key.pem -out certificate.pem 2>openssl.log
for backend in $(backends); do
    serve lines certificate.pem key.pem
    watch "$backend" "wss://localhost:$port/?ca=certificate.pem&subscribe=none"
    await "a connection" grep -q connected viz.err
    sleep 1.5
    interrupt viz
    interrupt server
    holds viz.json sent=sent.json "stream['S1'].rows == sent.lines == 100" \
        "ledger.balanced and lost == 0" "sent.codes == [1000]"
done
serve lines certificate.pem key.pem
for source in "wss://localhost:$port" "wss://127.0.0.1:$port/?ca=certificate.pem" \
    "wss://localhost:$port/?ca=certificate.pem&format=csv"; do
    run viz "$VIZ" "$source" --headless --json "viz.json" --exit-after 1 >/dev/null
    expected=0
    [[ $source == *csv ]] && expected=1
    holds viz.json "sources[0].link.opened == $expected"
    [[ $expected == 1 ]] || says viz.err 'certificate'
done
interrupt server
