"""All that the relay does in one round, one thing after the other."""

from jobs import relay
from jobs.beside import Beside


def whole_round(app, **how):
    for name, work in relay.BESIDE.items():
        Beside(name, work).do(app)
    return relay.look(app, **how)
