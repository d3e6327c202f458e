"""Muon for matrices, AdamW for the rest."""

import torch


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal by a Newton-Schulz iteration (K. Jordan and others, 2024).

    Parameters are matrices or stacks of matrices [..., outputs, inputs].
    """

    def __init__(self, parameters, lr: float, momentum: float = 0.95):
        super().__init__(parameters, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                state = self.state[parameter]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(parameter)
                momentum = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
                update = orthogonal(parameter.grad.lerp(momentum, group["momentum"]))
                outputs, inputs = parameter.shape[-2:]
                parameter.add_(update, alpha=-group["lr"] * max(1.0, outputs / inputs) ** 0.5)


def orthogonal(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """The nearest orthogonal matrix, roughly: singular values come out between 0.7 and 1.2."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = (matrix.mT if tall else matrix).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if tall else x).to(matrix.dtype)


class Optimizers:
    """Both, as one, with one schedule: a short warm-up, and then a straight way down to zero."""

    def __init__(self, model, steps: int, warm_up: int = 40):
        matrices, others = [], []
        for name, parameter in model.named_parameters():
            is_matrix = parameter.ndim >= 2 and "embedding" not in name and "router" not in name
            (matrices if is_matrix else others).append(parameter)
        self.both = [
            Muon([dict(params=matrices, peak=0.02)], lr=0.02),
            torch.optim.AdamW([dict(params=others, peak=0.003)], lr=0.003, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        self.steps, self.warm_up = steps, warm_up

    def rate(self, step: int) -> float:
        """What part of the full learning rate holds at this step."""
        return min(1.0, (step + 1) / self.warm_up, (self.steps - step) / (self.steps - self.warm_up))

    def step(self, step: int) -> None:
        for optimizer in self.both:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * self.rate(step)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state_dict(self):
        return [optimizer.state_dict() for optimizer in self.both]

    def load_state_dict(self, states):
        for optimizer, state in zip(self.both, states):
            optimizer.load_state_dict(state)
