// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// Merkle trees by the recursive definitions of RFC 9162 section 2.1. Independent of the contract, which uses index
/// arithmetic.
library ReferenceTree {
    function leafHash(bytes32 salt, bytes32 digest) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"00", salt, digest));
    }

    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"01", left, right));
    }

    /// Where a tree of n > 1 leaves is split: the largest power of two below n.
    function split(uint256 n) internal pure returns (uint256 k) {
        k = 1;
        while (k * 2 < n) k *= 2;
    }

    /// The hash of n leaves starting at `from`: section 2.1.1.
    function root(bytes32[] memory leaves, uint256 from, uint256 n) internal pure returns (bytes32) {
        if (n == 1) return leaves[from];
        uint256 k = split(n);
        return nodeHash(root(leaves, from, k), root(leaves, from + k, n - k));
    }

    /// The siblings of leaf `from + index`, lowest first: section 2.1.3.1.
    function path(bytes32[] memory leaves, uint256 index, uint256 from, uint256 n)
        internal
        pure
        returns (bytes32[] memory)
    {
        if (n == 1) return new bytes32[](0);
        uint256 k = split(n);
        if (index < k) return append(path(leaves, index, from, k), root(leaves, from + k, n - k));
        return append(path(leaves, index - k, from + k, n - k), root(leaves, from, k));
    }

    /// The root that the first `len` hashes of a path give for a leaf; none if they are too many or too few.
    function rootFromPath(bytes32 leaf, uint256 index, uint256 n, bytes32[] memory hashes, uint256 len)
        internal
        pure
        returns (bool exists, bytes32 result)
    {
        if (index >= n) return (false, 0);
        if (n == 1) return (len == 0, leaf);
        if (len == 0) return (false, 0);
        uint256 k = split(n);
        bytes32 sibling = hashes[len - 1];
        if (index < k) {
            (exists, result) = rootFromPath(leaf, index, k, hashes, len - 1);
            return (exists, nodeHash(result, sibling));
        }
        (exists, result) = rootFromPath(leaf, index - k, n - k, hashes, len - 1);
        return (exists, nodeHash(sibling, result));
    }

    function append(bytes32[] memory list, bytes32 item) internal pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = item;
    }
}
