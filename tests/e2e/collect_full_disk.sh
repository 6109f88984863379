#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The disk is full while frames come: what was received waits, and is stored as soon as
# there is room; where there is never room again, the loss has a name and an exit code.
source "$(dirname "$0")/lib.bash"

if [[ ${1:-} != inside ]]; then
    unshare --user --map-root-user --mount true 2>/dev/null ||
        skip "no mount namespace is to be had here"
    unshare --user --map-root-user --mount "$(realpath "$here/$(basename "$0")")" inside
    exit
fi

mkdir disk
mount -t tmpfs -o size=3m tmpfs disk
trap 'umount --lazy disk; clean_up' EXIT
start device "$VIZ" device --port 0 --report sent.json
await "the port" grep -q 'listens on' device.err
port=$(sed -n 's/.*:\([0-9]*\)\/ws.*/\1/p' device.err | head -n 1)

frames_of()
{
    sqlite3 -cmd '.timeout 5000' disk/runs.db \
        "SELECT samples FROM run WHERE name = '$1'" 2>/dev/null || echo 0
}

has_frames()
{
    [[ $(frames_of "$1") -gt "$2" ]]
}

fill_disk()
{
    dd if=/dev/zero of=disk/ballast bs=4k 2>/dev/null || true
}

start collect "$VIZ" collect --host "127.0.0.1:$port" --run-name full --db disk/runs.db \
    --json full.json
await "frames in the store" has_frames full 5
fill_disk
await "the word that it waits" grep -q 'cannot be written' collect.err
rm disk/ballast
stored=$(frames_of full)
await "more frames in the store" has_frames full "$((stored + 10))"
interrupt collect
holds full.json "stored == frames and unstored == 0 and overflow == 0 and missing == 0" \
    "retries > 0"

fill_disk
[[ $(run begin "$VIZ" collect --host "127.0.0.1:$port" --run-name none \
    --db disk/runs.db) == 1 ]] || fail "a run began on a full disk"
says begin.err "disk"
interrupt device
rm disk/ballast # even a reader needs a little room
[[ $(sqlite3 disk/runs.db "SELECT count(*) FROM run WHERE name = 'none'") == 0 ]] ||
    fail "a run that could not begin is there"
[[ $(sqlite3 disk/runs.db "PRAGMA integrity_check") == ok ]] || fail "damaged"
