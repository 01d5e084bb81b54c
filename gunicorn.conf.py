"""How gunicorn serves the portal; it reads this file by itself when started in this folder."""

# A thread for each whole request only; those who are slow to send or to take are waited for without one.
worker_class = "portal.shell.server_worker.ServerWorker"
threads = 16
keepalive = 5
# Each may need two files, its connection and an answer on its way, of the 1,024 that a process often has.
worker_connections = 300
# Within the 30 seconds that a process manager gives before it kills.
graceful_timeout = 25
control_socket_disable = True
# What a request says of the way it came is believed from nobody; TRUSTED_PROXIES says what a proxy may say.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers = {}
logger_class = "portal.shell.server_log.ServerLog"
# No query, which may hold what a diner typed; the time stands before it.
access_log_format = "%(m)s %(U)s %(s)s %(B)s %(D)s"
