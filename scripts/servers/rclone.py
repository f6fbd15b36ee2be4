"""An S3 server of one's own: rclone over a folder, loopback only, a free port."""

import pathlib
import socket
import subprocess
import sys
import time

from .postgres import free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Rclone:
    """Started when made; `stop` ends it. A bucket is a folder in its folder, an object a file."""

    key, secret = "PULIHBENCH", "secret-of-the-figures"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        programs = sorted((ROOT / ".deps" / "rclone").glob("*/scripts/rclone"))
        if not programs:
            sys.exit("there is no .deps/rclone; scripts/bootstrap --test makes it")
        self.port = free_port()
        self.process = subprocess.Popen(
            [
                programs[0], "serve", "s3", "--config", "/dev/null", "--addr", f"127.0.0.1:{self.port}",
                "--auth-key", f"{self.key},{self.secret}", "--dir-cache-time", "20ms", self.folder,
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.wait()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def wait(self):
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    sys.exit("rclone does not start")
                time.sleep(0.02)

    def bucket(self, name):
        (self.folder / name).mkdir()
        return self.folder / name

    def stop(self):
        self.process.kill()
        self.process.wait()
