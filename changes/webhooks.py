"""Webhooks: changes are posted to addresses that administrators register, in order, each page until it is received.

A page is a POST of JSON, `{"webhook", "last", "changes"}`, as the feed has them. `X-StickyPi-Signature` is `sha256=`
and the HMAC of `X-StickyPi-Timestamp`, a full stop and the body, by the secret that was shown when the webhook was
made. A page counts as received with an answer of 200 to 299 within ten seconds; redirects are not followed. Otherwise
the same changes are sent again, after 10 seconds at first and up to an hour; after `MOST_FAILURES` in a row nothing
more is sent until somebody activates the webhook. A page may come twice: where its answer was lost.
"""

import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from changes.models import COLUMNS, KINDS, Webhook
from changes.queries import Page, changes_since
from changes.services import changes_number
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.info import field
from sticky_pi_api.core.like import check_pattern
from sticky_pi_api.core.values import text_parser
from stickypi.db.deadlocks import retry_on_deadlock

MOST_FAILURES = 60  # some two days and a half
_PAGE = 500
_TIMEOUT = (5, 10)  # seconds to connect, and to answer
_HELD = timedelta(seconds=60)  # for which a sender has a webhook for itself
_SOONEST, _LATEST = timedelta(seconds=10), timedelta(hours=1)
_LONGEST_URL = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NewWebhook:
    """A webhook to be made."""

    name: str
    url: str
    kinds: str
    device: str


def parse_webhook(fields: Mapping[str, Any]) -> NewWebhook:
    """What `fields` say of a webhook to be made: name, url, perhaps kinds and device. Raises InvalidInput."""
    given = dict(fields)
    return NewWebhook(
        field(given, "name", text_parser(64)),
        field(given, "url", _parse_url),
        field({"kinds": [given.get("kinds") or []]}, "kinds", _parse_kinds),
        field(given, "device", check_pattern, default="%"),
    )


def _parse_url(value: Any) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) and value.isascii() and value.isprintable() else None
        is_good = parts and parts.scheme in ("http", "https") and parts.hostname and not parts.username
        is_good = is_good and (parts is None or parts.port != 0) and " " not in value
    except ValueError:
        is_good = False
    if not is_good or len(value) > _LONGEST_URL:
        raise InvalidInput(f"{shown(value)} is not an address to post to: it takes http(s)://host/path, no user in it")
    return str(value)


def _parse_kinds(value: Any) -> str:
    kinds = value if isinstance(value, list) else None
    if kinds is None or not all(kind in KINDS for kind in kinds):
        raise InvalidInput(f"{shown(value)}: it takes a list of some of {', '.join(KINDS)}")
    return ",".join(sorted(set(kinds)))


def webhook_create(*, new: NewWebhook, user: User) -> Webhook:
    """Makes a webhook, which is sent what comes from now on."""
    changes_number()
    now = changes_since(since=None, most=1).last
    secret = secrets.token_urlsafe(32)
    return Webhook.objects.create(**vars(new), secret=secret, position=now, due=timezone.now(), **user.signature)


def webhook_activate(*, pk: int) -> None:
    """Sends again what has not been received, from where it stopped."""
    Webhook.objects.filter(pk=pk).update(is_active=True, failures=0, due=timezone.now(), error="")


def webhook_delete(*, pk: int) -> None:
    """Ends it."""
    Webhook.objects.filter(pk=pk).delete()


def webhooks_send() -> int:
    """Sends a page to each webhook whose turn it is. Returns how many there are still more for."""
    due = Webhook.objects.filter(is_active=True, due__lte=timezone.now()).order_by("due")
    found = list(due[:100])
    if found:
        changes_number()
    return sum(_send(webhook) for webhook in found if _take(webhook))


@retry_on_deadlock
def _take(webhook: Webhook) -> bool:
    """Keeps other senders from it for a while. False if one was quicker."""
    return bool(_same_turn(webhook).update(due=timezone.now() + _HELD))


def _same_turn(webhook: Webhook) -> QuerySet[Webhook]:
    return Webhook.objects.filter(pk=webhook.pk, is_active=True, due=webhook.due, position=webhook.position)


def _send(webhook: Webhook) -> bool:
    page = _page(webhook)
    error = _post(webhook, page) if page.changes else ""
    if error:
        _failed(webhook, error)
        return False
    received = {"received": timezone.now()} if page.changes else {}
    Webhook.objects.filter(pk=webhook.pk, position=webhook.position).update(
        position=page.last, failures=0, error="", due=timezone.now(), **received
    )
    return page.has_more


def _page(webhook: Webhook) -> Page:
    kinds = tuple(filter(None, webhook.kinds.split(",")))
    return changes_since(since=webhook.position, most=_PAGE, kinds=kinds, device=webhook.device)


def _post(webhook: Webhook, page: Page) -> str:
    """What went wrong; empty if it was received."""
    changes = [{"id": change.pk, **{name: getattr(change, name) for name in COLUMNS}} for change in page.changes]
    body = orjson.dumps({"webhook": webhook.name, "last": page.last, "changes": changes}, option=orjson.OPT_UTC_Z)
    moment = str(int(time.time()))
    signature = hmac.digest(webhook.secret.encode(), moment.encode() + b"." + body, "sha256").hex()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "sticky-pi",
        "X-StickyPi-Timestamp": moment,
        "X-StickyPi-Signature": f"sha256={signature}",
    }
    try:
        with requests.post(
            webhook.url, body, headers=headers, timeout=_TIMEOUT, allow_redirects=False, stream=True
        ) as answer:
            return "" if 200 <= answer.status_code < 300 else f"it answered {answer.status_code}"
    except requests.RequestException as error:
        return f"it cannot be reached ({type(error).__name__})"


def _failed(webhook: Webhook, error: str) -> None:
    failures = webhook.failures + 1
    pause = min(_SOONEST * 2 ** min(failures - 1, 20), _LATEST)
    logger.warning("webhook %s: %s; failure %d", webhook.pk, error, failures)
    Webhook.objects.filter(pk=webhook.pk, position=webhook.position).update(
        failures=failures, error=error, due=timezone.now() + pause, is_active=failures < MOST_FAILURES
    )
