"""A small model in the form of DeepSeek-V3: latent attention, and experts chosen by sigmoid scores with a selection bias.

Follows transformers' `modeling_deepseek_v3.py` (the tests compare both), written for training on a CPU: attention is
expanded from the latent, and the tokens of each expert are gathered so that an expert is one matrix product.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# The target of a position that does not count: padding.
IGNORED = -100


@dataclass
class Config:
    vocabulary: int = 3072
    width: int = 256
    layers: int = 6
    dense_layers: int = 1
    dense_hidden: int = 640
    experts: int = 12
    experts_chosen: int = 2
    expert_hidden: int = 128
    routed_scale: float = 2.0
    heads: int = 4
    plain_length: int = 32
    rope_length: int = 32
    value_length: int = 64
    query_rank: int = 96
    latent_length: int = 64
    context: int = 512
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-6


def linear(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(layer.weight, std=inputs**-0.5)
    return layer


class NormFunction(torch.autograd.Function):
    """x / rms(x) * weight in 32-bit floats, with a backward pass in a few sweeps; PyTorch's takes some thirty times as
    long as its forward pass on a CPU."""

    @staticmethod
    def forward(context, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        x = x.float()
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
        context.save_for_backward(x, weight, scale)
        return x * scale * weight

    @staticmethod
    def backward(context, gradient: Tensor):
        x, weight, scale = context.saved_tensors
        normal = (x * scale).flatten(0, -2)
        gradient = gradient.flatten(0, -2)
        products = gradient * normal
        weight_gradient = products.sum(0)
        mean = (products @ weight).div_(x.shape[-1]).unsqueeze(1)
        x_gradient = (gradient * weight).addcmul_(normal, mean, value=-1).mul_(scale.flatten(0, -2))
        return x_gradient.view_as(x), weight_gradient, None


class Norm(nn.Module):
    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return NormFunction.apply(x, self.weight, self.epsilon)


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turns neighbouring pairs of the last dimension by their position's angles; x is [..., positions, length]."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1).flatten(-2)
    return turned.to(x.dtype)


class Attention(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = c = config
        self.q_a = linear(c.width, c.query_rank)
        self.q_a_norm = Norm(c.query_rank, c.norm_epsilon)
        self.q_b = linear(c.query_rank, c.heads * (c.plain_length + c.rope_length))
        self.kv_a = linear(c.width, c.latent_length + c.rope_length)
        self.kv_a_norm = Norm(c.latent_length, c.norm_epsilon)
        self.kv_b = linear(c.latent_length, c.heads * (c.plain_length + c.value_length))
        self.output = linear(c.heads * c.value_length, c.width)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        c = self.config
        batch, length, _ = x.shape
        query = self.q_b(self.q_a_norm(self.q_a(x))).view(batch, length, c.heads, -1).transpose(1, 2)
        query_plain, query_rope = query.split((c.plain_length, c.rope_length), dim=-1)
        latent, key_rope = self.kv_a(x).split((c.latent_length, c.rope_length), dim=-1)
        key_value = self.kv_b(self.kv_a_norm(latent)).view(batch, length, c.heads, -1).transpose(1, 2)
        key_plain, value = key_value.split((c.plain_length, c.value_length), dim=-1)
        # One rotary key for all heads.
        key_rope = rotate(key_rope.unsqueeze(1), cosine, sine).expand(-1, c.heads, -1, -1)
        query = torch.cat((query_plain, rotate(query_rope, cosine, sine)), dim=-1)
        key = torch.cat((key_plain, key_rope), dim=-1)
        # Plain products and a softmax: half the time of PyTorch's fused attention at these lengths on a CPU.
        scores = torch.baddbmm(self.mask(length, query.dtype), query.flatten(0, 1), key.flatten(0, 1).mT,
                               alpha=query.shape[-1] ** -0.5)
        out = (scores.softmax(dim=-1) @ value.flatten(0, 1)).view(batch, c.heads, length, -1)
        return self.output(out.transpose(1, 2).reshape(batch, length, -1))

    @staticmethod
    def mask(length: int, dtype: torch.dtype) -> Tensor:
        """What is added to the scores: minus infinity where a position would look ahead."""
        return torch.full((1, length, length), float("-inf"), dtype=dtype).triu_(1)


class FeedForward(nn.Module):
    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.gate, self.up, self.down = linear(width, hidden), linear(width, hidden), linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Experts(nn.Module):
    """Experts of which each token chooses the few with the highest score plus bias, beside one for every token.

    The bias only takes part in choosing; after each step it moves against the load, so that all experts are used
    without a loss for it (DeepSeek-V3, section 2.1.2).
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = c = config
        self.router = linear(c.width, c.experts)
        self.register_buffer("selection_bias", torch.zeros(c.experts))
        self.register_buffer("load", torch.zeros(c.experts), persistent=False)
        expert = lambda inputs, outputs: nn.Parameter(torch.randn(c.experts, outputs, inputs) * inputs**-0.5)
        self.gate, self.up = expert(c.width, c.expert_hidden), expert(c.width, c.expert_hidden)
        self.down = expert(c.expert_hidden, c.width)
        self.shared = FeedForward(c.width, c.expert_hidden)

    def forward(self, x: Tensor) -> Tensor:
        c = self.config
        tokens = x.reshape(-1, c.width)
        scores = self.router(tokens).sigmoid()
        chosen = (scores + self.selection_bias).topk(c.experts_chosen).indices
        weights = scores.gather(1, chosen)
        weights = weights / (weights.sum(dim=1, keepdim=True) + 1e-20) * c.routed_scale
        # Tokens in the order of their experts; each expert's are neighbours then.
        order = chosen.flatten().argsort(stable=True)
        counts = torch.bincount(chosen.flatten(), minlength=c.experts)
        if self.training:
            self.load += counts
        gathered = tokens[order // c.experts_chosen]
        parts = []
        experts = zip(gathered.split(counts.tolist()), self.gate.unbind(), self.up.unbind(), self.down.unbind())
        for part, gate, up, down in experts:
            parts.append((F.silu(part @ gate.T) * (part @ up.T)) @ down.T)
        back = torch.cat(parts)[order.argsort()].view(-1, c.experts_chosen, c.width)
        weights = weights.to(back.dtype).unsqueeze(-1)
        mixed = back[:, 0] * weights[:, 0]
        for choice in range(1, c.experts_chosen):
            mixed = torch.addcmul(mixed, back[:, choice], weights[:, choice])
        return self.shared(x) + mixed.view_as(x)

    @torch.no_grad()
    def balance(self, rate: float) -> None:
        self.selection_bias += rate * (self.load.mean() - self.load).sign()
        self.load.zero_()


class Layer(nn.Module):
    def __init__(self, config: Config, index: int):
        super().__init__()
        self.attention_norm = Norm(config.width, config.norm_epsilon)
        self.attention = Attention(config)
        self.feed_forward_norm = Norm(config.width, config.norm_epsilon)
        dense = index < config.dense_layers
        self.feed_forward = FeedForward(config.width, config.dense_hidden) if dense else Experts(config)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x), cosine, sine)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Model(nn.Module):
    """Tokens [batch, length] to logits [batch, length, vocabulary]. Input and output share one embedding."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        nn.init.normal_(self.embedding.weight, std=0.05)
        self.layers = nn.ModuleList(Layer(config, index) for index in range(config.layers))
        self.norm = Norm(config.width, config.norm_epsilon)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.endswith(("output.weight", "down", "down.weight")):
                    parameter.zero_()  # so that the residual stream begins with the embedding
        frequencies = config.rope_base ** -(torch.arange(0, config.rope_length, 2) / config.rope_length)
        angles = torch.arange(config.context)[:, None] * frequencies
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def hidden(self, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x, self.cosine[:length], self.sine[:length])
        return self.norm(x)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.hidden(tokens) @ self.embedding.weight.T

    def loss(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """The mean cross-entropy in nats; in parts, so that the logits of a part stay in the processor's cache."""
        hidden, targets = self.hidden(tokens).flatten(0, 1), targets.flatten()
        sums = [
            F.cross_entropy((part @ self.embedding.weight.T).float(), wanted, reduction="sum", ignore_index=IGNORED)
            for part, wanted in zip(hidden.split(512), targets.split(512))
        ]
        return torch.stack(sums).sum() / (targets != IGNORED).sum()

    def experts(self) -> list[Experts]:
        return [layer.feed_forward for layer in self.layers if isinstance(layer.feed_forward, Experts)]

    def parameter_counts(self) -> tuple[int, int]:
        """All parameters, and those that work on one token."""
        total = sum(parameter.numel() for parameter in self.parameters())
        c = self.config
        idle = (c.experts - c.experts_chosen) * 3 * c.width * c.expert_hidden * len(self.experts())
        return total, total - idle
