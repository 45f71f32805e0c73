"""How the two readers are heard together, learned anew for the encoder that ships: after the quick reader changed."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from classifiers.blend import FILE, Said, save, shipped
from classifiers.encoder import MODEL, VOCABULARY, Encoder
from classifiers.models.quick import QuickReader
from classifiers.normalise import read
from classifiers.training.blending import Measured, measure
from classifiers.training.careful_card import careful_card
from classifiers.training.folds import held_out
from classifiers.training.labelled import Labelled, texts
from classifiers.training.metrics import Figures, Verdicts, verdicts
from classifiers.training.outcome import Outcome, Say, refusal
from classifiers.training.readers import quick
from classifiers.training.report import table
from classifiers.training.seen import by_set, hashes, record

_SAY_EVERY = 250


def build(rows: Sequence[Labelled], out: Path, say: Say, seed: int = 61) -> Outcome:
    """Blend the shipped encoder with the quick reader as it is now; write everything to ``out`` unless it is worse."""
    return blended(rows, shipped(MODEL).parent, out, say, seed)


def blended(rows: Sequence[Labelled], source: Path, out: Path, say: Say, seed: int = 61) -> Outcome:
    """The same for the encoder that lies in ``source``."""
    split = held_out(rows)
    tested = [rows[i] for i in split.tested.tolist()]
    said, judged = _heard([rows[i] for i in split.train.tolist()], tested, source, out, say, seed)
    say("学习合判 ……")
    measured = measure(rows, split, said, judged)
    report = tables(measured)
    before = record("careful")[0].get(measured.deciding)
    if before is not None:
        refused = refusal(msgspec.convert(before, Figures), measured.figures[measured.deciding])
        if refused:
            return Outcome((), refused, report)
    out.mkdir(parents=True, exist_ok=True)
    for name in (MODEL, VOCABULARY):
        if (source / name).resolve() != (out / name).resolve():
            shutil.copyfile(source / name, out / name)
    figures = {name: msgspec.to_builtins(figure) for name, figure in measured.figures.items()}
    save(measured.blend, out / FILE, {"figures": figures, "rows": len(rows)}, hashes([rows[i] for i in split.train]))
    card = out / "careful.md"
    card.write_text(careful_card(rows, split, measured, report), encoding="utf-8")
    return Outcome(tuple(out / name for name in (MODEL, VOCABULARY, FILE, card.name)), "", report)


def tables(measured: Measured) -> str:
    """Return one Markdown table for each set of texts, a column for each reader."""
    sets = by_set(measured.figures)
    return "\n\n".join(f"**{name}**\n\n{table(columns)}" for name, columns in sets.items())


def _heard(
    learned: Sequence[Labelled], tested: Sequence[Labelled], source: Path, out: Path, say: Say, seed: int
) -> tuple[Said, Verdicts]:
    """What both readers say of texts that neither learned from, and the quick reader's own verdicts."""
    say(f"快读在 {len(learned)} 条上训练，以便与精读同样没有见过留出的文本")
    reader = QuickReader(quick.train(learned, say, seed=seed).weights)
    given = texts(tested)
    judged = verdicts(reader.assess(given))
    odds = reader.log_odds(given)
    return Said(_logits(tested, source, out, say), odds, tuple(text.channel for text in given)), judged


def _logits(tested: Sequence[Labelled], source: Path, out: Path, say: Say) -> NDArray[np.float64]:
    """What the encoder says of each text; kept in ``out`` while encoder and texts stay the same."""
    made = hashlib.sha256((source / MODEL).read_bytes() + hashes(tested).tobytes()).hexdigest()[:16]
    kept = out / f"careful.said.{made}.npy"
    if kept.exists():
        return np.asarray(np.load(kept))
    encoder = Encoder(source / MODEL, Tokenizer.from_file(str(source / VOCABULARY)))
    rows: list[NDArray[np.float32]] = []
    for start in range(0, len(tested), _SAY_EVERY):
        batch = read(texts(tested[start : start + _SAY_EVERY]))
        rows += [reading.logits for reading in encoder.read([batch.text(i) for i in range(len(batch))])]
        say(f"精读 {len(rows)}/{len(tested)} 条留出的文本 ……")
    result = np.array(rows, float)
    out.mkdir(parents=True, exist_ok=True)
    np.save(kept, result)
    return result
