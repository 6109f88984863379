#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Experiments of two commands: their order, what is stored with the runs, what happens when
# a command does not do what it should, Ctrl-C, and the comparison at the end.
source "$(dirname "$0")/lib.bash"
export TZ=UTC LC_ALL=C.UTF-8 XDG_DATA_HOME=$work/data VIZ

mkdir "it's \"here\""
cat >"it's \"here\"/frames.sh" <<'SH'
#!/bin/sh
# frames.sh MEAN: stores a run of 300 frame times about MEAN, other ones every time.
echo "$VIZ_AB_SIDE $VIZ_AB_RUN $VIZ_AB_TAG" >>started
number=$(wc -l <started)
awk -v seed="$number" -v mean="$1" 'BEGIN {
    srand(seed)
    print "t,frame_ms,stream"
    for (i = 0; i < 300; i++)
        printf "%.4f,%.6f,frames\n", i / 60, mean + rand() + rand() + rand() - 1.5
}' >"frames $number.csv"
exec "$VIZ" import "frames $number.csv" --again --run-name "$VIZ_AB_NAME" --db "$VIZ_AB_DB"
SH
chmod +x "it's \"here\"/frames.sh"
store="\"it's \\\"here\\\"/frames.sh\"" # as the shell has to read it
db="the store's file.db"

# ab NAME ARGUMENT...: an experiment to its end; its exit status goes to $status.
ab()
{
    local name=$1
    shift
    status=$(run "$name" "$VIZ" ab --db "$db" "$@")
    tag=$(sed -n 's/^experiment \(ab-[0-9a-z]*\):.*/\1/p' "$name.err")
}

# order SEED RUNS SIDES: the order of abba.h, computed by other means.
order()
{
    python3 - "$@" <<'PY'
import sys
seed, runs, sides = map(int, sys.argv[1:])
M = 2**64 - 1
def mix():
    global seed
    seed = z = seed + 0x9e3779b97f4a7c15 & M
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 & M
    z = (z ^ z >> 27) * 0x94d049bb133111eb & M
    return z ^ z >> 31
s = [mix() for _ in range(4)]
def turn(x, bits):
    return (x << bits | x >> 64 - bits) & M
def below(n):
    out = turn(s[1] * 5 & M, 7) * 9 & M
    t = s[1] << 17 & M
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t
    s[3] = turn(s[3], 45)
    return out * n >> 64
order = []
while len(order) < runs * sides:
    block = []
    for i in range(sides):
        at = below(i + 1)
        block.append(block[at] if at < i else i)
        block[at] = i
    order += block + block[::-1]
print(*(("A", "B", "A2")[i] for i in order[:runs * sides]))
PY
}

# recorded TAG: the sides of its runs, in the order in which they were stored; everything
# else that must be stored with them is looked at.
recorded()
{
    python3 - "$db" "$@" <<'PY'
import re, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1].replace(' ', '%20')}?mode=ro", uri=True)
tag, seed, runs, sides = sys.argv[2:6]
rows = db.execute("SELECT id, name, started_ns, ended_ns FROM run WHERE id IN "
                  "(SELECT run FROM tag WHERE name = ?) ORDER BY id", (tag,)).fetchall()
order, times = [], {}
for place, (run, name, started, ended) in enumerate(rows, 1):
    notes = db.execute("SELECT text, author, from_ns, to_ns, exclude, stream FROM "
                       "annotation WHERE run = ?", (run,)).fetchall()
    assert len(notes) == 1, notes
    text, author, *rest = notes[0]
    assert author == "viz ab" and rest == [started, ended, 0, None], notes
    found = re.fullmatch(r"experiment (\S+), run (\d+) of (\d+): (\S+), number (\d+) of "
                         r"(\d+); order ABBA, seed (\d+); command: (.*)", text)
    assert found, text
    side = found[4]
    times[side] = times.get(side, 0) + 1
    assert found[1] == tag and found[7] == seed, text
    assert found[2] == str(place) and found[3] == str(int(runs) * int(sides)), text
    assert found[5] == str(times[side]) and found[6] == runs, text
    assert '"it\'s \\"here\\"/frames.sh"' in found[8], text
    assert name == f"{tag} {side} {times[side]}", name
    tags = [t for t, in db.execute("SELECT name FROM tag WHERE run = ?", (run,))]
    assert sorted(tags) == [tag, f"{tag}-{side.lower()}"], tags
    order.append(side)
print(*order)
PY
}

# An experiment as it should be. B takes 5 % less.
ab five "$store 10" "$store 9.5; echo said by \$VIZ_AB_SIDE" --runs 5 --seed 42
[[ $status == 0 ]] || fail "an experiment"
says five.err "experiment $tag: 5 runs of A and B, seed 42"
says five.err "B: $store 9.5; echo said by \$VIZ_AB_SIDE"
[[ $(grep -cE '^run [0-9]+ of 10: [AB] \.\.\. [0-9]+\.[0-9] s$' five.err) == 10 ]] ||
    fail "a line for each run"
! grep -qE 'said by [AB]|samples from' five.out five.err || fail "what commands print is shown"
says five.out 'better'
expected=$(order 42 5 2)
[[ $(recorded "$tag" 42 5 2) == "$expected" ]] || fail "stored order is not $expected"
[[ $(sed -n 's/^run .*: \([AB]\) .*/\1/p' five.err | xargs) == "$expected" ]] ||
    fail "order told is not $expected"
[[ $(cut -d' ' -f1 started | xargs) == "$expected" &&
    $(cut -d' ' -f3 started | sort -u) == "$tag" ]] || fail "the environment"
[[ $(cut -d' ' -f1-2 started | sort) == "$(printf '%s\n' {A,B}' '{1,2,3,4,5} | sort)" ]] ||
    fail "the runs are not numbered"

# The comparison can be repeated, byte for byte; options go on to it.
again=$(sed -n 's/^compare again: viz //p' five.err)
[[ $(run again bash -c "\"$VIZ\" $again") == 0 ]] || fail "compare again: $again"
cmp five.out again.out || fail "compared again it is otherwise"
ab made "$store 10" "$store 10.1" --runs 2 --metrics frame_ms \
    --limit 2.5%,frame_ms=0.5 --alpha 0.125 --json
[[ $status == 0 ]] || fail "an experiment with a seed of its own"
again=$(sed -n 's/^compare again: viz //p' made.err)
[[ $(run again bash -c "\"$VIZ\" $again") == 0 ]] || fail "compare again: $again"
cmp made.out again.out || fail "with every option, compared again it is otherwise"
rm started
ab gate "$store 10" "$store 10.5" --runs 3 --gate --json --output "a report.md" --seed 42 \
    --metrics frame_ms --alpha 0.01
[[ $status == 3 ]] || fail "--gate ended with $status"
python3 -m json.tool gate.out >/dev/null || fail "--json prints something else"
grep -q worse "a report.md" || fail "the report"
[[ $(recorded "$tag" 42 3 2) == "$(order 42 3 2)" ]] || fail "three runs"
ab strict "$store 10" "$store 10" --runs 2 --strict --limit 0.001
[[ $status == 4 ]] || fail "--strict ended with $status"
seed=$(sed -n 's/^experiment .*, seed \([0-9]*\)$/\1/p' strict.err)
[[ $(recorded "$tag" "$seed" 2 2) == "$(order "$seed" 2 2)" ]] ||
    fail "a seed of its own: $seed"

# With a noise floor: A is a third side, and compared with itself.
ab noise "$store 10" "$store 9.5" --runs 3 --noise-floor --seed 7
[[ $status == 0 ]] || fail "--noise-floor"
[[ $(recorded "$tag" 7 3 3) == "$(order 7 3 3)" ]] || fail "the order of three sides"
head -n 1 noise.out | grep -q '^noise floor: A against itself (3 and 3 runs): not shown to ' ||
    fail "the noise floor is not told"
! grep -q '^warning' noise.out || fail "a warning without need"
says noise.out 'better'
# Something that the commands do not do: A is slower whenever it is called A2.
slow="$store \$((10 + \${#VIZ_AB_SIDE}))"
ab drift "$slow" "$store 12" --runs 3 --noise-floor --seed 7
says drift.out 'do not trust the verdict below'
tr '\n' ' ' <drift.out | grep -q 'in 0 of 1 metrics; it differs in frame_ms' ||
    fail "what A differs in from itself is not told"
awk 'length > 100 { exit 1 }' drift.out || fail "the noise floor is too wide"
ab drift "$slow" "$store 12" --runs 3 --noise-floor --seed 7 --json --output drift.json
cmp drift.json drift.out || fail "the report is not that of A and B"
holds drift-noise.json "sides.a.label.endswith('-a')" "sides.b.label.endswith('-a2')"
says drift.err 'do not trust the verdict below'
python3 -m json.tool drift.out >/dev/null || fail "--json with a noise floor"

# What is to be compared is not there: that is seen after the first runs of both.
rm -f started
ab typo "$store 10" "$store 9.5" --runs 3 --metrics frame_mss
[[ $status == 2 && ! -s typo.out ]] || fail "no such metric: $status"
says typo.err 'frame_mss'
[[ $(wc -l <started) -lt 6 ]] || fail "all runs are made for nothing"

# One that is stopped would never end.
ab stopped 'kill -STOP $$' "$store 10" --runs 2
[[ $status == 1 ]] || fail "a command that stops itself"
says stopped.err 'it stopped itself, and so was ended'

# A command that fails, the first time: the end. Later: it goes on without that run.
rm -f started
ab fail "$store 10" 'echo one; echo two >&2; exit 9' --runs 3 --seed 1
[[ $status == 1 && ! -s fail.out ]] || fail "a command that always fails"
says fail.err 'of 6 (B) ended with status 9'
says fail.err '  | two'
says fail.err 'must work the first time'
ab fail "$store 10" "$store 9.5 && [ \$VIZ_AB_RUN != 2 ]" --runs 3 --seed 1
[[ $status == 0 ]] || fail "a command that fails once"
grep -qE 'of 6 \(B\) ended with status 1; not compared: [0-9]+ "ab-[0-9a-z]+ B 2"' fail.err ||
    fail "the failed run is not named"
says fail.err 'only 5 of 6 runs are complete and compared'
"$VIZ" runs --db "$db" --tag "$tag-b" --json >b.json
[[ $(grep -o '"uuid"' b.json | wc -l) == 2 ]] || fail "a failed run has a tag"
ab signal 'kill -SEGV $$' "$store 10" --runs 2 --seed 1
says signal.err 'ended with status 139'

# One that stores nothing, several, or none that is complete.
ab none 'echo hello' "$store 10" --runs 2
[[ $status == 1 ]] || fail "a command that stores nothing"
says none.err 'stored no run in'
says none.err "$work/$db"
says none.err '  | hello'
ab two "$store 10" "$store 10; VIZ_AB_NAME=other $store 9" --runs 2
[[ $status == 0 ]] || fail "of two runs the one with the name"
"$VIZ" runs --db "$db" --tag "$tag" --json >two.json
! grep -q '"other"' two.json || fail "the wrong one of two"
ab two "VIZ_AB_NAME=x; export VIZ_AB_NAME; $store 10; $store 9" "$store 10" --runs 2
[[ $status == 1 ]] || fail "two runs and none with the name"
says two.err '2 runs were stored meanwhile'
says two.err '"x"'
ab one "VIZ_AB_NAME=mine $store 10" "$store 10" --runs 2
[[ $status == 0 ]] || fail "a single run may be called anything"
"$VIZ" runs --db "$db" --tag "$tag" --json >one.json
grep -q '"mine"' one.json || fail "a single run of another name"
printf '[{"t":1,"frame_ms":10},{"t":2,"frame_ms":11}' >torn.json
ab torn '"$VIZ" import torn.json --again --db "$VIZ_AB_DB" || true' "$store 10" --runs 2
[[ $status == 1 ]] || fail "an interrupted run is compared"
says torn.err 'is interrupted: it is not compared'

# Ctrl-C: what runs gets it, nothing is started any more, what is complete is compared.
slow_third()
{
    echo "if [ \$VIZ_AB_RUN = 3 ]; then echo \$\$ >third; sleep 30; fi; $store $1"
}
rm -f started third
start stop "$VIZ" ab --db "$db" "$(slow_third 10)" "$(slow_third 9)" --runs 4 --seed 42
await "the third run" test -s third
kill -INT "${pid[stop]}"
end stop
[[ $status == 1 ]] || fail "interrupted, it ended with $status"
says stop.err 'was interrupted'
says stop.err 'interrupted: 4 of 8 runs are complete and kept'
says stop.out 'better'
[[ $(wc -l <started) == 4 ]] || fail "something was started after Ctrl-C"
! kill -0 "$(<third)" 2>/dev/null || fail "the command lives on"
tag=$(sed -n 's/^experiment \(ab-[0-9a-z]*\):.*/\1/p' stop.err)
[[ $(recorded "$tag" 42 4 2) == "$(order 42 2 2)" ]] || fail "what was kept"
rm -f third
start stop "$VIZ" ab --db "$db" 'echo $$ >third; sleep 30' 'echo $$ >third; sleep 30'
await "the first run" test -s third
kill -INT "${pid[stop]}"
end stop
[[ $status == 1 && ! -s stop.out ]] || fail "interrupted in the first run"
says stop.err 'nothing to compare'
# A second Ctrl-C ends viz, and with it a command that is deaf to both.
rm -f third
deaf='trap "" INT TERM; echo $$ >third; while :; do sleep 0.1; done'
start stop "$VIZ" ab --db "$db" "$deaf" "$deaf"
await "the first run" test -s third
kill -INT "${pid[stop]}"
sleep 0.3
kill -0 "$(<third)" || fail "one Ctrl-C ended a command that is deaf to it"
kill -INT "${pid[stop]}"
end stop
[[ $status == 130 ]] || fail "a second Ctrl-C: $status"
is_gone()
{
    ! kill -0 "$(<third)" 2>/dev/null
}
await "the end of the command" is_gone

# What cannot be is said before anything runs.
rm -f started
for words in '' a 'a b c' '--runs 0 a b' '--output r.txt a b'; do
    # shellcheck disable=SC2086
    [[ $(run words "$VIZ" ab --db "$db" $words) == 2 && ! -s words.out ]] || fail "viz ab $words"
    [[ $(wc -l <words.err) == 1 ]] || fail "viz ab $words: not one sentence"
done
echo nonsense >no.db
[[ $(run words "$VIZ" ab --db no.db "$store 1" "$store 1") == 1 ]] || fail "no store"
[[ $(run words "$VIZ" ab --db "$db" "$store 1" "$store 1" --output no/r.md) == 1 ]] ||
    fail "nowhere to write the report"
[[ ! -e started ]] || fail "something ran"

# The default store, made on the way, and the benchmark as a command.
short='"$VIZ" --benchmark --headless --duration 0.5 --warmup 0.2 --no-csv --size 320x240'
short+=' --store "$VIZ_AB_DB" --run-name "$VIZ_AB_NAME"'
[[ $(run real "$VIZ" ab "$short" "$short --rate 2000" --runs 2) == 0 ]] || fail "benchmarks"
[[ -e data/viz/runs.db ]] || fail "the default store"
[[ $("$VIZ" runs --json --tag "$(sed -n 's/^experiment \([^:]*\):.*/\1/p' real.err)" |
    grep -oE '"origin": ?"benchmark"' | wc -l) == 4 ]] || fail "runs of the benchmark"
grep -q frame_ms real.out || fail "frame times are not compared"
