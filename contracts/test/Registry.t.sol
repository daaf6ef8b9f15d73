// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BadgeRegistry} from "../src/BadgeRegistry.sol";
import {IBadgeRegistry} from "../src/IBadgeRegistry.sol";
import {Harness} from "./Harness.sol";

/// Each function of the registry: its effects, events and reverts.
contract RegistryTest is Harness {
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant DIGEST = keccak256("digest");
    bytes32 private constant SUBJECT = keccak256("did:example:issuer");

    function anchorAs(address sender, bytes32 root, uint64 treeSize) private {
        vm.prank(sender);
        registry.anchor(ISSUER, root, treeSize);
    }

    // -- anchor

    function test_anchor_records_sequence_size_time_and_block() public {
        vm.recordLogs();
        anchorAs(OPERATOR, ROOT, 1000);
        checkOnlyEvent(
            IBadgeRegistry.Anchored.selector, word(ISSUER), ROOT, word(OPERATOR), abi.encode(uint64(1), uint64(1000))
        );
        (uint64 sequence, uint64 treeSize, uint64 time, uint64 blockNumber) = registry.anchorOf(ISSUER, ROOT);
        check(sequence == 1 && treeSize == 1000, "sequence and size");
        check(time == 1_800_000_000 && blockNumber == 100, "time and block");
    }

    function test_anchor_counts_from_one_and_chains_the_head() public {
        bytes24 expected;
        for (uint64 i = 1; i <= 5; ++i) {
            bytes32 root = keccak256(abi.encode(i));
            anchorAs(i % 2 == 0 ? ISSUER : OPERATOR, root, i);
            expected = bytes24(keccak256(bytes.concat(expected, root, bytes8(i))));
            (uint64 count, bytes24 head) = registry.logOf(ISSUER);
            (uint64 sequence,,,) = registry.anchorOf(ISSUER, root);
            check(count == i && sequence == i, "count");
            check(head == expected, "head");
        }
    }

    function test_anchor_of_an_unknown_root_is_all_zero() public view {
        (uint64 sequence, uint64 treeSize, uint64 time, uint64 blockNumber) = registry.anchorOf(ISSUER, ROOT);
        check(sequence == 0 && treeSize == 0 && time == 0 && blockNumber == 0, "zero");
        (uint64 count, bytes24 head) = registry.logOf(ISSUER);
        check(count == 0 && head == 0, "empty log");
    }

    function test_anchor_reverts_in_the_stated_order() public {
        vm.expectRevert(IBadgeRegistry.NotOperator.selector);
        anchorAs(STRANGER, ROOT, 0);
        vm.expectRevert(IBadgeRegistry.EmptyTree.selector);
        anchorAs(OPERATOR, ROOT, 0);
        anchorAs(OPERATOR, ROOT, 2 ** 24);
        vm.expectRevert(IBadgeRegistry.TreeTooLarge.selector);
        anchorAs(OPERATOR, ROOT, 2 ** 24 + 1);
        vm.expectRevert(IBadgeRegistry.TreeTooLarge.selector);
        anchorAs(OPERATOR, ROOT, type(uint64).max);
        vm.expectRevert(IBadgeRegistry.AlreadyAnchored.selector);
        anchorAs(OPERATOR, ROOT, 2 ** 24);
        vm.expectRevert(IBadgeRegistry.AlreadyAnchored.selector);
        anchorAs(ISSUER, ROOT, 7);
    }

    function test_two_issuers_anchor_one_root() public {
        anchorAs(OPERATOR, ROOT, 3);
        vm.prank(STRANGER);
        registry.anchor(STRANGER, ROOT, 4);
        (, uint64 ours,,) = registry.anchorOf(ISSUER, ROOT);
        (, uint64 theirs,,) = registry.anchorOf(STRANGER, ROOT);
        check(ours == 3 && theirs == 4, "apart");
    }

    function test_anchor_outlives_its_operator() public {
        anchorAs(OPERATOR, ROOT, 3);
        vm.prank(ISSUER);
        registry.setOperator(OPERATOR, false);
        (, uint64 treeSize,,) = registry.anchorOf(ISSUER, ROOT);
        check(treeSize == 3, "still there");
        vm.expectRevert(IBadgeRegistry.NotOperator.selector);
        anchorAs(OPERATOR, keccak256("next"), 3);
    }

    function testFuzz_anchor(bytes32 root, uint64 treeSize, uint32 time, uint32 blockNumber) public {
        vm.warp(time);
        vm.roll(blockNumber);
        bool fits = treeSize != 0 && treeSize <= 2 ** 24;
        if (treeSize == 0) vm.expectRevert(IBadgeRegistry.EmptyTree.selector);
        else if (!fits) vm.expectRevert(IBadgeRegistry.TreeTooLarge.selector);
        anchorAs(OPERATOR, root, treeSize);
        (uint64 sequence, uint64 size, uint64 t, uint64 n) = registry.anchorOf(ISSUER, root);
        if (fits) check(sequence == 1 && size == treeSize && t == time && n == blockNumber, "recorded");
        else check(sequence == 0 && size == 0 && t == 0 && n == 0, "nothing recorded");
    }

    function testFuzz_only_the_issuer_and_its_operators_write(address sender) public {
        bool may = sender == ISSUER || sender == OPERATOR;
        if (!may) vm.expectRevert(IBadgeRegistry.NotOperator.selector);
        anchorAs(sender, ROOT, 1);
        if (!may) vm.expectRevert(IBadgeRegistry.NotOperator.selector);
        vm.prank(sender);
        registry.revoke(ISSUER, one(DIGEST), 1);
        check(registry.isOperator(ISSUER, sender) == may, "isOperator agrees");
        checkRevoked(DIGEST, may ? 1_800_000_000 : 0, may ? 1 : 0);
    }

    // -- revoke, restore

    function revokeAs(address sender, bytes32[] memory digests, uint8 reason) private {
        vm.prank(sender);
        registry.revoke(ISSUER, digests, reason);
    }

    function checkRevoked(bytes32 digest, uint64 time, uint8 reason) private view {
        (uint64 t, uint8 r) = registry.revokedAt(ISSUER, digest);
        check(t == time && r == reason, "time and reason");
        (t, r) = registry.revokedAt(OPERATOR, digest);
        check(t == 0 && r == 0, "for the issuer only");
    }

    function test_revoke_skips_revoked_digests() public {
        bytes32[] memory digests = new bytes32[](4);
        (digests[0], digests[1], digests[2], digests[3]) = (DIGEST, keccak256("second"), DIGEST, keccak256("second"));
        revokeAs(ISSUER, one(DIGEST), 1);
        vm.warp(1_800_000_060);
        vm.recordLogs();
        revokeAs(OPERATOR, digests, 4);
        checkOnlyEvent(IBadgeRegistry.Revoked.selector, word(ISSUER), digests[1], word(OPERATOR), abi.encode(uint8(4)));
        checkRevoked(DIGEST, 1_800_000_000, 1); // the first time and reason are kept
        checkRevoked(digests[1], 1_800_000_060, 4); // the second's own
    }

    function test_revoke_for_no_stated_reason_is_the_first_revocation_too() public {
        revokeAs(OPERATOR, one(DIGEST), 0);
        vm.recordLogs();
        revokeAs(ISSUER, one(DIGEST), 2);
        checkNoEvent();
        checkRevoked(DIGEST, 1_800_000_000, 0);
    }

    function test_revoke_needs_no_anchor_and_takes_an_empty_list() public {
        vm.recordLogs();
        revokeAs(OPERATOR, new bytes32[](0), 0);
        checkNoEvent();
        vm.expectRevert(IBadgeRegistry.NotOperator.selector);
        revokeAs(STRANGER, new bytes32[](0), 0);
    }

    function testFuzz_revoke_records_any_reason(bytes32 digest, uint8 reason, uint64 time) public {
        time = time == 0 ? 1 : time; // no block has the time 0
        vm.warp(time);
        vm.recordLogs();
        revokeAs(OPERATOR, one(digest), reason);
        bytes memory topics = abi.encodePacked(IBadgeRegistry.Revoked.selector, word(ISSUER), digest, word(OPERATOR)); // a digest may be 0
        checkOnlyEvent(topics, abi.encode(reason));
        checkRevoked(digest, time, reason);
    }

    /// Of calls that a client encodes by itself: a reason beyond its type is refused.
    function testFuzz_revoke_refuses_a_reason_beyond_its_type(uint256 reason) public {
        bytes memory call = abi.encodeWithSelector(registry.revoke.selector, ISSUER, uint256(96), reason, 1, DIGEST);
        vm.prank(OPERATOR);
        (bool ok,) = address(registry).call(call);
        check(ok == (reason <= type(uint8).max), "accepted only within its type");
        checkRevoked(DIGEST, ok ? 1_800_000_000 : 0, ok ? uint8(reason) : 0);
    }

    function test_restore_undoes_a_revocation() public {
        revokeAs(OPERATOR, one(DIGEST), 3);
        bytes32[] memory digests = new bytes32[](3);
        (digests[0], digests[1], digests[2]) = (keccak256("never revoked"), DIGEST, DIGEST);
        vm.recordLogs();
        vm.prank(ISSUER);
        registry.restore(digests);
        checkOnlyEvent(IBadgeRegistry.Restored.selector, word(ISSUER), DIGEST, 0, "");
        checkRevoked(DIGEST, 0, 0);

        vm.warp(1_800_000_120);
        revokeAs(OPERATOR, one(DIGEST), 5);
        checkRevoked(DIGEST, 1_800_000_120, 5);
    }

    function test_an_operator_restores_and_withdraws_in_its_own_name_only() public {
        anchorAs(OPERATOR, ROOT, 1);
        revokeAs(OPERATOR, one(DIGEST), 1);
        vm.prank(OPERATOR);
        registry.restore(one(DIGEST));
        checkRevoked(DIGEST, 1_800_000_000, 1); // the issuer's revocation remains
        vm.expectRevert(IBadgeRegistry.NotAnchored.selector);
        vm.prank(OPERATOR);
        registry.withdraw(ROOT);
        check(registry.withdrawnAt(ISSUER, ROOT) == 0, "the issuer's anchor remains");
    }

    // -- withdraw

    function test_withdraw_is_permanent() public {
        vm.expectRevert(IBadgeRegistry.NotAnchored.selector);
        vm.prank(ISSUER);
        registry.withdraw(ROOT);

        anchorAs(OPERATOR, ROOT, 9);
        vm.warp(1_800_000_030);
        vm.recordLogs();
        vm.prank(ISSUER);
        registry.withdraw(ROOT);
        checkOnlyEvent(IBadgeRegistry.Withdrawn.selector, word(ISSUER), ROOT, 0, "");
        check(registry.withdrawnAt(ISSUER, ROOT) == 1_800_000_030, "time");
        (, uint64 treeSize,,) = registry.anchorOf(ISSUER, ROOT);
        check(treeSize == 9, "the record remains");

        vm.expectRevert(IBadgeRegistry.AlreadyWithdrawn.selector);
        vm.prank(ISSUER);
        registry.withdraw(ROOT);
        vm.expectRevert(IBadgeRegistry.AlreadyAnchored.selector);
        anchorAs(OPERATOR, ROOT, 9);
    }

    // -- operators

    function test_operators_are_appointed_and_removed() public {
        vm.recordLogs();
        vm.prank(ISSUER);
        registry.setOperator(STRANGER, true);
        checkOnlyEvent(IBadgeRegistry.OperatorChanged.selector, word(ISSUER), word(STRANGER), 0, abi.encode(true));
        check(registry.isOperator(ISSUER, STRANGER), "appointed");
        check(!registry.isOperator(STRANGER, ISSUER), "not the other way round");

        vm.recordLogs();
        vm.prank(ISSUER);
        registry.setOperator(STRANGER, true);
        checkNoEvent();

        vm.recordLogs();
        vm.prank(ISSUER);
        registry.setOperator(STRANGER, false);
        checkOnlyEvent(IBadgeRegistry.OperatorChanged.selector, word(ISSUER), word(STRANGER), 0, abi.encode(false));
        check(!registry.isOperator(ISSUER, STRANGER), "removed");
    }

    function test_an_issuer_is_always_its_own_operator() public {
        vm.recordLogs();
        vm.prank(ISSUER);
        registry.setOperator(ISSUER, false);
        vm.prank(ISSUER);
        registry.setOperator(ISSUER, true);
        checkNoEvent();
        check(registry.isOperator(ISSUER, ISSUER), "itself");
    }

    function test_an_operator_appoints_nobody_for_its_issuer() public {
        vm.prank(OPERATOR);
        registry.setOperator(STRANGER, true);
        check(!registry.isOperator(ISSUER, STRANGER), "not appointed");
    }

    // -- profile

    function testFuzz_profile(string calldata first, string calldata second) public {
        bool changes = keccak256(bytes(first)) != keccak256(bytes(second));
        vm.prank(ISSUER);
        registry.setProfile(first);
        vm.recordLogs();
        vm.prank(ISSUER);
        registry.setProfile(second);
        if (changes) {
            checkOnlyEvent(IBadgeRegistry.ProfileChanged.selector, word(ISSUER), 0, 0, abi.encode(second));
        } else {
            checkNoEvent();
        }
        check(keccak256(bytes(registry.profileOf(ISSUER))) == keccak256(bytes(second)), "kept");
        check(bytes(registry.profileOf(STRANGER)).length == 0, "nobody else's");
    }

    // -- accreditation

    function accredit(uint64 since, uint64 until) private {
        vm.prank(STRANGER);
        registry.accredit(ISSUER, SUBJECT, since, until);
    }

    function checkAccredited(uint64 since, uint64 until) private view {
        (uint64 s, uint64 u) = registry.accreditedBy(STRANGER, ISSUER, SUBJECT);
        check(s == since && u == until, "period");
        (s, u) = registry.accreditedBy(ISSUER, STRANGER, SUBJECT);
        check(s == 0 && u == 0, "in nobody else's name");
        (s, u) = registry.accreditedBy(STRANGER, ISSUER, keccak256("did:example:another"));
        check(s == 0 && u == 0, "for no other id");
    }

    /// Each of these changes what stands, and says so in an event; the block's time counts for nothing.
    function test_accreditation_states_a_period_and_replaces_it() public {
        uint64[2][7] memory periods = [
            [uint64(1), 0], // always
            [uint64(1), 1_700_000_000], // that, ended in the past
            [uint64(1_600_000_000), 1_700_000_000],
            [uint64(1_900_000_000), 2_000_000_000], // in the future
            [uint64(1_900_000_000), 0],
            [uint64(0), 0], // removed
            [type(uint64).max, 0]
        ];
        for (uint256 i = 0; i < periods.length; ++i) {
            (uint64 since, uint64 until) = (periods[i][0], periods[i][1]);
            vm.recordLogs();
            accredit(since, until);
            checkOnlyEvent(
                IBadgeRegistry.Accredited.selector, word(STRANGER), word(ISSUER), SUBJECT, abi.encode(since, until)
            );
            checkAccredited(since, until);
            vm.warp(block.timestamp + 10);
            vm.recordLogs();
            accredit(since, until);
            checkNoEvent();
            checkAccredited(since, until);
        }
    }

    function test_accreditation_that_never_was_is_removed_without_an_event() public {
        vm.recordLogs();
        accredit(0, 0);
        checkNoEvent();
        checkAccredited(0, 0);
    }

    function test_accreditation_for_no_time_is_refused() public {
        accredit(7, 9);
        uint64[2][5] memory periods =
            [[uint64(0), 1], [uint64(0), type(uint64).max], [uint64(7), 7], [uint64(7), 6], [type(uint64).max, 1]];
        for (uint256 i = 0; i < periods.length; ++i) {
            vm.expectRevert(IBadgeRegistry.EmptyPeriod.selector);
            accredit(periods[i][0], periods[i][1]);
        }
        checkAccredited(7, 9);
    }

    function testFuzz_accreditation(uint64 since, uint64 until, uint64 nextSince, uint64 nextUntil) public {
        bool first = holds(since, until);
        if (!first) vm.expectRevert(IBadgeRegistry.EmptyPeriod.selector);
        accredit(since, until);
        if (!first) (since, until) = (0, 0);
        checkAccredited(since, until);

        bool second = holds(nextSince, nextUntil);
        bool changes = nextSince != since || nextUntil != until;
        vm.recordLogs();
        if (!second) vm.expectRevert(IBadgeRegistry.EmptyPeriod.selector);
        accredit(nextSince, nextUntil);
        if (second && changes) {
            checkOnlyEvent(
                IBadgeRegistry.Accredited.selector,
                word(STRANGER),
                word(ISSUER),
                SUBJECT,
                abi.encode(nextSince, nextUntil)
            );
        } else {
            checkNoEvent();
        }
        if (second) checkAccredited(nextSince, nextUntil);
        else checkAccredited(since, until);
    }

    /// Whether it is a period, or the removal of one.
    function holds(uint64 since, uint64 until) private pure returns (bool) {
        return since == 0 ? until == 0 : until == 0 || until > since;
    }

    // -- the published storage layout

    function test_storage_layout() public {
        anchorAs(OPERATOR, ROOT, 1000);
        revokeAs(OPERATOR, one(DIGEST), 4);
        vm.prank(ISSUER);
        registry.withdraw(ROOT);
        accredit(1_700_000_000, 1_900_000_000);
        vm.prank(ISSUER);
        registry.setProfile("https://example.org/");

        (uint64 count, bytes24 head) = registry.logOf(ISSUER);
        checkSlot(keccak256(abi.encode(ISSUER, 0)), uint256(uint192(head)) << 64 | count);
        checkSlot(inner(ROOT, ISSUER, 1), uint256(100) << 192 | uint256(1_800_000_000) << 128 | 1000 << 64 | 1);
        checkSlot(inner(word(OPERATOR), ISSUER, 2), 1);
        checkSlot(inner(ROOT, ISSUER, 3), 1_800_000_000);
        checkSlot(inner(DIGEST, ISSUER, 4), uint256(4) << 64 | 1_800_000_000);
        checkSlot(
            keccak256(abi.encode(SUBJECT, inner(word(ISSUER), STRANGER, 5))),
            uint256(1_900_000_000) << 64 | 1_700_000_000
        );
        checkSlot(keccak256(abi.encode(ISSUER, 6)), uint256(bytes32("https://example.org/")) | 20 << 1);

        vm.prank(ISSUER);
        registry.restore(one(DIGEST));
        accredit(0, 0);
        checkSlot(inner(DIGEST, ISSUER, 4), 0);
        checkSlot(keccak256(abi.encode(SUBJECT, inner(word(ISSUER), STRANGER, 5))), 0);
    }

    function inner(bytes32 key, address account, uint256 slot) private pure returns (bytes32) {
        return keccak256(abi.encode(key, keccak256(abi.encode(account, slot))));
    }

    function checkSlot(bytes32 slot, uint256 value) private view {
        check(uint256(vm.load(address(registry), slot)) == value, "slot");
    }

    // -- no ether, no other calls

    function test_takes_no_ether_and_no_unknown_call() public {
        (bool paid,) = address(registry).call{value: 1}("");
        check(!paid, "no ether");
        (bool called,) = address(registry).call(hex"deadbeef");
        check(!called, "no fallback");
    }
}
