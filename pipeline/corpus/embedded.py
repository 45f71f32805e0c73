"""The corpus in one SQLite file with its full-text index (FTS5), for a machine without servers.

The row number of a mention is its second of publication and a running number in it, so that newest first is the order
of the index itself and a row number is a cursor. Filters are words of the index too, in a column of their own. The
consumer's offset is stored with the mentions it accounts for; the file can be thrown away and filled again.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.corpus import cutting
from pipeline.corpus.query import Facets, Hit, Page, Query, Stored, highlights, searched_text
from pipeline.errors import QueryError, StoreError
from pipeline.records import Assessed
from pipeline.wire import decode, encode

VERSION = 1
_SERIAL_BITS = 20  # a million mentions a second of publication
_LOOKUP = 500
# `ascii` parts words at blanks and takes every other character as it is: rare characters that `unicode61` does not know
# stay in, and the cutting is the same in every store. The prefix index makes a query of one character fast.
_SCHEMA = """
CREATE TABLE mention (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, channel TEXT NOT NULL,
    severity TEXT NOT NULL, categories TEXT NOT NULL, source TEXT NOT NULL, collected TEXT NOT NULL
);
CREATE TABLE record (row INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE consumer (one INTEGER PRIMARY KEY CHECK (one = 1), offset INTEGER NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(text, place, tags, content='', columnsize=0, tokenize='ascii', prefix='1');
INSERT INTO words(words, rank) VALUES ('hashsize', 16777216);
"""
# One word of the index for each value of a filter; the values of the three enums are all different.
_TAGS = {str(value): value.replace("_", "") for values in (Channel, Category, Severity) for value in values}


class _Known(NamedTuple):
    row: int
    version: int


class _Words(NamedTuple):
    """One row of the full-text index; the index is told the old row, word for word, to take it out."""

    row: int
    text: str
    place: str
    tags: str


class EmbeddedCorpus:
    """A corpus in one file. One thread writes, any number search; another process may search read-only."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, or make it.

        Raises:
            StoreError: the file is missing (read-only), damaged, or of a newer version.
        """
        self._path = path
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        if read_only and not path.exists():
            raise StoreError(f"没有可检索的语料：{path} 不存在。先用 yuqing ingest 或 yuqing run 读入数据")
        try:
            if read_only:
                self._writer = None
                with self._reader() as db:
                    self._check(db)
            else:
                self._writer = self._open()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"语料库 {path} 打不开：{error}。移走此文件后重新运行，由日志重建保留期内的；更早的须从备份恢复"
            ) from error

    def offset(self) -> int | None:
        """The offset stored with the last batch; None before the first."""
        with self._reader() as db:
            row = db.execute("SELECT offset FROM consumer").fetchone()
        return None if row is None else int(row[0])

    def put(self, batch: Sequence[Assessed], offset: int | None = None) -> Stored:
        """Store a batch and the consumer's offset after it in one transaction; see ``Corpus.put``.

        Raises:
            StoreError: the file cannot be written; nothing of the batch is stored.
        """
        if self._writer is None:
            raise StoreError("语料库以只读方式打开，不能写入")
        try:
            with self._writer as db:
                db.execute("BEGIN IMMEDIATE")
                stored = _put(db, batch)
                if offset is not None:
                    db.execute("INSERT OR REPLACE INTO consumer VALUES (1, ?)", (offset,))
        except sqlite3.Error as error:
            raise StoreError(f"语料库 {self._path} 写不进：{error}") from error
        return stored

    def get(self, mention_id: str) -> Assessed | None:
        """Return the mention with its standing judgement, or None."""
        with self._reader() as db:
            found = db.execute(
                "SELECT data FROM record WHERE row = (SELECT row FROM mention WHERE id = ?)", (mention_id,)
            ).fetchone()
        return None if found is None else decode(found[0], Assessed)

    def search(self, query: Query) -> Page:
        """Return one page of hits, newest first; see ``Corpus.search``."""
        if query.unanswerable:
            return Page((), "")
        before = _row_of_cursor(query.cursor)
        source, arguments = _selection(query, before)
        statement = f"SELECT row, data FROM record JOIN ({source} LIMIT ?) USING (row) ORDER BY row DESC"  # noqa: S608
        with self._reader() as db:
            rows = db.execute(statement, (*arguments, query.limit + 1)).fetchall()
        shown = [(row, decode(data, Assessed)) for row, data in rows[: query.limit]]
        hits = tuple(Hit(assessed, highlights(assessed, query)) for _, assessed in shown)
        return Page(hits, str(shown[-1][0]) if len(rows) > query.limit else "")

    def facets(self, query: Query) -> Facets:
        """Return how many mentions the query finds and how they divide."""
        facets = Facets(0, {}, {}, {}, {})
        if query.unanswerable:
            return facets
        source, arguments = _selection(query, None)
        statement = (
            "SELECT count(*), channel, severity, categories, date(row >> 20, 'unixepoch', '+8 hours')"  # noqa: S608
            f" FROM mention JOIN ({source}) USING (row) GROUP BY 2, 3, 4, 5 ORDER BY 5"
        )
        with self._reader() as db:
            rows = db.execute(statement, arguments).fetchall()
        for number, channel, severity, categories, day in rows:
            _add(facets.channels, channel, number)
            _add(facets.days, day, number)
            if severity:
                _add(facets.severities, severity, number)
            for category in categories.split():
                _add(facets.categories, category, number)
        return Facets(sum(row[0] for row in rows), facets.channels, facets.categories, facets.severities, facets.days)

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many mentions the corpus holds by source and day of collection (UTC, ISO), for the audit."""
        with self._reader() as db:
            rows = db.execute("SELECT source, collected, count(*) FROM mention GROUP BY 1, 2").fetchall()
        return {(source, day): number for source, day, number in rows}

    def versions(self) -> dict[str, int]:
        """Return the version of every mention by its id, for the audit."""
        with self._reader() as db:
            return dict(db.execute("SELECT id, version FROM mention"))

    def flush(self) -> bool:
        """Write everything through to the disk; say whether no reader stood in the way."""
        with closing(sqlite3.connect(self._path, isolation_level=None)) as db:
            _, frames, done = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return bool(frames == done)

    def close(self) -> None:
        """Close every connection."""
        if self._writer is not None:
            self._writer.close()
        while not self._idle.empty():
            self._idle.get().close()

    def _open(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=30)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -32768")
        db.execute("PRAGMA wal_autocheckpoint = 4000")  # pages that change with every batch are copied less often
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            with db:
                db.execute("BEGIN IMMEDIATE")
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
        self._check(db)
        return db

    def _check(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION:
            raise StoreError(
                f"语料库 {self._path} 的版本是 {version}，本程序认得的是 {VERSION}：请用写它的版本打开，或移走后重建"
            )

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for reading; it goes back for the next."""
        try:
            db = self._idle.get_nowait()
        except Empty:
            db = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        try:
            yield db
        finally:
            self._idle.put(db)


def _put(db: sqlite3.Connection, batch: Sequence[Assessed]) -> Stored:
    newest: dict[str, Assessed] = {}
    for assessed in batch:
        held = newest.get(assessed.mention.id)
        if held is None or assessed.version >= held.version:
            newest[assessed.mention.id] = assessed
    known = _known(db, list(newest))
    kept = [a for a in newest.values() if a.mention.id not in known or a.version >= known[a.mention.id].version]
    encoded = [encode(assessed) for assessed in kept]
    before = _records(db, [known[a.mention.id].row for a in kept if a.mention.id in known])
    fresh = [
        (assessed, data)
        for assessed, data in zip(kept, encoded, strict=True)
        if assessed.mention.id not in known or before[known[assessed.mention.id].row] != data
    ]
    changed = {a.mention.id: known[a.mention.id].row for a, _ in fresh if a.mention.id in known}
    _take_out(db, [(row, decode(before[row], Assessed)) for row in changed.values()])
    _put_in(db, fresh, changed)
    return Stored(len(fresh) - len(changed), len(changed), len(batch) - len(fresh))


def _known(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, _Known]:
    known: dict[str, _Known] = {}
    for start in range(0, len(ids), _LOOKUP):
        part = ids[start : start + _LOOKUP]
        marks = ",".join("?" * len(part))
        statement = f"SELECT id, row, version FROM mention WHERE id IN ({marks})"  # noqa: S608
        known.update({id_: _Known(row, version) for id_, row, version in db.execute(statement, part)})
    return known


def _records(db: sqlite3.Connection, rows: Sequence[int]) -> dict[int, bytes]:
    return {row: db.execute("SELECT data FROM record WHERE row = ?", (row,)).fetchone()[0] for row in rows}


def _take_out(db: sqlite3.Connection, old: Sequence[tuple[int, Assessed]]) -> None:
    """Take rows out of the index; FTS5 wants them ascending, or it writes a part of its own for each."""
    words = sorted(_words([row for row, _ in old], [assessed for _, assessed in old]))
    db.executemany("INSERT INTO words(words, rowid, text, place, tags) VALUES ('delete', ?, ?, ?, ?)", words)
    rows = [(row.row,) for row in words]
    db.executemany("DELETE FROM mention WHERE row = ?", rows)
    db.executemany("DELETE FROM record WHERE row = ?", rows)


def _put_in(db: sqlite3.Connection, fresh: Sequence[tuple[Assessed, bytes]], places: Mapping[str, int]) -> None:
    """Store records; one that had a place keeps it unless its second changed, so that no page of hits loses it."""
    last: dict[int, int] = {}
    rows = []
    for assessed, _ in fresh:
        second = int(assessed.mention.published_at.timestamp() // 1)
        place = places.get(assessed.mention.id)
        if place is not None and place >> _SERIAL_BITS == second:
            rows.append(place)
            continue
        if second not in last:
            first = second << _SERIAL_BITS
            found = db.execute(
                "SELECT max(row) FROM mention WHERE row BETWEEN ? AND ?", (first, first | ((1 << _SERIAL_BITS) - 1))
            ).fetchone()[0]
            kept = [row for row in places.values() if row >> _SERIAL_BITS == second]
            last[second] = max([first - 1 if found is None else found, *kept])
        last[second] += 1
        rows.append(last[second])
    records = [assessed for assessed, _ in fresh]
    db.executemany("INSERT INTO words(rowid, text, place, tags) VALUES (?, ?, ?, ?)", sorted(_words(rows, records)))
    db.executemany("INSERT INTO record VALUES (?, ?)", zip(rows, (data for _, data in fresh), strict=True))
    db.executemany("INSERT INTO mention VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(_meta, rows, records))


def _meta(row: int, assessed: Assessed) -> tuple[int, str, int, str, str, str, str, str]:
    mention, assessment = assessed.mention, assessed.assessment
    return (
        row,
        mention.id,
        assessed.version,
        mention.channel,
        assessment.severity or "",
        " ".join(assessment.flagged),
        mention.source,
        mention.collected_at.astimezone(UTC).date().isoformat(),
    )


def _words(rows: Sequence[int], records: Sequence[Assessed]) -> list[_Words]:
    texts = cutting.cut([searched_text(assessed) for assessed in records])
    places = cutting.cut([(assessed.mention.region_text,) for assessed in records])
    return [
        _Words(row, text, place, _tags(a)) for row, text, place, a in zip(rows, texts, places, records, strict=True)
    ]


def _tags(assessed: Assessed) -> str:
    assessment = assessed.assessment
    values = [assessed.mention.channel, *assessment.flagged]
    if assessment.severity is not None:
        values.append(assessment.severity)
    return " ".join(map(_TAGS.__getitem__, values))


def _selection(query: Query, before: int | None) -> tuple[str, list[str | int]]:
    """Return the statement that yields the rows of all hits, newest first, and its arguments."""
    match = _match(query)
    column, table = ("rowid", "words") if match else ("row", "mention")
    conditions: list[str] = []
    arguments: list[str | int] = []
    if match:
        conditions.append("words MATCH ?")
        arguments.append(match)
    if query.since is not None:
        conditions.append(f"{column} >= ?")
        arguments.append(_first_row(query.since))
    upper = [row for row in (before, None if query.until is None else _first_row(query.until)) if row is not None]
    if upper:
        conditions.append(f"{column} < ?")
        arguments.append(min(upper))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {column} AS row FROM {table}{where} ORDER BY {column} DESC", arguments  # noqa: S608


def _match(query: Query) -> str:
    """Return the full-text expression; it holds nothing of the query but letters, digits and characters."""
    parts = [f"text : {_phrase(term)}" for term in cutting.terms(query.words)]
    parts += [f"{{text place}} : {_phrase(term)}" for term in cutting.terms(query.place)]
    for values in (query.categories, query.severities, query.channels):
        if values:
            parts.append(f"tags : ({' OR '.join(map(_TAGS.__getitem__, values))})")
    return " AND ".join(parts)


def _phrase(term: cutting.Term) -> str:
    return f'"{" ".join(term.tokens)}"{" *" if term.prefix else ""}'


def _first_row(moment: datetime) -> int:
    """Return the lowest row of the moment's second; a fraction of a second counts for the next."""
    stamp = moment.timestamp()
    second = int(stamp // 1)
    return (second + (stamp > second)) << _SERIAL_BITS


def _row_of_cursor(cursor: str) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.lstrip("-").isdecimal() and len(cursor) < _SERIAL_BITS):
        raise QueryError("翻页游标无效：请从第一页重新检索")
    return int(cursor)


def _add(counts: dict[str, int], key: str, number: int) -> None:
    counts[key] = counts.get(key, 0) + number
