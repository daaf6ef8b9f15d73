// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBadgeRegistry} from "./IBadgeRegistry.sol";

/// @title The registry's only implementation; the interface specifies it
/// @dev The order of the state variables is published: clients prove them with eth_getProof. No constructor arguments,
/// so the code has the same address on every chain.
contract BadgeRegistry is IBadgeRegistry {
    uint64 private constant MAX_TREE_SIZE = 2 ** 24;

    /// One slot. `treeSize` is 0 only if there is no record.
    struct AnchorRecord {
        uint64 sequence;
        uint64 treeSize;
        uint64 time;
        uint64 blockNumber;
    }

    /// One slot.
    struct LogRecord {
        uint64 count;
        bytes24 head;
    }

    /// One slot. `time` is 0 only if there is no record.
    struct Revocation {
        uint64 time;
        uint8 reason;
    }

    /// One slot. `since` is 0 only if there is no record.
    struct Accreditation {
        uint64 since;
        uint64 until;
    }

    mapping(address issuer => LogRecord) private _logs; // slot 0
    mapping(address issuer => mapping(bytes32 root => AnchorRecord)) private _anchors; // slot 1
    mapping(address issuer => mapping(address operator => bool)) private _operators; // slot 2
    mapping(address issuer => mapping(bytes32 root => uint64)) private _withdrawnAt; // slot 3
    mapping(address issuer => mapping(bytes32 digest => Revocation)) private _revocations; // slot 4
    mapping(address accreditor => mapping(address issuer => mapping(bytes32 subject => Accreditation))) private
        _accreditations; // slot 5
    mapping(address issuer => string) private _profiles; // slot 6

    modifier onlyFor(address issuer) {
        if (!isOperator(issuer, msg.sender)) revert NotOperator();
        _;
    }

    /// @inheritdoc IBadgeRegistry
    function anchor(address issuer, bytes32 root, uint64 treeSize) external onlyFor(issuer) {
        if (treeSize == 0) revert EmptyTree();
        if (treeSize > MAX_TREE_SIZE) revert TreeTooLarge();
        AnchorRecord storage record = _anchors[issuer][root];
        if (record.treeSize != 0) revert AlreadyAnchored();

        LogRecord storage log = _logs[issuer];
        (uint64 count, bytes24 head) = (log.count, log.head);
        unchecked {
            ++count; // 2**64 anchors are never made
        }
        (log.count, log.head) = (count, bytes24(keccak256(abi.encodePacked(head, root, treeSize))));
        (record.sequence, record.treeSize, record.time, record.blockNumber) =
        (count, treeSize, uint64(block.timestamp), uint64(block.number));
        emit Anchored(issuer, root, msg.sender, count, treeSize);
    }

    /// @inheritdoc IBadgeRegistry
    function revoke(address issuer, bytes32[] calldata digests, uint8 reason) external onlyFor(issuer) {
        mapping(bytes32 => Revocation) storage revocations = _revocations[issuer];
        for (uint256 i = 0; i < digests.length; ++i) {
            bytes32 digest = digests[i];
            Revocation storage record = revocations[digest];
            if (record.time != 0) continue;
            (record.time, record.reason) = (uint64(block.timestamp), reason);
            emit Revoked(issuer, digest, msg.sender, reason);
        }
    }

    /// @inheritdoc IBadgeRegistry
    function setOperator(address operator, bool allowed) external {
        if (operator == msg.sender || _operators[msg.sender][operator] == allowed) return;
        _operators[msg.sender][operator] = allowed;
        emit OperatorChanged(msg.sender, operator, allowed);
    }

    /// @inheritdoc IBadgeRegistry
    function withdraw(bytes32 root) external {
        if (_anchors[msg.sender][root].treeSize == 0) revert NotAnchored();
        if (_withdrawnAt[msg.sender][root] != 0) revert AlreadyWithdrawn();
        _withdrawnAt[msg.sender][root] = uint64(block.timestamp);
        emit Withdrawn(msg.sender, root);
    }

    /// @inheritdoc IBadgeRegistry
    function restore(bytes32[] calldata digests) external {
        mapping(bytes32 => Revocation) storage revocations = _revocations[msg.sender];
        for (uint256 i = 0; i < digests.length; ++i) {
            bytes32 digest = digests[i];
            if (revocations[digest].time == 0) continue;
            delete revocations[digest];
            emit Restored(msg.sender, digest);
        }
    }

    /// @inheritdoc IBadgeRegistry
    function setProfile(string calldata uri) external {
        if (keccak256(bytes(_profiles[msg.sender])) == keccak256(bytes(uri))) return;
        _profiles[msg.sender] = uri;
        emit ProfileChanged(msg.sender, uri);
    }

    /// @inheritdoc IBadgeRegistry
    function accredit(address issuer, bytes32 subject, uint64 since, uint64 until) external {
        if (until != 0 && (since == 0 || until <= since)) revert EmptyPeriod();
        Accreditation storage record = _accreditations[msg.sender][issuer][subject];
        if (record.since == since && record.until == until) return;
        (record.since, record.until) = (since, until);
        emit Accredited(msg.sender, issuer, subject, since, until);
    }

    /// @inheritdoc IBadgeRegistry
    function anchorOf(address issuer, bytes32 root)
        external
        view
        returns (uint64 sequence, uint64 treeSize, uint64 time, uint64 blockNumber)
    {
        AnchorRecord storage record = _anchors[issuer][root];
        return (record.sequence, record.treeSize, record.time, record.blockNumber);
    }

    /// @inheritdoc IBadgeRegistry
    function logOf(address issuer) external view returns (uint64 count, bytes24 head) {
        LogRecord storage log = _logs[issuer];
        return (log.count, log.head);
    }

    /// @inheritdoc IBadgeRegistry
    function withdrawnAt(address issuer, bytes32 root) external view returns (uint64 time) {
        return _withdrawnAt[issuer][root];
    }

    /// @inheritdoc IBadgeRegistry
    function revokedAt(address issuer, bytes32 digest) external view returns (uint64 time, uint8 reason) {
        Revocation storage record = _revocations[issuer][digest];
        return (record.time, record.reason);
    }

    /// @inheritdoc IBadgeRegistry
    function isOperator(address issuer, address operator) public view returns (bool) {
        return operator == issuer || _operators[issuer][operator];
    }

    /// @inheritdoc IBadgeRegistry
    function profileOf(address issuer) external view returns (string memory) {
        return _profiles[issuer];
    }

    /// @inheritdoc IBadgeRegistry
    function accreditedBy(address accreditor, address issuer, bytes32 subject)
        external
        view
        returns (uint64 since, uint64 until)
    {
        Accreditation storage record = _accreditations[accreditor][issuer][subject];
        return (record.since, record.until);
    }

    /// @inheritdoc IBadgeRegistry
    function statusOf(
        address issuer,
        bytes32 root,
        bytes32 digest,
        bytes32 salt,
        uint64 leafIndex,
        bytes32[] calldata path
    ) public view returns (Status) {
        uint64 treeSize = _anchors[issuer][root].treeSize;
        if (treeSize == 0) return Status.NotAnchored;
        if (!_isIncluded(root, treeSize, digest, salt, leafIndex, path)) return Status.NotIncluded;
        if (_withdrawnAt[issuer][root] != 0) return Status.Withdrawn;
        if (_revocations[issuer][digest].time != 0) return Status.Revoked;
        return Status.Good;
    }

    /// @inheritdoc IBadgeRegistry
    function isGood(
        address issuer,
        bytes32 root,
        bytes32 digest,
        bytes32 salt,
        uint64 leafIndex,
        bytes32[] calldata path
    ) external view returns (bool) {
        return statusOf(issuer, root, digest, salt, leafIndex, path) == Status.Good;
    }

    /// Whether the path leads from the salted digest to the root: RFC 9162 section 2.1.3.2. A path of more hashes than
    /// the tree has levels ends the loop early, so its length needs no bound of its own.
    function _isIncluded(
        bytes32 root,
        uint64 treeSize,
        bytes32 digest,
        bytes32 salt,
        uint64 leafIndex,
        bytes32[] calldata path
    ) private view returns (bool) {
        if (leafIndex >= treeSize) return false;
        uint256 index = leafIndex;
        uint256 last = treeSize - 1;
        bytes32 hash = _sha256(0, salt, digest);
        for (uint256 i = 0; i < path.length; ++i) {
            if (last == 0) return false; // at the root already
            bytes32 sibling = path[i];
            if ((index & 1) == 1 || index == last) {
                hash = _sha256(1, sibling, hash);
                // A last node without a sibling moves up unchanged: skip those levels.
                while ((index & 1) == 0 && index != 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                hash = _sha256(1, hash, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root;
    }

    /// SHA-256(prefix ‖ left ‖ right), over 65 bytes, by the precompiled contract 2; abi.encodePacked would cost twice
    /// as much, because it allocates memory for each node.
    function _sha256(uint8 prefix, bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let input := mload(0x40) // free memory, used without allocating it
            mstore8(input, prefix)
            mstore(add(input, 0x01), left)
            mstore(add(input, 0x21), right)
            // A chain without this precompile calls an empty account, which succeeds and returns nothing: not a hash.
            let ok := staticcall(gas(), 0x02, input, 0x41, 0x00, 0x20)
            if iszero(and(ok, eq(returndatasize(), 0x20))) { revert(0x00, 0x00) }
            hash := mload(0x00)
        }
    }
}
