# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures, by the codes of docs/sources.md, and what Telegram's errors mean
in these."""
import asyncio
import traceback

from telethon import errors

SPAM = 86400        # seconds; Telegram names no time
AGAIN = "run `likesync auth telegram`"


class Problem(Exception):
    """code: of the protocol. retry_after: seconds, 0: not known."""

    def __init__(self, code, message, retry_after=0):
        super().__init__(message)
        self.code, self.retry_after = code, int(retry_after)


# The first that fits counts. {}: the error's own text.
MEANINGS = (
    (errors.PeerFloodError, "rate_limited", "Telegram keeps this account from "
     "writing to bots: ask @SpamBot in Telegram why"),
    (errors.AuthKeyDuplicatedError, "auth", "the session was used in two "
     "places at once, and Telegram has ended it: " + AGAIN),
    ((errors.UserDeactivatedBanError, errors.UserDeactivatedError,
      errors.PhoneNumberBannedError), "auth", "Telegram has banned or deleted "
     "this account: use another one, after `likesync auth telegram --logout`"),
    (errors.SessionRevokedError, "auth", "the session was ended in Telegram's "
     "settings: " + AGAIN),
    (errors.UnauthorizedError, "auth", "not logged in at Telegram: " + AGAIN),
    (errors.AuthKeyNotFound, "auth", "Telegram does not know the session any "
     "more: " + AGAIN),
    ((errors.ApiIdInvalidError, errors.ApiIdPublishedFloodError), "auth",
     "Telegram refuses api_id or api_hash: compare them with "
     "https://my.telegram.org"),
    (errors.YouBlockedUserError, "auth", "you have blocked the bot in "
     "Telegram: unblock it"),
    ((errors.FilerefUpgradeNeededError, errors.FileReferenceExpiredError,
      errors.MessageIdInvalidError, errors.DataInvalidError,
      errors.ChannelPrivateError), "unavailable", "Telegram: {}"),
    (errors.RPCError, "temporary", "Telegram: {}"),
    ((OSError, asyncio.TimeoutError, ValueError, EOFError), "temporary",
     "no answer from Telegram: {}"),
)


def explain(error):
    """The Problem that an exception is. A bug is told to standard error."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, errors.FloodWaitError):
        return Problem("rate_limited", "Telegram wants a pause of %d s" %
                       error.seconds, error.seconds)
    for kinds, code, text in MEANINGS:
        if isinstance(error, kinds):
            own = " ".join(str(error).split()) or type(error).__name__
            return Problem(code, text.format(own[:200]),
                           SPAM if code == "rate_limited" else 0)
    traceback.print_exception(error)
    return Problem("temporary", "internal error: %r" % error)
