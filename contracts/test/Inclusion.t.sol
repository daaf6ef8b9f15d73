// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBadgeRegistry} from "../src/IBadgeRegistry.sol";
import {Harness} from "./Harness.sol";
import {ReferenceTree} from "./ReferenceTree.sol";

/// statusOf and isGood against the reference tree: every leaf of every small tree, and wrong inputs close to it.
contract InclusionTest is Harness {
    uint256 private constant MAX_EXHAUSTIVE = 17;
    uint256 private constant MAX_WRONG_SIZE = 10;

    function digestOf(uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode("digest", i));
    }

    function saltOf(uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode("salt", i));
    }

    function leaves(uint256 n) private pure returns (bytes32[] memory list) {
        list = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) {
            list[i] = ReferenceTree.leafHash(saltOf(i), digestOf(i));
        }
    }

    /// Each size has an issuer of its own, so the same root can be anchored with wrong sizes.
    function issuerOf(uint256 treeSize) private pure returns (address) {
        return address(uint160(0x1000 + treeSize));
    }

    function anchor(bytes32 root, uint256 treeSize) private {
        vm.prank(issuerOf(treeSize));
        registry.anchor(issuerOf(treeSize), root, uint64(treeSize));
    }

    /// Queries the registry about leaf `leaf`, claimed to be at `index` of a tree of `treeSize` leaves.
    function isIncluded(uint256 leaf, uint256 index, uint256 treeSize, bytes32 root, bytes32[] memory path)
        private
        view
        returns (bool)
    {
        (bytes32 digest, bytes32 salt) = (digestOf(leaf), saltOf(leaf));
        IBadgeRegistry.Status status = registry.statusOf(issuerOf(treeSize), root, digest, salt, uint64(index), path);
        bool good = registry.isGood(issuerOf(treeSize), root, digest, salt, uint64(index), path);
        check(good == (status == IBadgeRegistry.Status.Good), "isGood is statusOf");
        check(good || status == IBadgeRegistry.Status.NotIncluded, "good or not included");
        return good;
    }

    function test_every_leaf_of_every_small_tree() public {
        for (uint256 n = 1; n <= MAX_EXHAUSTIVE; ++n) {
            bytes32[] memory list = leaves(n);
            bytes32 root = ReferenceTree.root(list, 0, n);
            anchor(root, n);
            for (uint256 i = 0; i < n; ++i) {
                bytes32[] memory path = ReferenceTree.path(list, i, 0, n);
                check(isIncluded(i, i, n, root, path), "included");
                checkWrongLeavesAndIndexes(i, n, root, path);
                checkWrongPaths(i, n, root, path);
            }
        }
    }

    function checkWrongLeavesAndIndexes(uint256 i, uint256 n, bytes32 root, bytes32[] memory path) private view {
        for (uint256 other = 0; other < n + 3; ++other) {
            if (other == i) continue;
            check(!isIncluded(other, i, n, root, path), "another leaf here");
            check(!isIncluded(i, other, n, root, path), "this leaf elsewhere");
        }
        check(!isIncluded(i, i + (1 << 32), n, root, path), "an index that ends in the same bits");
    }

    function checkWrongPaths(uint256 i, uint256 n, bytes32 root, bytes32[] memory path) private view {
        check(!isIncluded(i, i, n, root, ReferenceTree.append(path, 0)), "longer by zero");
        check(!isIncluded(i, i, n, root, ReferenceTree.append(path, root)), "longer by the root");
        for (uint256 k = 0; k < path.length; ++k) {
            bytes32 kept = path[k];
            path[k] = kept ^ bytes32(uint256(1));
            check(!isIncluded(i, i, n, root, path), "a last bit flipped");
            path[k] = kept ^ bytes32(uint256(1) << 255);
            check(!isIncluded(i, i, n, root, path), "a first bit flipped");
            path[k] = kept;
        }
        bytes32[] memory shorter = new bytes32[](path.length);
        for (uint256 len = 0; len < path.length; ++len) {
            assembly ("memory-safe") {
                mstore(shorter, len)
            }
            for (uint256 k = 0; k < len; ++k) {
                shorter[k] = path[k];
            }
            check(!isIncluded(i, i, n, root, shorter), "shorter");
        }
    }

    /// A path alone does not determine the size: some pairs of sizes share it. The registry accepts exactly these.
    function test_wrong_sizes_match_the_definition() public {
        for (uint256 n = 1; n <= MAX_WRONG_SIZE; ++n) {
            bytes32[] memory list = leaves(n);
            bytes32 root = ReferenceTree.root(list, 0, n);
            for (uint256 size = 1; size <= MAX_WRONG_SIZE; ++size) {
                anchor(root, size);
                for (uint256 i = 0; i < n; ++i) {
                    checkAsDefined(list[i], i, size, root, ReferenceTree.path(list, i, 0, n));
                }
            }
        }
    }

    function checkAsDefined(bytes32 hash, uint256 leaf, uint256 size, bytes32 root, bytes32[] memory path)
        private
        view
    {
        for (uint256 index = 0; index <= size; ++index) {
            (bool exists, bytes32 result) = ReferenceTree.rootFromPath(hash, index, size, path, path.length);
            check(isIncluded(leaf, index, size, root, path) == (exists && result == root), "as defined");
        }
    }

    /// Trees of any size, far larger than a test can build: the root is computed from a random path.
    function testFuzz_any_size(uint64 treeSize, uint64 index, bytes32[24] calldata random, uint256 leaf) public {
        treeSize = 1 + treeSize % 2 ** 24;
        index = index % treeSize;
        leaf = leaf % 2 ** 128;
        uint256 len = pathLength(index, treeSize);
        bytes32[] memory path = new bytes32[](len);
        for (uint256 k = 0; k < len; ++k) {
            path[k] = random[k];
        }
        bytes32 hash = ReferenceTree.leafHash(saltOf(leaf), digestOf(leaf));
        (bool exists, bytes32 root) = ReferenceTree.rootFromPath(hash, index, treeSize, path, len);
        check(exists, "the reference agrees on the length");
        anchor(root, treeSize);
        check(isIncluded(leaf, index, treeSize, root, path), "included");
        check(!isIncluded(leaf + 1, index, treeSize, root, path), "not another");
    }

    function pathLength(uint256 index, uint256 n) private pure returns (uint256 len) {
        while (n > 1) {
            uint256 k = ReferenceTree.split(n);
            (index, n) = index < k ? (index, k) : (index - k, n - k);
            ++len;
        }
    }

    function testFuzz_nonsense_is_never_good(
        bytes32 root,
        bytes32 digest,
        bytes32 salt,
        uint64 index,
        uint64 treeSize,
        bytes32[] calldata path
    ) public {
        check(!registry.isGood(ISSUER, root, digest, salt, index, path), "nothing is anchored");
        vm.prank(ISSUER);
        registry.anchor(ISSUER, root, 1 + treeSize % 2 ** 24);
        check(!registry.isGood(ISSUER, root, digest, salt, index, path), "not in it");
    }

    /// All statuses: the first one that applies is returned.
    function test_order_of_statuses() public {
        bytes32 root = ReferenceTree.leafHash(saltOf(0), digestOf(0));
        checkStatus(root, IBadgeRegistry.Status.NotAnchored);
        vm.prank(ISSUER);
        registry.revoke(ISSUER, one(digestOf(0)), 0);
        checkStatus(root, IBadgeRegistry.Status.NotAnchored);
        vm.prank(OPERATOR);
        registry.anchor(ISSUER, root, 1);
        checkStatus(root, IBadgeRegistry.Status.Revoked);
        vm.prank(ISSUER);
        registry.restore(one(digestOf(0)));
        checkStatus(root, IBadgeRegistry.Status.Good);
        vm.prank(ISSUER);
        registry.withdraw(root);
        checkStatus(root, IBadgeRegistry.Status.Withdrawn);
        vm.prank(ISSUER);
        registry.revoke(ISSUER, one(digestOf(0)), 0);
        checkStatus(root, IBadgeRegistry.Status.Withdrawn);
        bytes32[] memory path = new bytes32[](0);
        check(
            registry.statusOf(ISSUER, root, digestOf(1), saltOf(0), 0, path) == IBadgeRegistry.Status.NotIncluded,
            "not included before withdrawn"
        );
    }

    function checkStatus(bytes32 root, IBadgeRegistry.Status expected) private view {
        bytes32[] memory path = new bytes32[](0);
        check(registry.statusOf(ISSUER, root, digestOf(0), saltOf(0), 0, path) == expected, "status");
        check(
            registry.isGood(ISSUER, root, digestOf(0), saltOf(0), 0, path) == (expected == IBadgeRegistry.Status.Good),
            "good"
        );
    }

    /// On a chain without the SHA-256 precompile, the call reverts and never uses a stale hash.
    function test_reverts_without_sha256() public {
        bytes32 root = ReferenceTree.leafHash(saltOf(0), digestOf(0));
        vm.prank(ISSUER);
        registry.anchor(ISSUER, root, 1);
        vm.mockCall(address(2), abi.encodePacked(hex"00", saltOf(0), digestOf(0)), "");
        bytes32[] memory path = new bytes32[](0);
        (bool ok,) =
            address(registry).call(abi.encodeCall(registry.isGood, (ISSUER, root, digestOf(0), saltOf(0), 0, path)));
        check(!ok, "reverts");
    }
}
