"""All stores of one data folder together: opened to write by the process that holds it, to read by any."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pipeline.corpus import embedded
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.query import Corpus
from pipeline.errors import StoreError
from pipeline.stores import access, intake, kept, ledger, log, outbox, review, watches
from pipeline.stores.database import Database
from pipeline.stores.folder import DataFolder, Places
from pipeline.stores.kept import KeptStore

_MIGRATIONS = (
    f"{log.SCHEMA};\n{intake.SCHEMA};\n{ledger.SCHEMA};\n{outbox.SCHEMA};\n{watches.SCHEMA};\n{review.SCHEMA}",
)

STORES = {
    "yuqing.db": len(_MIGRATIONS),
    "corpus.db": embedded.VERSION,
    "rejected.db": kept.VERSION,
    "quarantine.db": kept.VERSION,
    "access.db": access.VERSION,
}
"""Every file of a data folder that is a database, and the version that this program writes."""


@dataclass(frozen=True, slots=True)
class View:
    """The stores of a folder."""

    main: Database
    corpus: Corpus
    rejected: KeptStore
    quarantine: KeptStore

    def close(self) -> None:
        """Close every store."""
        for store in (self.main, self.corpus, self.rejected, self.quarantine):
            store.close()


def main_of(path: Path) -> Database:
    """Open the main file alone to write."""
    return Database(path, _MIGRATIONS)


def writable(folder: DataFolder, corpus: Corpus) -> View:
    """Open the stores of a folder that this process holds, beside the corpus that belongs to them."""
    return View(
        main_of(folder.main),
        corpus,
        KeptStore(folder.rejected),
        KeptStore(folder.quarantine),
    )


@contextmanager
def opened(path: Path, corpus: Corpus | None = None) -> Iterator[View]:
    """Open the stores of a folder to read, whether or not a process holds it; the corpus is its own unless given.

    Raises:
        StoreError: there is nothing in it yet.
    """
    places = Places(path)
    main = Database(places.main, _MIGRATIONS, read_only=True)
    view = View(
        main,
        corpus or _corpus_of(places),
        KeptStore(places.rejected, read_only=True),
        KeptStore(places.quarantine, read_only=True),
    )
    try:
        yield view
    finally:
        view.close()


def _corpus_of(places: Places) -> Corpus:
    """Return the corpus of a folder; one without, because its corpus is on a server, still shows its ledger."""
    return EmbeddedCorpus(places.corpus, read_only=True) if places.corpus.exists() else cast("Corpus", _Absent())


class _Absent:
    """Stands for a corpus that is not in the folder."""

    def __getattr__(self, name: str) -> Any:
        raise StoreError("数据目录中没有语料库：它在 Elasticsearch 上，请用 -c 指明写有 [elasticsearch] 的配置文件")

    def close(self) -> None:
        """Nothing was opened."""
