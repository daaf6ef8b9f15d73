"""An nginx with one worker, the reference for a web server on this machine."""

import os
import shutil
import socket
import subprocess

from scene import until

CONFIG = """
daemon off;
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/pid;
{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile off; # faster for files as small as receipts
    open_file_cache max=100;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ application/json json; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {folder}/files;
        location = /discard {{ return 201 '{{"digest":"{answer}"}}'; }}
    }}
}}
"""


class Nginx:
    """A context manager. Serves files, and accepts any POST to /discard."""

    def __init__(self, folder, files=None):
        self.folder, self.files = folder, files or {}

    def __enter__(self):
        (self.folder / "files").mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            (self.folder / "files" / name).write_bytes(data)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = self.folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=self.folder, port=self.port, answer="0" * 250,
                                        user="user root;" if os.geteuid() == 0 else ""))
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([program, "-p", self.folder, "-c", config], stderr=subprocess.DEVNULL)
        until("nginx listens", self._listens, 10)
        return self

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except ConnectionRefusedError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
