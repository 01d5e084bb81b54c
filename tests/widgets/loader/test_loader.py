"""The two scripts that websites load: from memory, kept short and long, and with nothing behind them."""

import gzip
import re

import pytest

from portal import config
from portal.config import ROOT
from portal.joined_files import script

STATIC = ROOT / "static"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def opening_path(client):
    return re.search(r'"(/embed\.[0-9a-f]{16}\.js)"', client.get("/embed.js").text).group(1)


def test_embed_is_asked_for_again_after_five_minutes_and_the_rest_kept_for_a_year(client, opening_path):
    short, long = client.get("/embed.js"), client.get(opening_path)
    assert (short.status_code, long.status_code) == (200, 200)
    assert short.headers["Cache-Control"] == "public, max-age=300"
    assert long.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert short.mimetype == long.mimetype == "text/javascript"


def test_any_website_may_load_both(client, opening_path):
    for path in ("/embed.js", opening_path):
        headers = client.get(path).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers


def test_embed_names_the_portal_and_the_other_script(client, app, opening_path):
    text = client.get("/embed.js").text
    assert f'const PORTAL="{config.of(app).portal_url}";' in text
    assert "__" not in text
    with app.test_request_context():
        from flask import url_for

        assert url_for("loader.embed") == "/embed.js"
        assert url_for("loader.opening") == opening_path


def test_embed_alone_is_under_4_kb_gzipped_and_both_under_8(client, opening_path):
    sizes = [len(client.get(path, headers=GZIP).data) for path in ("/embed.js", opening_path)]
    assert sizes[0] < 4 * 1024
    assert sum(sizes) < 8 * 1024


@pytest.mark.parametrize("wanted", ["gzip", "br, gzip;q=0.5", "GZIP-not, gzip"])
def test_browser_that_takes_gzip_gets_it(client, wanted):
    answer = client.get("/embed.js", headers={"Accept-Encoding": wanted})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == client.get("/embed.js").data
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("wanted", ["", "br", "gzip;q=0", "gzip; q=0.0, br"])
def test_browser_that_does_not_take_gzip_gets_plain_text(client, wanted):
    answer = client.get("/embed.js", headers={"Accept-Encoding": wanted})
    assert "Content-Encoding" not in answer.headers
    assert answer.text.startswith("(()=>{")


def test_browser_that_has_it_gets_304_without_a_body(client, opening_path):
    for path in ("/embed.js", opening_path):
        known = client.get(path).headers["ETag"]
        again = client.get(path, headers={"If-None-Match": f'"other", {known}'})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"] == client.get(path).headers["Cache-Control"]
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_has_the_headers_and_no_body(client):
    answer = client.head("/embed.js")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(client.get("/embed.js").data)


def test_script_of_an_earlier_release_is_answered_with_the_present_one_for_a_short_while(
    client, opening_path
):
    answer = client.get("/embed.0123456789abcdef.js")
    assert answer.data == client.get(opening_path).data
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("path", ["/embed.x.js", "/embed.js/", "/embed.0123456789ABCDEF.js", "/embed."])
def test_other_addresses_are_not_here(client, path):
    assert client.get(path).status_code == 404


def test_scripts_are_not_changed_by_a_post(client):
    assert client.post("/embed.js").status_code in {404, 405}


@pytest.mark.settings(
    database_url="postgresql+psycopg://nobody@127.0.0.1:9/none",
    redis_url="redis://127.0.0.1:9/0",
    rate_limits=True,
)
class TestWithNothingBehind:
    """Database and Redis are where nothing listens, and every limit is on."""

    def test_both_are_answered(self, client, opening_path):
        for path in ("/embed.js", opening_path) * 50:
            assert client.get(path).status_code == 200

    def test_no_query_is_made_and_no_limit_counted(self, client, opening_path, monkeypatch):
        from portal.extensions import db

        def fail(*_arguments, **_options):
            raise AssertionError("the script was not answered from memory")

        monkeypatch.setattr(db.session, "execute", fail)
        monkeypatch.setattr(client.application, "full_dispatch_request", fail)
        for path in ("/embed.js", opening_path):
            assert client.get(path).status_code == 200


class TestMinified:
    def test_comments_go_and_texts_stay(self, tmp_path):
        (tmp_path / "a.js").write_text('/* What it is,\n   in two lines. */\nconst a = "x // y"; // Why.\n')
        (tmp_path / "b.js").write_text("const b = `/* ${a} */`, c = /[/*]/;\n")
        whole = script(tmp_path, ["a.js", "b.js"])
        assert whole == '(()=>{"use strict";const a="x // y";const b=`/* ${a} */`,c=/[/*]/;})();'

    @pytest.mark.parametrize("name", ["embed.js", "embed-open.js", "widget.js"])
    def test_no_message_goes_to_just_anybody(self, name):
        text = (STATIC / name).read_text(encoding="utf-8")
        assert '"*"' not in text
        assert text.count("postMessage(") == len(re.findall(r"postMessage\([^;]*, (portal|host)\)", text))

    @pytest.mark.parametrize("name", ["embed.js", "embed-open.js", "reading.js", "starts.js", "widget.js"])
    def test_no_text_of_the_scripts_goes_over_a_line(self, name):
        for line in (STATIC / name).read_text(encoding="utf-8").splitlines():
            if not line.strip().startswith("//"):
                assert line.count("`") % 2 == 0, line
