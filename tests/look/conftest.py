"""The gallery, served for as long as the browser tests run."""

import threading

import pytest
from werkzeug.serving import make_server

from tests.look.gallery_app import gallery_app


@pytest.fixture(scope="session")
def gallery():
    """Address of the running gallery, without a slash at the end."""
    server = make_server("127.0.0.1", 0, gallery_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
