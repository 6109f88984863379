#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# viz serve on a socket that it is handed, as systemd does it.
source "$(dirname "$0")/lib.bash"
export XDG_DATA_HOME=$work/data
python3 "$here/serve_activation.py" "$VIZ" >activation.out 2>&1 ||
    fail "a socket that was handed over"
