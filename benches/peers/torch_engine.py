"""PyTorch as an engine (see `protocol.py`): `torch_engine.py eager|fused|channels-last|compile`.

All train with `torch.optim.Adam` as it comes, which on a CPU is one loop over the parameters; `fused` is `eager` with Adam's own
fused kernel. `compile` puts forward pass and loss through `torch.compile`.
"""

import sys

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from protocol import Job, Step, Unsupported, serve
from torch_models import MODELS, inputs

THREADS = 2
NAMES = {
    "eager": "PyTorch eager",
    "fused": "PyTorch eager, fused Adam",
    "channels-last": "PyTorch channels last",
    "compile": "PyTorch compile",
}
IMAGES = ("cnn", "efficientnet")


class Engine:
    def __init__(self, variant: str) -> None:
        self.variant = variant

    def build(self, job: Job) -> Step:
        self.refuse(job)
        if job.workload == "matmul":
            return matmul(job.batch)
        model = MODELS[job.workload]()
        x = inputs(job.workload, job.batch)
        if self.variant == "channels-last":
            model = model.to(memory_format=torch.channels_last)
            x = x.contiguous(memory_format=torch.channels_last)
        return self.train(model, x) if job.mode == "train" else self.infer(model, x)

    def refuse(self, job: Job) -> None:
        """Stops at what the engine lacks and at what another variant measures already."""
        if job.workload != "matmul" and job.workload not in MODELS:
            raise Unsupported("no such workload")
        if job.workload == "efficientnet" and job.mode == "train":
            raise Unsupported("inference only")
        if self.variant == "channels-last" and job.workload not in IMAGES:
            raise Unsupported("no images")
        if self.variant == "fused" and job.mode != "train":
            raise Unsupported("no optimizer: the same as eager")
        if self.variant == "compile" and job.workload == "matmul":
            raise Unsupported("nothing to compile: the same as eager")

    def train(self, model: nn.Module, x: Tensor) -> Step:
        batch = x.shape[0]
        with torch.no_grad():
            classes = model(x).shape[1]
        y = torch.randint(0, classes, (batch,))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=self.variant == "fused" or None)

        def loss_of(x: Tensor, y: Tensor) -> Tensor:
            return F.cross_entropy(model(x), y)

        forward = torch.compile(loss_of) if self.variant == "compile" else loss_of

        def step() -> None:
            optimizer.zero_grad()
            forward(x, y).backward()
            optimizer.step()

        return Step(step, batch)

    def infer(self, model: nn.Module, x: Tensor) -> Step:
        model.eval()
        forward = torch.compile(model) if self.variant == "compile" else model

        @torch.inference_mode()
        def step() -> Tensor:
            return forward(x)

        return Step(step, x.shape[0])


def matmul(n: int) -> Step:
    a, b = torch.randn(n, n), torch.randn(n, n)
    return Step(lambda: a @ b, 1)


def main() -> None:
    variant = sys.argv[1]
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    serve(NAMES[variant], torch.__version__, Engine(variant).build)


if __name__ == "__main__":
    main()
