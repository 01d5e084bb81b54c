"""A queue that remembers what it was asked for instead of asking Redis."""

from portal.extensions import db


class RecordingQueue:
    """Stands in for `portal.job_queue.enqueue`; `calls` holds (job name, row id), oldest first."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def enqueue(self, job: str, row_id: int) -> bool:
        # Redis may take its time, and nobody is to wait for a lock meanwhile.
        assert not db.session().in_transaction(), "commit before waking the worker"
        self.calls.append((job, row_id))
        return True
