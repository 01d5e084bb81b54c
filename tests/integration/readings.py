"""Reading a sandbox customer as the product does, without a database."""

from portal import clock
from portal.spektrix.client import SpektrixClient
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.people import AMARA_ID


def read_amara(sandbox):
    with SpektrixClient(sandbox.api_url, CLIENT_NAME, API_USER, API_KEY, clock=clock.utc_now) as client:
        return client.customer_by_id(AMARA_ID)
