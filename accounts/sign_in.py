"""Signing in with a password: quick for those who are known, slow for those who guess.

* A password that has been verified is remembered for an hour, for the user and the address: harvesters send it with
  each image, and then neither a hash is computed nor anything written. Kept is a hash of it with the server's secret
  and with all that ends a sign-in (`User.credentials`), in the database, for all workers.
* Wrong passwords are counted by address, and by name and address. Above the limits nothing more is checked from there,
  except for users who have signed in from that address before: nobody locks them out. Their passwords are checked one
  after the other, so that guessing at such an address is slow too.
* Hashes are computed in turn (`accounts.hashing`), those of known users apart from those of strangers. One of an old
  kind is replaced when its password has been verified.

django-axes counts and locks as well, but counts after the check (guesses that come together pass), refuses the right
password too, and has nothing against the cost of hashes.
"""

import math
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.hashing import HashQueue
from accounts.models import FailedSignIn, SignIn, User
from sticky_pi_api.core.errors import NotAuthenticated, Throttled

_REMEMBERED = timedelta(hours=1)
_KNOWN = timedelta(days=90)
_WINDOW = timedelta(minutes=1)
_WRONG_PER_NAME = 20  # from one address, within the window
_WRONG_PER_ADDRESS = 60  # different ones
_PRUNE_EVERY = 100

# Together fewer than the threads of a worker: some are left for those who need no hash.
_known_users = HashQueue(size=4, size_per_address=3)
_strangers = HashQueue(size=3, size_per_address=2)


def verify_password(*, username: str, password: str, address: str) -> User:
    """The active user with this name and password.

    Raises:
        NotAuthenticated: there is none.
        Throttled: too many wrong passwords came from that address, or too many are being checked.
    """
    name = username.lower()
    known = _last_sign_in(name, address)
    if known and _is_remembered(known, password):
        return known.user
    # Nobody has no hash, which takes as long to check: the time must not tell which names there are.
    user = known.user if known else User.objects.filter(username=name, is_active=True).first() or User()
    attempt = FailedSignIn(address=address, name_key=_keyed(name), pair_key=_keyed(name, password, user.password))
    failures = _recent_failures(address)
    wait = _seconds_to_wait(failures, attempt.name_key)
    if wait and not known:
        raise Throttled(f"too many wrong passwords from this address, try again in {wait} seconds", retry_after=wait)
    # What was wrong a moment ago still is: a trap that has not been told its new password costs no hashes.
    if all(attempt.pair_key != failure.pair_key for failure in failures):
        queue = _known_users if known else _strangers
        remember = partial(_remember, user, password, address)
        # Above the limits, one thread at most waits for a password.
        if queue.check(attempt.pair_key, address, password, user.password, on_success=remember, may_share=not wait):
            return user
    if not wait:
        _record(attempt)
    raise NotAuthenticated("wrong user name or password")


def _last_sign_in(name: str, address: str) -> SignIn | None:
    """The last one of an active user at an address, of which is so known as theirs."""
    since = timezone.now() - _KNOWN
    found = SignIn.objects.filter(user__username=name, user__is_active=True, address=address, datetime__gt=since)
    return found.select_related("user").first()


def _is_remembered(sign_in: SignIn, password: str) -> bool:
    is_recent = sign_in.datetime > timezone.now() - _REMEMBERED
    return is_recent and constant_time_compare(sign_in.proof, _keyed(password, sign_in.user.credentials))


def _remember(user: User, password: str, address: str, encoded: str) -> None:
    _renew_hash(user, encoded)
    now = timezone.now()
    values = {"datetime": now, "proof": _keyed(password, user.credentials)}
    if not SignIn.objects.filter(user=user, address=address).update(**values):
        SignIn.objects.filter(user=user, datetime__lt=now - _KNOWN).delete()
        with suppress(IntegrityError), transaction.atomic():  # another worker may be doing the same
            SignIn.objects.create(user=user, address=address, **values)
    User.objects.filter(pk=user.pk).update(last_login=now)


def _renew_hash(user: User, encoded: str) -> None:
    """Stores another hash of the same password, unless the user has a new password by now. No token ends by it."""
    if encoded != user.password and User.objects.filter(pk=user.pk, password=user.password).update(password=encoded):
        user.password = encoded


def _recent_failures(address: str) -> list[FailedSignIn]:
    return list(FailedSignIn.objects.filter(address=address, datetime__gt=timezone.now() - _WINDOW))


def _seconds_to_wait(failures: list[FailedSignIn], name_key: str) -> int:
    """Until a name may be tried again from the address of these failures; 0: now."""
    of_name = [failure.datetime for failure in failures if failure.name_key == name_key]
    different = {failure.pair_key: failure.datetime for failure in failures}
    return max(_seconds_above(of_name, _WRONG_PER_NAME), _seconds_above(different.values(), _WRONG_PER_ADDRESS))


def _seconds_above(times: Iterable[datetime], limit: int) -> int:
    """How long the window still holds as many of these times as the limit."""
    newest_first = sorted(times, reverse=True)
    if len(newest_first) < limit:
        return 0
    return max(1, math.ceil((newest_first[limit - 1] + _WINDOW - timezone.now()).total_seconds()))


def _record(failure: FailedSignIn) -> None:
    failure.save(force_insert=True)
    if failure.pk % _PRUNE_EVERY == 0:
        # By their ids, in order: a range of datetimes would lock rows that others insert.
        old = FailedSignIn.objects.filter(datetime__lt=timezone.now() - 2 * _WINDOW).order_by("pk")
        FailedSignIn.objects.filter(pk__in=list(old.values_list("pk", flat=True)[: 10 * _PRUNE_EVERY])).delete()


def _keyed(*parts: str) -> str:
    return salted_hmac("accounts.sign_in", repr(parts), algorithm="sha256").hexdigest()
