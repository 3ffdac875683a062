# For the scripts beside this folder: prints the path of the bench `workloads`, built; or what FERROLAB_BENCH names.
# Takes the interpreter of Python.
workloads() {
    if [ -n "${FERROLAB_BENCH:-}" ]; then
        echo "$FERROLAB_BENCH"
        return
    fi
    cargo bench --manifest-path "$(dirname "${BASH_SOURCE[0]}")/../../Cargo.toml" --package ferrolab --bench workloads --no-run \
        --message-format=json |
        "$1" -c '
import json, sys
artifacts = [json.loads(line) for line in sys.stdin if line.startswith("{")]
print(*[a["executable"] for a in artifacts if a.get("executable") and a["target"]["name"] == "workloads"][-1:])'
}
