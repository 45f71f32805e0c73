"""The encoder's training on a small invented network: fitting, resuming, export."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

torch = pytest.importorskip("torch", reason="训练用的额外依赖未安装：pip install 'yuqing[train]'")

from classifiers.encoder import Encoder  # noqa: E402
from classifiers.training.encoder.base import Base  # noqa: E402
from classifiers.training.encoder.export import export  # noqa: E402
from classifiers.training.encoder.fitting import Plan, fit  # noqa: E402
from classifiers.training.encoder.network import Network, build, tensors  # noqa: E402

pytestmark = pytest.mark.slow
WIDTH, LAYERS, INNER, PIECES, PLACES = 32, 2, 64, 60, 16


def network(seed: int = 3) -> Network:
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> Any:
        return rng.normal(0, 0.1, shape).astype(np.float32)

    of = {"emb.word": some(PIECES, WIDTH), "emb.pos": some(PLACES, WIDTH), "emb.type": some(2, WIDTH)}
    for norm in ("emb.ln", *(f"l{n}.{part}" for n in range(LAYERS) for part in ("aln", "oln"))):
        of |= {f"{norm}.w": np.ones(WIDTH, np.float32), f"{norm}.b": np.zeros(WIDTH, np.float32)}
    shapes = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH)}
    shapes |= {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}
    for n in range(LAYERS):
        for name, (outputs, inputs) in shapes.items():
            of |= {f"l{n}.{name}.w": some(outputs, inputs), f"l{n}.{name}.b": np.zeros(outputs, np.float32)}
    torch.manual_seed(seed)
    return build(Base(WIDTH, 4, LAYERS, INNER, PLACES, 1e-12, of), range(PIECES), PLACES)


def material() -> tuple[list[list[int]], Any]:
    """Texts in which piece 10 alone makes the first category."""
    rng = np.random.default_rng(5)
    rows = [[0, *rng.integers(11, PIECES, 6).tolist(), 2] for _ in range(96)]
    targets = np.zeros((96, 12), np.float32)
    targets[:, 9] = 1
    for row in range(0, 96, 2):
        rows[row][3] = 10
        targets[row, 0] = 1
    return rows, targets


def plan(epochs: int) -> Plan:
    return Plan(epochs=epochs, batch=8, frozen=1, rate=3e-3, head_rate=1e-2, probe_texts=48, probe_epochs=3)


def test_a_small_network_learns_what_the_labels_say(tmp_path: Path) -> None:
    rows, targets = material()
    learned = network()
    fit(learned, rows, targets, plan(6), tmp_path, lambda _line: None)
    learned.eval()
    said = learned(*tensors(rows)).mean(1)[:, 0].detach().numpy()
    assert ((said > 0) == (targets[:, 0] > 0)).mean() > 0.95


def test_an_interrupted_run_ends_in_the_same_weights(tmp_path: Path) -> None:
    rows, targets = material()
    whole, resumed = network(), network(seed=4)
    fit(whole, rows, targets, plan(2), tmp_path / "whole", lambda _line: None)

    kept: list[bytes] = []

    def note_the_first_epoch(line: str) -> None:
        first = tmp_path / "watched" / "epoch.pt"
        if line.startswith("第 2 轮") and not kept:
            kept.append(first.read_bytes())

    many = Plan(**{name: getattr(plan(2), name) for name in plan(2).__struct_fields__} | {"say_every": 1})
    fit(network(), rows, targets, many, tmp_path / "watched", note_the_first_epoch)
    (tmp_path / "watched" / "epoch.pt").write_bytes(kept[0])
    fit(resumed, rows, targets, plan(2), tmp_path / "watched", lambda _line: None)
    for name, value in whole.state_dict().items():
        if not name.startswith(("word", "place", "norm", "layers.0")):
            assert np.array_equal(value.numpy(), resumed.state_dict()[name].numpy()), name


def test_the_exported_file_says_what_the_network_says(tmp_path: Path) -> None:
    made = network()
    made.eval()
    export(made, tmp_path / "small.onnx")
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2} | {chr(0x4E00 + n): n for n in range(3, PIECES)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    text = "".join(chr(0x4E00 + n) for n in (7, 30, 12, 12, 41))
    (reading,) = Encoder(tmp_path / "small.onnx", tokenizer).read([text])
    expected = made(*tensors([reading.windows[0].ids])).mean(1)[0].detach().numpy()
    assert np.allclose(reading.logits, expected, atol=0.05 * np.abs(expected).max() + 0.02)
    charges = reading.charges(0, len(text))
    assert charges.shape == (5,)
