#!/bin/sh
# Prepares a node on the development chain, once. Compose runs one step in each service:
#   keys      the issuer's and the operator's keystores                      (badged's image)
#   fund      ether for both, from the development chain itself              (the chain's image)
#   registry  the contract, the operator's right, a token, the configuration (badged's image)
set -eu
umask 077
cd /var/lib/badged
rpc=http://chain:8545

case $1 in
keys)
    [ -f passphrase ] || head -c 24 /dev/urandom | base64 >passphrase
    for who in issuer operator; do
        [ -f $who.json ] || badge keygen -o $who.json --passphrase-file passphrase >/dev/null
        badge address $who.json >$who.address
    done
    chmod 644 issuer.address operator.address
    ;;
fund)
    for who in issuer operator; do
        until /chain/node_modules/.bin/cast rpc --rpc-url $rpc anvil_setBalance "$(cat $who.address)" 0x56bc75e2d63100000; do
            sleep 1 # the chain is starting
        done
    done
    ;;
registry)
    sign="--rpc $rpc --keystore issuer.json --passphrase-file passphrase"
    # shellcheck disable=SC2086 # the words of $sign are meant to be split
    badge deploy $sign
    # shellcheck disable=SC2086
    badge operator add "$(cat operator.address)" $sign
    [ -s token ] || badge token create --scope submit,digest,admin --name compose --store /var/lib/badged >token
    cat >badged.conf <<CONF
[http]
public_url = http://127.0.0.1:8080
public_rpc = http://127.0.0.1:8545
name = Compose
[chain]
rpc = $rpc
id = 31337
issuer = $(cat issuer.address)
keystore = /var/lib/badged/operator.json
passphrase_file = /var/lib/badged/passphrase
[batch]
max_age = 10 s
CONF
    ;;
esac
