"""The supervisor brings back what dies, lets work finish, and leaves nothing behind."""

import os
import signal
import time

from supervisor import PAUSES_SECONDS, Service, read_procfile, session_members

FOR_EVER = "sleep 600"


def saying_its_pid(name, then):
    return f"""sh -c 'echo $$ > {name}.part; mv {name}.part {name}; {then}'"""


def test_killed_process_starts_again(supervise):
    supervisor = supervise(f"web: {saying_its_pid('web', f'exec {FOR_EVER}')}")
    first = supervisor.pid("web")

    os.kill(first, signal.SIGKILL)

    assert supervisor.next_pid("web", first) != first


def test_restart_is_said_with_its_reason(supervise):
    supervisor = supervise(f"web: {saying_its_pid('web', f'exec {FOR_EVER}')}")
    first = supervisor.pid("web")
    os.kill(first, signal.SIGKILL)
    supervisor.next_pid("web", first)

    supervisor.process.terminate()

    assert supervisor.wait() == ("web ended (killed by signal 9); it starts again in 0.5 s\n", 0)


def test_children_of_a_killed_process_do_not_live_on(supervise, ends):
    child = saying_its_pid("child", f"exec {FOR_EVER}").replace("'", '"').replace("$$", "\\$\\$")
    supervisor = supervise(f"web: {saying_its_pid('web', f'{child} & wait')}")
    orphan = supervisor.pid("child")

    os.kill(supervisor.pid("web"), signal.SIGKILL)

    assert ends(orphan)


def test_stop_lets_work_in_progress_finish(supervise, tmp_path):
    on_term = 'trap "sleep 0.5; echo done > finished; exit" TERM; while :; do sleep 0.05; done'
    supervisor = supervise(f"worker: {saying_its_pid('worker', on_term)}")
    supervisor.pid("worker")

    supervisor.process.terminate()

    assert supervisor.wait() == ("", 0)
    assert (tmp_path / "finished").read_text() == "done\n"


def test_stop_ends_every_process(supervise, ends):
    lines = [f"{name}: {saying_its_pid(name, f'exec {FOR_EVER}')}" for name in ("web", "worker")]
    supervisor = supervise(*lines)
    started = [supervisor.pid("web"), supervisor.pid("worker")]

    supervisor.process.terminate()
    supervisor.wait()

    assert all(ends(pid) for pid in started)


def test_second_signal_kills_what_does_not_want_to_end(supervise, ends):
    supervisor = supervise(f"deaf: {saying_its_pid('deaf', 'trap : TERM; while :; do sleep 0.05; done')}")
    deaf = supervisor.pid("deaf")
    supervisor.process.terminate()

    supervisor.process.send_signal(signal.SIGINT)

    assert supervisor.wait() == ("", 0)
    assert ends(deaf)


def test_nothing_lives_on_when_the_supervisor_is_killed(supervise, ends):
    lines = [f"{name}: {saying_its_pid(name, f'exec {FOR_EVER}')}" for name in ("web", "worker")]
    supervisor = supervise(*lines)
    started = [supervisor.pid("web"), supervisor.pid("worker")]

    supervisor.process.kill()

    assert all(ends(pid) for pid in started)


def test_pauses_grow_to_thirty_seconds(tmp_path):
    service = Service(
        "web", ["false"], os.environ, tmp_path / "web.log", tmp_path, started_at=time.monotonic()
    )

    assert [service.note_death() for _ in range(9)] == [*PAUSES_SECONDS, 30.0, 30.0]


def test_session_members_holds_our_own_process():
    assert os.getpid() in session_members(os.getsid(0))


def test_procfile_lines_are_read_past_comments_and_colons(tmp_path):
    path = tmp_path / "Procfile"
    path.write_text("# processes\n\nweb: serve --bind 127.0.0.1:${PORT:-8700}\nworker: work\n")

    assert read_procfile(path) == {"web": "serve --bind 127.0.0.1:${PORT:-8700}", "worker": "work"}
