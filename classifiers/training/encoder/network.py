"""The encoder (BERT, Devlin 2019) with one linear head over the mean of its outputs, in torch."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from classifiers.encoder import WIDTH
from classifiers.pieces import padded
from classifiers.training.encoder.base import Base

_DROPOUT = 0.1


class Layer(nn.Module):  # type: ignore[misc]
    """Attention and a feed-forward part, each with its residual and norm.

    Attention is written out: the fused one is several times slower backwards on CPUs.
    """

    def __init__(self, base: Base) -> None:
        super().__init__()
        width, self.heads = base.width, base.heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.out_norm = nn.LayerNorm(width, eps=base.epsilon)
        self.widen = nn.Linear(width, base.inner)
        self.narrow = nn.Linear(base.inner, width)
        self.norm = nn.LayerNorm(width, eps=base.epsilon)
        self.drop = nn.Dropout(_DROPOUT)

    def forward(self, x: "torch.Tensor", bias: "torch.Tensor") -> "torch.Tensor":
        """Take (n, length, width) and what to add to the attention's scores."""
        n, length, width = x.shape
        size = width // self.heads
        q, k, v = self.qkv(x).view(n, length, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        scores = torch.matmul(q.contiguous(), k.transpose(-1, -2).contiguous()) * size**-0.5 + bias
        mixed = torch.matmul(scores.softmax(-1).to(v.dtype), v.contiguous()).transpose(1, 2).reshape(n, length, width)
        x = self.out_norm(x + self.drop(self.out(mixed)))
        return self.norm(x + self.drop(self.narrow(functional.gelu(self.widen(x)))))


class Network(nn.Module):  # type: ignore[misc]
    """Piece numbers and mask in, (n, 12) logits out."""

    def __init__(self, base: Base, pieces: int, positions: int) -> None:
        super().__init__()
        self.word = nn.Embedding(pieces, base.width)
        self.place = nn.Embedding(positions, base.width)
        self.norm = nn.LayerNorm(base.width, eps=base.epsilon)
        self.layers = nn.ModuleList([Layer(base) for _ in range(base.layers)])
        self.drop = nn.Dropout(_DROPOUT)
        self.head = nn.Linear(base.width, WIDTH)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        self.register_buffer("mean", torch.zeros(base.width))
        self.register_buffer("spread", torch.ones(base.width))

    def bottom(self, ids: "torch.Tensor", mask: "torch.Tensor", layers: int) -> "torch.Tensor":
        """Return what the lowest ``layers`` layers make of the pieces: (n, length, width)."""
        x = self.drop(self.norm(self.word(ids) + self.place.weight[: ids.shape[1]]))
        for layer in self.layers[:layers]:
            x = layer(x, _bias(mask))
        return x

    def top(self, x: "torch.Tensor", mask: "torch.Tensor", layers: int) -> "torch.Tensor":
        """Return the mean, over the pieces, of what the layers above make of it, each column centred and scaled."""
        for layer in self.layers[layers:]:
            x = layer(x, _bias(mask))
        share = mask.unsqueeze(-1).to(x.dtype)
        return ((x * share).sum(1) / share.sum(1) - self.mean) / self.spread

    def forward(self, ids: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        """Return (n, length, 12): what each piece says; the mean over the pieces is the answer.

        The head is linear, so it may come before the mean: then the answer is the sum of what its pieces add.
        """
        x = self.bottom(ids, mask, len(self.layers))
        return self.head((x - self.mean) / self.spread)


def _bias(mask: "torch.Tensor") -> "torch.Tensor":
    return (mask[:, None, None, :].float() - 1) * 1e4


def build(base: Base, kept: Sequence[int], positions: int) -> Network:
    """Return the network with the base weights and a head that knows nothing."""
    network = Network(base, len(kept), positions)
    of = base.tensors

    def put(target: "torch.Tensor", value: NDArray[np.float32]) -> None:
        target.copy_(torch.from_numpy(np.ascontiguousarray(value)))

    with torch.no_grad():
        put(network.word.weight, of["emb.word"].reshape(-1, base.width)[list(kept)])
        kind = of["emb.type"].reshape(-1, base.width)[0]
        put(network.place.weight, of["emb.pos"].reshape(-1, base.width)[:positions] + kind)
        put(network.norm.weight, of["emb.ln.w"])
        put(network.norm.bias, of["emb.ln.b"])
        for number, layer in enumerate(network.layers):
            part = {name.removeprefix(f"l{number}."): v for name, v in of.items() if name.startswith(f"l{number}.")}
            put(layer.qkv.weight, np.concatenate([part["q.w"], part["k.w"], part["v.w"]]))
            put(layer.qkv.bias, np.concatenate([part["q.b"], part["k.b"], part["v.b"]]))
            for name, module in (
                ("ao", layer.out),
                ("aln", layer.out_norm),
                ("fi", layer.widen),
                ("fo", layer.narrow),
                ("oln", layer.norm),
            ):
                put(module.weight, part[f"{name}.w"])
                put(module.bias, part[f"{name}.b"])
    return network


def tensors(rows: Sequence[Sequence[int]]) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return padded piece numbers and their mask."""
    ids, mask = padded(rows)
    return torch.from_numpy(ids), torch.from_numpy(mask)
