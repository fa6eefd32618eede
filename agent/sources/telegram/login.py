# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in and out, for a person at a terminal. Nothing that is typed is
kept: phone, code and password go to Telegram only."""
import getpass
import os
import sys
import warnings

from telethon import errors, utils

from .account import make_client, remember, whoami
from .problem import Problem, explain
from .state import State

TRIES = 3


def read_secret(text):
    """Not echoed, or not at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(text)
        except getpass.GetPassWarning:
            raise Problem("auth", "this terminal would show the password"
                          ) from None


def ask(text, secret=False):
    if not secret:
        sys.stdout.write(text)
        sys.stdout.flush()
        answer = sys.stdin.readline()
        if not answer:
            raise Problem("auth", "login needs a terminal")
    else:
        answer = read_secret(text)
    answer = answer.strip()
    if not answer:
        raise Problem("auth", "nothing was entered; log in again")
    return answer


async def attempt(text, act, wrong, secret=False):
    """Asks again a few times if Telegram says that it is wrong."""
    for left in range(TRIES, 0, -1):
        try:
            return await act(ask(text, secret))
        except wrong:
            if left == 1:
                raise
            print("Telegram says that this is wrong; once more.")


async def sign_in(client):
    phone = utils.parse_phone(ask(
        "Phone number of the account, as +491234567: "))
    if not phone:
        raise Problem("auth", "no phone number")
    await client.send_code_request(phone)
    print("Telegram sends a code, to its app on your other devices or by SMS.")
    try:
        return await attempt(
            "Code: ", lambda code: client.sign_in(phone, code),
            (errors.PhoneCodeInvalidError, errors.PhoneCodeEmptyError))
    except errors.SessionPasswordNeededError:
        return await attempt(
            "Password of two-step verification: ",
            lambda word: client.sign_in(password=word),
            errors.PasswordHashInvalidError, secret=True)


def need_terminal():
    if not sys.stdin.isatty():
        raise Problem("auth", "login needs a terminal")


async def login(settings):
    need_terminal()
    state = State(settings.state)
    client = make_client(settings, state)
    done = False
    try:
        await client.connect()
        done = await client.is_user_authorized()
        if done:
            print("Already logged in. `likesync auth telegram --logout` "
                  "ends the session.")
        else:
            await sign_in(client)
        me = await whoami(client)
        done = True
        state.data["account"] = None
        remember(state, me)
        print("Logged in as %s." % state.data["account"]["name"])
    finally:
        await client.disconnect()
        os.chmod(state.session, 0o600)
        if not done:
            os.unlink(state.session)


async def logout(settings):
    """Ends the session at Telegram, and removes it here in any case."""
    state = State(settings.state)
    if not os.path.exists(state.session):
        print("There was no session.")
        return
    ended = False
    client = make_client(settings, state)
    try:
        await client.connect()
        ended = await client.log_out()
    except Exception as e:
        print("%s." % explain(e))
    finally:
        if not ended:
            await client.disconnect()
    for suffix in ("", "-journal"):
        if os.path.exists(state.session + suffix):
            os.unlink(state.session + suffix)
    state.data["account"] = None
    state.save()
    print("Logged out." if ended else "Session removed here. End it at "
          "Telegram too: Settings, Devices.")
