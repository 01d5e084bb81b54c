"""The fake Spektrix as tests use it: its addresses, and its control calls as methods."""

from typing import Any

import requests


class SandboxControl:
    """Controls a running sandbox over HTTP; `api_url` and `theatre_url` say where it is.

    `get`, `post` and `delete` take a path below `/_control/` and return the parsed answer, None for 204.
    """

    def __init__(self, api_url: str, theatre_url: str) -> None:
        self.api_url = api_url
        self.theatre_url = theatre_url
        self._http = requests.Session()
        # A proxy or a .netrc of the machine must not come between a test and its sandbox.
        self._http.trust_env = False

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def post(self, path: str, **body: object) -> Any:
        return self._call("POST", path, body)

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def reset(self) -> None:
        self.post("reset")

    def requests(self, call: str | None = None) -> list[dict[str, Any]]:
        """Return the calls the sandbox was asked, oldest first; only those named `call` where given."""
        return [entry for entry in self.get("requests") if call in (None, entry["call"])]

    def fault(self, call: str, kind: str, **details: object) -> str:
        """Switch a fault on and return its id."""
        return self.post("faults", call=call, kind=kind, **details)["id"]

    def basket(self, customer_id: str | None, **details: object) -> str:
        """Make a basket that belongs to `customer_id`, or to nobody, and return its id."""
        return self.post("baskets", customer_id=customer_id, **details)["id"]

    def define(self, *definitions: dict[str, Any]) -> None:
        """Make these the only customer attributes that Spektrix knows."""
        self._call("POST", "attributes", list(definitions))

    def customer(self, customer_id: str) -> dict[str, Any]:
        return next(one for one in self.get("state")["customers"] if one["id"] == customer_id)

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, body: object = None) -> Any:
        answer = self._http.request(method, f"{self.api_url}/_control/{path}", json=body, timeout=10)
        if not answer.ok:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None
