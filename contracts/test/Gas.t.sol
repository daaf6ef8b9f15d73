// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Harness} from "./Harness.sol";
import {ReferenceTree} from "./ReferenceTree.sol";

/// The cost of complete transactions: each call runs as a transaction of its own, with the 21,000 and the call data
/// included and all storage cold. The figures are kept in snapshots/; with --gas-snapshot-check=true a difference
/// fails.
///
/// forge-config: default.isolate = true
contract GasTest is Harness {
    uint256 private constant ANCHOR_CEILING = 56_000;
    uint256 private constant REVOKE_CEILING = 50_400;
    uint256 private constant REVOKE_EACH_CEILING = 25_600; // of a hundred in one transaction

    /// Without a zero byte, which makes the call data as expensive as possible.
    bytes32 private constant DEAREST = 0x0101010101010101010101010101010101010101010101010101010101010101;

    function snapshot(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall("BadgeRegistry", name);
    }

    function test_anchor() public {
        vm.prank(OPERATOR);
        registry.anchor(ISSUER, keccak256("first"), 1000);
        snapshot("anchor, an issuer's first");
        vm.prank(OPERATOR);
        registry.anchor(ISSUER, DEAREST, 0xffffff);
        uint256 gas = snapshot("anchor");
        check(gas <= ANCHOR_CEILING, "anchor costs more than 56,000 gas");
        check(gas > 21_000 + 22_100, "a whole transaction was measured");
        vm.prank(ISSUER);
        registry.withdraw(DEAREST);
        snapshot("withdraw");
    }

    function test_revoke_and_restore() public {
        bytes32[] memory digests = new bytes32[](100);
        for (uint256 i = 0; i < digests.length; ++i) {
            digests[i] = DEAREST ^ bytes32((i + 2) << 8); // neither a zero byte nor DEAREST itself
        }
        vm.prank(OPERATOR);
        registry.revoke(ISSUER, one(DEAREST), 5);
        check(snapshot("revoke, one") <= REVOKE_CEILING, "a revocation costs more than 50,400 gas");
        vm.prank(OPERATOR);
        registry.revoke(ISSUER, digests, 5);
        check(snapshot("revoke, a hundred") <= 100 * REVOKE_EACH_CEILING, "one of a hundred costs more than 25,600 gas");
        vm.prank(ISSUER);
        registry.restore(one(DEAREST));
        snapshot("restore, one");
    }

    function test_administration() public {
        vm.prank(ISSUER);
        registry.setOperator(STRANGER, true);
        snapshot("setOperator");
        vm.prank(STRANGER);
        registry.accredit(ISSUER, DEAREST, 1, 0);
        snapshot("accredit, always");
        vm.prank(OPERATOR);
        registry.accredit(ISSUER, DEAREST, 0x0101010101010101, 0x0101010101010102);
        snapshot("accredit, a period");
        vm.prank(STRANGER);
        registry.accredit(ISSUER, DEAREST, 0, 0);
        snapshot("accredit, removed");
        vm.prank(ISSUER);
        registry.setProfile("https://example.org/");
        snapshot("setProfile, 20 bytes");
    }

    function test_isGood_of_a_million() public {
        bytes32[] memory path = new bytes32[](20);
        for (uint256 i = 0; i < path.length; ++i) {
            path[i] = keccak256(abi.encode(i));
        }
        bytes32 leaf = ReferenceTree.leafHash(DEAREST, keccak256("digest"));
        (, bytes32 root) = ReferenceTree.rootFromPath(leaf, 0xaaaaa, 2 ** 20, path, path.length);
        vm.prank(ISSUER);
        registry.anchor(ISSUER, root, 2 ** 20);
        check(registry.isGood(ISSUER, root, keccak256("digest"), DEAREST, 0xaaaaa, path), "good");
        snapshot("isGood, in 2^20 leaves, as a call");
    }
}
