// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// Chain of custody of goods: every hand-over is one more link of a hash chain. Workload `supply`.
contract Custody {
    /// What the sensors of the package saw since the last hand-over.
    struct Reading {
        /// Hundredths of a degree Celsius.
        int32 lowest;
        int32 highest;
        /// Relative humidity, hundredths of a per cent.
        uint16 humidity;
        /// Ten-millionths of a degree.
        int64 latitude;
        int64 longitude;
        /// Hash of the papers.
        bytes32 document;
    }

    struct Item {
        address custodian;
        uint64 updatedAt;
        uint32 links;
        /// Hash of the last record, which contains the hash of the one before.
        bytes32 head;
    }

    struct Shipment {
        /// Root of the Merkle tree over the manifest's items; a pair is hashed in ascending order.
        bytes32 manifest;
        uint64 handOvers;
        uint32 updatedAt;
        int32 lowest;
        int32 highest;
        uint32 alarms;
        int32 lowerLimit;
        int32 upperLimit;
    }

    mapping(bytes32 item => Item) public items;
    mapping(uint256 id => Shipment) public shipments;
    mapping(address party => bool) public licensed;

    event HandedOver(
        bytes32 indexed item, address indexed from, address indexed to, uint256 shipment, bytes32 record, Reading reading
    );
    event Alarm(bytes32 indexed item, uint256 indexed shipment, int32 lowest, int32 highest);

    error NotCustodian(bytes32 item, address custodian);
    error NotLicensed(address party);
    error NotOnManifest(bytes32 item, uint256 shipment);

    function handOver(bytes32 item, uint256 shipment, address to, Reading calldata reading, bytes32[] calldata proof)
        external
        returns (bytes32 record)
    {
        Item storage goods = items[item];
        if (goods.custodian != msg.sender) revert NotCustodian(item, goods.custodian);
        if (!licensed[to]) revert NotLicensed(to);
        if (_root(item, proof) != shipments[shipment].manifest) revert NotOnManifest(item, shipment);

        record = keccak256(abi.encode(item, shipment, msg.sender, to, reading, block.timestamp, goods.head));
        goods.head = record;
        goods.custodian = to;
        goods.updatedAt = uint64(block.timestamp);
        goods.links++;
        _observe(item, shipment, reading);
        emit HandedOver(item, msg.sender, to, shipment, record, reading);
    }

    /// Keeps the extremes of the whole shipment and raises the alarm beyond its limits.
    function _observe(bytes32 item, uint256 id, Reading calldata reading) private {
        Shipment storage shipment = shipments[id];
        shipment.handOvers++;
        shipment.updatedAt = uint32(block.timestamp);
        if (reading.lowest < shipment.lowest) shipment.lowest = reading.lowest;
        if (reading.highest > shipment.highest) shipment.highest = reading.highest;
        if (reading.lowest < shipment.lowerLimit || reading.highest > shipment.upperLimit) {
            shipment.alarms++;
            emit Alarm(item, id, reading.lowest, reading.highest);
        }
    }

    function _root(bytes32 item, bytes32[] calldata proof) private pure returns (bytes32 node) {
        node = keccak256(abi.encode(item));
        for (uint256 i = 0; i < proof.length; i++) {
            bytes32 other = proof[i];
            node = node < other ? keccak256(abi.encode(node, other)) : keccak256(abi.encode(other, node));
        }
    }
}
