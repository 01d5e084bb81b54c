"""The form of every line that a process of the portal logs."""

import re

LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?P<level>[A-Z]+) (?P<process>[a-z]+)\[\d+\] (?P<logger>[\w.]+)"
    r" (reference=(?P<reference>[0-9a-f]{8}) )?(?P<event>.+)"
)
