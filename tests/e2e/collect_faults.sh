#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Devices with one fault each, and one with several, collected at the same time into one
# database by collectors of their own: what each device says it sent is what is stored and
# what is lost by name.
source "$(dirname "$0")/lib.bash"

cases=()

# pair NAME "OPTION OF viz device..." "OPTION OF viz collect..."
pair()
{
    local name=$1 device collect
    read -ra device <<<"$2"
    read -ra collect <<<"$3"
    start "device_$name" "$VIZ" device --port 0 --seed "${#cases[@]}" \
        --report "$name.sent.json" "${device[@]}"
    await "the port of $name" grep -q 'listens on' "device_$name.err"
    local port
    port=$(sed -n 's/.*:\([0-9]*\)\/ws.*/\1/p' "device_$name.err" | head -n 1)
    start "collect_$name" "$VIZ" collect --host "127.0.0.1:$port" --run-name "$name" \
        --db runs.db --json "$name.json" --duration 4 --tags "faults,$name" \
        "${collect[@]}"
    cases+=("$name")
}

pair plain "" ""
pair drop "--drop 20" ""
pair stall "--stall 1.5:1.2" ""
pair reboot "--reboot-at 2" "--duration 6"
pair nan "--nan 30" ""
pair garbage "--garbage 40" ""
pair half "--half-frames 40" ""
pair extended "--extended" ""
pair slow "--slow 700" ""
pair close "--close-code 1013@1.5 --cool-down" "--duration 9"
pair clock "--clock 4294966000" ""
pair limit "" "--max-samples 10 --duration 60"
pair mixed "--drop 10 --nan 10 --garbage 20 --half-frames 20 --reboot-at 2.5" "--duration 7"
pair refuse "--refuse" "--timeout 2"
pair silent "--silent" "--timeout 2"
pair poll "" "--net poll"
pair start "" "--start"

declare -A code=()
for name in "${cases[@]}"; do
    end "collect_$name"
    code[$name]=$status
    interrupt "device_$name"
done

for name in "${cases[@]}"; do
    expected=0
    [[ $name == refuse || $name == silent ]] && expected=1
    [[ ${code[$name]} == "$expected" ]] ||
        fail "$name: viz collect ended with ${code[$name]}"
done

# whole NAME EXPRESSION...: nothing is lost without a name, and more.
whole()
{
    local name=$1
    shift
    holds "$name.json" "sent=$name.sent.json" \
        "stored == frames > 0 and unstored == 0 and overflow == 0 and accounted" \
        "sent.total.sent == frames and sent.total.unsent == 0" \
        "sent.total.made == sent.total.sent + sent.total.dropped + sent.total.stalled" \
        "bad + foreign == sent.total.garbage + sent.total.halves" \
        "not_finite == sent.total.nan" "repeats == sent.total.repeats" "$@"
}

whole plain "missing == 0 and gaps == 0 and boots == 1 and disconnects == 0"
# Frames that were dropped before the first or behind the last one leave no gap.
whole drop "sent.total.dropped > 0 and 0 <= sent.total.dropped - missing <= 4"
whole stall "gaps == 1 and abs(missing - sent.total.stalled) <= 1"
whole reboot "boots == 2 and disconnects == 1" "sources[0].link.opened == 2"
whole nan "sent.total.nan > 0 and missing == 0"
whole garbage "sent.total.garbage > 0 and missing == 0"
whole half "sent.total.halves > 0 and bad == sent.total.halves"
whole extended "missing == 0"
whole slow "missing == 0"
whole close "disconnects >= 2 and boots == 1" "sources[0].link.refused >= 2"
whole clock "boots == 1 and missing == 0"
holds limit.json "stored == 10 and frames == 10"
whole mixed "boots == 2"
whole poll "missing == 0"
whole start "missing == 0"
holds refuse.json "stored == 0"
says collect_refuse.err "RESOURCE_EXHAUSTED"
says collect_silent.err "silent"

for name in "${cases[@]}"; do
    rows=$(sqlite3 runs.db "SELECT count(*) FROM frames JOIN run ON run.id = frames.run
        WHERE run.name = '$name'")
    holds "$name.json" "stored == $rows"
    run_state=$(sqlite3 runs.db "SELECT state FROM runs WHERE name = '$name'")
    expected=complete
    [[ $name == refuse || $name == silent ]] && expected=interrupted
    [[ $run_state == "$expected" ]] || fail "$name is $run_state"
done
streaming=$(sqlite3 runs.db "SELECT min(streaming) FROM frames JOIN run ON
    run.id = frames.run WHERE run.name = 'start'")
[[ $streaming == 1 ]] || fail "benchmark.start came behind the first frames, or never"
segments=$(sqlite3 runs.db "SELECT count(DISTINCT segment) FROM frames JOIN run ON
    run.id = frames.run WHERE run.name = 'reboot'")
[[ $segments == 2 ]] || fail "a reboot made $segments segments"
backwards=$(sqlite3 runs.db "SELECT count(*) FROM frames a JOIN frames b ON a.run = b.run
    AND b.seq = a.seq + 1 JOIN run ON run.id = a.run WHERE run.name = 'clock' AND
    b.device_ms <= a.device_ms")
[[ $backwards == 0 ]] || fail "device time went back $backwards times over a wrap"
[[ $(sqlite3 runs.db "PRAGMA integrity_check") == ok ]] || fail "the database is damaged"
