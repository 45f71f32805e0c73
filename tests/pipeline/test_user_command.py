"""``yuqing user``: people with passwords, programs with tokens."""

from pathlib import Path

from typer.testing import CliRunner

from pipeline.commands.main import app
from pipeline.handling.roles import Role
from pipeline.stores.access import Access
from pipeline.stores.folder import Places


def test_a_program_is_given_a_token_that_is_printed_alone_and_kept_only_as_a_hash(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["user", "token", "prometheus", "--role", "viewer", "--data", str(tmp_path)])
    assert printed.exit_code == 0
    token = printed.output.strip()
    assert token.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    access = Access(Places(tmp_path).access)
    visitor = access.by_token(token)
    assert visitor is not None
    assert (visitor.name, visitor.role) == ("prometheus", Role.VIEWER)
    access.close()
