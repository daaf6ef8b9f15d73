// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title A registry of Merkle roots of issued credentials
/// @notice Ownerless and immutable: no admin, no upgrade, no pause. Everything is keyed by an issuer, which is an
/// account; nobody can write for another issuer. An issuer may keep its own key cold and appoint operators, hot keys
/// that anchor and revoke for it. Trees have the shape of RFC 9162 section 2.1: a leaf is SHA-256(0x00 ‖ salt ‖
/// digest), a node SHA-256(0x01 ‖ left ‖ right).
/// @dev Names, types, order and `indexed` determine the selectors and topics: changing them makes another contract.
/// Times are in seconds since 1970, and those of blocks but for the periods of accreditations. Only changes emit an
/// event: a call that changes nothing succeeds without one.
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
    event Revoked(address indexed issuer, bytes32 indexed digest, address indexed operator, uint8 reason);
    event Restored(address indexed issuer, bytes32 indexed digest);
    event OperatorChanged(address indexed issuer, address indexed operator, bool allowed);
    event ProfileChanged(address indexed issuer, string uri);
    event Accredited(
        address indexed accreditor, address indexed issuer, bytes32 indexed subject, uint64 since, uint64 until
    );

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
    /// An accreditation that would hold at no time.
    error EmptyPeriod();

    // -- by the issuer or one of its operators

    /// @notice Records a root for the issuer. It remains recorded after the operator is removed.
    /// @dev Reverts with NotOperator, EmptyTree, TreeTooLarge, AlreadyAnchored, checked in this order.
    function anchor(address issuer, bytes32 root, uint64 treeSize) external;

    /// @notice Revokes credentials by digest, in all batches of the issuer, later ones included.
    /// @dev Digests that are revoked already are skipped and keep their time and reason. Reverts with NotOperator.
    /// @param reason public for ever. 0: unspecified; 1: issued in error; 2: replaced by another credential; 3: its
    /// conditions are no longer met; 4: annulled; 5: the holder's wish. Any other is recorded too; readers show it as 0
    function revoke(address issuer, bytes32[] calldata digests, uint8 reason) external;

    // -- by the issuer alone, in the sender's own name

    /// @notice Appoints an operator, or removes one. The issuer itself needs no appointment and can't be removed.
    function setOperator(address operator, bool allowed) external;

    /// @notice Withdraws a root permanently: it can't be anchored again.
    /// @dev Reverts with NotAnchored, AlreadyWithdrawn.
    function withdraw(bytes32 root) external;

    /// @notice Undoes revocations. Digests that are not revoked are skipped; one that is revoked again has the time and
    /// the reason of that.
    function restore(bytes32[] calldata digests) external;

    /// @notice Sets a URI where the issuer describes itself. It proves nothing.
    function setProfile(string calldata uri) external;

    // -- by anyone, in the sender's own name

    /// @notice States for which time `issuer` acts for the credential issuer whose id has the hash `subject`: from
    /// `since` until before `until`. It is the sender's word alone, so both may be in the past or in the future.
    /// @dev Replaces what the sender has stated of the two before, which is then in the events only. Reverts with
    /// EmptyPeriod if `until` is neither 0 nor above `since`, or if `since` is 0 and `until` is not.
    /// @param subject keccak256 of the id in UTF-8
    /// @param since 0: removes the statement
    /// @param until 0: no end
    function accredit(address issuer, bytes32 subject, uint64 since, uint64 until) external;

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

    /// @return time 0: not revoked, and `reason` is 0 too
    /// @return reason as it was given to revoke()
    function revokedAt(address issuer, bytes32 digest) external view returns (uint64 time, uint8 reason);

    /// @return whether `operator` may anchor and revoke for `issuer`; always true of the issuer itself
    function isOperator(address issuer, address operator) external view returns (bool);

    function profileOf(address issuer) external view returns (string memory);

    /// @return since 0: not accredited, and `until` is 0 too
    /// @return until 0: no end; else the statement holds from `since` until before this time
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
