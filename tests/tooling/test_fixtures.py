"""The fixtures keep what they promise: real servers, and a fresh database for every test."""

from pathlib import Path

import pytest
import requests
from embedded import redis_command
from redis import Redis
from redis.exceptions import AuthenticationError
from sqlalchemy import inspect, text

from portal import config, job_queue
from portal.extensions import db
from tests.people import AMARA, AMARA_ID
from tests.support.databases import settings_for


@pytest.mark.both_databases
@pytest.mark.parametrize("turn", ["first", "second"])
def test_no_test_sees_what_another_wrote(app_context, turn):
    db.session.execute(text("CREATE TABLE left_behind (turn TEXT)"))
    db.session.execute(text("INSERT INTO left_behind VALUES (:turn)"), {"turn": turn})
    db.session.commit()
    assert db.session.scalars(text("SELECT turn FROM left_behind")).all() == [turn]


@pytest.mark.both_databases
def test_request_that_outlives_its_test_leaves_nothing_to_the_next(apps, databases):
    with databases.fresh() as url:
        with apps.lend(settings_for(url)) as app:
            pass
        with app.app_context():
            db.session.execute(text("CREATE TABLE left_behind (turn TEXT)"))
            db.session.commit()
    with databases.fresh() as url, apps.lend(settings_for(url)) as app, app.app_context():
        assert not inspect(db.engine).has_table("left_behind")


def test_database_is_the_kind_asked_for(app_context, pytestconfig):
    assert db.engine.dialect.name == pytestconfig.getoption("database")


def test_database_is_migrated(app_context):
    assert db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


def test_redis_is_real_and_empty(redis_url):
    with Redis.from_url(redis_url) as redis:
        assert redis.dbsize() == 0
        assert redis.info()["loading"] == 0
        redis.set("left", "behind")


def test_portal_reaches_neither_redis_nor_spektrix_by_default(settings):
    assert settings.redis_url.startswith("redis://127.0.0.1:1/")
    assert settings.spektrix_url == "http://127.0.0.1:1"


def test_sandbox_is_reset_before_every_test(sandbox):
    sandbox.fault("update_customer", "status", status=503)
    sandbox.reset()

    assert sandbox.get("faults") == []


def test_settings_lead_to_the_sandbox_where_a_test_asks_for_it(settings, sandbox):
    assert settings.spektrix_url == sandbox.api_url


def test_settings_lead_to_no_spektrix_otherwise(settings):
    assert settings.spektrix_url == "http://127.0.0.1:1"


@pytest.mark.settings(product_name="Outer", support_email="outer@example.org")
class TestMarks:
    @pytest.mark.settings(product_name="Inner")
    def test_nearest_mark_wins(self, settings, app):
        assert (settings.product_name, settings.support_email) == ("Inner", "outer@example.org")
        assert config.of(app) == settings


def test_sandbox_tells_of_its_customers_baskets_and_requests(sandbox):
    basket = sandbox.basket(AMARA_ID)

    assert basket
    assert sandbox.customer(AMARA_ID)["email"] == AMARA.email
    assert sandbox.requests("update_customer") == []


def test_recording_queue_stands_in_for_redis(app_context, recording_queue):
    job_queue.enqueue("write_back", 7)

    assert recording_queue.calls == [("write_back", 7)]


def test_killed_valkey_comes_back_with_its_data(valkey):
    with Redis.from_url(valkey.url()) as redis:
        redis.set("owed", "7")
        redis.execute_command("WAITAOF", 1, 0, 5000)
    valkey.kill()
    valkey.start()

    with Redis.from_url(valkey.url()) as redis:
        assert redis.get("owed") == b"7"


def test_live_portal_answers_at_its_own_address(live_portal):
    answer = requests.get(f"{live_portal.url}/healthz", timeout=10)

    assert answer.ok
    assert config.of(live_portal.app).portal_url == live_portal.url


def test_browser_opens_a_page(page, sandbox):
    page.goto(sandbox.theatre_url)

    assert page.title()


def test_redis_answers_nobody_without_its_password(redis_url):
    port = Redis.from_url(redis_url).connection_pool.connection_kwargs["port"]
    with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
        stranger.set("jobs", "forged")


def test_redis_password_stands_in_no_command_line(tmp_path):
    command = redis_command(Path("valkey-server"), 1, tmp_path, "the password")
    assert not any("the password" in part for part in command)
    assert (tmp_path / "redis.conf").stat().st_mode & 0o077 == 0
