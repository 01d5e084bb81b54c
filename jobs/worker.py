"""Start an RQ worker on our one queue: `python -m jobs.worker`.

The app is made before the fork, so a job does not import it anew. One queue per worker lets RQ move a job
rather than pop it. The short times let a worker notice within a minute and a half what by default takes
thirteen.
"""

from __future__ import annotations

import logging

from rq import Queue, Worker
from rq.serializers import JSONSerializer

from jobs.context import app
from jobs.wake_up import WakeUp
from portal import config, job_queue
from portal.extensions import db
from portal.log import configure

READ_SECONDS = 60.0


def main() -> None:
    """Work until a signal stops us. Raises what RQ raises; the supervisor starts us again."""
    configure("worker")
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    settings = config.of(app())
    with app().app_context():
        db.engine.dispose()
    connection = job_queue.connect(settings.redis_url, READ_SECONDS)
    queue = Queue(job_queue.QUEUE, connection=connection, serializer=JSONSerializer, job_class=WakeUp)
    worker = Worker(
        [queue],
        connection=connection,
        serializer=JSONSerializer,
        job_class=WakeUp,
        worker_ttl=30,
        maintenance_interval=15,
        log_job_description=False,
    )
    worker.work(with_scheduler=False, logging_level="WARNING")


if __name__ == "__main__":
    main()
