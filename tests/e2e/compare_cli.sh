#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line of comparisons: where reports may not go, exit codes, the seed.
source "$(dirname "$0")/lib.bash"
export TZ=UTC LC_ALL=C.UTF-8 XDG_DATA_HOME=$work/data

python3 - <<'EOF'
import random
random.seed(1)
for name, mean in (("a", 10), ("b", 12)):
    with open(f"{name}.csv", "w", encoding="utf-8") as out:
        print("t,frame_ms,stream", file=out)
        for i in range(400):
            print(f"{i / 60:.4f},{random.gauss(mean, 0.5):.6f},frames", file=out)
EOF
mkdir -p data/viz folder
for run in a b; do
    for db in store.json data/viz/runs.db; do
        [[ $(run import "$VIZ" import "$run.csv" --db "$db") == 0 ]] || fail "import $run"
    done
done

# A report never replaces the store: not by its name, another one, a link, nor its parts.
ln -s store.json link.md
ln store.json hard.html
ln -s ../store.json folder/deep.json
ln -s data/viz/runs.db standard.json
ln -s store.json-wal wal.json
ln -s store.json-shm shm.json
refused()
{
    [[ $(run no "$VIZ" "$@") == 1 && ! -s no.out && $(wc -l <no.err) == 1 ]] ||
        fail "viz $*"
    says no.err 'that is the store'
}
for output in store.json ./store.json "$work/store.json" link.md hard.html folder/deep.json \
    folder/../store.json; do
    refused compare a b --db store.json --output "$output"
    refused ab true true --db store.json --output "$output"
done
refused compare a b --output standard.json
refused ab true true --db new.json --output new.json
[[ ! -e new.json ]] || fail "a store is made for nothing"
python3 - <<'EOF' &
import sqlite3, time
db = sqlite3.connect("store.json")
db.execute("PRAGMA journal_mode = wal")
db.execute("BEGIN IMMEDIATE")
db.execute("CREATE TABLE other (x)")
open("held", "w").close()
time.sleep(30)
EOF
pid[holder]=$!
await "the store in use" test -e held
refused compare a b --db store.json --output wal.json
refused compare a b --db store.json --output shm.json
kill -KILL "${pid[holder]}"
end holder
for db in store.json data/viz/runs.db; do
    [[ $("$VIZ" runs --db "$db" --json | grep -o '"uuid"' | wc -l) == 2 ]] ||
        fail "$db has lost its runs"
done

# A seed that JSON can hold.
top=9223372036854775807
[[ $(run seed "$VIZ" compare a b --seed $top --json) == 0 ]] || fail "the largest seed"
grep -q ": *$top\b" seed.out || fail "the largest seed is not told"
for words in 'compare a b' 'ab true true' 'trend a' 'selftest stats'; do
    # shellcheck disable=SC2086
    [[ $(run seed "$VIZ" $words --seed 9223372036854775808) == 2 ]] || fail "$words: a large seed"
    says seed.err "expected a whole number from 0 to $top"
done

# What the gate says is not hidden by a disk that is full.
if [[ -w /dev/full ]]; then
    ln -s /dev/full full.md
    for expected in 1 3; do
        option=()
        ((expected == 1)) || option=(--gate)
        status=0
        "$VIZ" compare a b "${option[@]}" --output r.md >/dev/full 2>o.err || status=$?
        [[ $status == "$expected" && -s r.md ]] || fail "full stdout: $status"
        says o.err 'standard output could not be written'
        says o.err 'the report is in r.md all the same'
        [[ $(run o "$VIZ" compare a b "${option[@]}" --output full.md) == "$expected" ]] ||
            fail "full report: not $expected"
        says o.err 'cannot write full.md'
        rm r.md
    done
fi
