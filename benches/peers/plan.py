"""What is measured and what ferrolab is to reach: the workloads, the work in a sample, the targets."""

from typing import NamedTuple

OURS = "ferrolab"
# Relative to PyTorch's eager mode, in the table of peak memory.
MEMORY_TARGET = 0.5
MEMORY_REFERENCE = "torch-eager"
MEMORY_STEPS = 100


class Job(NamedTuple):
    """The first three words of a request."""

    workload: str
    mode: str
    batch: int

    def __str__(self) -> str:
        return " ".join(word for word in map(str, self) if word != "-")


class Row(NamedTuple):
    """One line of the table. `ratio` and `share` are targets: of the best peer's speed, of the machine's peak."""

    job: Job
    ratio: float | None = None
    share: float | None = None


PEAK = Job("peak", "-", 2)
MEMORY = Job("cnn", "train", 128)

ROWS = [
    Row(Job("cnn", "train", 32), ratio=1.4, share=0.65),
    Row(Job("cnn", "train", 128), ratio=1.4, share=0.65),
    Row(Job("cnn", "infer", 1), ratio=2.5),
    Row(Job("cnn", "infer", 32), ratio=1.3),
    Row(Job("cnn", "infer", 256), ratio=1.2),
    Row(Job("lstm", "train", 64), ratio=1.5),
    Row(Job("lstm", "infer", 64), ratio=1.2),
    Row(Job("mlp", "train", 128), ratio=1.15),
    Row(Job("mlp", "infer", 128), ratio=1.0),
    Row(Job("encoder", "train", 32), ratio=1.1),
    Row(Job("encoder", "infer", 32), ratio=1.0),
    Row(Job("efficientnet", "infer", 1), ratio=1.0),
    Row(Job("efficientnet", "infer", 8), ratio=1.0),
    Row(Job("matmul", "-", 256), share=0.70),
    Row(Job("matmul", "-", 1024), share=0.85),
]

# The convolutions' outputs (height x width x channels) times what each output sums up, and the dense layers.
CNN_PRODUCTS = [30 * 30 * 32 * 27, 13 * 13 * 64 * 288, 4 * 4 * 64 * 576, 1024 * 64, 64 * 10]


def flop(job: Job) -> float | None:
    """Floating-point operations in a sample, where they are counted: only what the layers' products need."""
    if job.workload == "matmul":
        return 2.0 * job.batch**3
    if job.workload != "cnn":
        return None
    forward = 2.0 * sum(CNN_PRODUCTS)
    if job.mode == "infer":
        return forward
    # Backward: the same for the weights' gradients, and again for the inputs', which the first layer does without.
    return 3 * forward - 2.0 * CNN_PRODUCTS[0]
