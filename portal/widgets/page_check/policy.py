"""Whether the Content-Security-Policy of a page allows what a widget needs, and which line to add if not.

Sources are matched as Content Security Policy Level 3 says (section 6.7.2): plain values in and out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from portal.widgets.setup.policy_lines import TRUSTED_TYPES, Need

# Where a directive is missing, the next one of its line stands for it.
_FALLBACKS = {
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
}
_HEADER_ONLY = frozenset({"frame-ancestors", "report-uri", "sandbox"})
_PORTS = {"http": 80, "https": 443}
_TRUSTED_BY_NONCE = "'strict-dynamic'"

Policy = dict[str, list[str]]


@dataclass(frozen=True)
class Stopped:
    """A line of a page's policy that keeps something of the widget from working.

    Args:
        directive: what is stopped: script-src, frame-src, connect-src or trusted-types.
        line: the whole line as it should read, "" where only a nonce helps.
        instead_of: the line as it reads now, "" where default-src stands for it.
    """

    directive: str
    line: str
    instead_of: str


def policies(header: str, metas: Iterable[str]) -> list[Policy]:
    """Return the policies of a page; what a page loads has to be allowed by each of them.

    Args:
        header: of the answer; several are parted by commas.
        metas: one policy each, some of whose directives do not count there.
    """
    inside = ({n: s for n, s in _policy(meta).items() if n not in _HEADER_ONLY} for meta in metas)
    return [policy for policy in (*map(_policy, header.split(",")), *inside) if policy]


def _policy(text: str) -> Policy:
    found: Policy = {}
    for directive in text.split(";"):
        name, *sources = directive.split() or [""]
        if name:
            found.setdefault(name.lower(), sources)
    return found


def stopped(policy: Policy, page: str, needs: Iterable[Need], nonces: Iterable[str]) -> list[Stopped]:
    """Return what one policy stops, with the lines that would let it through.

    Args:
        page: address of the page.
        nonces: those on our scripts; every one has to be known to the policy, if it goes by them.
    """
    lacking: dict[tuple[str, str], list[str]] = {}
    for need in needs:
        name = next((name for name in _FALLBACKS[need.directive] if name in policy), None)
        if name and not _allows(policy[name], need, urlsplit(page), set(nonces)):
            lacking.setdefault((need.directive, name), []).append(need.origin)
    found = []
    for (directive, name), origins in lacking.items():
        sources = policy[name]
        line = now = " ".join([name, *sources])
        if directive == "script-src" and _TRUSTED_BY_NONCE in _lower(sources):
            line = ""
        else:
            kept = [source for source in sources if source.lower() != "'none'"]
            # A fallback stays as it is for the other directives, and the missing one is added.
            is_fallback = name in {"default-src", "child-src"}
            line = " ".join([directive if is_fallback else name, *kept, *dict.fromkeys(origins)])
            now = "" if is_fallback else now
        found.append(Stopped(directive, line, now))
    return found


def untrusted(policies: Iterable[Policy]) -> list[Stopped]:
    """Return what keeps our script from loading the second one on a page that asks for trusted types.

    One policy may ask for them, and another one list the names.
    """
    policies = list(policies)
    if not any("'script'" in policy.get("require-trusted-types-for", ()) for policy in policies):
        return []
    name = "trusted-types"
    found = []
    for names in (policy[name] for policy in policies if name in policy):
        if not {TRUSTED_TYPES, "*"} & set(names):
            kept = [each for each in names if each.lower() != "'none'"]
            line = " ".join([name, *kept, TRUSTED_TYPES])
            found.append(Stopped(name, line, " ".join([name, *names])))
    return found


def _allows(sources: list[str], need: Need, page: SplitResult, nonces: set[str]) -> bool:
    if need.directive == "script-src":
        known = {source[7:-1] for source in sources if source.lower().startswith("'nonce-")}
        if nonces and nonces <= known:
            return True
        if _TRUSTED_BY_NONCE in _lower(sources):
            return False
    return all(
        any(_matches(source, urlsplit(need.origin + path), page) for source in sources) for path in need.paths
    )


def _lower(sources: list[str]) -> list[str]:
    return [source.lower() for source in sources]


def _matches(source: str, url: SplitResult, page: SplitResult) -> bool:
    if source == "*":
        return url.scheme in {"http", "https"}
    if source.lower() == "'self'":
        return url.netloc == page.netloc and _scheme_fits(page.scheme, url.scheme)
    if source.startswith("'"):
        return False
    if source.endswith(":") and "/" not in source:
        return _scheme_fits(source[:-1].lower(), url.scheme)
    return _host_source_matches(source, url, page)


def _host_source_matches(source: str, url: SplitResult, page: SplitResult) -> bool:
    scheme, parted, rest = source.partition("://")
    rest = rest if parted else source
    authority, slash, path = rest.partition("/")
    host, _, port = authority.lower().partition(":")
    return (
        _scheme_fits(scheme.lower() if parted else page.scheme, url.scheme)
        and _host_fits(host, url.hostname or "")
        and _port_fits(port, url)
        and _path_fits(slash + path, url.path)
    )


def _scheme_fits(allowed: str, scheme: str) -> bool:
    """Tell whether a scheme is the allowed one, or a more secure one."""
    return allowed == scheme or (allowed == "http" and scheme == "https")


def _host_fits(pattern: str, host: str) -> bool:
    if pattern == "*":
        return True
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _port_fits(pattern: str, url: SplitResult) -> bool:
    port = url.port or _PORTS[url.scheme]
    if pattern == "*":
        return True
    if not pattern:
        return port == _PORTS[url.scheme]
    return pattern == str(port) or (pattern == "80" and port == 443)


def _path_fits(pattern: str, path: str) -> bool:
    if not pattern or pattern == "/":
        return True
    return path.startswith(pattern) if pattern.endswith("/") else path == pattern
