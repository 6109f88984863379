#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The statistics on random data, normal, skewed, tied and tiny, against scipy: some seven
# thousand questions about distributions, samples, series and tests. (Without lib.bash, as
# viz itself, with or without a window, has no part in it.)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

for python in python3 /usr/bin/python3; do
    if "$python" -c 'import numpy, scipy' 2>/dev/null; then
        exec timeout 170 "$python" "$here/stats_scipy.py" \
            "${VIZ_ORACLE_STATS:?the path of oracle_stats}"
    fi
done
echo "no Python with scipy here"
exit 77
