"""Signing in with the newsroom's own provider (OpenID Connect): code flow, PKCE, nonce, state.

What the provider says is believed only after its signature, issuer, audience, times and nonce have
been looked at. Its back channel goes through the one HTTP client of the house, which `cli` hands
to create_app: the desk opens no socket.
"""

import json
import logging
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet

from config.settings import Settings
from pipeline.errors import SerieswatchError
from pipeline.records import Answer, Request

log = logging.getLogger("desk")

# Signatures alone: none is no signature, and a shared secret is not what the provider publishes.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
KNOWN_FOR = timedelta(minutes=10)  # how long the provider's addresses and keys are kept
LEEWAY = 60  # seconds by which clocks may differ
_OK = 200


class Client(Protocol):
    """What opens the sockets: workers.http.Http."""

    def get(self, request: Request) -> Answer:
        """What came back, or the problem."""

    def post(self, request: Request, body: bytes) -> Answer:
        """What came back to a body sent, or the problem."""


class NotBelieved(SerieswatchError):
    """What the provider said is not to be trusted, or it did not answer. For the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody as the provider knows them, all of it checked."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]

    def name(self, claim: str) -> str | None:
        """What a claim says for a name; an address for mail only if the provider has proved it."""
        told = self.claims.get(claim)
        if not isinstance(told, str) or not told:
            return None
        if claim == "email" and self.claims.get("email_verified") is not True:
            return None
        return told

    def several(self, claim: str) -> set[str]:
        """The words of a claim that is a list, or one word."""
        told = self.claims.get(claim)
        if isinstance(told, str):
            return {told}
        return {one for one in told if isinstance(one, str)} if isinstance(told, list) else set()


@dataclass(slots=True)
class Provider:
    """The provider of the settings: where to send browsers, and what to believe."""

    settings: Settings
    client: Client
    now: Callable[[], datetime]
    _facts: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _learnt: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def way_there(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """The address at the provider to which a browser is sent."""
        facts, _ = self._known()
        asked = {
            "response_type": "code",
            "client_id": self.settings.oidc_client_id,
            "redirect_uri": back,
            "scope": self.settings.oidc_scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in facts["authorization_endpoint"] else "?"
        return f"{facts['authorization_endpoint']}{joint}{urlencode(asked)}"

    def who(self, code: str, *, nonce: str, verifier: str, back: str) -> Known:
        """Who came back with this code. Raises NotBelieved."""
        facts, keys = self._known()
        told = self._exchanged(facts, code, verifier=verifier, back=back)
        signed, access = told.get("id_token"), told.get("access_token")
        if not isinstance(signed, str):
            raise NotBelieved("the provider gave no identity token")
        try:
            claims = self._checked(signed, keys, nonce=nonce, access=access)
        except _UnknownKey:
            _, keys = self._known(anew=True)  # it has changed its keys meanwhile
            claims = self._checked(signed, keys, nonce=nonce, access=access)
        claims = self._filled_up(facts, claims, access)
        return Known(issuer=claims["iss"], subject=claims["sub"], claims=claims)

    def _checked(self, signed: str, keys: KeySet, *, nonce: str, access: object) -> dict[str, Any]:
        options: Any = {
            "iss": {"essential": True, "value": self.settings.oidc_issuer},
            "aud": {"essential": True, "value": self.settings.oidc_client_id},
        }
        params = {
            "nonce": nonce,
            "client_id": self.settings.oidc_client_id,
            "access_token": access if isinstance(access, str) else None,
        }
        try:
            token = jwt.decode(signed, keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(now=int(self.now().timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as problem:
            is_other = isinstance(problem, BadSignatureError)  # a new key may have the old name
            if is_other or "kid" in str(problem) or "key" in type(problem).__name__.lower():
                raise _UnknownKey(f"{type(problem).__name__}: {problem}") from problem
            raise NotBelieved(f"{type(problem).__name__}: {problem}") from problem
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise NotBelieved("the token has no subject")
        return dict(claims)

    def _exchanged(
        self, facts: Mapping[str, Any], code: str, *, verifier: str, back: str
    ) -> Mapping[str, Any]:
        """The provider's tokens for a code, which it takes once."""
        told = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.settings.oidc_client_id,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if secret := self.settings.oidc_client_secret:
            ways = facts.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            if "client_secret_basic" in ways:
                headers["Authorization"] = _basic(self.settings.oidc_client_id, secret)
            else:
                told["client_secret"] = secret
        answer = self.client.post(
            self._request(facts["token_endpoint"], headers), urlencode(told).encode()
        )
        return _object(answer, "the token endpoint")

    def _filled_up(
        self, facts: Mapping[str, Any], claims: dict[str, Any], access: object
    ) -> dict[str, Any]:
        """The claims with what only the provider's user page tells, where we need it."""
        needed = {self.settings.oidc_link_by, self.settings.oidc_role_claim} - {""}
        if needed <= claims.keys() or "userinfo_endpoint" not in facts:
            return claims
        if not isinstance(access, str) or not access.isascii() or not access.isprintable():
            return claims
        headers = {"Authorization": f"Bearer {access}"}
        answer = self.client.get(self._request(facts["userinfo_endpoint"], headers))
        told = _object(answer, "the user page")
        if told.get("sub") != claims["sub"]:
            raise NotBelieved("the user page tells of somebody else")
        return {**told, **claims}

    def _known(self, *, anew: bool = False) -> tuple[Mapping[str, Any], KeySet]:
        """The provider's addresses and keys, asked for now and then. Raises NotBelieved."""
        with self._lock:
            now = self.now()
            is_fresh = self._learnt is not None and now - self._learnt < KNOWN_FOR
            if self._keys is None or anew or not is_fresh:
                self._learn()
                self._learnt = now
            assert self._keys is not None  # noqa: S101  # just learnt
            return self._facts, self._keys

    def _learn(self) -> None:
        issuer = self.settings.oidc_issuer
        where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        facts = dict(_object(self.client.get(self._request(where)), "the provider"))
        if facts.get("issuer") != issuer:
            raise NotBelieved(f"it calls itself {facts.get('issuer')!r}, not {issuer!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(facts.get(name), str):
                raise NotBelieved(f"it does not say its {name}")
            if urlsplit(facts[name]).scheme != urlsplit(issuer).scheme:
                raise NotBelieved(f"its {name} is not as safe as its own address")
        keys: Any = _object(self.client.get(self._request(facts["jwks_uri"])), "its keys")
        try:
            self._keys = KeySet.import_key_set(keys)
        except (JoseError, ValueError, TypeError, KeyError) as problem:
            raise NotBelieved(f"its keys cannot be read: {problem}") from problem
        self._facts = facts

    def _request(self, url: str, headers: Mapping[str, str] | None = None) -> Request:
        port = urlsplit(url).port
        told = {"Accept": "application/json", **(headers or {})}
        return Request(url=url, headers=told, own_port=port, stays=True)


class _UnknownKey(NotBelieved):
    """The token names a key that we have not seen."""


def fresh() -> tuple[str, str, str]:
    """A state, a nonce and a verifier that nobody can guess."""
    return secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48)


def _basic(client_id: str, secret: str) -> str:
    both = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {b64encode(both.encode()).decode()}"


def _object(answer: Answer, what: str) -> Mapping[str, Any]:
    """The JSON object in an answer. Raises NotBelieved; no word of the answer goes into it."""
    if answer.status != _OK:
        raise NotBelieved(f"{what} did not answer: {answer.detail or answer.status}")
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError) as problem:
        raise NotBelieved(f"{what} did not answer in JSON") from problem
    if not isinstance(told, dict):
        raise NotBelieved(f"{what} did not answer with an object")
    return told
