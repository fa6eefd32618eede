# SPDX-License-Identifier: GPL-3.0-or-later
"""AES in the mode of Telegram, by OpenSSL as Telethon does it, but without a
Python integer for each byte: a tenth of the CPU time, of which a run may take
an hour."""
import ctypes

from telethon.crypto import libssl


def through(set_key, encrypt):
    def run(data, key, iv):
        schedule = libssl.AES_KEY()
        set_key(bytes(key), 8 * len(key), ctypes.byref(schedule))
        out = ctypes.create_string_buffer(len(data))
        libssl._libssl.AES_ige_encrypt(
            bytes(data), out, ctypes.c_size_t(len(data)),
            ctypes.byref(schedule), ctypes.create_string_buffer(
                bytes(iv), len(iv)), encrypt)
        return out.raw
    return run


def install():
    """Nothing if Telethon has a better library, or none."""
    if getattr(libssl, "_libssl", None) and libssl.decrypt_ige:
        c = libssl._libssl
        libssl.encrypt_ige = through(c.AES_set_encrypt_key, 1)
        libssl.decrypt_ige = through(c.AES_set_decrypt_key, 0)
