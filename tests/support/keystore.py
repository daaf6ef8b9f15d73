"""Writes a Web3 Secret Storage file with a very cheap key derivation, for keys of development chains only.

It uses openssl(1) and Python's hashlib, so the programs under test read a keystore that they did not write.
"""

import hashlib
import json
import subprocess
import uuid

from registry_client import keccak256

ROUNDS = 2


def write(file, private_key, account, passphrase):
    """private_key, passphrase: bytes; account: its address, 0x…"""
    salt, iv = b"\x01" * 32, b"\x02" * 16
    derived = hashlib.pbkdf2_hmac("sha256", passphrase, salt, ROUNDS, 32)
    command = ["openssl", "enc", "-aes-128-ctr", "-nopad", "-K", derived[:16].hex(), "-iv", iv.hex()]
    ciphertext = subprocess.run(command, input=private_key, stdout=subprocess.PIPE, check=True).stdout
    crypto = {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": iv.hex()},
        "ciphertext": ciphertext.hex(),
        "kdf": "pbkdf2",
        "kdfparams": {"c": ROUNDS, "dklen": 32, "prf": "hmac-sha256", "salt": salt.hex()},
        "mac": keccak256(derived[16:] + ciphertext).hex(),
    }
    keystore = {"version": 3, "id": str(uuid.uuid4()), "address": account[2:].lower(), "crypto": crypto}
    file.write_text(json.dumps(keystore))
