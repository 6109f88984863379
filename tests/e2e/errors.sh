#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What cannot be: one sentence on stderr, nothing on stdout, and the exit status of the
# design: 2 for the command line, 1 for the world.
source "$(dirname "$0")/lib.bash"

# refuses STATUS WORDS ARGUMENT...
refuses()
{
    local expected=$1 words=$2 status
    shift 2
    status=$(run viz "$VIZ" "$@" </dev/null)
    [[ $status == "$expected" ]] || fail "viz $*: exit status $status"
    [[ ! -s viz.out ]] || fail "viz $*: something on stdout"
    [[ $(wc -l <viz.err) == 1 && $(<viz.err) == 'viz: '* ]] ||
        fail "viz $*: not one sentence"
    says viz.err "$words"
}

# The command line.
refuses 2 'did you mean --duration?' --benchmark --durration 3
refuses 2 'unknown option --nonsense' --nonsense
refuses 2 'unknown option --bench-nonsense' --bench-nonsense 1
refuses 2 'unknown option --loss' --loss 5
refuses 2 'two dashes' -x
refuses 2 'takes no argument' --headless=yes
refuses 2 'needs an argument' --window
refuses 2 'no source' file.csv
refuses 2 'send is a command and comes first' --headless send
refuses 2 'no source' http://localhost
refuses 2 'udp://[HOST]:PORT' udp://
refuses 2 '65535' udp://:99999
refuses 2 'tcp://HOST:PORT' tcp://:80
refuses 2 'no format' 'udp://:0?format=nothing'
refuses 2 'expected viz, mpu, csv or lightwave' --format nothing
refuses 2 'does not write lightwave' send --format lightwave udp://127.0.0.1:9
refuses 2 'does not write lightwave' send 'udp://127.0.0.1:9?format=lightwave'
refuses 2 'takes no source' --benchmark udp://:0
refuses 2 'is for --benchmark' --duration 3
refuses 2 'is for --benchmark' --keep-open
for option in refresh window exit-after history channels rate seed slow-frame stall; do
    refuses 2 "--$option \"-1\"" --headless --$option -1
    refuses 2 "--$option \"x\"" --headless --$option x
    refuses 2 "--$option \"nan\"" --headless --$option nan
    refuses 2 "--$option \"1e400\"" --headless --$option 1e400
done
for option in duration warmup log-interval; do
    refuses 2 "--$option \"-1\"" --benchmark --headless --no-csv --$option -1
    refuses 2 "--$option \"3 days\"" --benchmark --headless --no-csv --$option '3 days'
done
for option in rate duration rows burst loss duplicate reorder jitter channels seed; do
    refuses 2 "--$option \"-1\"" send udp://127.0.0.1:9 --$option -1
    refuses 2 "--$option \"x\"" send udp://127.0.0.1:9 --$option x
done
refuses 2 '0.001' --headless --window 0
refuses 2 '256' --headless --channels 257
refuses 2 'whole number' --headless --channels 1.5
refuses 2 '1280x720' --headless --size 1280
refuses 2 '64' --headless --size 10x10
refuses 2 'CHANNEL=#rrggbb' --headless --color 1=red
refuses 2 'CHANNEL=#rrggbb' --headless --color 0=#ff0000
refuses 2 '1,3-5' --headless --show 3-1
refuses 2 'on or off' --headless --trace maybe
refuses 2 'auto, uring or poll' --headless --net carrier-pigeon
refuses 2 'sine, spike' --headless --pattern noise
refuses 2 'from 0 to 100 %' send udp://127.0.0.1:9 --loss 101
refuses 2 'one DEST' send
refuses 2 'one DEST' send udp://127.0.0.1:9 udp://127.0.0.1:10
refuses 2 'both' send - --json -
for later in record replay; do
    refuses 2 "this version has no $later" "$later" run.db
done
refuses 2 'no recording' --record file

# The world. Whatever can be known is known before the run. (The host's name is one that
# no name server is asked for.)
refuses 1 'no address is known for the host' --headless udp://no..host:9
refuses 1 'no address is known for the host' --headless tcp://no..host:9
refuses 1 'not known' send tcp://no..host:9
free_port=$(python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
refuses 1 'Connection refused' --headless "tcp://127.0.0.1:$free_port"
refuses 1 'Connection refused' send "tcp://127.0.0.1:$free_port"
start viz "$VIZ" --headless udp://127.0.0.1:0 --exit-after 60
await_port viz
mv viz.err first.err
refuses 1 'in use' --headless "udp://127.0.0.1:$port"
for file in missing/file .; do
    refuses 1 "cannot write $file" --headless --json "$file"
    refuses 1 "cannot write $file" --headless --screenshot "$file"
    refuses 1 "cannot write $file" --benchmark --headless --no-csv --json "$file"
    refuses 1 "cannot write $file" send udp://127.0.0.1:9 --json "$file"
done
refuses 1 'cannot write missing/file' --benchmark --headless --csv missing/file
unset DISPLAY WAYLAND_DISPLAY
refuses 1 '--headless' --exit-after 1
