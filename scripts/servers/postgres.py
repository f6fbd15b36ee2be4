"""A PostgreSQL server of one's own: a fresh data folder, default settings, loopback only, a free port."""

import os
import pathlib
import pwd
import select
import shutil
import signal
import socket
import subprocess


class Postgres:
    """Started when made; `stop` ends it and removes its folder."""

    def __init__(self, folder, settings=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.binaries = packaged_binaries()
        self.port = free_port()
        self.owner = []
        if os.geteuid() == 0:
            # The server refuses to run as root.
            self.owner = ["runuser", "-u", "postgres", "--"]
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)
        data = self.folder / "data"
        self.call("initdb", "-D", data, "-U", "pulih", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with open(data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\n")
            file.write(f"unix_socket_directories = '{self.folder}'\n")
            file.writelines(f"{line}\n" for line in settings)
        self.call("pg_ctl", "start", "-w", "-D", data, "-l", self.folder / "log")
        self.postmaster = int((data / "postmaster.pid").read_text().split("\n", 1)[0])

    def call(self, program, *words):
        command = [*self.owner, self.binaries / program, *words]
        run = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if run.returncode != 0:
            raise RuntimeError(f"{program} failed: {run.stdout}")

    def url(self, database="postgres"):
        return f"postgresql://pulih@127.0.0.1:{self.port}/{database}"

    def sql(self, statement, database="postgres"):
        command = ["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", statement]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(f"{statement}: {run.stderr}")
        return run.stdout.strip()

    def version(self):
        return self.sql("SHOW server_version").split(" ")[0]

    def create(self, database, template="template1"):
        self.sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database):
        self.sql(f'DROP DATABASE "{database}" WITH (FORCE)')

    def stop(self):
        try:
            with open(os.pidfd_open(self.postmaster), "rb", buffering=0) as process:
                os.kill(self.postmaster, signal.SIGQUIT)
                # Readable once it has ended, whoever its parent is.
                select.select([process], [], [], 30)
        except ProcessLookupError:
            pass  # a test killed it
        shutil.rmtree(self.folder)


def packaged_binaries():
    """Of the newest server that the distribution has installed."""
    root = pathlib.Path("/usr/lib/postgresql")
    versions = sorted((int(path.name), path) for path in root.glob("[0-9]*") if (path / "bin/initdb").exists())
    if not versions:
        raise RuntimeError(f"no PostgreSQL server under {root}; scripts/bootstrap --test installs one")
    return versions[-1][1] / "bin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
