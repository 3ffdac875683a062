#!/usr/bin/env bash
# How many instructions the workloads take: a number that no other work on the machine disturbs, to compare two versions by.
#
#     benches/instructions.sh [WORKLOAD...]        # such as "cnn train 8"; without any, the five below
#
# Counts building the model and four steps on one thread, by Valgrind (Debian's `valgrind`), which knows AVX2 but not AVX-512.
# The first lines of each profile follow its count. FERROLAB_BENCH names a ready program, instead of building the bench `workloads`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=workloads/program.sh
source "$here/workloads/program.sh"
program=$(workloads python3)
profiles=$(mktemp -d)
trap 'rm -r "$profiles"' EXIT
[ $# -gt 0 ] || set -- "cnn train 8" "cnn infer 8" "lstm train 8" "mlp train 32" "encoder train 4"
for workload in "$@"; do
    profile=$profiles/${workload// /-}
    # Unquoted: three arguments. No seconds: one step after the three that warm up.
    # shellcheck disable=SC2086
    FERROLAB_ISA=avx2 FERROLAB_THREADS=1 valgrind --quiet --tool=callgrind --callgrind-out-file="$profile" "$program" $workload 0 >/dev/null
    echo "$workload: $(sed -n 's/^\(summary\|totals\): *//p' "$profile" | head -1) instructions"
    callgrind_annotate --threshold=90 "$profile" | grep -E '^ *[0-9,]+ \(' | head -6
done
