"""Fine-tuning on one CPU core, resumable after every epoch.

Only the upper layers learn: what the lower ones make of each text is computed once and kept on disk, which makes an
epoch three times cheaper. First a linear probe on the frozen whole, then the upper layers, with rates that fall from
the top down.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from classifiers.encoder import CATEGORY, RUMOUR, TIER
from classifiers.pieces import batches
from classifiers.training.encoder.network import Network, tensors
from classifiers.training.outcome import Say

_CHUNK = 24  # batches over which texts are sorted by length


class Plan(msgspec.Struct, frozen=True):
    """How the network is fitted; the rates are of the top layer and the head, each layer below ``fall`` times less."""

    epochs: int = 3
    batch: int = 32
    frozen: int = 8  # layers at the bottom that stay as they are
    rate: float = 1.2e-4
    head_rate: float = 5e-4
    fall: float = 0.9
    warm_up: float = 0.08
    decay: float = 0.01
    probe_texts: int = 5000
    probe_epochs: int = 25
    probe_rate: float = 3e-3
    seed: int = 61
    say_every: int = 25  # steps between two lines of progress


def fit(
    network: Network, rows: Sequence[Sequence[int]], targets: NDArray[np.float32], plan: Plan, folder: Path, say: Say
) -> None:
    """Fit the network in place to targets (n, 12) between 0 and 1; goes on where ``folder`` holds an epoch."""
    torch.manual_seed(plan.seed)
    wanted = torch.from_numpy(targets)
    loss = _Loss(targets)
    states = _States.of(network, rows, plan, folder, say)
    optimiser = torch.optim.AdamW(_rates(network, plan), betas=(0.9, 0.98), eps=1e-6, fused=True)
    done = _resumed(network, optimiser, folder)
    if done:
        say(f"接着第 {done} 轮继续")
    else:
        _probe(network, states, wanted, loss, plan, say)
    each = -(-len(rows) // plan.batch)
    steps, warm = each * plan.epochs, max(1, int(plan.warm_up * each * plan.epochs))
    for epoch in range(done + 1, plan.epochs + 1):
        network.train()
        torch.manual_seed(plan.seed + epoch)  # a run that was interrupted ends in the same weights
        step, total, started = (epoch - 1) * each, 0.0, time.monotonic()
        for number, places in enumerate(_order(rows, plan, epoch), start=1):
            at = (step + 1) / warm if step < warm else (steps - step) / (steps - warm)
            for group in optimiser.param_groups:
                group["lr"] = group["top"] * max(at, 0.01)
            said = network.head(network.drop(network.top(*states.take(places), plan.frozen)))
            value = loss(said, wanted[torch.from_numpy(places)])
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            total += float(value.detach())
            step += 1
            if number % plan.say_every == 0:
                pace = (time.monotonic() - started) / number
                say(f"第 {epoch} 轮 {number}/{each} 步，损失 {total / number:.4f}，余 {pace * (each - number):.0f} 秒")
        _keep(network, optimiser, folder, epoch)


class _States(msgspec.Struct, frozen=True):
    """What the frozen layers make of each text: rows of a table on disk in half precision; ``first`` row of each."""

    table: NDArray[np.float16]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, network: Network, rows: Sequence[Sequence[int]], plan: Plan, folder: Path, say: Say) -> "_States":
        """Compute them, or take those that ``folder`` holds."""
        folder.mkdir(parents=True, exist_ok=True)
        first = np.concatenate(([0], np.cumsum([len(row) for row in rows])))
        shape = (int(first[-1]), network.head.in_features)
        path = folder / "states.npy"
        if path.exists():
            return cls(np.load(path, mmap_mode="r"), first)
        part = folder / "states.part"
        table = np.lib.format.open_memmap(part, "w+", np.float16, shape)
        network.eval()
        groups = batches([len(row) for row in rows], plan.batch)
        for number, places in enumerate(groups, start=1):
            with torch.inference_mode():
                found = network.bottom(*tensors([rows[i] for i in places]), plan.frozen).numpy()
            for place, state in zip(places.tolist(), found, strict=True):
                table[first[place] : first[place + 1]] = state[: len(rows[place])]
            if number % (4 * plan.say_every) == 0:
                say(f"下层输出 {number}/{len(groups)} 批")
        table.flush()
        part.replace(path)
        return cls(table, first)

    def take(self, places: NDArray[np.int64]) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return padded states and their mask."""
        sizes = self.first[places + 1] - self.first[places]
        states = np.zeros((len(places), int(sizes.max()), self.table.shape[1]), np.float32)
        mask = np.zeros(states.shape[:2], np.int64)
        for row, (place, size) in enumerate(zip(places.tolist(), sizes.tolist(), strict=True)):
            states[row, :size] = self.table[self.first[place] : self.first[place] + size]
            mask[row, :size] = 1
        return torch.from_numpy(states), torch.from_numpy(mask)


class _Loss:
    """Five yes-or-no categories, four ordered steps of severity, one of three kinds of rumour."""

    def __init__(self, targets: NDArray[np.float32]) -> None:
        share = np.clip(targets.mean(0), 1e-3, 1 - 1e-3)
        weight = torch.from_numpy(np.sqrt(np.clip(np.sqrt((1 - share) / share), 1, 5)).astype(np.float32))
        self.category, self.tier = weight[CATEGORY], weight[TIER]

    def __call__(self, said: "torch.Tensor", wanted: "torch.Tensor") -> "torch.Tensor":
        yes = functional.binary_cross_entropy_with_logits
        return (
            yes(said[:, CATEGORY], wanted[:, CATEGORY], pos_weight=self.category)
            + 0.5 * yes(said[:, TIER], wanted[:, TIER], pos_weight=self.tier)
            + 0.3 * functional.cross_entropy(said[:, RUMOUR], wanted[:, RUMOUR])
        )


def _probe(network: Network, states: _States, wanted: "torch.Tensor", loss: _Loss, plan: Plan, say: Say) -> None:
    """Fit the head alone: without it the first epoch of the whole is spent on finding its direction."""
    say("先训练输出层 ……")
    rng = np.random.default_rng(plan.seed)
    chosen = np.sort(rng.permutation(len(wanted))[: plan.probe_texts])
    chosen = chosen[np.argsort(np.diff(states.first)[chosen], kind="stable")]
    network.eval()
    with torch.inference_mode():
        parts = [
            network.top(*states.take(chosen[at : at + plan.batch]), plan.frozen)
            for at in range(0, len(chosen), plan.batch)
        ]
    x = torch.cat(parts).clone()
    network.mean.copy_(x.mean(0))
    network.spread.copy_(x.std(0) + 1e-6)
    x = (x - network.mean) / network.spread
    target = wanted[torch.from_numpy(chosen)]
    optimiser = torch.optim.AdamW(network.head.parameters(), lr=plan.probe_rate, weight_decay=0.05)
    network.train()
    value = torch.zeros(())
    for epoch in range(plan.probe_epochs):
        for group in optimiser.param_groups:
            group["lr"] = plan.probe_rate * (1 - epoch / plan.probe_epochs)
        for places in np.array_split(rng.permutation(len(x)), max(1, len(x) // 128)):
            batch = torch.from_numpy(places)
            value = loss(network.head(network.drop(x[batch])), target[batch])
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
    say(f"输出层损失 {value.detach():.3f}")


def _rates(network: Network, plan: Plan) -> list[dict[str, object]]:
    """One group for each tensor that learns: its rate by depth, no decay on biases and norms."""
    layers = len(network.layers)
    groups: list[dict[str, object]] = []
    for name, tensor in network.named_parameters():
        number = int(name.split(".")[1]) if name.startswith("layers.") else -1
        head = name.startswith("head")
        if not head and number < plan.frozen:
            tensor.requires_grad_(False)
            continue
        rate = plan.head_rate if head else plan.rate * plan.fall ** (layers - 1 - number)
        decay = 0.0 if name.endswith("bias") or "norm" in name else plan.decay
        groups.append({"params": [tensor], "lr": rate, "top": rate, "weight_decay": decay})
    return groups


def _order(rows: Sequence[Sequence[int]], plan: Plan, epoch: int) -> list[NDArray[np.int64]]:
    """The batches of one epoch, the same whenever it is asked: texts of like length together, batches shuffled."""
    rng = np.random.default_rng((plan.seed, epoch))
    order = rng.permutation(len(rows))
    result: list[NDArray[np.int64]] = []
    for start in range(0, len(order), plan.batch * _CHUNK):
        chunk = order[start : start + plan.batch * _CHUNK]
        chunk = chunk[np.argsort([len(rows[i]) for i in chunk], kind="stable")]
        result += [chunk[at : at + plan.batch] for at in range(0, len(chunk), plan.batch)]
    return [result[int(i)] for i in rng.permutation(len(result))]


def _keep(network: Network, optimiser: "torch.optim.Optimizer", folder: Path, epoch: int) -> None:
    """Write the epoch whole or not at all."""
    part = folder / "epoch.part"
    torch.save({"network": network.state_dict(), "optimiser": optimiser.state_dict(), "epoch": epoch}, part)
    part.replace(folder / "epoch.pt")


def _resumed(network: Network, optimiser: "torch.optim.Optimizer", folder: Path) -> int:
    """Load the last epoch that was kept and return its number, 0 where there is none."""
    path = folder / "epoch.pt"
    if not path.exists():
        return 0
    kept = torch.load(path)
    network.load_state_dict(kept["network"])
    optimiser.load_state_dict(kept["optimiser"])
    return int(kept["epoch"])
