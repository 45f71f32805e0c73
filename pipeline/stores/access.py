"""Who may come in: users, bearer tokens, sessions and the log of access, in one private file; no secret is stored."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import argon2
import msgspec

from pipeline.errors import ConfigError
from pipeline.handling.roles import Role
from pipeline.stores.database import Database

SESSION_LENGTH = timedelta(hours=12)
LOCAL_USER = "本机"
_HASHER = argon2.PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))  # verified when the name is unknown, so that both take equally long

_SCHEMA = """CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (digest BLOB PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sessions (digest BLOB PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, csrf TEXT NOT NULL,
 expires REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE access_log (at REAL NOT NULL, name TEXT NOT NULL, deed TEXT NOT NULL, object TEXT NOT NULL)"""

VERSION = 1


class Visitor(msgspec.Struct, frozen=True):
    """A person or program that is known; ``csrf`` is empty for a bearer token, which no browser sends by itself."""

    name: str
    role: Role
    csrf: str = ""


class Access:
    """Users, tokens and sessions of one data folder; times are the machine's, never the demonstration's."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = Database(path, (_SCHEMA,))
        self._now = now

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def has_users(self) -> bool:
        """Whether anybody was given an account."""
        return self._db.read.execute("SELECT 1 FROM users").fetchone() is not None

    def add_user(self, name: str, role: Role, password: str) -> None:
        """Add a user, or give an existing one a new role and password; his sessions and tokens end.

        Raises:
            ConfigError: the name or the password will not do.
        """
        if not name.strip() or name == LOCAL_USER:
            raise ConfigError(f"用户名不可用：{name!r}。请另取一个")
        if len(password) < 10:
            raise ConfigError("密码至少十个字符")
        with self._db.write("access") as db:
            db.execute("INSERT OR REPLACE INTO users VALUES (?,?,?)", (name, role.value, _HASHER.hash(password)))
        self.revoke(name)

    def revoke(self, name: str) -> None:
        """End every session and token of a user."""
        with self._db.write("access") as db:
            db.execute("DELETE FROM sessions WHERE name=?", (name,))
            db.execute("DELETE FROM tokens WHERE name=?", (name,))

    def new_token(self, name: str, role: Role) -> str:
        """Return a new bearer token; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        with self._db.write("access") as db:
            db.execute("INSERT INTO tokens VALUES (?,?,?)", (_digest(token), name, role.value))
        return token

    def new_local_token(self) -> str:
        """Return the token of the machine's own user, for this start; the last start's is void, its sessions go on."""
        with self._db.write("access") as db:
            db.execute("DELETE FROM tokens WHERE name=?", (LOCAL_USER,))
        return self.new_token(LOCAL_USER, Role.ADMIN)

    def by_token(self, token: str) -> Visitor | None:
        """Return whose bearer token it is."""
        query = "SELECT name, role FROM tokens WHERE digest=?"
        row = self._db.read.execute(query, (_digest(token),)).fetchone()
        return None if row is None else Visitor(row[0], Role(row[1]))

    def by_password(self, name: str, password: str) -> Visitor | None:
        """Return the user, if name and password fit."""
        row = self._db.read.execute("SELECT role, password FROM users WHERE name=?", (name,)).fetchone()
        try:
            _HASHER.verify(_NOBODY if row is None else row[1], password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return None
        return None if row is None else Visitor(name, Role(row[0]))

    def open_session(self, visitor: Visitor) -> tuple[str, Visitor]:
        """Return a new session's secret, and its visitor with the token against forged requests."""
        secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        expires = (self._now() + SESSION_LENGTH).timestamp()
        with self._db.write("access") as db:
            db.execute("DELETE FROM sessions WHERE expires <= ?", (self._now().timestamp(),))
            row = (_digest(secret), visitor.name, visitor.role.value, csrf, expires)
            db.execute("INSERT INTO sessions VALUES (?,?,?,?,?)", row)
        return secret, Visitor(visitor.name, visitor.role, csrf)

    def by_session(self, secret: str) -> Visitor | None:
        """Return whose session it is, unless it has ended."""
        query = "SELECT name, role, csrf FROM sessions WHERE digest=? AND expires > ?"
        row = self._db.read.execute(query, (_digest(secret), self._now().timestamp())).fetchone()
        return None if row is None else Visitor(row[0], Role(row[1]), row[2])

    def close_session(self, secret: str) -> None:
        """End one session."""
        with self._db.write("access") as db:
            db.execute("DELETE FROM sessions WHERE digest=?", (_digest(secret),))

    def log(self, name: str, deed: str, thing: str) -> None:
        """Write down who saw or did what (涉及个案的每次查看都要留痕)."""
        with self._db.write("access") as db:
            db.execute("INSERT INTO access_log VALUES (?,?,?,?)", (self._now().timestamp(), name, deed, thing))

    def logged(self) -> list[tuple[str, str, str]]:
        """Return every line of the access log: name, deed, object."""
        return self._db.read.execute("SELECT name, deed, object FROM access_log ORDER BY rowid").fetchall()


def _digest(secret: str) -> bytes:
    """Tokens are long and random, so one round of a plain hash is enough (a password's is argon2)."""
    return hashlib.sha256(secret.encode()).digest()
