// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// Voting on proposals with the weight that a voter had when the vote began. Workload `dao`.
contract Governor {
    struct Proposal {
        address proposer;
        uint48 startBlock;
        uint48 endBlock;
        uint128 againstVotes;
        uint128 forVotes;
        uint128 abstainVotes;
        uint64 voters;
    }

    struct Checkpoint {
        uint48 fromBlock;
        uint208 votes;
    }

    mapping(uint256 id => Proposal) public proposals;
    mapping(uint256 id => mapping(address voter => uint256)) public ballots;
    mapping(address voter => Checkpoint[]) private checkpoints;

    event VoteCast(address indexed voter, uint256 indexed proposal, uint8 support, uint256 weight, string reason);

    error NotActive(uint256 proposal);
    error AlreadyVoted(address voter);
    error BadSupport(uint8 support);
    error NoWeight(address voter);

    function castVote(uint256 proposal, uint8 support) external returns (uint256) {
        return _vote(proposal, support, "");
    }

    function castVoteWithReason(uint256 proposal, uint8 support, string calldata reason) external returns (uint256) {
        return _vote(proposal, support, reason);
    }

    /// The votes of `voter` at the end of block `number`.
    function pastVotes(address voter, uint256 number) public view returns (uint256) {
        Checkpoint[] storage history = checkpoints[voter];
        uint256 low = 0;
        uint256 high = history.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (history[middle].fromBlock > number) high = middle;
            else low = middle + 1;
        }
        return high == 0 ? 0 : history[high - 1].votes;
    }

    function _vote(uint256 id, uint8 support, string memory reason) private returns (uint256 weight) {
        Proposal storage proposal = proposals[id];
        if (block.number <= proposal.startBlock || block.number > proposal.endBlock) revert NotActive(id);
        if (ballots[id][msg.sender] != 0) revert AlreadyVoted(msg.sender);
        weight = pastVotes(msg.sender, proposal.startBlock);
        if (weight == 0) revert NoWeight(msg.sender);
        // Bits [7:0] the side taken plus one, bits [255:8] the weight.
        ballots[id][msg.sender] = (weight << 8) | (uint256(support) + 1);
        _count(proposal, support, uint128(weight));
        emit VoteCast(msg.sender, id, support, weight, reason);
    }

    function _count(Proposal storage proposal, uint8 support, uint128 weight) private {
        if (support == 0) proposal.againstVotes += weight;
        else if (support == 1) proposal.forVotes += weight;
        else if (support == 2) proposal.abstainVotes += weight;
        else revert BadSupport(support);
        proposal.voters++;
    }
}
