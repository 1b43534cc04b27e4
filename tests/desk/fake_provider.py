"""A small OpenID provider on loopback: signs with a key of its own, and lies when it is told to."""

import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

NOW = 1_900_000_000  # what its clock says, unless a test sets it


@dataclass(kw_only=True)
class FakeProvider:
    """What it answers, and what it was asked."""

    client_id: str = "desk"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    address: str = ""
    now: int = NOW
    claims: dict[str, Any] = field(default_factory=dict)  # of whoever is signed in there
    userinfo: dict[str, Any] = field(default_factory=dict)
    lie: dict[str, Any] = field(default_factory=dict)  # claims as they go out, instead of the true
    algorithm: str = "RS256"
    signs_with: RSAKey | None = None  # another key than the one it publishes
    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # handed out, not yet taken
    asked: list[str] = field(default_factory=list)

    def authorise(self, address: str) -> dict[str, str]:
        """What a browser brings back that was sent there: the person has signed in and agreed."""
        url = urlsplit(address)
        assert f"{url.scheme}://{url.netloc}" == self.address
        told = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert told["response_type"] == "code"
        assert told["client_id"] == self.client_id
        assert told["code_challenge_method"] == "S256"
        code = f"code-{len(self.asked)}-{len(self.codes)}"
        self.codes[code] = told
        return {"code": code, "state": told["state"], "iss": self.address}

    def answer(self, path: str, body: bytes) -> tuple[int, object]:
        """What it says to the back channel."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorise",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "userinfo_endpoint": f"{self.address}/user",
            }
        if path == "/keys":
            return 200, KeySet([self.key]).as_dict(private=False)
        if path == "/user":
            return 200, self.userinfo
        if path == "/token":
            return self._token({name: v[0] for name, v in parse_qs(body.decode()).items()})
        return 404, {}

    def _token(self, told: dict[str, str]) -> tuple[int, object]:
        begun = self.codes.pop(told.get("code", ""), None)
        if begun is None or begun["redirect_uri"] != told.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        digest = sha256(told.get("code_verifier", "").encode()).digest()
        if urlsafe_b64encode(digest).decode().rstrip("=") != begun["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.address,
            "aud": self.client_id,
            "sub": "person-1",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": begun["nonce"],
            **self.claims,
            **self.lie,
        }
        return 200, {"access_token": "an-access-token", "id_token": self.signed(claims)}

    def signed(self, claims: dict[str, Any]) -> str:
        """The claims as an identity token."""
        if self.algorithm == "HS256":  # with the public key as the secret: the oldest trick
            told = ".".join(_part(one) for one in ({"alg": "HS256", "kid": "k1"}, claims))
            mac = hmac.digest(self.key.as_pem(private=False), told.encode(), "sha256")
            return f"{told}.{urlsafe_b64encode(mac).decode().rstrip('=')}"
        if self.algorithm == "none":
            return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."
        key = self.signs_with or self.key
        header = {"alg": self.algorithm, "kid": key.kid or "k1"}
        return jwt.encode(header, claims, key)


def _part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@contextmanager
def provider() -> Iterator[FakeProvider]:
    """A provider that answers on a free port for as long as the block lasts."""
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        """Hands every question to the fake."""

        def do_GET(self) -> None:  # as the library names it
            self._say(*fake.answer(self.path, b""))

        def do_POST(self) -> None:  # as the library names it
            length = int(self.headers.get("content-length", "0"))
            self._say(*fake.answer(self.path, self.rfile.read(length)))

        def _say(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Nothing on the console."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()
    thread.join(5)
