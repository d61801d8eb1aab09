"""What the three networks share: their view of the input, their training, their probabilities."""

import numpy as np
import torch
from torch import nn

from data import LABELS

BATCH = 512


class View(nn.Module):
    """What a network looks at, standardised by the training data: [batch, step, feature] -> [batch, step, channel]."""

    def __init__(self, features: list[str], view: list[str], vectors: np.ndarray):
        super().__init__()
        picked = [features.index(name) for name in view]
        rows = vectors.reshape(-1, len(features))[:, picked].astype(np.float64)
        self.register_buffer("picked", torch.tensor(picked))
        self.register_buffer("mean", torch.tensor(rows.mean(axis=0), dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(1 / rows.std(axis=0), dtype=torch.float32))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return (rows.index_select(2, self.picked) - self.mean) * self.scale


class Classifier(nn.Module):
    """A view, a body that gives logits, and a gain on them before the softmax."""

    def __init__(self, view: View, body: nn.Module):
        super().__init__()
        self.view = view
        self.body = body
        self.register_buffer("gain", torch.tensor(1.0))

    def logits(self, rows: torch.Tensor) -> torch.Tensor:
        return self.body(self.view(rows)) * self.gain

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.logits(rows), dim=1)


def fit(model: Classifier, inputs: np.ndarray, labels: np.ndarray, epochs: int, rate: float, seed: int) -> None:
    """Cross-entropy by AdamW with one cycle of the learning rate. The same seed gives the same weights."""
    shuffle = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    batches = len(inputs) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs * batches)
    model.train()
    for _ in range(epochs):
        order = torch.randperm(len(inputs), generator=shuffle).numpy()
        for batch in range(batches):
            rows = order[batch * BATCH : (batch + 1) * BATCH]
            logits = model.logits(torch.from_numpy(inputs[rows]))
            loss = nn.functional.cross_entropy(logits, torch.from_numpy(labels[rows]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    model.eval()


def predict(model: nn.Module, inputs: np.ndarray) -> np.ndarray:
    """Probabilities [n, label], computed in batches."""
    answers = np.empty((len(inputs), len(LABELS)), dtype=np.float32)
    with torch.no_grad():
        for start in range(0, len(inputs), 4096):
            part = np.ascontiguousarray(inputs[start : start + 4096])
            answers[start : start + 4096] = model(torch.from_numpy(part)).numpy()
    return answers
