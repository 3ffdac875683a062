#!/usr/bin/env bash
# ferrolab beside PyTorch, TensorFlow, ONNX Runtime, burn and candle, on the same work, on this machine.
#
#     benches/peers.sh [--rounds 7] [--seconds 1.0] [--only cnn,matmul,memory] [--engines ferrolab,torch-eager]
#                      [--output TABLES.md] [--json REPETITIONS.json] [--timeout 900]
#
# The first run installs the peers (about 7 GB, and half an hour of compiling on two cores), later ones only what has changed.
# All arguments go to peers/compare.py: how often and how long each engine is asked, which workloads, which engines (their names are
# in peers/engines.toml), where the tables and every repetition go; the tables are printed in any case. A full run takes about 20
# minutes. Nothing else should run meanwhile.
#
# Needs Linux, cargo, a C++ compiler (for torch.compile) and Python 3.11 or newer with venv. What may be set:
#     FERROLAB_PEERS   the folder that the peers are installed into ($HOME/.cache/ferrolab-peers)
#     FERROLAB_BENCH   a ready program to measure as ferrolab, instead of building the bench `workloads`
#     PYTHON           the Python that makes the environments (python3)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peers=${FERROLAB_PEERS:-$HOME/.cache/ferrolab-peers}
python=${PYTHON:-python3}

# environment NAME: a virtual environment with what peers/requirements-NAME.txt lists, made anew when that has changed.
environment() {
    local wanted=$here/peers/requirements-$1.txt folder=$peers/$1
    if ! cmp --silent "$wanted" "$folder/installed.txt"; then
        "$python" -m venv --clear "$folder"
        "$folder/bin/pip" install --quiet --no-cache-dir --requirement "$wanted"
        cp "$wanted" "$folder/installed.txt"
    fi
}

# shellcheck source=workloads/program.sh
source "$here/workloads/program.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
    exit
fi
mkdir -p "$peers"
environment tensorflow
environment torch
"$peers/torch/bin/python" "$here/peers/export_onnx.py" "$peers/onnx" >&2
for peer in burn candle; do
    cargo build --release --locked --manifest-path "$here/peers/$peer/Cargo.toml" --target-dir "$peers/rust"
done
program=$(workloads "$python")
exec "$python" "$here/peers/compare.py" --peers "$peers" --ferrolab "$program" "$@"
