// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BadgeRegistry} from "../src/BadgeRegistry.sol";

/// The cheat codes of forge that the tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function roll(uint256 blockNumber) external;
    function expectRevert(bytes4 selector) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function load(address target, bytes32 slot) external view returns (bytes32);
    function etch(address target, bytes calldata code) external;
    function mockCall(address target, bytes calldata data, bytes calldata answer) external;
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256 gas);
}

/// The set-up of every test: a registry, an issuer with its operator, and a stranger.
abstract contract Harness {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    address internal constant ISSUER = address(0x1111111111111111111111111111111111111111);
    address internal constant OPERATOR = address(0x2222222222222222222222222222222222222222);
    address internal constant STRANGER = address(0x3333333333333333333333333333333333333333);

    BadgeRegistry internal registry;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(100);
        registry = new BadgeRegistry();
        vm.prank(ISSUER);
        registry.setOperator(OPERATOR, true);
    }

    function check(bool holds, string memory what) internal pure {
        require(holds, what);
    }

    function one(bytes32 digest) internal pure returns (bytes32[] memory digests) {
        digests = new bytes32[](1);
        digests[0] = digest;
    }

    /// Expects exactly one event since vm.recordLogs(), with these topics and data; a topic after the first may be 0:
    /// none.
    function checkOnlyEvent(bytes32 signature, bytes32 a, bytes32 b, bytes32 c, bytes memory data) internal {
        bytes memory topics = abi.encodePacked(signature, a);
        if (b != 0) topics = abi.encodePacked(topics, b);
        if (c != 0) topics = abi.encodePacked(topics, c);
        checkOnlyEvent(topics, data);
    }

    function checkOnlyEvent(bytes memory topics, bytes memory data) internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        check(logs.length == 1, "one event");
        check(logs[0].emitter == address(registry), "emitted by the registry");
        check(keccak256(abi.encodePacked(logs[0].topics)) == keccak256(topics), "topics");
        check(keccak256(logs[0].data) == keccak256(data), "data");
    }

    function checkNoEvent() internal {
        check(vm.getRecordedLogs().length == 0, "no event");
    }

    function word(address account) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
