// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title A registry of Merkle roots of issued credentials
/// @notice Ownerless and immutable: no admin, no upgrade, no pause. Everything is keyed by an issuer, which is an
/// account; nobody can write for another issuer. An issuer may keep its own key cold and appoint operators, hot keys
/// that anchor and revoke for it. Trees have the shape of RFC 9162 section 2.1: a leaf is SHA-256(0x00 ‖ salt ‖
/// digest), a node SHA-256(0x01 ‖ left ‖ right).
/// @dev Names, types, order and `indexed` determine the selectors and topics: changing them makes another contract.
/// Times are those of blocks, in seconds since 1970. Only changes emit an event: a call that changes nothing succeeds
/// without one.
interface IBadgeRegistry {
    /// The status of one credential: the first of these that applies, in this order; Good if none does. An unknown
    /// issuer or root gives 0, so nothing is good by default.
    enum Status {
        NotAnchored,
        NotIncluded,
        Withdrawn,
        Revoked,
        Good
    }

    /// `sequence` is the anchor's place in the issuer's log, counted from 1.
    event Anchored(
        address indexed issuer, bytes32 indexed root, address indexed operator, uint64 sequence, uint64 treeSize
    );
    event Withdrawn(address indexed issuer, bytes32 indexed root);
    event Revoked(address indexed issuer, bytes32 indexed digest, address indexed operator);
    event Restored(address indexed issuer, bytes32 indexed digest);
    event OperatorChanged(address indexed issuer, address indexed operator, bool allowed);
    event ProfileChanged(address indexed issuer, string uri);
    event Accredited(address indexed accreditor, address indexed issuer, bytes32 indexed subject, bool accredited);

    /// The sender is neither the issuer nor one of its operators.
    error NotOperator();
    /// A tree of no leaves.
    error EmptyTree();
    /// A tree of more than 2**24 leaves.
    error TreeTooLarge();
    /// The issuer has anchored this root before, with this or another size.
    error AlreadyAnchored();
    /// The sender has not anchored this root.
    error NotAnchored();
    /// The sender has withdrawn this root before.
    error AlreadyWithdrawn();

    // -- by the issuer or one of its operators

    /// @notice Records a root for the issuer. It remains recorded after the operator is removed.
    /// @dev Reverts with NotOperator, EmptyTree, TreeTooLarge, AlreadyAnchored, checked in this order.
    function anchor(address issuer, bytes32 root, uint64 treeSize) external;

    /// @notice Revokes credentials by digest, in all batches of the issuer, later ones included.
    /// @dev Digests that are revoked already are skipped and keep their time. Reverts with NotOperator.
    function revoke(address issuer, bytes32[] calldata digests) external;

    // -- by the issuer alone, in the sender's own name

    /// @notice Appoints an operator, or removes one. The issuer itself needs no appointment and can't be removed.
    function setOperator(address operator, bool allowed) external;

    /// @notice Withdraws a root permanently: it can't be anchored again.
    /// @dev Reverts with NotAnchored, AlreadyWithdrawn.
    function withdraw(bytes32 root) external;

    /// @notice Undoes revocations. Digests that are not revoked are skipped.
    function restore(bytes32[] calldata digests) external;

    /// @notice Sets a URI where the issuer describes itself. It proves nothing.
    function setProfile(string calldata uri) external;

    // -- by anyone, in the sender's own name

    /// @notice States, or ends the statement, that `issuer` acts for the credential issuer whose id has the hash
    /// `subject`.
    /// @dev If it is stated again after an end, it has a new beginning; the earlier period is then in the events only.
    /// @param subject keccak256 of the id in UTF-8
    function accredit(address issuer, bytes32 subject, bool accredited) external;

    // -- reading

    /// @return sequence place in the issuer's log, counted from 1; 0: not anchored, as are the other three
    /// @return treeSize number of leaves
    /// @return time when the anchor's block was made
    /// @return blockNumber the anchor's block, as the chain's NUMBER instruction gives it
    function anchorOf(address issuer, bytes32 root)
        external
        view
        returns (uint64 sequence, uint64 treeSize, uint64 time, uint64 blockNumber);

    /// @notice One word that proves a list of anchors complete and in order.
    /// @return count number of anchors, and so the sequence of the newest
    /// @return head a hash over all of them: starting with zero, each sets it to bytes24(keccak256(head ‖ root ‖
    /// treeSize)), over 24 + 32 + 8 bytes
    function logOf(address issuer) external view returns (uint64 count, bytes24 head);

    /// @return time 0: not withdrawn
    function withdrawnAt(address issuer, bytes32 root) external view returns (uint64 time);

    /// @return time 0: not revoked
    function revokedAt(address issuer, bytes32 digest) external view returns (uint64 time);

    /// @return whether `operator` may anchor and revoke for `issuer`; always true of the issuer itself
    function isOperator(address issuer, address operator) external view returns (bool);

    function profileOf(address issuer) external view returns (string memory);

    /// @return since 0: never accredited
    /// @return until 0: still accredited; else the statement was valid from `since` until before this time
    function accreditedBy(address accreditor, address issuer, bytes32 subject)
        external
        view
        returns (uint64 since, uint64 until);

    /// @notice The status of one credential; the call verifies its inclusion.
    /// @param path siblings from the leaf upwards; RFC 9162 section 2.1.3.2, with the size that was anchored
    function statusOf(
        address issuer,
        bytes32 root,
        bytes32 digest,
        bytes32 salt,
        uint64 leafIndex,
        bytes32[] calldata path
    ) external view returns (Status);

    /// @return whether statusOf is Good: anchored, included, not withdrawn, not revoked
    function isGood(
        address issuer,
        bytes32 root,
        bytes32 digest,
        bytes32 salt,
        uint64 leafIndex,
        bytes32[] calldata path
    ) external view returns (bool);
}
