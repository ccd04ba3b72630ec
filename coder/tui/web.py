"""The desk in a browser: textual-serve on loopback, behind a one-time token, with Host and Origin checked.

textual-serve 1.1.3 has no login, takes any Origin, starts the app through a shell, hands it the whole environment, and
its page loads a font from a foreign host. Each of these is replaced here; the version is pinned, since `_make_app`,
`_open_app_process` and `_build_environment` are private there.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import aiohttp_jinja2
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

TEMPLATES = Path(__file__).with_name("templates")
LONGEST_NAME = 60
_NAME = re.compile(r"[^\W_](?:[\w .'@-]*[\w.])?")
_SECRET = re.compile(r"key|token|secret|passw|credential", re.IGNORECASE)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing is loaded from another host, and no other page may frame this one."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Served:
    """What is served and where.

    `command` is the desk's argument list; a tab's coder is appended to it as `--coder=NAME`. `public_url` is the
    address that browsers use, where a proxy stands in front; `session` is the cookie that a one-time token is
    exchanged for.
    """

    command: Sequence[str]
    folder: Path
    host: str = "127.0.0.1"
    port: int = 8765
    public_url: str = ""
    session: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def url(self) -> str:
        """The address that browsers use."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def cookie(self) -> str:
        """The cookie's name: browsers send those of one port to all ports of a host."""
        return f"intercoder_desk_{self.port}"


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what reads like a key, token or password; what opens the PostgreSQL store stays."""
    return {name: value for name, value in environment.items() if name.startswith("PG") or not _SECRET.search(name)}


def coder_name(text: str) -> str | None:
    """A coder's name as a tab gives it, when it can be one: letters, digits, spaces and . ' @ - between them."""
    name = text.strip()
    return name if len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else None


class DeskService(AppService):
    """One tab's desk: a process of its own, started from an argument list, without keys in its environment."""

    def __init__(self, argv: Sequence[str], folder: Path, server: DeskServer, websocket: web.WebSocketResponse) -> None:
        super().__init__(
            " ".join(argv),
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=websocket.close,  # type: ignore[arg-type]
            download_manager=server.download_manager,
        )
        self._argv = tuple(argv)
        self._folder = folder

    async def _open_app_process(self, width: int = 80, height: int = 24) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            cwd=self._folder,
            env=without_secrets(self._build_environment(width=width, height=height)),
        )
        self._process, self._stdin = process, process.stdin
        return process


class DeskServer(Server):
    """The desk for every tab that shows the cookie, each under its own coder's name."""

    def __init__(self, served: Served) -> None:
        super().__init__(
            "intercoder adjudicate", served.host, served.port, "Intercoder", served.url, templates_path=str(TEMPLATES)
        )
        self._served = served
        self._token = secrets.token_urlsafe(24)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.add_routes([web.get("/ws/{coder}", self.handle_websocket)])
        app.middlewares.append(self._guard)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Print where the desk is."""
        self._invite()
        print("Each address works once; its browser is remembered until ctrl+c closes the desk.", flush=True)

    def _invite(self) -> None:
        """Print the address that lets the next browser in."""
        print(f"The desk is open at {self._served.url}/?token={self._token}", flush=True)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._check_origin(request)
        if "token" in request.query:
            return self._admit(request)
        if not secrets.compare_digest(
            request.cookies.get(self._served.cookie, "").encode(), self._served.session.encode()
        ):
            raise web.HTTPForbidden(text="Open the address that intercoder adjudicate --web printed.")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(
                {
                    "Content-Security-Policy": _POLICY,
                    "Referrer-Policy": "no-referrer",
                    "X-Content-Type-Options": "nosniff",
                    "Cache-Control": "no-store",
                }
            )
        return answer

    def _check_origin(self, request: web.Request) -> None:
        """Only our own address may be asked for, and only our own page may ask: names rebound to loopback fail here."""
        wanted = urlsplit(self._served.url)
        origin = request.headers.get("Origin")
        foreign = origin is not None and urlsplit(origin)[:2] != wanted[:2]
        missing = origin is None and request.path.startswith("/ws")
        if request.host != wanted.netloc or foreign or missing:
            raise web.HTTPForbidden(text="This is not the address of the desk.")

    def _admit(self, request: web.Request) -> web.StreamResponse:
        """Exchange the token for the cookie, once; the next browser needs the next token."""
        if not secrets.compare_digest(request.query["token"].encode(), self._token.encode()):
            raise web.HTTPForbidden(text="This address was used already, or is not the one that was printed.")
        self._token = secrets.token_urlsafe(24)
        self._invite()
        rest = request.rel_url.query.copy()
        rest.popall("token")
        answer = web.HTTPFound(request.rel_url.with_query(rest))
        https = self._served.url.startswith("https:")
        answer.set_cookie(
            self._served.cookie, self._served.session, httponly=True, samesite="Strict", secure=https, path="/"
        )
        return answer

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The desk of the coder that the address names; without one, the question for a name."""
        name = coder_name(request.query.get("coder", ""))
        page = "ask.html" if name is None else "desk.html"
        return aiohttp_jinja2.render_template(page, request, self._words(name or "", request))

    def _words(self, name: str, request: web.Request) -> dict[str, object]:
        return {
            "coder": name,
            "refused": "coder" in request.query,
            "longest": LONGEST_NAME,
            "static": f"{self._served.url}/static/",
            "websocket": f"ws{self._served.url.removeprefix('http')}/ws/{quote(name, safe='')}",
            "font_size": min(max(to_int(request.query.get("fontsize", "16"), 16), 8), 40),
        }

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a desk for one tab until the tab or the desk is closed."""
        websocket = web.WebSocketResponse(heartbeat=15)
        name = coder_name(request.match_info.get("coder", ""))
        if name is None:
            raise web.HTTPBadRequest(text="A tab needs a coder's name.")
        await websocket.prepare(request)
        service = DeskService([*self._served.command, f"--coder={name}"], self._served.folder, self, websocket)
        width, height = (to_int(request.query.get(one, ""), least) for one, least in (("width", 80), ("height", 24)))
        await service.start(min(max(width, 20), 500), min(max(height, 10), 300))
        try:
            await self._process_messages(websocket, service)
        finally:
            await service.stop()
        return websocket


def serve(served: Served) -> None:
    """Serve until ctrl+c."""
    DeskServer(served).serve()
