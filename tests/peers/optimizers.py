"""Writes the fixture that `tests/optimizers.rs` compares ferrolab with, by PyTorch 2.15 on the CPU.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/optimizers.py

optimizers.safetensors  a small network's initial parameters, its data and, for each optimiser NAME, the parameters
                        `NAME.weight` … after 20 steps; for each schedule NAME the learning rates `lr.NAME` of 60 steps,
                        and the losses that the one for plateaus saw
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch import optim
from torch.optim import lr_scheduler as lr

HERE = pathlib.Path(__file__).parent
STEPS, RATES = 20, 60


def network(state):
    model = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3))
    model.load_state_dict(state)
    return model


def trained(state, x, y, make, clip=lambda parameters: None):
    model = network(state)
    optimizer = make(model.parameters())
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        clip(list(model.parameters()))
        optimizer.step()
    return model.state_dict()


def rates(make, base=0.5, losses=None):
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
    schedule = make(optimizer)
    found = []
    for step in range(RATES):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if losses is not None:
            schedule.step(losses[step].item())
        elif step + 1 < RATES:
            schedule.step()
    return torch.tensor(found, dtype=torch.float32)


def main():
    torch.manual_seed(11)
    first = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3)).state_dict()
    x, y = torch.randn(13, 5), 3 * torch.randn(13, 3)
    fixture = {f"initial.{name}": value.clone() for name, value in first.items()} | {"x": x, "y": y}
    optimizers = {
        "sgd": lambda p: optim.SGD(p, lr=0.1),
        "sgd_momentum": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01),
        "sgd_nesterov": lambda p: optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.02),
        "adam": lambda p: optim.Adam(p, lr=0.02),
        "adam_choices": lambda p: optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
        "adamw": lambda p: optim.AdamW(p, lr=0.02),
        "adamw_choices": lambda p: optim.AdamW(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3),
        "rmsprop": lambda p: optim.RMSprop(p, lr=0.005),
        "rmsprop_choices": lambda p: optim.RMSprop(
            p, lr=0.005, alpha=0.9, eps=1e-4, momentum=0.7, weight_decay=0.1
        ),
        "adagrad": lambda p: optim.Adagrad(p, lr=0.1),
        "adagrad_choices": lambda p: optim.Adagrad(
            p, lr=0.1, lr_decay=0.05, weight_decay=0.1, initial_accumulator_value=0.3, eps=1e-4
        ),
    }
    for name, make in optimizers.items():
        fixture |= {f"{name}.{key}": value for key, value in trained(first, x, y, make).items()}
    sgd = optimizers["sgd_momentum"]
    clips = {
        "clip_norm": lambda p: torch.nn.utils.clip_grad_norm_(p, 0.7),
        "clip_value": lambda p: torch.nn.utils.clip_grad_value_(p, 0.05),
    }
    for name, clip in clips.items():
        fixture |= {f"{name}.{key}": value for key, value in trained(first, x, y, sgd, clip).items()}

    losses = torch.tensor([1 / (1 + i // 7 * (i % 5)) + 0.001 * i for i in range(RATES)])
    fixture["losses"] = losses
    schedules = {
        "step": lambda o: lr.StepLR(o, 7, gamma=0.3),
        "multi_step": lambda o: lr.MultiStepLR(o, [5, 20, 21, 50], gamma=0.4),
        "exponential": lambda o: lr.ExponentialLR(o, 0.93),
        "cosine": lambda o: lr.CosineAnnealingLR(o, 60, eta_min=0.01),
        "cosine_short": lambda o: lr.CosineAnnealingLR(o, 25),
        "restarts": lambda o: lr.CosineAnnealingWarmRestarts(o, 10),
        "restarts_longer": lambda o: lr.CosineAnnealingWarmRestarts(o, 7, T_mult=2, eta_min=0.05),
        "linear": lambda o: lr.LinearLR(o, total_iters=13),
        "warmup_cosine": lambda o: lr.SequentialLR(
            o, [lr.LinearLR(o, 0.1, total_iters=8), lr.CosineAnnealingLR(o, 52)], [8]
        ),
        "one_cycle": lambda o: lr.OneCycleLR(o, 0.9, total_steps=60, cycle_momentum=False),
        "one_cycle_choices": lambda o: lr.OneCycleLR(
            o, 0.9, total_steps=60, pct_start=0.42, div_factor=5, final_div_factor=100, cycle_momentum=False
        ),
    }
    fixture |= {f"lr.{name}": rates(make) for name, make in schedules.items()}
    plateaus = {
        "plateau": lambda o: lr.ReduceLROnPlateau(o, factor=0.5, patience=2),
        "plateau_choices": lambda o: lr.ReduceLROnPlateau(
            o, factor=0.2, patience=1, threshold=0.05, cooldown=3, min_lr=0.01
        ),
    }
    fixture |= {f"lr.{name}": rates(make, losses=losses) for name, make in plateaus.items()}
    save_file(fixture, HERE / "optimizers.safetensors")
    print(f"{len(fixture)} tensors, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
