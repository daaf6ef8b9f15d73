// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BadgeRegistry} from "../src/BadgeRegistry.sol";
import {IBadgeRegistry} from "../src/IBadgeRegistry.sol";
import {Vm} from "./Harness.sol";
import {ReferenceTree} from "./ReferenceTree.sol";

/// Calls the registry at random as five accounts, and keeps a model of the expected state. The model predicts each
/// call: a call with another outcome reverts, and fails the run.
contract Crowd {
    Vm private constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    uint256 public constant ACCOUNTS = 5;
    uint256 public constant CREDENTIALS = 4;
    uint256 public constant SUBJECTS = 2;

    struct Anchor {
        bytes32 root;
        uint64 treeSize;
        uint64 time;
    }

    struct Revocation {
        uint64 time;
        uint8 reason;
    }

    struct Period {
        uint64 since;
        uint64 until;
    }

    BadgeRegistry public immutable registry;
    uint256 public succeeded;
    mapping(uint256 issuer => Anchor[]) private _log;
    mapping(uint256 issuer => mapping(bytes32 root => uint256)) public place; // in the log, from 1
    mapping(uint256 issuer => mapping(bytes32 root => bool)) public isWithdrawn;
    mapping(uint256 issuer => mapping(bytes32 digest => Revocation)) private _revoked;
    mapping(uint256 accreditor => mapping(uint256 issuer => mapping(bytes32 subject => Period))) private _accredited;
    mapping(uint256 issuer => mapping(uint256 operator => bool)) public isAppointed;

    constructor(BadgeRegistry registry_) {
        registry = registry_;
    }

    function account(uint256 i) public pure returns (address) {
        return address(uint160(0xA000 + i));
    }

    function digestOf(uint256 credential) public pure returns (bytes32) {
        return keccak256(abi.encode("digest", credential));
    }

    /// Each credential is the only leaf of its own tree, unsalted: its leaf hash is the root.
    function rootOf(uint256 credential) public pure returns (bytes32) {
        return ReferenceTree.leafHash(0, digestOf(credential));
    }

    function logLength(uint256 issuer) external view returns (uint256) {
        return _log[issuer].length;
    }

    function logAt(uint256 issuer, uint256 i) external view returns (Anchor memory) {
        return _log[issuer][i];
    }

    function revoked(uint256 issuer, uint256 credential) external view returns (Revocation memory) {
        return _revoked[issuer][digestOf(credential)];
    }

    function subjectOf(uint256 subject) public pure returns (bytes32) {
        return keccak256(abi.encode("subject", subject));
    }

    function accredited(uint256 accreditor, uint256 issuer, uint256 subject) external view returns (Period memory) {
        return _accredited[accreditor][issuer][subjectOf(subject)];
    }

    function mayAct(uint256 issuer, uint256 sender) private view returns (bool) {
        return issuer == sender || isAppointed[issuer][sender];
    }

    function send(uint256 sender, bytes memory data, bool foretold) private {
        vm.prank(account(sender));
        (bool ok,) = address(registry).call(data);
        require(ok == foretold, "the registry did what the model did not foretell");
        if (ok) ++succeeded;
    }

    function anchor(uint256 sender, uint256 issuer, uint256 credential, uint256 size) external {
        (sender, issuer, credential) = (sender % ACCOUNTS, issuer % ACCOUNTS, credential % CREDENTIALS);
        // Often the true size, sometimes another or an invalid one.
        uint64 treeSize = size % 8 == 0 ? uint64(size >> 8) : uint64(size % 8 == 1 ? 2 : 1);
        bytes32 root = rootOf(credential);
        bool ok = mayAct(issuer, sender) && treeSize != 0 && treeSize <= 2 ** 24 && place[issuer][root] == 0;
        send(sender, abi.encodeCall(registry.anchor, (account(issuer), root, treeSize)), ok);
        if (!ok) return;
        _log[issuer].push(Anchor(root, treeSize, uint64(block.timestamp)));
        place[issuer][root] = _log[issuer].length;
    }

    function revoke(uint256 sender, uint256 issuer, uint256 first, uint256 second, uint8 reason) external {
        (sender, issuer) = (sender % ACCOUNTS, issuer % ACCOUNTS);
        bytes32[] memory digests = pair(first, second);
        bool ok = mayAct(issuer, sender);
        send(sender, abi.encodeCall(registry.revoke, (account(issuer), digests, reason)), ok);
        for (uint256 i = 0; ok && i < digests.length; ++i) {
            Revocation storage model = _revoked[issuer][digests[i]];
            if (model.time == 0) (model.time, model.reason) = (uint64(block.timestamp), reason);
        }
    }

    function restore(uint256 sender, uint256 first, uint256 second) external {
        sender = sender % ACCOUNTS;
        bytes32[] memory digests = pair(first, second);
        send(sender, abi.encodeCall(registry.restore, (digests)), true);
        for (uint256 i = 0; i < digests.length; ++i) {
            delete _revoked[sender][digests[i]];
        }
    }

    function withdraw(uint256 sender, uint256 credential) external {
        sender = sender % ACCOUNTS;
        bytes32 root = rootOf(credential % CREDENTIALS);
        bool ok = place[sender][root] != 0 && !isWithdrawn[sender][root];
        send(sender, abi.encodeCall(registry.withdraw, (root)), ok);
        if (ok) isWithdrawn[sender][root] = true;
    }

    function setOperator(uint256 sender, uint256 operator, bool allowed) external {
        (sender, operator) = (sender % ACCOUNTS, operator % ACCOUNTS);
        send(sender, abi.encodeCall(registry.setOperator, (account(operator), allowed)), true);
        isAppointed[sender][operator] = allowed;
    }

    function accredit(uint256 sender, uint256 issuer, uint256 subject, uint64 since, uint64 until, uint8 kind)
        external
    {
        (sender, issuer) = (sender % ACCOUNTS, issuer % ACCOUNTS);
        // Often without an end, sometimes a removal, a short period, or one that is refused.
        if (kind % 4 != 0) until = kind % 4 == 1 ? 0 : since % 8 + uint64(kind) % 3;
        if (kind % 4 != 1) since = since % 8;
        bytes32 id = subjectOf(subject % SUBJECTS);
        bool ok = until == 0 || (since != 0 && since < until);
        send(sender, abi.encodeCall(registry.accredit, (account(issuer), id, since, until)), ok);
        if (ok) _accredited[sender][issuer][id] = Period(since, until);
    }

    function wait(uint16 s) external {
        vm.warp(block.timestamp + s);
        vm.roll(block.number + 1);
    }

    function pair(uint256 first, uint256 second) private pure returns (bytes32[] memory digests) {
        digests = new bytes32[](2);
        (digests[0], digests[1]) = (digestOf(first % CREDENTIALS), digestOf(second % CREDENTIALS));
    }
}

contract InvariantsTest {
    Vm private constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    BadgeRegistry private _registry;
    Crowd private _crowd;

    function setUp() public {
        vm.warp(1_800_000_000);
        _registry = new BadgeRegistry();
        _crowd = new Crowd(_registry);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_crowd);
    }

    /// The head is the hash of all anchors in order; each anchor has its sequence, size and time.
    function invariant_head_is_the_hash_of_the_anchors() public view {
        for (uint256 issuer = 0; issuer < _crowd.ACCOUNTS(); ++issuer) {
            address account = _crowd.account(issuer);
            uint256 length = _crowd.logLength(issuer);
            bytes24 expected;
            for (uint256 i = 0; i < length; ++i) {
                Crowd.Anchor memory a = _crowd.logAt(issuer, i);
                expected = bytes24(keccak256(bytes.concat(expected, a.root, bytes8(a.treeSize))));
                (uint64 sequence, uint64 treeSize, uint64 time,) = _registry.anchorOf(account, a.root);
                require(sequence == i + 1 && treeSize == a.treeSize && time == a.time, "anchor");
            }
            (uint64 count, bytes24 head) = _registry.logOf(account);
            require(count == length && head == expected, "log");
        }
    }

    /// An account has exactly the records that it or its operators made; none is lost.
    function invariant_nobody_writes_for_another_issuer() public view {
        for (uint256 issuer = 0; issuer < _crowd.ACCOUNTS(); ++issuer) {
            address account = _crowd.account(issuer);
            for (uint256 c = 0; c < _crowd.CREDENTIALS(); ++c) {
                bytes32 root = _crowd.rootOf(c);
                bytes32 digest = _crowd.digestOf(c);
                (uint64 sequence,,,) = _registry.anchorOf(account, root);
                require(sequence == _crowd.place(issuer, root), "anchored");
                require((_registry.withdrawnAt(account, root) != 0) == _crowd.isWithdrawn(issuer, root), "withdrawn");
                (uint64 time, uint8 reason) = _registry.revokedAt(account, digest);
                Crowd.Revocation memory r = _crowd.revoked(issuer, c);
                require(time == r.time && reason == r.reason, "revoked");
            }
            for (uint256 operator = 0; operator < _crowd.ACCOUNTS(); ++operator) {
                bool may = issuer == operator || _crowd.isAppointed(issuer, operator);
                require(_registry.isOperator(account, _crowd.account(operator)) == may, "operator");
            }
        }
    }

    /// What an accreditor stated last is what stands, and nobody else's word changes it. A period is never empty.
    function invariant_an_accreditation_is_the_accreditors_last_word() public view {
        for (uint256 by = 0; by < _crowd.ACCOUNTS(); ++by) {
            for (uint256 issuer = 0; issuer < _crowd.ACCOUNTS(); ++issuer) {
                for (uint256 s = 0; s < _crowd.SUBJECTS(); ++s) {
                    (uint64 since, uint64 until) =
                        _registry.accreditedBy(_crowd.account(by), _crowd.account(issuer), _crowd.subjectOf(s));
                    Crowd.Period memory period = _crowd.accredited(by, issuer, s);
                    require(since == period.since && until == period.until, "period");
                    require(until == 0 || (since != 0 && since < until), "not empty");
                }
            }
        }
    }

    /// A withdrawn or revoked credential is never Good; any other that is anchored with its true size always is.
    function invariant_good_is_anchored_and_neither_withdrawn_nor_revoked() public view {
        bytes32[] memory path = new bytes32[](0);
        for (uint256 issuer = 0; issuer < _crowd.ACCOUNTS(); ++issuer) {
            for (uint256 c = 0; c < _crowd.CREDENTIALS(); ++c) {
                bytes32 root = _crowd.rootOf(c);
                bytes32 digest = _crowd.digestOf(c);
                uint256 place = _crowd.place(issuer, root);
                bool expected = place != 0 && _crowd.logAt(issuer, place - 1).treeSize == 1
                    && !_crowd.isWithdrawn(issuer, root) && _crowd.revoked(issuer, c).time == 0;
                require(_registry.isGood(_crowd.account(issuer), root, digest, 0, 0, path) == expected, "good");
            }
        }
    }

    /// The run proves something only if enough calls succeed.
    function afterInvariant() public view {
        require(_crowd.succeeded() > 0, "something happened");
    }
}
