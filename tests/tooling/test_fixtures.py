"""The fixtures keep what they promise: real servers, and a fresh database for every test."""

import pytest
from redis import Redis
from sqlalchemy import text

from portal.extensions import db


@pytest.mark.parametrize("turn", ["first", "second"])
def test_no_test_sees_what_another_wrote(app_context, turn):
    db.session.execute(text("CREATE TABLE left_behind (turn TEXT)"))
    db.session.commit()


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
