"""Training of the careful reader: the encoder fine-tuned, exported, and heard together with the quick reader."""

from collections.abc import Sequence
from pathlib import Path

from classifiers.encoder import MODEL, VOCABULARY
from classifiers.training.labelled import Labelled
from classifiers.training.outcome import Outcome, Say
from classifiers.training.readers.blend import blended

_RUN = "careful.run"  # what an interrupted training left, beside the weights


def build(rows: Sequence[Labelled], out: Path, say: Say, seed: int = 61) -> Outcome:
    """Fine-tune, export, blend, compare with the shipped figures, and write weights and model card."""
    from classifiers.training.encoder.export import export  # noqa: PLC0415 - torch is there only for training
    from classifiers.training.encoder.fitting import Plan  # noqa: PLC0415 - same
    from classifiers.training.encoder.run import fitted  # noqa: PLC0415 - same

    run = out / _RUN
    done = fitted(rows, run, Plan(seed=seed), say)
    say("导出 int8 模型 ……")
    (run / VOCABULARY).write_text(done.tokenizer, encoding="utf-8")
    export(done.network, run / MODEL)
    return blended(rows, run, out, say)
