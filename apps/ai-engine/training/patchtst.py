"""PatchTST (Nie et al. 2023): each channel alone, in overlapping patches, through one shared transformer encoder."""

import math

import torch
from torch import nn

from data import LABELS

PATCH = 8
STRIDE = 4
WIDTH = 24
HEADS = 3
LAYERS = 2


class Attention(nn.Module):
    """Self-attention, written out because the built-in one takes a fused path without an ONNX export."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        batch, count, _ = tokens.shape
        mixed = self.mix(tokens).reshape(batch, count, 3, HEADS, WIDTH // HEADS)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS), dim=-1)
        return self.out((weights @ value).transpose(1, 2).reshape(batch, count, WIDTH))


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = Attention()
        self.feed = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))
        self.before_attention = nn.LayerNorm(WIDTH)
        self.before_feed = nn.LayerNorm(WIDTH)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        tokens = tokens + self.attention(self.before_attention(tokens))
        return tokens + self.feed(self.before_feed(tokens))


class PatchTST(nn.Module):
    """[batch, step, channel] -> logits"""

    def __init__(self, steps: int, channels: int):
        super().__init__()
        self.patches = (steps - PATCH) // STRIDE + 1
        self.embed = nn.Linear(PATCH, WIDTH)
        self.place = nn.Parameter(0.02 * torch.randn(self.patches, WIDTH))
        self.encoder = nn.Sequential(*(Layer() for _ in range(LAYERS)), nn.LayerNorm(WIDTH))
        self.head = nn.Linear(channels * self.patches * WIDTH, len(LABELS))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        batch, _, channels = rows.shape
        series = rows.transpose(1, 2)
        cut = [series[:, :, start * STRIDE : start * STRIDE + PATCH] for start in range(self.patches)]
        patches = torch.stack(cut, dim=2).reshape(batch * channels, self.patches, PATCH)
        tokens = self.encoder(self.embed(patches) + self.place)
        return self.head(tokens.reshape(batch, channels * self.patches * WIDTH))
