#!/usr/bin/env python3
"""Opens a Web3 Secret Storage v3 keystore without the project's code: with hashlib, openssl(1) and its own Keccak.

keystore_oracle.py KEYSTORE PASSPHRASE-HEX    prints the private key in hexadecimal
"""
import hashlib
import json
import subprocess
import sys
import uuid

MASK = (1 << 64) - 1


def rotate(word, n):
    n %= 64
    return ((word << n) | (word >> (64 - n))) & MASK


def permute(lanes):
    """Keccak-f[1600]: FIPS 202 section 3.2; lanes[x][y]."""
    register = 1
    for _ in range(24):
        parity = [lanes[x][0] ^ lanes[x][1] ^ lanes[x][2] ^ lanes[x][3] ^ lanes[x][4] for x in range(5)]
        for x in range(5):
            change = parity[(x - 1) % 5] ^ rotate(parity[(x + 1) % 5], 1)
            lanes[x] = [lane ^ change for lane in lanes[x]]
        x, y, moved = 1, 0, lanes[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            moved, lanes[x][y] = lanes[x][y], rotate(moved, (step + 1) * (step + 2) // 2)
        for y in range(5):
            row = [lanes[x][y] for x in range(5)]
            for x in range(5):
                lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5])
        for j in range(7):
            if register & 1:
                lanes[0][0] ^= 1 << ((1 << j) - 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)


def keccak256(data):
    rate = 136
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % rate)
    padded[-1] |= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), rate):
        for i in range(rate // 8):
            lanes[i % 5][i // 5] ^= int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
        permute(lanes)
    return b"".join(lanes[i][0].to_bytes(8, "little") for i in range(4))


def derive(crypto, passphrase):
    params = crypto["kdfparams"]
    salt = bytes.fromhex(params["salt"])
    if crypto["kdf"] == "scrypt":
        n, r, p = params["n"], params["r"], params["p"]
        return hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=1 << 30, dklen=params["dklen"])
    assert params["prf"] == "hmac-sha256"
    return hashlib.pbkdf2_hmac("sha256", passphrase, salt, params["c"], params["dklen"])


def main():
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    with open(sys.argv[1], encoding="ascii") as file:
        keystore = json.load(file)
    crypto = keystore["crypto"]
    assert keystore["version"] == 3 and crypto["cipher"] == "aes-128-ctr"
    assert uuid.UUID(keystore["id"]).version == 4 and str(uuid.UUID(keystore["id"])) == keystore["id"]
    assert len(keystore["address"]) == 40 and keystore["address"] == keystore["address"].lower()
    derived = derive(crypto, bytes.fromhex(sys.argv[2]))
    ciphertext = bytes.fromhex(crypto["ciphertext"])
    assert keccak256(derived[16:32] + ciphertext).hex() == crypto["mac"]
    command = ["openssl", "enc", "-d", "-aes-128-ctr", "-nopad", "-K", derived[:16].hex()]
    command += ["-iv", crypto["cipherparams"]["iv"]]
    print(subprocess.run(command, input=ciphertext, stdout=subprocess.PIPE, check=True).stdout.hex())


main()
