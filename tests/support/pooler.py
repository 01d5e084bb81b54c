"""A real PgBouncer before the session's PostgreSQL, handing out a connection for each transaction."""

import shutil
import signal
import subprocess
from pathlib import Path

from embedded import LOOPBACK, free_port, running_as_root, wait_until
from sqlalchemy import make_url
from tethered import command as tethered

from tests.support.postgres import ORDINARY_USER, answers

SETTINGS = """
[databases]
* = host={host} port={postgres_port}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
"""


def find_program() -> str | None:
    """Return the path of PgBouncer, which Debian keeps where only root's PATH leads."""
    return shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")


class Pooler:
    """A PgBouncer on a free loopback port with its settings under `folder`; it dies with the test session."""

    def __init__(self, folder: Path, postgres_port: int) -> None:
        self.port = free_port()
        (folder / "users.txt").write_text('"postgres" ""\n')
        ini = folder / "pgbouncer.ini"
        ini.write_text(
            SETTINGS.format(host=LOOPBACK, port=self.port, postgres_port=postgres_port, folder=folder)
        )
        # It refuses to run as root.
        user = ORDINARY_USER if running_as_root() else ""
        with (folder / "pgbouncer.log").open("wb") as log:
            self._process = subprocess.Popen(
                tethered([str(find_program()), str(ini)], signal.SIGKILL, user),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        if not wait_until(lambda: answers(self.port), seconds=20):
            raise RuntimeError(f"PgBouncer did not answer:\n{(folder / 'pgbouncer.log').read_text()[-2000:]}")

    def url(self, database_url: str, **query: str) -> str:
        """Return the address of the same database through the pooler."""
        through = make_url(database_url).set(port=self.port).update_query_dict(query)
        return through.render_as_string(hide_password=False)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
